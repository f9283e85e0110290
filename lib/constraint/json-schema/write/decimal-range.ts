// Regular expressions for plain decimals between two bounds. Decides the digits; signs, exponents and everything
// about shapes belong to numbers.ts.
import type { IrBuilder, RegexId } from '../../ir.js'
import type { Bound } from '../shape/shapes.js'
import { compareDecimals } from '../value/decimal.js'

/** Longer numbers are not spelled: they would overflow a double. */
export const digitsMax = 300

/** Unsigned decimals without exponent. */
export class DecimalRange {
  readonly #builder: IrBuilder
  readonly #isFractionFree: boolean
  readonly digit: RegexId
  readonly positive: RegexId
  readonly #digits: RegexId

  /** `isFractionFree`: draft 4, where 1.0 is no integer. */
  constructor(builder: IrBuilder, isFractionFree: boolean) {
    this.#builder = builder
    this.#isFractionFree = isFractionFree
    this.digit = builder.class([[0x30, 0x39]])
    this.positive = builder.class([[0x31, 0x39]])
    this.#digits = builder.repeat(this.digit, 0, null)
  }

  /** `.0` or nothing. */
  zeroFraction(): RegexId {
    return this.#builder.optional(this.#builder.literal('.0'))
  }

  /** Whole numbers of at most so many digits. */
  wholeUpTo(digits: number): RegexId {
    const builder = this.#builder
    return builder.alt(
      builder.literal('0'),
      builder.concat(this.positive, builder.repeat(this.digit, 0, digits - 1)),
    )
  }

  /** Magnitudes from `low` (null: 0) to `high` (null: no limit). */
  between(low: Bound | null, high: Bound | null, isInteger: boolean): RegexId {
    const builder = this.#builder
    if (low && high) {
      const order = compareDecimals(low.value, high.value)
      if (order > 0 || (order === 0 && (low.isExclusive || high.isExclusive))) return builder.nothing
    }
    const [lowWhole, lowFraction] = low ? low.value.magnitudeDigits() : ['0', '']
    const isOpen = low?.isExclusive ?? false
    const [highWhole, highFraction] = high ? high.value.magnitudeDigits() : [null, '']
    const isHighOpen = high?.isExclusive ?? false
    if (isInteger) {
      const tail = this.#isFractionFree ? builder.empty : this.zeroFraction()
      return builder.concat(
        this.#wholes(BigInt(lowWhole), highWhole === null ? null : BigInt(highWhole)),
        tail,
      )
    }
    const any = builder.optional(builder.concat(builder.literal('.'), builder.repeat(this.digit, 1, null)))
    const parts: RegexId[] = []
    const from = BigInt(lowWhole)
    const atLow = this.#fractionFrom(lowFraction, isOpen)
    if (highWhole === null) {
      parts.push(builder.concat(builder.literal(lowWhole), atLow))
      parts.push(builder.concat(this.#wholes(from + 1n, null), any))
      return builder.alt(...parts)
    }
    const to = BigInt(highWhole)
    const atHigh = this.#fractionTo(highFraction, isHighOpen)
    if (from === to) return builder.concat(builder.literal(lowWhole), builder.and(atLow, atHigh))
    parts.push(builder.concat(builder.literal(lowWhole), atLow))
    if (from + 1n <= to - 1n) parts.push(builder.concat(this.#wholes(from + 1n, to - 1n), any))
    parts.push(builder.concat(builder.literal(highWhole), atHigh))
    return builder.alt(...parts)
  }

  /** `.digits` or nothing, at least (or more than) the fraction `digits`. */
  #fractionFrom(digits: string, isOpen: boolean): RegexId {
    const builder = this.#builder
    const more = builder.repeat(this.digit, 1, null)
    const zeros = builder.repeat(builder.literal('0'), 0, null)
    const above = builder.concat(zeros, this.positive, this.#digits)
    if (digits === '') {
      return isOpen
        ? builder.concat(builder.literal('.'), above)
        : builder.optional(builder.concat(builder.literal('.'), more))
    }
    const options: RegexId[] = []
    for (let at = 0; at < digits.length; at++) {
      const digit = digits.charCodeAt(at)
      if (digit < 0x39) {
        const head = builder.literal(digits.slice(0, at))
        options.push(builder.concat(head, builder.class([[digit + 1, 0x39]]), this.#digits))
      }
    }
    options.push(builder.concat(builder.literal(digits), isOpen ? above : this.#digits))
    return builder.concat(builder.literal('.'), builder.alt(...options))
  }

  /** `.digits` or nothing, at most (or less than) the fraction `digits`. */
  #fractionTo(digits: string, isOpen: boolean): RegexId {
    const builder = this.#builder
    const zeros = builder.repeat(builder.literal('0'), 0, null)
    if (digits === '') {
      if (isOpen) return builder.nothing
      return builder.optional(builder.concat(builder.literal('.'), builder.literal('0'), zeros))
    }
    const options: RegexId[] = []
    for (let at = 0; at < digits.length; at++) {
      const head = builder.literal(digits.slice(0, at))
      const digit = digits.charCodeAt(at)
      if (at > 0) options.push(head)
      if (digit > 0x30) options.push(builder.concat(head, builder.class([[0x30, digit - 1]]), this.#digits))
    }
    if (!isOpen) options.push(builder.concat(builder.literal(digits), zeros))
    return builder.optional(builder.concat(builder.literal('.'), builder.alt(...options)))
  }

  /** Whole numbers from..to without sign and leading zeros; null: without limit. */
  #wholes(from: bigint, to: bigint | null): RegexId {
    const builder = this.#builder
    if (to !== null && from > to) return builder.nothing
    const low = from.toString()
    const high = to === null ? null : to.toString()
    const lengthMax = high?.length ?? Math.max(digitsMax, low.length)
    const parts: RegexId[] = []
    for (let length = low.length; length <= lengthMax; length++) {
      if (length > low.length && (high === null || length < high.length)) {
        const last = high === null ? lengthMax : high.length - 1
        parts.push(builder.concat(this.positive, builder.repeat(this.digit, length - 1, last - 1)))
        length = last
        continue
      }
      const first = length === low.length ? low : `1${'0'.repeat(length - 1)}`
      const last = length === high?.length ? high : '9'.repeat(length)
      parts.push(this.#sameLength(first, last))
    }
    return builder.alt(...parts)
  }

  /** Digit strings of one length between two of them. */
  #sameLength(low: string, high: string): RegexId {
    const builder = this.#builder
    if (low === '') return builder.empty
    const [first, last] = [low.charCodeAt(0), high.charCodeAt(0)]
    const rest = low.length - 1
    const free = builder.repeat(this.digit, rest, rest)
    if (first === last) {
      return builder.concat(builder.class([[first, first]]), this.#sameLength(low.slice(1), high.slice(1)))
    }
    const parts: RegexId[] = []
    let [from, to] = [first, last]
    if (/[^0]/.test(low.slice(1))) {
      const tail = this.#sameLength(low.slice(1), '9'.repeat(rest))
      parts.push(builder.concat(builder.class([[first, first]]), tail))
      from++
    }
    if (/[^9]/.test(high.slice(1))) {
      const tail = this.#sameLength('0'.repeat(rest), high.slice(1))
      parts.push(builder.concat(builder.class([[last, last]]), tail))
      to--
    }
    if (from <= to) parts.push(builder.concat(builder.class([[from, to]]), free))
    return builder.alt(...parts)
  }
}
