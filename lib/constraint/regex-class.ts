// Character classes and escapes of a regular expression as sets of code points. Decides how the flags i, s, u and v
// change a set; never knows about sequences or repeats.

import {
  type CodePointSet,
  closeOverCase,
  codePointMax,
  complement,
  digits,
  intersection,
  lineTerminators,
  property,
  unicodeCaseClasses,
  union,
  unionOf,
  unitCaseClasses,
  whitespace,
  wordCharacters,
} from './regex-set.js'
import type { RegexSource } from './regex-source.js'

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 }

export class RegexClassReader {
  readonly #source: RegexSource
  readonly #max: number
  readonly #characters = new Map<number, CodePointSet>()
  #dot: CodePointSet | null = null

  constructor(source: RegexSource) {
    this.#source = source
    this.#max = source.isUnicode ? codePointMax : 0xffff
  }

  /** One character, with what the flag i adds to it. */
  character(codePoint: number): CodePointSet {
    let set = this.#characters.get(codePoint)
    if (set === undefined) {
      set = this.closed([[codePoint, codePoint]])
      this.#characters.set(codePoint, set)
    }
    return set
  }

  /** The set with what the flag i adds to it. */
  closed(set: CodePointSet): CodePointSet {
    if (!this.#source.ignoresCase) return set
    return closeOverCase(set, this.#source.isUnicode ? unicodeCaseClasses() : unitCaseClasses())
  }

  dot(): CodePointSet {
    this.#dot ??= complement(this.#source.dotIsAll ? [] : lineTerminators, this.#max)
    return this.#dot
  }

  /** \d \D \w \W \s \S \p{...} \P{...}; null where another escape stands. */
  classEscape(): CodePointSet | null {
    const found = this.#source.takeMatch(/\\([dDwWsS])/y)
    if (found) return this.#named(found[1]!)
    const prop = this.#source.isUnicode ? this.#source.match(/\\([pP])\{([^}]*)\}/y) : null
    if (!prop) return null
    const offset = this.#source.offset
    this.#source.offset += prop[0].length
    let set: CodePointSet
    try {
      set = property(prop[2]!)
    } catch {
      throw this.#source.unsupported('a property of strings', offset)
    }
    if (prop[1] === 'p') return this.#source.hasSets ? this.closed(set) : set
    return complement(this.#source.hasSets ? this.closed(set) : set, this.#max)
  }

  #named(letter: string): CodePointSet {
    const lower = letter.toLowerCase()
    // \w under i and u also holds the two characters that fold to s and k; \W is its complement, not the other way.
    const set =
      lower === 'd'
        ? digits
        : lower === 's'
          ? whitespace
          : this.#source.isUnicode
            ? this.closed(wordCharacters)
            : wordCharacters
    return letter === lower ? set : complement(set, this.#max)
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
    this.#source.enter()
    const isNegated = this.#source.take('^')
    const set = this.closed(this.#source.hasSets ? this.#setOperations() : this.#members())
    this.#source.leave()
    return isNegated ? complement(set, this.#max) : set
  }

  #members(): CodePointSet {
    const source = this.#source
    const sets: CodePointSet[] = []
    while (!source.take(']')) {
      const from = this.#member()
      const isRange = source.sees('-') && !source.sees('-]')
      if (!isRange) sets.push(memberSet(from))
      else {
        source.take('-')
        const to = this.#member()
        if (typeof from === 'number' && typeof to === 'number') sets.push([[from, to]])
        // Annex B: a hyphen beside \d and its like is a hyphen.
        else sets.push(memberSet(from), [[0x2d, 0x2d]], memberSet(to))
      }
    }
    return unionOf(sets)
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

  /** The inside of a class under v: a union, an intersection or a difference. */
  #setOperations(): CodePointSet {
    const source = this.#source
    let set: CodePointSet = []
    while (!source.take(']')) {
      if (source.take('--')) set = intersection(set, complement(this.#operand(), this.#max))
      else if (source.take('&&')) set = intersection(set, this.#operand())
      else set = union(set, this.#operand())
    }
    return set
  }

  #operand(): CodePointSet {
    const source = this.#source
    const offset = source.offset
    if (source.take('[')) return this.bracket()
    if (source.sees('\\q{')) throw source.unsupported('a class of strings \\q{...}', offset)
    const from = this.#member()
    if (typeof from !== 'number') return this.closed(from)
    if (!source.sees('-') || source.sees('--')) return this.closed([[from, from]])
    source.take('-')
    const to = this.#member()
    return this.closed([[from, to as number]])
  }
}

function memberSet(member: number | CodePointSet): CodePointSet {
  return typeof member === 'number' ? [[member, member]] : member
}
