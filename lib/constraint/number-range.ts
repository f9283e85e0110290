// Exact languages of decimal numbers in a range. Decides spellings (no leading zeros, no plus sign, no exponent, no
// negative zero) and bounds, digit by digit; works on decimal strings, so no bound is ever rounded.
import type { IrBuilder, RegexId } from './ir.js'

/** A bound as an exact decimal: digits before the point without leading zeros ("0" alone), digits after it. */
export interface Decimal {
  readonly isNegative: boolean
  readonly whole: string
  /** Without trailing zeros. */
  readonly fraction: string
}

export interface DecimalRange {
  readonly min: Decimal | null
  readonly max: Decimal | null
  /** Whether the bound itself is outside. */
  readonly excludesMin?: boolean
  readonly excludesMax?: boolean
  /** Digits after the point at most; null: any number. 0: integers. */
  readonly decimalsMax: number | null
}

/** The exact decimal a double's shortest spelling stands for. The number must be finite. */
export function decimalOf(value: number | bigint): Decimal {
  const [mantissa = '', exponent = '0'] = String(value).replace(/^-/, '').split('e')
  const [before = '', after = ''] = mantissa.split('.')
  const shift = Number(exponent)
  const digits = before + after
  const point = before.length + shift
  const padded = digits.padStart(digits.length + Math.max(0, -point), '0').padEnd(Math.max(point, 0), '0')
  const cut = Math.max(point, 0)
  return {
    isNegative: value < 0,
    whole: padded.slice(0, cut).replace(/^0+(?=.)/, '') || '0',
    fraction: padded.slice(cut).replace(/0+$/, ''),
  }
}

/** All spellings of the numbers in the range; `nothing` where there are none. */
export function lowerDecimalRange(builder: IrBuilder, range: DecimalRange): RegexId {
  return new DecimalLowering(builder, range.decimalsMax).range(range)
}

const zero: Decimal = { isNegative: false, whole: '0', fraction: '' }

/** A bound on the absolute value. */
type Bound = { readonly at: Decimal; readonly isOutside: boolean }

class DecimalLowering {
  readonly #builder: IrBuilder
  readonly #decimalsMax: number | null

  constructor(builder: IrBuilder, decimalsMax: number | null) {
    this.#builder = builder
    this.#decimalsMax = decimalsMax
  }

