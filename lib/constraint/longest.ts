// How long a member of a constraint can be. Decides on the high side where parts are ruled out by others.
import type { Constraint } from './constraint-type.js'
import { type ConstraintIr, idOfWord, irOp, isRuleWord } from './ir/ir.js'
import { type MemberSet, memberSetAt } from './ir/member-set.js'
import { lowerConstraint } from './lower.js'

const none = Number.NEGATIVE_INFINITY
const endless = Number.POSITIVE_INFINITY

/** Bytes of UTF-8 at most; Infinity where nothing limits them. */
export function bytesMaxOf(constraint: Constraint): number {
  return Math.max(0, longest(lowerConstraint(constraint)))
}

function longest({ words }: ConstraintIr): number {
  const [, nodeCount, ruleCount, startKind, startId] = words.subarray(0, 5) as unknown as number[]
  const { lengths, at } = nodeLengths(words, nodeCount!)
  if (startKind === 0) return lengths[startId!]!
  return new RuleLengths(words, at, ruleCount!, lengths).of(startId!)
}

function nodeLengths(words: Int32Array, count: number): { readonly lengths: number[]; readonly at: number } {
  const lengths: number[] = []
  let at = 5
  const list = (): number[] => {
    const length = words[at + 1]!
    at += 2 + length
    return Array.from(words.subarray(at - length, at), (id) => lengths[id]!)
  }
  while (lengths.length < count) {
    switch (words[at]) {
      case irOp.concat:
        lengths.push(sumOf(list()))
        break
      case irOp.alt:
        lengths.push(list().reduce((most, length) => Math.max(most, length), none))
        break
      case irOp.and:
        lengths.push(list().reduce((least, length) => Math.min(least, length), endless))
        break
      case irOp.class: {
        const end = at + 2 + 2 * words[at + 1]!
        lengths.push(utf8Length(words[end - 1]!))
        at = end
        break
      }
      case irOp.bytes:
        lengths.push(words[at + 2]!)
        at += 3
        break
      case irOp.repeat: {
        const [part, min, max] = words.subarray(at + 1, at + 4) as unknown as number[]
        lengths.push(repeatLength(lengths[part!]!, min!, max === -1 ? endless : max!))
        at += 4
        break
      }
      case irOp.stretch:
      case irOp.spelled: {
        const length = lengths[words[at + 1]!]!
        lengths.push(words[at] === irOp.stretch ? length : spelledLength(length))
        at += 2
        break
      }
      case irOp.distinct: {
        const [item, comma, , max] = words.subarray(at + 1, at + 5) as unknown as number[]
        lengths.push(listLength(lengths[item!]!, lengths[comma!]!, max === -1 ? endless : max!))
        at += 5
        break
      }
      case irOp.not:
        lengths.push(endless)
        at += 2
        break
      default:
        lengths.push(words[at] === irOp.empty ? 0 : none)
        at += 1
    }
  }
  return { lengths, at }
}

/** Of parts one of which has no member, none has one. */
function sumOf(lengths: readonly number[]): number {
  return lengths.includes(none) ? none : lengths.reduce((sum, length) => sum + length, 0)
}

/** None of it is a member, too, where there may be none. */
function repeatLength(part: number, min: number, max: number): number {
  return part > 0 ? part * max : Math.max(part, min === 0 ? 0 : none)
}

/** Of up to so many items with commas between. */
function listLength(item: number, comma: number, max: number): number {
  return item + (max === 1 ? 0 : Math.max(0, (item + comma) * (max - 1)))
}

/** A byte of text is six at most where it is escaped. */
function spelledLength(length: number): number {
  return length === none ? none : length * 6
}

function utf8Length(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
}

/** Rules by their longest alternative; one that leads back to itself has no end. */
class RuleLengths {
  readonly #alternatives: number[][][] = []
  /** Of the rules that are sets of members; those have one alternative of all that may stand there. */
  readonly #sets: (MemberSet | null)[] = []
  readonly #known: (number | 'open')[] = []
  readonly #nodes: readonly number[]

  constructor(words: Int32Array, from: number, count: number, nodes: readonly number[]) {
    this.#nodes = nodes
    let at = from
    const list = <T>(one: () => T): T[] => Array.from({ length: words[at++]! }, one)
    for (let rule = 0; rule < count; rule += 1) {
      const members = memberSetAt(words, at)
      this.#sets.push(members?.set ?? null)
      if (members) at = members.end
      const alternatives = members ? [members.set.elements.map(({ symbol }) => symbol)] : null
      this.#alternatives.push(alternatives ?? list(() => list(() => words[at++]!)))
    }
  }

  /** Without recursion: rules may be deep. */
  of(start: number): number {
    const open = [start]
    while (open.length > 0) {
      const rule = open.at(-1)!
      if (this.#known[rule] === undefined) {
        this.#known[rule] = 'open'
        const needed = this.#alternatives[rule]!.flat().filter(isRuleWord).map(idOfWord)
        if (needed.some((inner) => this.#known[inner] === 'open')) return endless
        for (const inner of needed) if (this.#known[inner] === undefined) open.push(inner)
        continue
      }
      open.pop()
      if (this.#known[rule] === 'open') this.#known[rule] = this.#longest(rule)
    }
    return this.#known[start] as number
  }

  #longest(rule: number): number {
    const set = this.#sets[rule]
    if (set) return this.#longestSet(set)
    let most = none
    for (const symbols of this.#alternatives[rule]!) {
      most = Math.max(most, sumOf(symbols.map((word) => this.#lengthOf(word))))
    }
    return most
  }

  /** With as many members as there may be, the longest ones. */
  #longestSet({ open, separator, close, max, elements }: MemberSet): number {
    const between = Math.max(0, this.#nodes[separator]!)
    const once: number[] = []
    const repeated: number[] = []
    for (const { times, symbol } of elements) {
      const length = this.#lengthOf(symbol) + between
      if (length !== none) (times === 'any' ? repeated : once).push(length)
    }
    once.sort((a, b) => b - a)
    if (once.length + repeated.length === 0) return none
    const again = repeated.length === 0 ? null : Math.max(...repeated)
    if (max === null && again !== null) return endless
    const longer = once.slice(0, max ?? once.length).filter((length) => again === null || length > again)
    const rest = again === null || max === longer.length ? 0 : again * (max! - longer.length)
    return sumOf([this.#nodes[open]!, ...longer, rest - between, this.#nodes[close]!])
  }

  #lengthOf(word: number): number {
    return isRuleWord(word) ? (this.#known[idOfWord(word)] as number) : this.#nodes[idOfWord(word)]!
  }
}
