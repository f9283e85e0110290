// How strings are spelled in JSON: raw characters and their escapes. Decides which spellings are allowed; every code
// point has one fixed set of them, so that And and Not on spelled strings mean the same as on the strings themselves.
// Never decides which values are allowed.
import { type CodePointRange, contains, intersection, setOf } from '../../ir/code-point-set.js'
import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'

const quote = 0x22
const backslash = 0x5c
const shortEscapes: readonly (readonly [number, string])[] = [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [quote, '"'],
  [backslash, '\\'],
]
const rawRanges: readonly CodePointRange[] = [
  [0x20, quote - 1],
  [quote + 1, backslash - 1],
  [backslash + 1, 0x10ffff],
]
const surrogateBase = 0x10000

/** Spelled strings in one builder. */
export class Spelling {
  readonly #builder: IrBuilder
  readonly #sets = new Map<string, RegexId>()
  readonly #digits = new Map<number, RegexId>()
  readonly quote: RegexId
  #free: RegexId | null = null
  #strict: RegexId | null = null
  #anyText: RegexId | null = null

  constructor(builder: IrBuilder) {
    this.#builder = builder
    this.quote = builder.literal('"')
  }

  /** One code point of a string nothing else is asked of: every spelling JSON has. */
  get free(): RegexId {
    this.#free ??= this.#builder.block('free character', () => this.#freeCharacter())
    return this.#free
  }

  /** One code point where strings are compared or matched: raw, or escaped where that is needed or usual. */
  get strict(): RegexId {
    this.#strict ??= this.#builder.block('strict character', () => this.set([[0, 0x10ffff]]))
    return this.#strict
  }

  /** Any text, spelled strictly. */
  get anyText(): RegexId {
    this.#anyText ??= this.#builder.repeat(this.strict, 0, null)
    return this.#anyText
  }

  /** One code point of the set, by its strict spellings. */
  set(ranges: readonly CodePointRange[]): RegexId {
    const key = ranges.join()
    let id = this.#sets.get(key)
    if (id === undefined) {
      id = this.#set(ranges)
      this.#sets.set(key, id)
    }
    return id
  }

