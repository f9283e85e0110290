// Character classes and escapes of a regular expression as sets of code points. Decides how the flags i, s, u and v
// change a set, and how much work a pattern's sets may be; never knows about sequences or repeats. A set is closed over
// case as soon as it is read: what is made of closed sets is closed. What is written twice is worked out once.

import {
  type CodePointSet,
  codePointMax,
  complement,
  digits,
  intersection,
  lineTerminators,
  unionOf,
  whitespace,
  wordCharacters,
} from './regex-set.js'
import type { RegexSource } from './regex-source.js'
import { closeOverCase, property, unicodeCaseClasses, unitCaseClasses } from './regex-unicode.js'
import { classEnd } from './regex-units.js'

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 }

/** Ranges that are read for a pattern's sets, all together: some hundredths of a second. */
const rangesMax = 1_000_000
/** Different properties of one pattern: the engine takes some milliseconds to tell a new one. */
const propertiesMax = 32

export class RegexClassReader {
  readonly #source: RegexSource
  readonly #max: number
  readonly #characters = new Map<number, CodePointSet>()
  /** Closed sets, by what is written. */
  readonly #escapes = new Map<string, CodePointSet>()
  readonly #brackets = new Map<string, CodePointSet>()
  readonly #properties = new Set<string>()
  #ranges = 0
  #dot: CodePointSet | null = null

  constructor(source: RegexSource) {
    this.#source = source
    this.#max = source.isUnicode ? codePointMax : 0xffff
  }

  /** One character, with what the flag i adds to it. */
  character(codePoint: number): CodePointSet {
    let set = this.#characters.get(codePoint)
    if (set === undefined) {
      set = this.#closed([[codePoint, codePoint]])
      this.#characters.set(codePoint, set)
    }
    return set
  }

  /** The set with what the flag i adds to it. */
  #closed(set: CodePointSet): CodePointSet {
    if (!this.#source.ignoresCase) return set
    const classes = this.#source.isUnicode ? unicodeCaseClasses() : unitCaseClasses()
    return closeOverCase(set, classes, (count) => this.#spend(count))
  }

  #spend(ranges: number): void {
    this.#ranges += ranges
    if (this.#ranges > rangesMax) throw this.#source.tooComplex('ranges in its classes', rangesMax)
  }

  dot(): CodePointSet {
    this.#dot ??= complement(this.#source.dotIsAll ? [] : lineTerminators, this.#max)
    return this.#dot
  }

  /** \d \D \w \W \s \S \p{...} \P{...}, with what the flag i adds; null where another escape stands. */
  classEscape(): CodePointSet | null {
    const source = this.#source
    const found = source.match(source.isUnicode ? /\\(?:([dDwWsS])|([pP])\{([^}]*)\})/y : /\\([dDwWsS])/y)
    if (found === null) return null
    const [text, letter, sign, name] = found
    let set = this.#escapes.get(text)
    if (set === undefined) {
      set = letter === undefined ? this.#property(name!, sign === 'P') : this.#named(letter)
      this.#escapes.set(text, set)
    }
    source.offset += text.length
    return set
  }

  #property(name: string, isNegated: boolean): CodePointSet {
    const source = this.#source
    this.#properties.add(name)
    if (this.#properties.size > propertiesMax) throw source.tooComplex('different properties', propertiesMax)
    let set: CodePointSet
    try {
      set = property(name)
    } catch {
      throw source.unsupported('a property of strings', source.offset)
    }
    if (!isNegated) return this.#closed(set)
    // Under v the complement is of what the flag i adds, too; under u what it adds is added to the complement.
    return source.hasSets
      ? complement(this.#closed(set), this.#max)
      : this.#closed(complement(set, this.#max))
  }

  #named(letter: string): CodePointSet {
    const lower = letter.toLowerCase()
    if (lower === 's' || lower === 'd') {
      const set = lower === 'd' ? digits : whitespace
      return this.#closed(letter === lower ? set : complement(set, this.#max))
    }
    // \w under i and u also holds the two characters that fold to s and k; \W is its complement, not the other way.
    const set = this.#source.isUnicode ? this.#closed(wordCharacters) : wordCharacters
    return this.#closed(letter === lower ? set : complement(set, this.#max))
  }

