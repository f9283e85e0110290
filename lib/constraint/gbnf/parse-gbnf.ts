// Reads llama.cpp's grammar notation (GBNF) into a tree. Decides syntax and reports mistakes with line and column;
// lowering happens elsewhere. References to tokens are refused by name: a constraint is about bytes.
import { ConstraintError } from '../../base/errors.js'
import type { CodePointRange } from '../ir/code-point-set.js'
import {
  commentCode,
  escapes,
  hexSizes,
  isBlankCode,
  isLineEndCode,
  isNameCode,
  isPlainCode,
} from './characters.js'
import { type GbnfNode, type GbnfRules, partsOf } from './gbnf-node.js'

const lengthMax = 1 << 20
const depthMax = 200
const repeatMax = 100_000

/** The rules by name; a rule given twice is the later one. Throws ConstraintError GRAMMAR_SYNTAX. */
export function parseGbnf(text: string): GbnfRules {
  if (text.length > lengthMax) {
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The grammar has ${text.length} characters, expected at most ${lengthMax}.`,
    )
  }
  return new GbnfParser(text).rules()
}

/** `line 3, column 7` of an offset. */
function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/)
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`
}

class GbnfParser {
  readonly #text: string
  readonly #rules = new Map<string, GbnfNode>()
  #at = 0
  #count = 0

  constructor(text: string) {
    this.#text = text
  }

  rules(): GbnfRules {
    this.#space()
    while (this.#at < this.#text.length) this.#rule()
    for (const node of this.#rules.values()) this.#checkReferences(node)
    if (!this.#rules.has('root')) throw this.#error('no rule "root"', 'a rule of that name', 0)
    return this.#rules
  }

  #rule(): void {
    const name = this.#name()
    if (name === '') throw this.#error(this.#seen(), 'the name of a rule')
    this.#blanks()
    if (!this.#take('::=')) throw this.#error(this.#seen(), '::= after the name of a rule')
    this.#space()
    this.#rules.set(name, this.#choice(0))
    if (this.#at < this.#text.length && !isLineEndCode(this.#text.charCodeAt(this.#at))) {
      throw this.#error(this.#seen(), 'the end of the rule')
    }
    this.#space()
  }

  #id(): number {
    return this.#count++
  }

  #choice(depth: number): GbnfNode {
    if (depth > depthMax) throw this.#error(`groups nested deeper than ${depthMax}`, 'fewer')
    const parts = [this.#sequence(depth)]
    while (this.#take('|')) {
      this.#space()
      parts.push(this.#sequence(depth))
    }
    return parts.length === 1 ? parts[0]! : { id: this.#id(), kind: 'choice', parts }
  }

  #sequence(depth: number): GbnfNode {
    const parts: GbnfNode[] = []
    let repeats = 0
    for (;;) {
      const repeat = this.#repeat(depth)
      if (repeat) {
        const part = parts.pop()
        if (!part) throw this.#error('a repetition of nothing', 'something before it', repeat.offset)
        if (++repeats > depthMax) {
          throw this.#error(`more than ${depthMax} repetitions of a repetition`, 'fewer', repeat.offset)
        }
        parts.push({ id: this.#id(), kind: 'repeat', part, min: repeat.min, max: repeat.max })
        continue
      }
      repeats = 0
      const part = this.#atom(depth)
      if (part === null) break
      this.#spaceIn(depth)
      parts.push(part)
    }
    return parts.length === 1 ? parts[0]! : { id: this.#id(), kind: 'sequence', parts }
  }

  #atom(depth: number): GbnfNode | null {
    const offset = this.#at
    const char = this.#text[this.#at]
    if (char === '"') return this.#literal()
    if (char === '[') return this.#set()
    if (char === '.') {
      this.#at++
      return { id: this.#id(), kind: 'set', ranges: [], isNegated: true }
    }
    if (char === '(') {
      this.#at++
      this.#space()
      const inner = this.#choice(depth + 1)
      if (!this.#take(')')) throw this.#error(this.#seen(), 'a closing parenthesis')
      return inner
    }
    if (char === '<' || char === '!') {
      const shown = /^!?<[^>]*>?/.exec(this.#text.slice(offset, offset + 40))?.[0] ?? char
      throw new ConstraintError(
        'GRAMMAR_UNSUPPORTED',
        `The grammar refers to the token ${shown} at ${placeOf(this.#text, offset)}; only texts can be constrained.`,
      )
    }
    const name = this.#name()
    return name === '' ? null : { id: this.#id(), kind: 'reference', name, offset }
  }

  #literal(): GbnfNode {
    this.#at++
    const parts: string[] = []
    for (;;) {
      const from = this.#at
      while (isPlainCode(this.#text.charCodeAt(this.#at))) this.#at++
      if (this.#at > from) parts.push(this.#text.slice(from, this.#at))
      if (this.#take('"')) return { id: this.#id(), kind: 'text', text: parts.join('') }
      parts.push(String.fromCodePoint(this.#character('a closing quote')))
    }
  }

  #set(): GbnfNode {
    this.#at++
    const isNegated = this.#take('^')
    const ranges: CodePointRange[] = []
    while (!this.#take(']')) {
      const offset = this.#at
      const from = this.#character('a closing bracket')
      let to = from
      if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at++
        to = this.#character('the end of a range')
      }
      if (to < from)
        throw this.#error('a range that ends before it starts', 'the lower character first', offset)
      ranges.push([from, to])
    }
    return { id: this.#id(), kind: 'set', ranges, isNegated }
  }

  #character(expected: string): number {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) throw this.#error(this.#seen(), expected)
    const offset = this.#at
    this.#at += code > 0xffff ? 2 : 1
    const value = code === 0x5c ? this.#escape(offset) : code
    if (value >= 0xd800 && value <= 0xdfff)
      throw this.#error('half of a surrogate pair', 'a whole character', offset)
    return value
  }

  #escape(offset: number): number {
    const letter = this.#text[this.#at++] ?? ''
    const plain = escapes[letter]
    if (plain !== undefined) return plain
    const size = hexSizes[letter]
    if (size === undefined)
      throw this.#error(
        `the unknown escape \\${letter}`,
        '\\n \\r \\t \\\\ \\" \\[ \\] \\- \\x \\u or \\U',
        offset,
      )
    const digits = this.#text.slice(this.#at, this.#at + size)
    if (digits.length < size || !/^[0-9a-fA-F]+$/.test(digits)) {
      throw this.#error(`the escape \\${letter}${digits}`, `${size} hexadecimal digits`, offset)
    }
    this.#at += size
    const value = Number.parseInt(digits, 16)
    if (value > 0x10ffff) throw this.#error(`the code point ${digits}`, 'at most 0010FFFF', offset)
    return value
  }

  /** A repetition at the current place; null where something else stands there. */
  #repeat(depth: number): { min: number; max: number | null; offset: number } | null {
    const offset = this.#at
    let bounds: { min: number; max: number | null } | null = null
    if (this.#take('*')) bounds = { min: 0, max: null }
    else if (this.#take('+')) bounds = { min: 1, max: null }
    else if (this.#take('?')) bounds = { min: 0, max: 1 }
    else if (this.#take('{')) bounds = this.#bounds(depth)
    if (!bounds) return null
    this.#spaceIn(depth)
    return { ...bounds, offset }
  }

  #bounds(depth: number): { min: number; max: number | null } {
    const offset = this.#at - 1
    this.#spaceIn(depth)
    const min = this.#number()
    if (min === null) throw this.#error(this.#seen(), 'a number')
    this.#spaceIn(depth)
    let max: number | null = min
    if (this.#take(',')) {
      this.#spaceIn(depth)
      max = this.#number()
      this.#spaceIn(depth)
    }
    if (!this.#take('}')) throw this.#error(this.#seen(), 'a comma or a closing brace')
    if (max !== null && max < min) throw this.#error(`{${min},${max}}`, 'the lower number first', offset)
    return { min, max }
  }

  #number(): number | null {
    const offset = this.#at
    const digits = /^[0-9]+/.exec(this.#text.slice(offset, offset + 20))?.[0]
    if (digits === undefined) return null
    if (Number(digits) > repeatMax) throw this.#error(`${digits} repetitions`, `at most ${repeatMax}`, offset)
    this.#at += digits.length
    return Number(digits)
  }

  #name(): string {
    const from = this.#at
    while (isNameCode(this.#text.charCodeAt(this.#at))) this.#at++
    return this.#text.slice(from, this.#at)
  }

  /** Skips blanks and comments; a rule ends with its line, a group does not. */
  #spaceIn(depth: number): void {
    if (depth > 0) this.#space()
    else this.#blanks()
  }

  #space(): void {
    for (this.#blanks(); isLineEndCode(this.#text.charCodeAt(this.#at)); this.#blanks()) this.#at++
  }

  /** Skips blanks and a comment, up to the end of the line. */
  #blanks(): void {
    let isComment = false
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (isLineEndCode(code)) return
      if (code === commentCode) isComment = true
      else if (!isComment && !isBlankCode(code)) return
    }
  }

  #take(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false
    this.#at += word.length
    return true
  }

  #checkReferences(node: GbnfNode): void {
    if (node.kind === 'reference' && !this.#rules.has(node.name)) {
      throw this.#error(`the rule "${node.name}"`, 'a rule that is defined', node.offset)
    }
    for (const part of partsOf(node)) this.#checkReferences(part)
  }

  #seen(): string {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(code))
  }

  #error(seen: string, expected: string, offset = this.#at): ConstraintError {
    return new ConstraintError(
      'GRAMMAR_SYNTAX',
      `The grammar has ${seen} at ${placeOf(this.#text, offset)}, expected ${expected}.`,
    )
  }
}