  /** Every strict spelling of a text. */
  text(text: string): RegexId {
    const parts: RegexId[] = []
    let plain = ''
    const flush = (): void => {
      if (plain !== '') parts.push(this.#builder.literal(plain))
      plain = ''
    }
    for (const char of text) {
      const code = char.codePointAt(0)!
      if (code >= 0x20 && code < 0x80 && code !== quote && code !== backslash) plain += char
      else {
        flush()
        parts.push(this.set([[code, code]]))
      }
    }
    flush()
    return this.#builder.concatOf(parts)
  }

  /** The usual spelling of a text, quotes included: what a known string is written as. */
  quoted(text: string): RegexId {
    return this.#builder.literal(JSON.stringify(text))
  }

  inQuotes(body: RegexId): RegexId {
    return this.#builder.concat(this.quote, body, this.quote)
  }

  #set(ranges: readonly CodePointRange[]): RegexId {
    const builder = this.#builder
    const set = setOf(ranges)
    const options = [builder.class(intersection(set, rawRanges))]
    const short = shortEscapes
      .filter(([code]) => contains(set, code))
      .map(([, letter]) => letter.charCodeAt(0))
    if (short.length > 0) {
      options.push(builder.concat(builder.literal('\\'), builder.class(short.map((code) => [code, code]))))
    }
    const low = intersection(set, [[0, 0x1f]])
    const high = intersection(set, [
      [0x80, 0xd7ff],
      [0xe000, 0xffff],
    ])
    for (const [from, to] of [...low, ...high]) {
      options.push(builder.concat(builder.literal('\\u'), this.#hex(from, to, 4)))
    }
    for (const [from, to] of intersection(set, [[surrogateBase, 0x10ffff]])) {
      options.push(...this.#pairs(from, to))
    }
    return builder.altOf(options)
  }

  /** Surrogate pairs of the code points from..to, split where the high half changes. */
  #pairs(from: number, to: number): RegexId[] {
    const builder = this.#builder
    const [first, last] = [from - surrogateBase, to - surrogateBase]
    const prefix = builder.literal('\\u')
    const pair = (highs: readonly [number, number], lows: readonly [number, number]): RegexId =>
      builder.concat(
        prefix,
        this.#hex(0xd800 + highs[0], 0xd800 + highs[1], 4),
        prefix,
        this.#hex(0xdc00 + lows[0], 0xdc00 + lows[1], 4),
      )
    const [high, highLast] = [first >> 10, last >> 10]
    if (high === highLast) return [pair([high, high], [first & 0x3ff, last & 0x3ff])]
    const parts: RegexId[] = []
    const startsWhole = (first & 0x3ff) === 0
    const endsWhole = (last & 0x3ff) === 0x3ff
    if (!startsWhole) parts.push(pair([high, high], [first & 0x3ff, 0x3ff]))
    const wholeFrom = startsWhole ? high : high + 1
    const wholeTo = endsWhole ? highLast : highLast - 1
    if (wholeFrom <= wholeTo) parts.push(pair([wholeFrom, wholeTo], [0, 0x3ff]))
    if (!endsWhole) parts.push(pair([highLast, highLast], [0, last & 0x3ff]))
    return parts
  }

  /** The numbers from..to in `digits` hexadecimal digits of either case. */
  #hex(from: number, to: number, digits: number): RegexId {
    const builder = this.#builder
    if (digits === 0) return builder.empty
    const size = 16 ** (digits - 1)
    const [low, high] = [Math.floor(from / size), Math.floor(to / size)]
    if (low === high) {
      return builder.concat(this.#hexDigits(low, low), this.#hex(from % size, to % size, digits - 1))
    }
    const parts: RegexId[] = []
    let [wholeFrom, wholeTo] = [low, high]
    if (from % size !== 0) {
      parts.push(builder.concat(this.#hexDigits(low, low), this.#hex(from % size, size - 1, digits - 1)))
      wholeFrom++
    }
    if (to % size !== size - 1) {
      parts.push(builder.concat(this.#hexDigits(high, high), this.#hex(0, to % size, digits - 1)))
      wholeTo--
    }
    if (wholeFrom <= wholeTo) {
      const rest = builder.repeat(this.#hexDigits(0, 15), digits - 1, digits - 1)
      parts.push(builder.concat(this.#hexDigits(wholeFrom, wholeTo), rest))
    }
    return builder.alt(...parts)
  }

  #hexDigits(from: number, to: number): RegexId {
    const key = from * 16 + to
    let id = this.#digits.get(key)
    if (id === undefined) {
      const ranges: CodePointRange[] = []
      if (from < 10) ranges.push([0x30 + from, 0x30 + Math.min(to, 9)])
      if (to >= 10) {
        const [first, last] = [Math.max(from, 10) - 10, to - 10]
        ranges.push([0x41 + first, 0x41 + last], [0x61 + first, 0x61 + last])
      }
      id = this.#builder.class(ranges)
      this.#digits.set(key, id)
    }
    return id
  }

  #freeCharacter(): RegexId {
    const builder = this.#builder
    const prefix = builder.literal('\\u')
    const outside = builder.alt(this.#hex(0, 0xd7ff, 4), this.#hex(0xe000, 0xffff, 4))
    const letters = '"\\/bfnrt'
    return builder.alt(
      builder.class(rawRanges),
      builder.concat(
        builder.literal('\\'),
        builder.class([...letters].map((letter) => [letter.charCodeAt(0), letter.charCodeAt(0)])),
      ),
      builder.concat(prefix, outside),
      ...this.#pairs(surrogateBase, 0x10ffff),
    )
  }
}
