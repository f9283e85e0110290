// Patterns that no text matches both of, since texts of the one begin or end otherwise than those of the other. Decides
// only where that can be read off the patterns; where many of them stand side by side, that saves what telling each
// from all others would cost.
import type { RegexNode } from '../../regex/regex-node.js'
import type { TextRule } from './text-rule.js'

/** What every text of a pattern begins and ends with, unit by unit of UTF-16; the end from the last one on. */
interface Ends {
  readonly start: readonly string[]
  readonly end: readonly string[]
}

const noEnds: Ends = { start: [], end: [] }
const known = new WeakMap<TextRule, Ends>()

/** Whether no text satisfies both rules; false where that is not plain. */
export function areApart(a: TextRule, b: TextRule): boolean {
  if (a.contradicts(b)) return true
  const [one, other] = [endsOf(a), endsOf(b)]
  return differ(one.start, other.start) || differ(one.end, other.end)
}

/**
 * Rules side by side, and for some of them the others that may share texts with these, found by how they begin: going
 * through all for each takes minutes where there are thousands.
 */
export class Neighbours {
  readonly #rules: readonly TextRule[]
  readonly #starts: readonly string[]
  readonly #byStart = new Map<string, number[]>()
  /** Indices by rising starts. */
  readonly #sorted: readonly number[]

  constructor(rules: readonly TextRule[]) {
    this.#rules = rules
    this.#starts = rules.map((rule) => endsOf(rule).start.join(''))
    for (const [index, start] of this.#starts.entries()) {
      const same = this.#byStart.get(start)
      if (same === undefined) this.#byStart.set(start, [index])
      else same.push(index)
    }
    const starts = this.#starts
    this.#sorted = rules
      .map((_, index) => index)
      .sort((a, b) => (starts[a]! < starts[b]! ? -1 : Number(starts[a]! > starts[b]!)))
  }

  /** The other ones that are not apart from any of these, in their order. */
  of(chosen: ReadonlySet<TextRule>): readonly TextRule[] {
    const [first] = chosen
    if (first === undefined) return this.#rules
    const start = endsOf(first).start.join('')
    const found = [...this.#shorter(start), ...this.#longer(start)].sort((a, b) => a - b)
    const others = found.map((index) => this.#rules[index]!).filter((rule) => !chosen.has(rule))
    return others.filter((rule) => ![...chosen].some((one) => areApart(rule, one)))
  }

  /** Whose start is a beginning of this one, and not all of it. */
  #shorter(start: string): number[] {
    const lengths = Array.from({ length: start.length }, (_, length) => length)
    return lengths.flatMap((length) => this.#byStart.get(start.slice(0, length)) ?? [])
  }

  /** Whose start begins with this one. */
  #longer(start: string): number[] {
    let [from, until] = [0, this.#sorted.length]
    while (from < until) {
      const middle = (from + until) >> 1
      if (this.#starts[this.#sorted[middle]!]! < start) from = middle + 1
      else until = middle
    }
    while (until < this.#sorted.length && this.#starts[this.#sorted[until]!]!.startsWith(start)) until += 1
    return this.#sorted.slice(from, until)
  }
}

function differ(a: readonly string[], b: readonly string[]): boolean {
  return a.some((char, index) => index < b.length && char !== b[index])
}

function endsOf(rule: TextRule): Ends {
  let ends = known.get(rule)
  if (ends === undefined) {
    ends = rule.isNegated ? noEnds : readEnds(rule)
    known.set(rule, ends)
  }
  return ends
}

function readEnds(rule: TextRule): Ends {
  try {
    const parts = flatten([rule.tree()])
    return {
      start: isAnchor(parts[0], 'start') ? literals(parts.slice(1)) : [],
      end: isAnchor(parts.at(-1), 'end') ? literals(parts.slice(0, -1).reverse()) : [],
    }
  } catch {
    // Reported when the pattern is lowered, if it ever is.
    return noEnds
  }
}

function isAnchor(part: RegexNode | string | undefined, kind: 'start' | 'end'): boolean {
  return typeof part === 'object' && part.kind === kind
}

/** The units up to the first part that may be one of several. */
function literals(parts: readonly (RegexNode | string)[]): string[] {
  const end = parts.findIndex((part) => typeof part !== 'string')
  return (end < 0 ? parts : parts.slice(0, end)) as string[]
}

/** Parts one after the other, texts as their units. */
function flatten(parts: readonly RegexNode[]): (RegexNode | string)[] {
  return parts.flatMap((part) => {
    if (part.kind === 'sequence') return flatten(part.parts)
    return part.kind === 'text' ? part.text.split('') : [part]
  })
}
