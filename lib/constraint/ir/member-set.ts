// Rules that are sets of members: any order of them, some at most once. Decides what such a rule means and how it is
// encoded. It stands for what would take a rule for each set of members; whoever reads it makes those it comes to.
//
// Its texts: open element (separator element)* close, in which
// - an 'optional' element stands at most once, a 'required' one exactly once, one of 'any' as often as there is room;
// - there are at most `max` members, and among them at least `min` different elements;
// - for each bit of `needs` there is a member whose element meets it.
// Neither separator nor close has the empty text.
import type { RegexId } from './ir.js'

export type MemberTimes = 'any' | 'optional' | 'required'

export interface MemberElement {
  readonly times: MemberTimes
  /** Bits of the needs, no others. */
  readonly meets: number
  /** A lexeme or rule as it is encoded (ir.ts). */
  readonly symbol: number
}

export interface MemberSet {
  readonly open: RegexId
  readonly separator: RegexId
  readonly close: RegexId
  readonly min: number
  /** null: no limit. */
  readonly max: number | null
  /** As bits, of the lowest eight. */
  readonly needs: number
  readonly elements: readonly MemberElement[]
}

/** Where a rule's number of alternatives would stand. */
const membersWord = -1
const timesWords: readonly MemberTimes[] = ['any', 'optional', 'required']

/**
 * membersWord, open, separator, close (each id * 2), min, max or -1, needs, element count;
 * per element: times, meets, symbol.
 */
export function memberSetWords(set: MemberSet): number[] {
  const { open, separator, close, min, max, needs, elements } = set
  const words = [membersWord, open * 2, separator * 2, close * 2, min, max ?? -1, needs, elements.length]
  for (const { times, meets, symbol } of elements) words.push(timesWords.indexOf(times), meets, symbol)
  return words
}

/** The set whose words begin there, and where they end; null: the rule there has alternatives. */
export function memberSetAt(
  words: Int32Array,
  at: number,
): { readonly set: MemberSet; readonly end: number } | null {
  if (words[at] !== membersWord) return null
  const [open, separator, close, min, max, needs, count] = words.subarray(
    at + 1,
    at + 8,
  ) as unknown as number[]
  const elements = Array.from({ length: count! }, (_, index): MemberElement => {
    const from = at + 8 + 3 * index
    return { times: timesWords[words[from]!]!, meets: words[from + 1]!, symbol: words[from + 2]! }
  })
  const lexemes = { open: lexemeOf(open!), separator: lexemeOf(separator!), close: lexemeOf(close!) }
  const set = { ...lexemes, min: min!, max: max === -1 ? null : max!, needs: needs!, elements }
  return { set, end: at + 8 + 3 * count! }
}

function lexemeOf(word: number): RegexId {
  return (word >> 1) as RegexId
}
