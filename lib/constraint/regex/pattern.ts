// A regular expression as it is given, source and flags, and the sentences that refuse it. Decides what must be known
// of a source before it is read: how many groups it has and whether they have names. Never what a construct means.
import { ConstraintError } from '../../base/errors.js'
import { saidBy } from '../../base/seen.js'

/** Groups and classes that may be open at once: what reads them calls itself. */
const depthMax = 200

export class Pattern {
  readonly text: string
  readonly flags: string
  readonly isUnicode: boolean
  readonly hasSets: boolean
  readonly ignoresCase: boolean
  readonly dotIsAll: boolean
  readonly groupCount: number
  readonly hasNamedGroups: boolean

  constructor(text: string, flags: string) {
    this.text = text
    this.flags = flags
    this.hasSets = flags.includes('v')
    this.isUnicode = this.hasSets || flags.includes('u')
    this.ignoresCase = flags.includes('i')
    this.dotIsAll = flags.includes('s')
    const { count, named } = countGroups(this)
    this.groupCount = count
    this.hasNamedGroups = this.isUnicode || named > 0
  }

  /** ConstraintError REGEX_SYNTAX: what the SyntaxError says, and what more is known. */
  invalid(cause: unknown, more: string): ConstraintError {
    const told = saidBy(cause)
    const shown = told.length <= 300 ? told : `${told.slice(0, 150)}...${told.slice(-100)}`
    return new ConstraintError('REGEX_SYNTAX', `${shown}.${more}`, { cause })
  }

  /** A construct that JavaScript does not have, and what to write instead. */
  foreign(construct: string, offset: number, instead: string): ConstraintError {
    return new ConstraintError(
      'REGEX_UNSUPPORTED',
      `The regular expression has ${construct} at ${this.#place(offset)}, which means something else in ` +
        `JavaScript or nothing: ${instead}.`,
    )
  }

  unsupported(construct: string, offset: number): ConstraintError {
    return new ConstraintError(
      'REGEX_UNSUPPORTED',
      `The regular expression has ${construct} at ${this.#place(offset)}, which can't be a constraint.`,
    )
  }

  tooComplex(what: string, max: number, offset: number): ConstraintError {
    return new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The regular expression has more than ${max} ${what} at offset ${offset}; expected a smaller one.`,
    )
  }

  #place(offset: number): string {
    return `offset ${offset} ("${this.text.slice(offset, offset + 12)}")`
  }
}

/** How deep reading is in groups and classes. */
export class Nesting {
  #depth = 0

  /** A group or class begins. Throws CONSTRAINT_TOO_COMPLEX where too many are open. */
  enter(offset: number): void {
    this.#depth += 1
    if (this.#depth <= depthMax) return
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The regular expression nests groups and classes ${this.#depth} deep at offset ${offset}, ` +
        `expected at most ${depthMax}.`,
    )
  }

  leave(): void {
    this.#depth -= 1
  }
}

/** Capturing groups, counted before reading: \2 means a group only where there are two. */
function countGroups({ text, hasSets }: Pick<Pattern, 'text' | 'hasSets'>): { count: number; named: number } {
  let [count, named, depth] = [0, 0, 0]
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