  range(range: DecimalRange): RegexId {
    const min: Bound | null = range.min && { at: range.min, isOutside: range.excludesMin === true }
    const max: Bound | null = range.max && { at: range.max, isOutside: range.excludesMax === true }
    const builder = this.#builder
    const parts: RegexId[] = []
    if (max === null || !max.at.isNegative) {
      const low = min === null || min.at.isNegative ? { at: zero, isOutside: false } : min
      parts.push(this.#positive(low, max))
    }
    if (min === null || min.at.isNegative) {
      const low = max === null || !max.at.isNegative ? { at: zero, isOutside: true } : max
      parts.push(builder.concat(builder.literal('-'), this.#positive(low, min)))
    }
    return builder.alt(...parts)
  }

  /** Numbers from low to high, both at least 0. */
  #positive(low: Bound, high: Bound | null): RegexId {
    const builder = this.#builder
    const whole = low.at.whole
    if (high === null) {
      return builder.alt(
        builder.concat(builder.literal(whole), this.#fraction(low, null)),
        builder.concat(this.#wholesFrom(increment(whole)), this.#fraction(null, null)),
      )
    }
    const order = compareWholes(whole, high.at.whole)
    if (order > 0) return builder.nothing
    if (order === 0) return builder.concat(builder.literal(whole), this.#fraction(low, high))
    const from = increment(whole)
    const until = decrement(high.at.whole)
    const between = compareWholes(from, until) > 0 ? builder.nothing : this.#wholes(from, until)
    return builder.alt(
      builder.concat(builder.literal(whole), this.#fraction(low, null)),
      builder.concat(between, this.#fraction(null, null)),
      builder.concat(builder.literal(high.at.whole), this.#fraction(null, high)),
    )
  }

  #digit(from: number, to: number): RegexId {
    return from > to ? this.#builder.nothing : this.#builder.class([[0x30 + from, 0x30 + to]])
  }

  #digits(min: number, max: number | null): RegexId {
    return max !== null && max < min
      ? this.#builder.nothing
      : this.#builder.repeat(this.#digit(0, 9), min, max)
  }

  #wholesFrom(from: string): RegexId {
    const longer = this.#builder.concat(this.#digit(1, 9), this.#digits(from.length, null))
    return this.#builder.alt(this.#wholes(from, '9'.repeat(from.length)), longer)
  }

  /** Integers from <= n <= to, by length. */
  #wholes(from: string, to: string): RegexId {
    if (from.length === to.length) return this.#sameLength(from, to)
    const parts = [this.#sameLength(from, '9'.repeat(from.length))]
    if (to.length - from.length > 1) {
      parts.push(this.#builder.concat(this.#digit(1, 9), this.#digits(from.length, to.length - 2)))
    }
    parts.push(this.#sameLength(`1${'0'.repeat(to.length - 1)}`, to))
    return this.#builder.alt(...parts)
  }

  #sameLength(from: string, to: string): RegexId {
    const builder = this.#builder
    let shared = 0
    while (shared < from.length && from[shared] === to[shared]) shared += 1
    const beginning = builder.literal(from.slice(0, shared))
    if (shared === from.length) return beginning
    const rest = from.length - shared - 1
    const low = Number(from[shared])
    const high = Number(to[shared])
    return builder.concat(
      beginning,
      builder.alt(
        builder.concat(this.#digit(low, low), this.#tail(from.slice(shared + 1), 'from')),
        builder.concat(this.#digit(low + 1, high - 1), this.#digits(rest, rest)),
        builder.concat(this.#digit(high, high), this.#tail(to.slice(shared + 1), 'to')),
      ),
    )
  }

  /** Digit strings of one length that are at least (at most) the given one. */
  #tail(digits: string, side: 'from' | 'to'): RegexId {
    const builder = this.#builder
    let tail = builder.empty
    for (let index = digits.length - 1; index >= 0; index -= 1) {
      const digit = Number(digits[index])
      const rest = digits.length - index - 1
      const beyond = side === 'from' ? this.#digit(digit + 1, 9) : this.#digit(0, digit - 1)
      tail = builder.alt(
        builder.concat(this.#digit(digit, digit), tail),
        builder.concat(beyond, this.#digits(rest, rest)),
      )
    }
    return tail
  }

  /** What may follow the whole part: nothing, or a point and digits, between the bounds' fractions. */
  #fraction(low: Bound | null, high: Bound | null): RegexId {
    const builder = this.#builder
    const isZeroInside =
      (low === null || (low.at.fraction === '' && !low.isOutside)) &&
      (high === null || high.at.fraction !== '' || !high.isOutside)
    const none = isZeroInside ? builder.empty : builder.nothing
    if (this.#decimalsMax === 0) return none
    const digits = this.#fractionDigits(low, high, this.#decimalsMax)
    return builder.alt(none, builder.concat(builder.literal('.'), digits))
  }

  #fractionDigits(low: Bound | null, high: Bound | null, room: number | null): RegexId {
    const builder = this.#builder
    const parts = [this.#digits(1, room)]
    if (low !== null) parts.push(this.#atLeast(low.at.fraction, low.isOutside, room))
    if (high !== null) parts.push(this.#atMost(high.at.fraction, high.isOutside, room))
    return builder.and(...parts)
  }

  #anyDigits(room: number | null, used: number): RegexId {
    return this.#digits(0, room === null ? null : Math.max(0, room - used))
  }

  /** Digit strings whose value as a fraction is at least (above, if `isOutside`) 0.fraction. */
  #atLeast(fraction: string, isOutside: boolean, room: number | null): RegexId {
    const builder = this.#builder
    const width = room === null ? fraction.length : Math.min(fraction.length, room)
    // Behind all digits of the bound: anything, or anything but zeros.
    let rest: RegexId
    if (width < fraction.length) rest = builder.nothing
    else if (!isOutside) rest = this.#anyDigits(room, width)
    else rest = this.#notOnlyZeros(room, width)
    for (let index = width - 1; index >= 0; index -= 1) {
      const digit = Number(fraction[index])
      rest = builder.alt(
        builder.concat(this.#digit(digit, digit), rest),
        builder.concat(this.#digit(digit + 1, 9), this.#anyDigits(room, index + 1)),
      )
    }
    return rest
  }

  /** Digit strings whose value as a fraction is at most (below, if `isOutside`) 0.fraction. */
  #atMost(fraction: string, isOutside: boolean, room: number | null): RegexId {
    const builder = this.#builder
    const width = room === null ? fraction.length : Math.min(fraction.length, room)
    const zeros = builder.repeat(this.#digit(0, 0), 0, room === null ? null : Math.max(0, room - width))
    // Ending before the bound's last digit means zeros there, which is below it.
    let rest = width < fraction.length ? builder.empty : isOutside ? builder.nothing : zeros
    for (let index = width - 1; index >= 0; index -= 1) {
      const digit = Number(fraction[index])
      rest = builder.alt(
        builder.empty,
        builder.concat(this.#digit(digit, digit), rest),
        builder.concat(this.#digit(0, digit - 1), this.#anyDigits(room, index + 1)),
      )
    }
    return rest
  }

  #notOnlyZeros(room: number | null, used: number): RegexId {
    const builder = this.#builder
    const any = this.#anyDigits(room, used)
    const hasDigit = builder.concat(this.#digits(0, null), this.#digit(1, 9), this.#digits(0, null))
    return builder.and(any, hasDigit)
  }
}

function compareWholes(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0)
}

function increment(whole: string): string {
  return String(BigInt(whole) + 1n)
}

function decrement(whole: string): string {
  return String(BigInt(whole) - 1n)
}
