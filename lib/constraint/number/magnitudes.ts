// Regular expressions for unsigned decimals between two bounds: no leading zeros, no exponent. Decides the digits, from
// exact bounds, so that none is ever rounded; signs and what else may be asked of a number belong to whoever asks.

import type { RegexId } from '../ir/ir.js'
import type { IrBuilder } from '../ir/ir-builder.js'

/** Longer numbers are not spelled where there is no upper bound: they would overflow a double. */
export const digitsMax = 300

/** An exact decimal of at least 0. */
export interface Magnitude {
  /** Digits before the point, without leading zeros: "0" alone. */
  readonly whole: string
  /** Digits behind it, without trailing zeros. */
  readonly fraction: string
  /** As a bound: whether it is itself outside. */
  readonly isExclusive: boolean
}

const zero: Magnitude = { whole: '0', fraction: '', isExclusive: false }

export class Magnitudes {
  readonly #builder: IrBuilder
  readonly digit: RegexId
  readonly positive: RegexId
  readonly #digits: RegexId

  constructor(builder: IrBuilder) {
    this.#builder = builder
    this.digit = builder.class([[0x30, 0x39]])
    this.positive = builder.class([[0x31, 0x39]])
    this.#digits = builder.repeat(this.digit, 0, null)
  }

  /** Whole numbers of at most so many digits. */
  wholeUpTo(digits: number): RegexId {
    const builder = this.#builder
    return builder.alt(
      builder.literal('0'),
      builder.concat(this.positive, builder.repeat(this.digit, 0, digits - 1)),
    )
  }

  /** Whole numbers from `low` (null: 0) to `high` (null: no limit); both are whole, and inside. */
  wholes(low: Magnitude | null, high: Magnitude | null): RegexId {
    return this.#wholes(BigInt(low?.whole ?? 0), high === null ? null : BigInt(high.whole))
  }

  /** Decimals from `low` (null: 0) to `high` (null: no limit). */
  between(low: Magnitude | null, high: Magnitude | null): RegexId {
    const builder = this.#builder
    const min = low ?? zero
    if (high !== null && isEmpty(min, high)) return builder.nothing
    const any = builder.optional(builder.concat(builder.literal('.'), builder.repeat(this.digit, 1, null)))
    const from = BigInt(min.whole)
    const atLow = this.#fractionFrom(min)
    if (high === null) {
      return builder.alt(
        builder.concat(builder.literal(min.whole), atLow),
        builder.concat(this.#wholes(from + 1n, null), any),
      )
    }
    const to = BigInt(high.whole)
    const atHigh = this.#fractionTo(high)
    if (from === to) return builder.concat(builder.literal(min.whole), builder.and(atLow, atHigh))
    const parts = [builder.concat(builder.literal(min.whole), atLow)]
    if (from + 1n <= to - 1n) parts.push(builder.concat(this.#wholes(from + 1n, to - 1n), any))
    parts.push(builder.concat(builder.literal(high.whole), atHigh))
    return builder.alt(...parts)
  }

  /** `.digits` or nothing, at least (or more than) the fraction of a bound. */
  #fractionFrom({ fraction, isExclusive }: Magnitude): RegexId {
    const builder = this.#builder
    const more = builder.repeat(this.digit, 1, null)
    const zeros = builder.repeat(builder.literal('0'), 0, null)
    const above = builder.concat(zeros, this.positive, this.#digits)
    if (fraction === '') {
      return isExclusive
        ? builder.concat(builder.literal('.'), above)
        : builder.optional(builder.concat(builder.literal('.'), more))
    }
    const options: RegexId[] = []
    for (let at = 0; at < fraction.length; at++) {
      const digit = fraction.charCodeAt(at)
      if (digit < 0x39) {
        const head = builder.literal(fraction.slice(0, at))
        options.push(builder.concat(head, builder.class([[digit + 1, 0x39]]), this.#digits))
      }
    }
    options.push(builder.concat(builder.literal(fraction), isExclusive ? above : this.#digits))
    return builder.concat(builder.literal('.'), builder.alt(...options))
  }

  /** `.digits` or nothing, at most (or less than) the fraction of a bound. */
  #fractionTo({ fraction, isExclusive }: Magnitude): RegexId {
    const builder = this.#builder
    const zeros = builder.repeat(builder.literal('0'), 0, null)
    if (fraction === '') {
      if (isExclusive) return builder.nothing
      return builder.optional(builder.concat(builder.literal('.'), builder.literal('0'), zeros))
    }
    const options: RegexId[] = []
    for (let at = 0; at < fraction.length; at++) {
      const head = builder.literal(fraction.slice(0, at))
      const digit = fraction.charCodeAt(at)
      if (at > 0) options.push(head)
      if (digit > 0x30) options.push(builder.concat(head, builder.class([[0x30, digit - 1]]), this.#digits))
    }
    if (!isExclusive) options.push(builder.concat(builder.literal(fraction), zeros))
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

function isEmpty(low: Magnitude, high: Magnitude): boolean {
  const [from, to] = [BigInt(low.whole), BigInt(high.whole)]
  if (from !== to) return from > to
  // Without trailing zeros, fractions compare as texts do.
  if (low.fraction !== high.fraction) return low.fraction > high.fraction
  return low.isExclusive || high.isExclusive
}
