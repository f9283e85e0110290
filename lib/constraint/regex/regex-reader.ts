// Makes the tree out of what regexpp finds in a source, call by call and in the source's order. Decides the meaning of
// every construct; one that is no regular language is refused by name and place (REGEX_UNSUPPORTED), never skipped.
import type { RegExpValidator } from '@eslint-community/regexpp'
import { ConstraintError } from '../../base/errors.js'
import { type CodePointSet, intersection, surrogates } from '../ir/code-point-set.js'
import { CharacterSets, type WrittenClass } from './character-sets.js'
import { Nesting, type Pattern } from './pattern.js'
import type { RegexNode } from './regex-node.js'

const repeatMax = 1_000_000
/** The second half of a character above U+FFFF. */
const secondHalf = /\\?[\udc00-\udfff]|\\u[dD][c-fC-F][0-9a-fA-F]{2}/y
const braces = /\{([0-9]+)(?:,([0-9]*))?\}/y

/** What regexpp says of a property. */
type PropertyCall = Parameters<NonNullable<RegExpValidator.Options['onUnicodePropertyCharacterSet']>>

/** A pattern or group being read: its finished alternatives, and the parts of the one that is open. */
interface OpenChoice {
  readonly alternatives: RegexNode[]
  parts: RegexNode[]
}

/** What regexpp calls. Its methods belong to one pattern, which may be read twice: `onPatternEnter` begins anew. */
export class RegexReader implements RegExpValidator.Options {
  readonly #pattern: Pattern
  readonly #sets: CharacterSets
  #nesting = new Nesting()
  #choices: OpenChoice[] = []
  #classes: WrittenClass[] = []
  #tree: RegexNode = { kind: 'sequence', parts: [] }
  /** Without u and v: the first half of a character above U+FFFF, where the second comes next; and where it began. */
  #firstHalf: number | null = null
  #pairStart = 0

  constructor(pattern: Pattern) {
    this.#pattern = pattern
    this.#sets = new CharacterSets(pattern)
  }

  get tree(): RegexNode {
    return this.#tree
  }

  onPatternEnter(): void {
    this.#nesting = new Nesting()
    this.#choices = []
    this.#classes = []
    this.#firstHalf = null
  }

  onDisjunctionEnter(start: number): void {
    this.#nesting.enter(start)
    this.#choices.push({ alternatives: [], parts: [] })
  }

