// JSON values with what JavaScript loses: the order of integer-like keys and the exact numbers. Decides reading,
// equality and spelling of values; never knows about schemas.
import { ConstraintError } from '../../../base/errors.js'
import { Decimal } from './decimal.js'

export type JsonObject = Map<string, Json>
export type Json = null | boolean | string | Decimal | Json[] | JsonObject

/** Levels of a schema and of the values in it: what follows each of them recursively has room for as many. */
export const jsonDepthMax = 512

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map
}

/** Reads JSON text. Throws ConstraintError SCHEMA_INVALID with line and column. */
export function readJson(text: string): Json {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

/** Equal keys mean equal values as JSON Schema sees them: 1 is 1.0, and the order of members is nothing. */
export function jsonKey(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof Decimal) return `${value.units}e${value.exponent}`
  if (Array.isArray(value)) return `[${value.map(jsonKey).join()}]`
  const members = [...value].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${jsonKey(item)}`).join()}}`
}

/** Equal texts mean equal values with members in the same order; null for one with a longer text. */
export function contentText(value: Json, charsMax: number): string | null {
  let text = ''
  const left: (Json | { readonly mark: string })[] = [value]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (text.length > charsMax) return null
    if (next === null || typeof next !== 'object') text += JSON.stringify(next)
    else if (next instanceof Decimal) text += `${next.units}e${next.exponent}`
    else if ('mark' in next) text += next.mark
    else if ((isObject(next) ? next.size : next.length) > charsMax) return null
    else {
      const parts = isObject(next)
        ? [...next].map(([key, item]) => ({ mark: `${JSON.stringify(key)}:`, item }))
        : next.map((item) => ({ mark: '', item }))
      left.push({ mark: isObject(next) ? '}' : ']' })
      for (const { mark, item } of parts.reverse()) left.push({ mark: ',' }, item, { mark })
      text += isObject(next) ? '{' : '['
    }
  }
  return text.length > charsMax ? null : text
}

/** Number of values in a value, itself included; one that stands in many places counts in each. */
export function jsonSize(value: Json, known = new Map<Json, number>()): number {
  if (value === null || typeof value !== 'object') return 1
  let size = known.get(value)
  if (size === undefined) {
    size = 1
    for (const item of itemsOf(value)) size += jsonSize(item, known)
    known.set(value, size)
  }
  return size
}

/** The values directly inside of one. */
export function itemsOf(value: Json): Iterable<Json> {
  return Array.isArray(value) ? value : isObject(value) ? value.values() : []
}

/** Keys of all objects inside of a value, not its own. */
export function keysInside(value: Json): ReadonlySet<string> {
  const found = new Set<string>()
  const seen = new Set<Json>([value])
  for (const outer of seen) {
    for (const item of itemsOf(outer)) {
      if (item === null || typeof item !== 'object' || item instanceof Decimal || seen.has(item)) continue
      seen.add(item)
      if (isObject(item)) for (const key of item.keys()) found.add(key)
    }
  }
  return found
}

/** The value as JavaScript has it; numbers become doubles, and what is one object here is one there. */
export function toJavaScript(value: Json, made = new Map<Json, unknown>()): unknown {
  if (value instanceof Decimal) return Number(value.toString())
  if (typeof value !== 'object' || value === null) return value
  const known = made.get(value)
  if (known !== undefined) return known
  const result: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {}
  made.set(value, result)
  for (const [key, item] of value.entries()) {
    Object.defineProperty(result, key, {
      value: toJavaScript(item, made),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return result
}

/** Number of code points, which is what JSON Schema counts. */
export function codePointLength(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text
  }

  value(depth: number): Json {
    if (depth > jsonDepthMax) throw this.#error(`more than ${jsonDepthMax} levels`, 'fewer levels')
    this.#space()
    const char = this.#text[this.#at]
    if (char === '{') return this.#object(depth)
    if (char === '[') return this.#array(depth)
    if (char === '"') return this.#string()
    const [word, value] = words[char ?? ''] ?? none
    if (word === '' || !this.#text.startsWith(word, this.#at)) return this.#number()
    this.#at += word.length
    return value
  }

  end(): void {
    this.#space()
    if (this.#at < this.#text.length) throw this.#error(this.#seen(), 'the end of the text')
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = new Map()
    this.#at++
    this.#space()
    if (this.#take('}')) return object
    do {
      this.#space()
      if (this.#text[this.#at] !== '"') throw this.#error(this.#seen(), 'a key in quotes')
      const key = this.#string()
      this.#space()
      if (!this.#take(':')) throw this.#error(this.#seen(), 'a colon')
      object.set(key, this.value(depth + 1))
      this.#space()
    } while (this.#take(','))
    if (!this.#take('}')) throw this.#error(this.#seen(), 'a comma or a closing brace')
    return object
  }

  #array(depth: number): Json[] {
    const items: Json[] = []
    this.#at++
    this.#space()
    if (this.#take(']')) return items
    do {
      items.push(this.value(depth + 1))
      this.#space()
    } while (this.#take(','))
    if (!this.#take(']')) throw this.#error(this.#seen(), 'a comma or a closing bracket')
    return items
  }

  #string(): string {
    const from = this.#at + 1
    const end = this.#text.indexOf('"', from)
    if (end < 0 || !this.#isPlain(from, end)) return this.#escapedString()
    this.#at = end + 1
    return this.#text.slice(from, end)
  }

  /** Whether there is nothing to unescape and nothing forbidden. */
  #isPlain(from: number, until: number): boolean {
    for (let at = from; at < until; at++) {
      const code = this.#text.charCodeAt(at)
      if (code < 0x20 || code === 0x5c) return false
    }
    return true
  }

  /** From stop to stop and not by one pattern: one with escapes in it runs out of stack where a string is long. */
  #escapedString(): string {
    const from = this.#at
    let at = from + 1
    for (;;) {
      plainPattern.lastIndex = at
      plainPattern.test(this.#text)
      at = plainPattern.lastIndex
      if (this.#text[at] !== '\\') break
      at += 2
    }
    try {
      const text = JSON.parse(this.#text.slice(from, at + 1)) as string
      this.#at = at + 1
      return text
    } catch {
      throw this.#error('a broken string', 'a JSON string')
    }
  }

  #number(): Decimal {
    numberPattern.lastIndex = this.#at
    const match = numberPattern.exec(this.#text)
    if (!match) throw this.#error(this.#seen(), 'a JSON value')
    const decimal = Decimal.read(match[0])
    if (!decimal) throw this.#error(`the number ${match[0].slice(0, 40)}`, 'a number of at most 400 digits')
    this.#at = numberPattern.lastIndex
    return decimal
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #seen(): string {
    const char = this.#text[this.#at]
    return char === undefined ? 'the end of the text' : JSON.stringify(char)
  }

  #error(seen: string, expected: string): ConstraintError {
    const before = this.#text.slice(0, this.#at).split('\n')
    const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`
    return new ConstraintError(
      'SCHEMA_INVALID',
      `The JSON text has ${seen} at ${place}, expected ${expected}.`,
    )
  }
}

type Word = readonly [word: string, value: Json]
/** By their first letters. */
const words: Readonly<Record<string, Word>> = { t: ['true', true], f: ['false', false], n: ['null', null] }
const none: Word = ['', null]
/** Up to what ends a string, has to be unescaped or is forbidden. */
const plainPattern = /[^"\\\x00-\x1f]*/y
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