  /** One escaped character, the backslash still unread. */
  characterEscape(): number {
    const source = this.#source
    source.take('\\')
    const control = source.takeMatch(/[tnvfr]/y)
    if (control) return controls[control[0]]!
    const letter = source.takeMatch(/c([a-zA-Z])/y)
    if (letter) return letter[1]!.charCodeAt(0) % 32
    // Annex B: a \c without its letter is a backslash, and the c is read next.
    if (source.sees('c') && !source.isUnicode) return 0x5c
    const hex = source.takeMatch(/x([0-9a-fA-F]{2})/y)
    if (hex) return Number.parseInt(hex[1]!, 16)
    const unicode = this.#unicodeEscape()
    if (unicode !== null) return unicode
    const octal = source.takeMatch(source.isUnicode ? /0/y : /[0-3][0-7]{0,2}|[4-7][0-7]?/y)
    if (octal) return Number.parseInt(octal[0], 8)
    return source.next()
  }

  #unicodeEscape(): number | null {
    const source = this.#source
    if (source.isUnicode) {
      const braced = source.takeMatch(/u\{([0-9a-fA-F]+)\}/y)
      if (braced) return Number.parseInt(braced[1]!, 16)
      const pair = source.takeMatch(/u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})/y)
      if (pair) {
        return String.fromCharCode(Number.parseInt(pair[1]!, 16), Number.parseInt(pair[2]!, 16)).codePointAt(
          0,
        )!
      }
    }
    const unit = source.takeMatch(/u([0-9a-fA-F]{4})/y)
    return unit ? Number.parseInt(unit[1]!, 16) : null
  }

  /** A class in brackets, the opening one already read. */
  bracket(): CodePointSet {
    const { text, offset, hasSets } = this.#source
    const end = classEnd(text, offset, hasSets)
    const written = text.slice(offset, end)
    let set = this.#brackets.get(written)
    if (set === undefined) {
      set = this.#bracket()
      this.#brackets.set(written, set)
    }
    this.#source.offset = end
    return set
  }

  #bracket(): CodePointSet {
    this.#source.enter()
    const isNegated = this.#source.take('^')
    const set = this.#source.hasSets ? this.#setOperations() : this.#members()
    this.#source.leave()
    return isNegated ? complement(set, this.#max) : set
  }

  #members(): CodePointSet {
    const source = this.#source
    const sets: CodePointSet[] = []
    while (!source.take(']')) {
      const from = this.#member()
      const isRange = source.sees('-') && !source.sees('-]')
      if (!isRange) sets.push(this.#memberSet(from))
      else {
        source.take('-')
        const to = this.#member()
        if (typeof from === 'number' && typeof to === 'number') sets.push(this.#closed([[from, to]]))
        // Annex B: a hyphen beside \d and its like is a hyphen.
        else sets.push(this.#memberSet(from), this.character(0x2d), this.#memberSet(to))
      }
    }
    return this.#union(sets)
  }

  #member(): number | CodePointSet {
    const source = this.#source
    if (!source.sees('\\')) return source.next()
    const set = this.classEscape()
    if (set !== null) return set
    if (source.take('\\b')) return 8
    if (source.take('\\-')) return 0x2d
    if (!source.isUnicode) {
      // Annex B: inside of a class \c also takes digits and the underscore.
      const control = source.takeMatch(/\\c([0-9_])/y)
      if (control) return control[1]!.charCodeAt(0) % 32
    }
    return this.characterEscape()
  }

  /** The inside of a class under v: a union, an intersection or a difference, never two of them. */
  #setOperations(): CodePointSet {
    const source = this.#source
    const sets: CodePointSet[] = []
    let [isDifference, isIntersection] = [false, false]
    while (!source.take(']')) {
      if (source.take('--')) isDifference = true
      else if (source.take('&&')) isIntersection = true
      sets.push(this.#operand())
    }
    if (isIntersection) {
      return [...new Set(sets)].reduce((left, right) => this.#intersection(left, right))
    }
    if (!isDifference) return this.#union(sets)
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

  #operand(): CodePointSet {
    const source = this.#source
    const offset = source.offset
    if (source.take('[')) return this.#bracket()
    if (source.sees('\\q{')) throw source.unsupported('a class of strings \\q{...}', offset)
    const from = this.#member()
    if (typeof from !== 'number') return from
    if (!source.sees('-') || source.sees('--')) return this.character(from)
    source.take('-')
    const to = this.#member()
    return this.#closed([[from, to as number]])
  }

  #memberSet(member: number | CodePointSet): CodePointSet {
    return typeof member === 'number' ? this.character(member) : member
  }
}
