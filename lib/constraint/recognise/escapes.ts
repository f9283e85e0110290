// Characters as JSON writes them inside of a string: which bytes stand for themselves, and what an escape means. Knows
// no expressions.
import type { Ranges } from './points.js'

const short: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

/** Whether a byte stands for itself. */
export function isRaw(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x22 && byte !== 0x5c
}

const unit = /^\\u[0-9a-fA-F]{4}$/
const high = /^\\u[dD][89abAB][0-9a-fA-F]{2}$/
const low = /^\\u[dD][c-fC-F][0-9a-fA-F]{2}$/
const beginning =
  /^\\(?:u(?:[0-9a-fA-F]{0,3}|[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?)?)?$/

const encoder = new TextEncoder()

/** The bytes that an escape means; 'begun' where it is not whole yet, null where it is none. */
export function escaped(text: string): Uint8Array | 'begun' | null {
  const letter = text.length === 2 && text.startsWith('\\') ? short.get(text[1]!) : undefined
  if (letter !== undefined) return encoder.encode(letter)
  if (text.length === 12 && high.test(text.slice(0, 6)) && low.test(text.slice(6))) {
    const [first, second] = [text.slice(2, 6), text.slice(8)].map((digits) => Number.parseInt(digits, 16))
    return encoder.encode(String.fromCharCode(first!, second!))
  }
  if (unit.test(text) && !high.test(text) && !low.test(text)) {
    return encoder.encode(String.fromCharCode(Number.parseInt(text.slice(2), 16)))
  }
  return beginning.test(text) ? 'begun' : null
}

/** Bytes that may make a difference, each by itself, and those that stand for themselves, which differ as in a text. */
export function addEscapeEdges(begun: string, edges: Set<number>): void {
  const single = begun === '' ? '"\\' : begun === '\\' ? '"\\/bfnrtu' : '0123456789abcdefABCDEFu\\'
  for (const char of single) edges.add(char.charCodeAt(0)).add(char.charCodeAt(0) + 1)
  if (begun === '') edges.add(0x20)
}

/** Code points that an escape may come to mean, as [from, to, from, to, ...]. */
export function pointsOf(begun: string): Ranges {
  const [first, last] = unitsOf(begun.slice(2, 6))
  if (begun.length > 6) {
    const [from, to] = unitsOf(begun.slice(8))
    const base = (unit: number): number => 0x10000 + (first - 0xd800) * 0x400 + unit - 0xdc00
    return [base(Math.max(from, 0xdc00)), base(Math.min(to, 0xdfff))]
  }
  const ranges: number[] = []
  const add = (from: number, to: number): void => {
    if (from <= to) ranges.push(from, to)
  }
  add(first, Math.min(last, 0xd7ff))
  add(Math.max(first, 0xe000), last)
  const [high, highLast] = [Math.max(first, 0xd800), Math.min(last, 0xdbff)]
  add(0x10000 + (high - 0xd800) * 0x400, 0x10000 + (highLast - 0xd800) * 0x400 + 0x3ff)
  return ranges
}

/** Code units that begin with these digits. */
function unitsOf(digits: string): [from: number, to: number] {
  const [from, to] = ['0', 'f'].map((end) => Number.parseInt(digits.padEnd(4, end), 16))
  return [from!, to!]
}
