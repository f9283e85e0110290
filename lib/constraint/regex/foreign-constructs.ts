// Constructs of other regular expression languages: Perl, PCRE, Python, .NET, POSIX, GNU. Without the flag u JavaScript
// reads many of them as plain letters, and so does whoever validates with it. Decides which are refused, and what to
// write instead; never what JavaScript's own constructs mean.
import type { Pattern } from './pattern.js'

export interface Foreign {
  readonly offset: number
  /** What it is: "the escape \A". */
  readonly name: string
  /** What means the same in JavaScript, as the end of a sentence. */
  readonly instead: string
}

/** Escaped letters by what to write instead; JavaScript reads all others as themselves, and nobody needs them. */
const letters: Readonly<Record<string, string>> = {
  A: 'write ^',
  Z: 'write $',
  z: 'write $',
  G: 'write ^',
  h: 'write [ \\t]',
  H: 'write [^ \\t]',
  R: 'write (?:\\r\\n|[\\n\\v\\f\\r])',
  N: 'write [^\\n]',
  X: 'list the characters, as [\\s\\S] or \\p{...} under the flag u',
  K: 'write a look-behind, or leave it out',
  Q: 'put a backslash before each special character',
  E: 'put a backslash before each special character',
  e: 'write \\x1b',
  a: 'write \\x07',
  l: 'write [a-z]',
  L: 'write [^a-z]',
  U: 'write \\u{...} with hexadecimal digits under the flag u, or [^A-Z] for other than capital letters',
  p: 'properties need the flag u and a name JavaScript knows, as \\p{L}',
  P: 'properties need the flag u and a name JavaScript knows, as \\P{L}',
  x: 'write two hexadecimal digits, as \\x1b, or \\u{...} under the flag u',
  u: 'write four hexadecimal digits, as \\u001b, or \\u{...} under the flag u',
  c: 'write \\\\c for a backslash, or a letter after it',
  k: 'name a group (?<name>...) for \\k<name>',
  g: 'write \\1 or \\k<name>',
  o: 'write \\x or \\u with hexadecimal digits',
  B: 'write it outside of the class',
}

const own = /\\(?:[dDwWsSbtnvfr]|c[a-zA-Z]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})/y
const posixInside = /\[([:.=])\^?[a-zA-Z-]{1,32}\1\]/y
const posixAlone =
  /\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]/y
