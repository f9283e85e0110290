// Characters, escapes and classes of a regular expression as sets of code points. Decides how the flags i, s, u and v
// change a set, and how much work a pattern's sets may be; never knows about sequences or repeats. A set is closed over
// case as soon as it is made: what is made of closed sets is closed. What is written twice is worked out once.
import { type CodePointSet, codePointMax, complement, intersection, unionOf } from '../ir/code-point-set.js'
import type { Pattern } from './pattern.js'
import { digits, lineTerminators, whitespace, wordCharacters } from './predefined-sets.js'
import { closeOverCase, property, unicodeCaseClasses, unitCaseClasses } from './unicode.js'

/** Ranges that are read for a pattern's sets, all together: some hundredths of a second. */
const rangesMax = 1_000_000
/** Different properties of one pattern: the engine takes some milliseconds to tell a new one. */
const propertiesMax = 32

/** A class in brackets as it is written. Under v its members may be classes, intersected or subtracted. */
export interface WrittenClass {
  readonly isNegated: boolean
  operation: 'union' | 'intersection' | 'difference'
  readonly members: ClassMember[]
}

/** A character or range, what an escape gives, or a class. */
type ClassMember = { readonly from: number; readonly to: number } | CodePointSet | WrittenClass

export class CharacterSets {
  readonly #pattern: Pattern
  readonly #max: number
  readonly #characters = new Map<number, CodePointSet>()
  /** Closed sets, by what is written. */
  readonly #escapes = new Map<string, CodePointSet>()
  readonly #classes = new Map<string, CodePointSet>()
  readonly #properties = new Set<string>()
  #ranges = 0
  /** Where the source is being read, for refusals. */
  #offset = 0
  #dot: CodePointSet | null = null

  constructor(pattern: Pattern) {
    this.#pattern = pattern
    this.#max = pattern.isUnicode ? codePointMax : 0xffff
  }

  /** One character, with what the flag i adds to it; `end`: the offset behind it. */
  character(codePoint: number, end: number): CodePointSet {
    this.#offset = end
    return this.#character(codePoint)
  }

  dot(): CodePointSet {
    this.#dot ??= complement(this.#pattern.dotIsAll ? [] : lineTerminators, this.#max)
    return this.#dot
  }

  /** \d \D \w \W \s \S \p{...} \P{...} as written at the offset, with what the flag i adds. */
  escape(written: string, start: number): CodePointSet {
    this.#offset = start
    let set = this.#escapes.get(written)
    if (set === undefined) {
      set = this.#escape(written[1]!, written.slice(3, -1))
      this.#escapes.set(written, set)
    }
    return set
  }

  /** A class that stands in no other one; `text` is all of it, brackets included, `end` the offset behind it. */
  class(written: WrittenClass, text: string, end: number): CodePointSet {
    this.#offset = end
    let set = this.#classes.get(text)
    if (set === undefined) {
      set = this.#class(written)
      this.#classes.set(text, set)
    }
    return set
  }

  #character(codePoint: number): CodePointSet {
    let set = this.#characters.get(codePoint)
    if (set === undefined) {
      set = this.#closed([[codePoint, codePoint]])
      this.#characters.set(codePoint, set)
    }
    return set
  }

  /** The set with what the flag i adds to it. */
  #closed(set: CodePointSet): CodePointSet {
    if (!this.#pattern.ignoresCase) return set
    const classes = this.#pattern.isUnicode ? unicodeCaseClasses() : unitCaseClasses()
    return closeOverCase(set, classes, (count) => this.#spend(count))
  }

  #spend(ranges: number): void {
    this.#ranges += ranges
    if (this.#ranges > rangesMax)
      throw this.#pattern.tooComplex('ranges in its classes', rangesMax, this.#offset)
  }

  #escape(letter: string, name: string): CodePointSet {
    if (letter === 'p') return this.#closed(this.#property(name))
    if (letter !== 'P') return this.#named(letter)
    const set = this.#property(name)
    // Under v the complement is of what the flag i adds, too; under u what it adds is added to the complement.
    return this.#pattern.hasSets
      ? complement(this.#closed(set), this.#max)
      : this.#closed(complement(set, this.#max))
  }

  /** Throws the engine's SyntaxError for a property it doesn't know. */
  #property(name: string): CodePointSet {
    this.#properties.add(name)
    if (this.#properties.size > propertiesMax) {
      throw this.#pattern.tooComplex('different properties', propertiesMax, this.#offset)
    }
    return property(name)
  }

  #named(letter: string): CodePointSet {
    const lower = letter.toLowerCase()
    if (lower === 's' || lower === 'd') {
      const set = lower === 'd' ? digits : whitespace
      return this.#closed(letter === lower ? set : complement(set, this.#max))
    }
    // \w under i and u also holds the two characters that fold to s and k; \W is its complement, not the other way.
    const set = this.#pattern.isUnicode ? this.#closed(wordCharacters) : wordCharacters
    return this.#closed(letter === lower ? set : complement(set, this.#max))
  }

  #class({ isNegated, operation, members }: WrittenClass): CodePointSet {
    const sets = members.map((member) => this.#member(member))
    const set = this.#combined(operation, sets)
    return isNegated ? complement(set, this.#max) : set
  }

  #member(member: ClassMember): CodePointSet {
    if ('members' in member) return this.#class(member)
    if (!('from' in member)) return member
    const { from, to } = member
    return from === to ? this.#character(from) : this.#closed([[from, to]])
  }

  #combined(operation: WrittenClass['operation'], sets: readonly CodePointSet[]): CodePointSet {
    if (operation === 'intersection') {
      return [...new Set(sets)].reduce((left, right) => this.#intersection(left, right))
    }
    if (operation === 'union') return this.#union(sets)
    const [first, ...others] = sets
    return this.#intersection(first!, complement(this.#union(others), this.#max))
  }

  #union(sets: readonly CodePointSet[]): CodePointSet {
    for (const set of new Set(sets)) this.#spend(set.length)
    return unionOf(sets)
  }

  #intersection(left: CodePointSet, right: CodePointSet): CodePointSet {
    this.#spend(left.length + right.length)
    return intersection(left, right)
  }
}
