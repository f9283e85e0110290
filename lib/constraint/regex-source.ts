// A reading position in a regular expression's source, by code points under u and v, else by UTF-16 units. Decides
// nothing about meaning. The source is known to be valid syntax, so readers never have to report errors in it.
import { ConstraintError } from '../base/errors.js'

export class RegexSource {
  readonly text: string
  readonly isUnicode: boolean
  readonly hasSets: boolean
  readonly ignoresCase: boolean
  readonly dotIsAll: boolean
  readonly groupCount: number
  readonly hasNamedGroups: boolean
  offset = 0
  #depth = 0

  constructor(text: string, flags: string) {
    this.text = text
    this.hasSets = flags.includes('v')
    this.isUnicode = this.hasSets || flags.includes('u')
    this.ignoresCase = flags.includes('i')
    this.dotIsAll = flags.includes('s')
    const groups = countGroups(text, this.hasSets)
    this.groupCount = groups.count
    this.hasNamedGroups = this.isUnicode || groups.named > 0
  }

  get isAtEnd(): boolean {
    return this.offset >= this.text.length
  }

  sees(word: string): boolean {
    return this.text.startsWith(word, this.offset)
  }

  take(word: string): boolean {
    if (!this.sees(word)) return false
    this.offset += word.length
    return true
  }

  /** Takes what the sticky pattern matches here; null where it doesn't. Does not move where `pattern` is only asked. */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.offset
    return pattern.exec(this.text)
  }

  takeMatch(pattern: RegExp): RegExpExecArray | null {
    const found = this.match(pattern)
    if (found) this.offset += found[0].length
    return found
  }

  next(): number {
    const codePoint = this.isUnicode ? this.text.codePointAt(this.offset)! : this.text.charCodeAt(this.offset)
    this.offset += codePoint > 0xffff ? 2 : 1
    return codePoint
  }

  skipPast(word: string): void {
    this.offset = this.text.indexOf(word, this.offset) + word.length
  }

  quantifier(): { min: number; max: number | null } | null {
    if (this.take('*')) return { min: 0, max: null }
    if (this.take('+')) return { min: 1, max: null }
    if (this.take('?')) return { min: 0, max: 1 }
    const found = this.takeMatch(/\{([0-9]+)(?:(,)([0-9]*))?\}/y)
    if (!found) return null
    const min = this.#count(found[1]!)
    if (found[2] === undefined) return { min, max: min }
    return { min, max: found[3] === '' ? null : this.#count(found[3]!) }
  }

  #count(text: string): number {
    const count = Number(text)
    if (count <= repeatMax) return count
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The regular expression repeats ${text} times before offset ${this.offset}; at most ${repeatMax} is taken.`,
    )
  }

  /** A group or class begins. Throws CONSTRAINT_TOO_COMPLEX where too many are open. */
  enter(): void {
    this.#depth += 1
    if (this.#depth <= depthMax) return
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The regular expression nests groups and classes ${this.#depth} deep at offset ${this.offset}, ` +
        `expected at most ${depthMax}.`,
    )
  }

  leave(): void {
    this.#depth -= 1
  }

  tooComplex(what: string, most: number): ConstraintError {
    return new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The regular expression has more than ${most} ${what} at offset ${this.offset}; expected a smaller one.`,
    )
  }

  /** A construct that JavaScript does not have, and what to write instead. */
  foreign(construct: string, offset: number, instead: string): ConstraintError {
    const shown = this.text.slice(offset, offset + 12)
    return new ConstraintError(
      'REGEX_UNSUPPORTED',
      `The regular expression has ${construct} at offset ${offset} ("${shown}"), which means something else in ` +
        `JavaScript or nothing: ${instead}.`,
    )
  }

  unsupported(construct: string, offset: number): ConstraintError {
    const shown = this.text.slice(offset, offset + 12)
    return new ConstraintError(
      'REGEX_UNSUPPORTED',
      `The regular expression has ${construct} at offset ${offset} ("${shown}"), which can't be a constraint.`,
    )
  }
}

const repeatMax = 1_000_000
const depthMax = 200

/** Capturing groups, counted before parsing: \2 means a group only where there are two. */
function countGroups(text: string, hasSets: boolean): { count: number; named: number } {
  let count = 0
  let named = 0
  let depth = 0
  for (let offset = 0; offset < text.length; offset += 1) {
    const character = text[offset]
    if (character === '\\') offset += 1
    else if (character === '[') depth = hasSets ? depth + 1 : 1
    else if (character === ']') depth = Math.max(0, depth - 1)
    else if (character === '(' && depth === 0) {
      const isNamed = /^\(\?<[^=!]/.test(text.slice(offset, offset + 4))
      if (isNamed) named += 1
      if (isNamed || text[offset + 1] !== '?') count += 1
    }
  }
  return { count, named }
}