/** What stands behind a class that was not meant to end there. */
const classEnd = /\]|&&/y
const quantifier = /[*+?]|\{\d+(?:,\d*)?\}/y
const ownGroup = /\(\?(?:[:=!]|<[=!]|<[\p{ID_Start}$_\\](?:[\p{ID_Continue}$\\{}]|\u200c|\u200d)*>)/uy

const groups: readonly (readonly [pattern: RegExp, name: string, instead: string])[] = [
  [/\(\?P</y, 'a group named by (?P<name>', 'write (?<name>...)'],
  [/\(\?P=/y, 'a back-reference by (?P=name)', 'write \\k<name>'],
  [/\(\?'/y, "a group named by (?'name'", 'write (?<name>...)'],
  [/\(\?#/y, 'a comment', 'leave it out'],
  [/\(\?>/y, 'an atomic group', 'write (?:...), which may give back what it took'],
  [/\(\?\|/y, 'a branch reset', 'write (?:...)'],
  [/\(\?\(/y, 'a conditional group', 'write the cases out, as (?:a|b)'],
  [/\(\?(?:P>|[R&]|[+-]?\d)/y, 'a recursion', 'write out as many levels as there may be'],
  [/\(\?[a-zA-Z^]*-?[a-zA-Z]*[:)]/y, 'inline flags', 'give flags to the whole, as /.../i, or write [aA]'],
  [/\(\?</y, 'a balancing group', 'write out as many levels as there may be'],
  [/\(\*[A-Za-z_][\w:=]*\)/y, 'a verb', 'leave it out'],
]

/** The first construct of another language; null where there is none. */
export function foreignConstruct(pattern: Pattern): Foreign | null {
  return new Scan(pattern).first()
}

class Scan {
  readonly #pattern: Pattern
  readonly #text: string
  #at = 0
  /** Offset of the class being read, and of the last opening bracket inside of it; -1: none. */
  #open = -1
  #inner = -1
  #isRepeated = false

  constructor(pattern: Pattern) {
    this.#pattern = pattern
    this.#text = pattern.text
  }

  get #isInClass(): boolean {
    return this.#open >= 0
  }

  first(): Foreign | null {
    while (this.#at < this.#text.length) {
      const found = this.#next()
      if (found) return found
    }
    return null
  }

  /** Moves on by one construct. */
  #next(): Foreign | null {
    const char = this.#text[this.#at]!
    if (char === '\\') return this.#escape()
    // Under v classes nest, and JavaScript's own syntax leaves no room for others'.
    if (this.#isInClass && !this.#pattern.hasSets) return this.#inClass(char)
    if (char === '[') return this.#class()
    if (char === '(') return this.#group()
    return this.#repeat(char)
  }

  #escape(): Foreign | null {
    const offset = this.#at
    const char = this.#text[offset + 1] ?? ''
    const length = this.#match(own)?.[0].length ?? 2
    this.#at += length
    this.#isRepeated = false
    if (length > 2) return null
    if (/[a-zA-Z]/.test(char)) return this.#isOwn(char) ? null : this.#letter(offset, char)
    if (this.#isInClass) return null
    if (char === '<' || char === '>') {
      return this.#foreign(offset, `the word boundary \\${char}`, `write \\b, or ${char} for the character`)
    }
    const isLost = /[1-7]/.test(char) && Number(char) > this.#pattern.groupCount
    if (!isLost || /\d/.test(this.#text[this.#at] ?? '')) return null
    return this.#foreign(offset, `a back-reference to a group that is not there`, 'count the groups')
  }

  #isOwn(letter: string): boolean {
    if (/[dDwWsSbtnvfr]/.test(letter)) return true
    const { isUnicode, hasNamedGroups } = this.#pattern
    if (letter === 'B') return !this.#isInClass
    if (letter === 'c') return this.#isInClass && /[0-9_]/.test(this.#text[this.#at] ?? '')
    if (letter === 'k') return hasNamedGroups && !this.#isInClass && this.#text[this.#at] === '<'
    // What else the flags u and v let pass is JavaScript's.
    return isUnicode && /[pPuq]/.test(letter) && this.#text[this.#at] === '{'
  }

  #letter(offset: number, letter: string): Foreign {
    const instead = Object.hasOwn(letters, letter) ? letters[letter]! : `write ${letter} for the letter`
    return this.#foreign(offset, `the escape \\${letter}`, instead)
  }

  #class(): Foreign | null {
    const offset = this.#at
    this.#isRepeated = false
    if (this.#match(posixAlone)) {
      return this.#foreign(offset, 'a POSIX class', 'write the characters, as [a-zA-Z0-9]')
    }
    this.#at += this.#text[offset + 1] === '^' ? 2 : 1
    if (!this.#pattern.hasSets) this.#open = offset
    return null
  }

  #inClass(char: string): Foreign | null {
    const offset = this.#at
    this.#at += 1
    if (char === '[') {
      if (this.#matchAt(posixInside, offset)) {
        return this.#foreign(offset, 'a POSIX class', 'write the characters, as [a-zA-Z0-9]')
      }
      this.#inner = offset
    } else if (char === ']') {
      const isNested = this.#inner >= 0 && this.#inner < offset - 1 && this.#match(classEnd) !== null
      if (isNested)
        return this.#foreign(this.#open, 'a class within a class', 'write one class, or use the flag v')
      this.#open = -1
      this.#inner = -1
    }
    return null
  }

  #group(): Foreign | null {
    const offset = this.#at
    this.#isRepeated = false
    this.#at += 1
    const isOwn = this.#text[offset + 1] !== '*' && this.#text[offset + 1] !== '?'
    if (isOwn || this.#matchAt(ownGroup, offset)) {
      if (!isOwn) this.#at = offset + 2
      return null
    }
    for (const [pattern, name, instead] of groups) {
      if (this.#matchAt(pattern, offset)) return this.#foreign(offset, name, instead)
    }
    return null
  }

  #repeat(char: string): Foreign | null {
    const found =
      char === '*' || char === '+' || char === '?' || char === '{' ? this.#match(quantifier) : null
    if (!found) {
      this.#isRepeated = false
      this.#at += 1
      return null
    }
    if (this.#isRepeated && found[0] === '+') {
      return this.#foreign(this.#at, 'a possessive quantifier', 'leave out the +')
    }
    // A question mark behind a quantifier makes it lazy.
    this.#isRepeated = !(this.#isRepeated && found[0] === '?')
    this.#at += found[0].length
    return null
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    return this.#matchAt(pattern, this.#at)
  }

  #matchAt(pattern: RegExp, offset: number): RegExpExecArray | null {
    pattern.lastIndex = offset
    return pattern.exec(this.#text)
  }

  #foreign(offset: number, name: string, instead: string): Foreign {
    return { offset, name, instead }
  }
}