  onDisjunctionLeave(): void {
    this.#nesting.leave()
    const { alternatives } = this.#choices.pop()!
    const node: RegexNode =
      alternatives.length === 1 ? alternatives[0]! : { kind: 'choice', parts: alternatives }
    if (this.#choices.length === 0) this.#tree = node
    else this.#push(node)
  }

  onAlternativeEnter(): void {
    this.#choices.at(-1)!.parts = []
  }

  onAlternativeLeave(): void {
    const { alternatives, parts } = this.#choices.at(-1)!
    alternatives.push(sequenceOf(parts))
  }

  onLookaroundAssertionEnter(start: number, kind: 'lookahead' | 'lookbehind'): void {
    throw this.#pattern.unsupported(kind === 'lookahead' ? 'a look-ahead' : 'a look-behind', start)
  }

  onWordBoundaryAssertion(start: number, end: number): void {
    throw this.#pattern.unsupported(`the word boundary ${this.#pattern.text.slice(start, end)}`, start)
  }

  onBackreference(start: number): void {
    throw this.#pattern.unsupported('a back-reference', start)
  }

  onEdgeAssertion(start: number, _end: number, kind: 'start' | 'end'): void {
    this.#push({ kind, offset: start })
  }

  onAnyCharacterSet(): void {
    this.#push({ kind: 'set', set: this.#sets.dot() })
  }

  onEscapeCharacterSet(start: number, end: number): void {
    this.#addSet(this.#sets.escape(this.#pattern.text.slice(start, end), start))
  }

  onUnicodePropertyCharacterSet(...[start, end, , , , , hasStrings]: PropertyCall): void {
    if (hasStrings) throw this.#pattern.unsupported('a property of strings', start)
    this.#addSet(this.#sets.escape(this.#pattern.text.slice(start, end), start))
  }

  onCharacter(start: number, end: number, value: number): void {
    const open = this.#classes.at(-1)
    if (open !== undefined) {
      open.members.push({ from: value, to: value })
      return
    }
    // Before regexpp knows that groups have names it takes this for a letter.
    if (this.#pattern.hasNamedGroups && this.#pattern.text.startsWith('\\k', start))
      this.onBackreference(start)
    const set = this.#sets.character(value, end)
    if (set.length > 1 || set[0]![0] !== set[0]![1]) this.#push({ kind: 'set', set })
    else if (value < surrogates[0] || value > surrogates[1]) {
      this.#push({ kind: 'text', text: String.fromCodePoint(value) })
    } else if (this.#pattern.isUnicode) this.#push({ kind: 'set', set })
    else this.#half(start, end, value)
  }

  /** Without u and v a character above U+FFFF is two units; they are only taken together. */
  #half(start: number, end: number, value: number): void {
    const first = this.#firstHalf
    secondHalf.lastIndex = end
    if (first !== null) {
      this.#firstHalf = null
      this.#push({ kind: 'text', text: String.fromCharCode(first, value) })
    } else if (value < 0xdc00 && secondHalf.test(this.#pattern.text)) {
      this.#firstHalf = value
      this.#pairStart = start
    } else throw this.#halfAt(start)
  }

  #halfAt(offset: number): ConstraintError {
    return this.#pattern.unsupported('half of a character above U+FFFF without the flag u', offset)
  }

  onCharacterClassEnter(start: number): void {
    const first = start + '['.length
    this.#nesting.enter(first)
    this.#classes.push({ isNegated: this.#pattern.text[first] === '^', operation: 'union', members: [] })
  }

  onCharacterClassLeave(start: number, end: number): void {
    this.#nesting.leave()
    const written = this.#classes.pop()!
    const outer = this.#classes.at(-1)
    if (outer !== undefined) outer.members.push(written)
    else {
      const set = this.#sets.class(written, this.#pattern.text.slice(start, end), end)
      this.#push({ kind: 'set', set: this.#wholeUnits(set, start) })
    }
  }

  onCharacterClassRange(_start: number, _end: number, from: number, to: number): void {
    const { members } = this.#classes.at(-1)!
    // The two ends, and under other flags than v the hyphen between them.
    members.length -= this.#pattern.hasSets ? 2 : 3
    members.push({ from, to })
  }

  onClassIntersection(): void {
    this.#classes.at(-1)!.operation = 'intersection'
  }

  onClassSubtraction(): void {
    this.#classes.at(-1)!.operation = 'difference'
  }

  onClassStringDisjunctionEnter(start: number): void {
    throw this.#pattern.unsupported('a class of strings \\q{...}', start)
  }

  onQuantifier(start: number, _end: number, min: number, max: number): void {
    this.#checkCounts(start)
    const part = this.#choices.at(-1)!.parts.pop()!
    const isPair = part.kind === 'text' && part.text.length === 2 && !this.#pattern.isUnicode
    // Only the second half is repeated, but where a group ends.
    if (isPair && this.#pattern.text[start - 1] !== ')') throw this.#halfAt(this.#pairStart)
    if (part.kind === 'start' || part.kind === 'end') {
      throw this.#pattern.unsupported('a repeated anchor', start)
    }
    this.#push({ kind: 'repeat', part, min, max: max === Number.POSITIVE_INFINITY ? null : max })
  }

  #checkCounts(start: number): void {
    braces.lastIndex = start
    const [all, min, max] = braces.exec(this.#pattern.text) ?? []
    for (const count of [min, max]) {
      if (Number(count ?? 0) <= repeatMax) continue
      throw new ConstraintError(
        'CONSTRAINT_TOO_COMPLEX',
        `The regular expression repeats ${count} times before offset ${start + all!.length}; ` +
          `at most ${repeatMax} is taken.`,
      )
    }
  }

  #push(node: RegexNode): void {
    this.#choices.at(-1)!.parts.push(node)
  }

  #addSet(set: CodePointSet): void {
    const open = this.#classes.at(-1)
    if (open === undefined) this.#push({ kind: 'set', set })
    else open.members.push(set)
  }

  /** A set without u and v must hold all surrogates or none, so that characters above U+FFFF stay whole. */
  #wholeUnits(set: CodePointSet, offset: number): CodePointSet {
    if (this.#pattern.isUnicode) return set
    const halves = intersection(set, [surrogates])
    const isAll = halves.length === 1 && halves[0]![0] === surrogates[0] && halves[0]![1] === surrogates[1]
    if (halves.length === 0 || isAll) return set
    throw this.#halfAt(offset)
  }
}

/** The parts one after the other; texts that meet are one text. */
function sequenceOf(parts: readonly RegexNode[]): RegexNode {
  const joined: RegexNode[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.kind === 'text' && last?.kind === 'text') {
      joined[joined.length - 1] = { kind: 'text', text: last.text + part.text }
    } else joined.push(part)
  }
  return joined.length === 1 ? joined[0]! : { kind: 'sequence', parts: joined }
}
