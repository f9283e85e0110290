// Lowers number shapes to spelled numbers. Decides which spellings a number may have: plain decimals, exponents only
// where nothing but the sign is asked, `.0` on integers. Never allows a spelling whose double could fall outside of
// the range that its exact value satisfies.
import type { IrBuilder, RegexId } from '../ir.js'
import { compareDecimals, Decimal } from './decimal.js'
import { tooComplex, unsupported } from './refusal.js'
import { type Bound, type NumberShape, numberFits } from './shapes.js'

/** Longer numbers are not spelled: they would overflow a double. */
const digitsMax = 300
/** Digits below which two different decimals are two different doubles. */
const exactDigitsMax = 15
/** Values a bounded set of multiples is listed for. */
const listMax = 2_000

export class NumberLowering {
  readonly #builder: IrBuilder
  readonly digit: RegexId
  readonly #isFractionFree: boolean
  readonly #positive: RegexId
  readonly #digits: RegexId

  /** `isFractionFree`: draft 4, where 1.0 is no integer. */
  constructor(builder: IrBuilder, isFractionFree: boolean) {
    this.#builder = builder
    this.#isFractionFree = isFractionFree
    this.digit = builder.class([[0x30, 0x39]])
    this.#positive = builder.class([[0x31, 0x39]])
    this.#digits = builder.repeat(this.digit, 0, null)
  }

  /** Every allowed spelling of a number of the shape. Throws SCHEMA_UNSUPPORTED for multiples it can't hold. */
  shape(shape: NumberShape): RegexId {
    const builder = this.#builder
    const listed = this.#listed(shape)
    if (listed) {
      const spelled = listed.map((value) => this.value(value))
      const plain = listed.map((value) => builder.literal(value.toString()))
      return builder.alt(...(shape.integer && this.#isFractionFree ? plain : spelled))
    }
    const isPlain =
      shape.integer === null &&
      shape.multiples.length + shape.notMultiples.length + shape.excluded.length === 0
    if (isPlain && isSignOnly(shape)) return this.#unbounded(shape)
    const parts = [this.#range(shape)]
    if (shape.integer === false) parts.push(builder.not(this.#whole()))
    for (const divisor of shape.multiples) parts.push(this.#multiple(divisor, shape))
    for (const divisor of shape.notMultiples) parts.push(builder.not(this.#multiple(divisor, shape)))
    for (const value of shape.excluded) parts.push(builder.not(this.#spellings(value)))
    if (needsExactDigits(shape)) parts.push(this.#short())
    return builder.and(...parts)
  }

  /** The spellings a known number is written with: canonical, and with `.0` where it is an integer. */
  value(value: Decimal): RegexId {
    const text = this.#builder.literal(value.toString())
    return value.isInteger ? this.#builder.concat(text, this.#zeroFraction()) : text
  }

  #zeroFraction(): RegexId {
    return this.#builder.optional(this.#builder.literal('.0'))
  }

  /** Plain spellings of one value, for leaving it out. */
  #spellings(value: Decimal): RegexId {
    const builder = this.#builder
    const [whole, fraction] = value.magnitudeDigits()
    const zeros = builder.repeat(builder.literal('0'), 0, null)
    const tail = fraction === '' ? builder.empty : builder.literal(`.${fraction}`)
    const some = builder.concat(builder.literal('.'), builder.literal('0'), zeros)
    const end = fraction === '' ? builder.optional(some) : zeros
    const sign = value.isZero ? builder.optional(builder.literal('-')) : builder.empty
    const minus = value.isNegative ? builder.literal('-') : sign
    return builder.concat(minus, builder.literal(whole), tail, end)
  }

  #listed(shape: NumberShape): Decimal[] | null {
    if (shape.multiples.length === 0 || !shape.min || !shape.max) return null
    const step = shape.multiples.reduce((a, b) => (compareDecimals(a, b) < 0 ? b : a))
    const exponent = Math.min(step.exponent, shape.min.value.exponent, shape.max.value.exponent)
    const scaled = (value: Decimal): bigint => value.units * 10n ** BigInt(value.exponent - exponent)
    const size = scaled(step)
    const first = ceilDivide(scaled(shape.min.value), size)
    const last = -ceilDivide(-scaled(shape.max.value), size)
    if (last - first >= BigInt(listMax)) return null
    const values: Decimal[] = []
    for (let factor = first; factor <= last; factor++) {
      const value = Decimal.of(factor * size, exponent)
      if (numberFits(shape, value)) values.push(value)
    }
    return values
  }

  /** Any number, or one of a sign; with exponents as far as a double surely holds them. */
  #unbounded(shape: NumberShape): RegexId {
    const builder = this.#builder
    const some = builder.repeat(this.digit, 1, null)
    const fraction = builder.concat(builder.literal('.'), some)
    const power = builder.concat(
      builder.class([
        [0x65, 0x65],
        [0x45, 0x45],
      ]),
      builder.optional(
        builder.class([
          [0x2b, 0x2b],
          [0x2d, 0x2d],
        ]),
      ),
      builder.repeat(this.digit, 1, 2),
    )
    const plain = builder.concat(this.#whole(true), builder.optional(fraction))
    const short = builder.concat(this.#wholeUpTo(16), builder.optional(fraction), power)
    const magnitude = builder.alt(plain, short)
    const { min, max } = shape
    const nonZero = builder.and(magnitude, builder.not(this.#zeroMantissa()))
    const capped = builder.repeat(builder.classExcept([]), 1, 40)
    const strict = builder.and(nonZero, capped)
    const minus = builder.literal('-')
    if (min && max) return this.#spellings(Decimal.of(0n, 0))
    if (min) return min.isExclusive ? strict : magnitude
    if (max)
      return max.isExclusive
        ? builder.concat(minus, strict)
        : builder.alt(builder.concat(minus, magnitude), builder.literal('0'))
    return builder.concat(builder.optional(minus), magnitude)
  }

  /** Spellings of magnitude zero, with any exponent. */
  #zeroMantissa(): RegexId {
    const builder = this.#builder
    const rest = builder.concat(
      builder.class([
        [0x65, 0x65],
        [0x45, 0x45],
      ]),
      builder.any(),
    )
    const zeros = builder.repeat(builder.literal('0'), 1, null)
    return builder.concat(
      builder.literal('0'),
      builder.optional(builder.concat(builder.literal('.'), zeros)),
      builder.optional(rest),
    )
  }

  #whole(isUnsigned?: true): RegexId {
    const whole = this.#wholeUpTo(digitsMax)
    if (isUnsigned) return whole
    const zeros = this.#builder.concat(
      this.#builder.literal('.'),
      this.#builder.repeat(this.#builder.literal('0'), 1, null),
    )
    return this.#builder.concat(
      this.#builder.optional(this.#builder.literal('-')),
      whole,
      this.#builder.optional(zeros),
    )
  }

  #wholeUpTo(digits: number): RegexId {
    const builder = this.#builder
    return builder.alt(
      builder.literal('0'),
      builder.concat(this.#positive, builder.repeat(this.digit, 0, digits - 1)),
    )
  }

  /** Plain decimals (or integers) within the bounds of the shape. */
  #range(shape: NumberShape): RegexId {
    const builder = this.#builder
    const isInteger = shape.integer === true
    const { min, max } = isInteger ? integerBounds(shape) : shape
    const parts: RegexId[] = []
    if (!max?.value.isNegative) {
      const isZeroOut = max?.value.isZero && max.isExclusive
      const low = min && !min.value.isNegative ? min : null
      if (!isZeroOut) parts.push(this.#between(low, max, isInteger))
    }
    if (!min || min.value.isNegative) {
      const low = max?.value.isNegative ? negate(max) : null
      const high = min ? negate(min) : null
      const isZeroOut = low === null && max?.value.isZero && max.isExclusive
      const from = isZeroOut ? { value: Decimal.of(0n, 0), isExclusive: true } : low
      parts.push(builder.concat(builder.literal('-'), this.#between(from, high, isInteger)))
    }
    return builder.alt(...parts)
  }

  /** Magnitudes from `low` (null: 0) to `high` (null: no limit). */
  #between(low: Bound | null, high: Bound | null, isInteger: boolean): RegexId {
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
      const tail = this.#isFractionFree ? builder.empty : this.#zeroFraction()
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
    const above = builder.concat(zeros, this.#positive, this.#digits)
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
        parts.push(builder.concat(this.#positive, builder.repeat(this.digit, length - 1, last - 1)))
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

  /** At most as many digits as a double tells apart. */
  #short(): RegexId {
    const sign = this.#builder.optional(this.#builder.literal('-'))
    const char = this.#builder.class([
      [0x30, 0x39],
      [0x2e, 0x2e],
    ])
    return this.#builder.concat(sign, this.#builder.repeat(char, 1, exactDigitsMax))
  }

  /**
   * Plain decimals that are a multiple of the divisor. Its part out of twos and fives shows in the last digits; the
   * rest is coprime to ten, so that neither the point nor zeros at the end matter to it.
   */
  #multiple(divisor: Decimal, shape: NumberShape): RegexId {
    const builder = this.#builder
    const places = Math.max(0, -divisor.exponent)
    const units = divisor.exponent > 0 ? divisor.toBigInt() : divisor.units
    let rest = units
    for (const prime of [2n, 5n]) while (rest % prime === 0n) rest /= prime
    if (rest > BigInt(remaindersMax)) {
      throw unsupported({
        keyword: 'multipleOf',
        pointer: shape.pointer,
        reason: `multiples of ${divisor} need a minimum and a maximum`,
      })
    }
    const byEnding = this.#endingIn(units / rest, places)
    const parts = rest === 1n ? [byEnding] : [byEnding, this.#divisible(Number(rest))]
    return builder.concat(builder.optional(builder.literal('-')), builder.and(...parts))
  }

  /** Unsigned decimals that are a multiple of `divisor / 10 ** places`, the divisor having no primes but 2 and 5. */
  #endingIn(divisor: bigint, places: number): RegexId {
    const builder = this.#builder
    const digits = this.#digitsThatDecide(divisor, places)
    const wholeDigits = digits - places
    const zeros = builder.repeat(builder.literal('0'), 0, null)
    const point = builder.literal('.')
    const noFraction = builder.optional(builder.concat(point, builder.literal('0'), zeros))
    if (divisor === 1n) {
      const short = builder.concat(point, builder.repeat(this.digit, 1, places), zeros)
      return builder.concat(this.#wholeUpTo(digitsMax), places === 0 ? noFraction : builder.optional(short))
    }
    const head = builder.concat(this.#positive, builder.repeat(this.digit, 0, digitsMax))
    const options: RegexId[] = []
    for (let value = 0n; value < 10n ** BigInt(digits); value += divisor) {
      if (options.length > listMax) throw tooComplex('endings of multiples', options.length, listMax)
      const text = value.toString().padStart(digits, '0')
      const whole = text.slice(0, wholeDigits)
      const fraction = text.slice(wholeDigits).replace(/0+$/, '')
      const tail = fraction === '' ? noFraction : builder.concat(point, builder.literal(fraction), zeros)
      const alone = builder.literal(whole.replace(/^0+(?=.)/, ''))
      const start =
        wholeDigits === 0
          ? this.#wholeUpTo(digitsMax)
          : builder.alt(builder.concat(head, builder.literal(whole)), alone)
      options.push(builder.concat(start, tail))
    }
    return builder.alt(...options)
  }

  #digitsThatDecide(divisor: bigint, places: number): number {
    for (let digits = places; digits <= places + endingMax; digits++) {
      if (10n ** BigInt(digits) % divisor === 0n) return digits
    }
    throw tooComplex('digits to tell multiples by', endingMax + 1, endingMax)
  }

  /** Unsigned decimals whose digits, read as one number, are divisible by n: its automaton, state by state removed. */
  #divisible(n: number): RegexId {
    const builder = this.#builder
    const paths: RegexId[][] = Array.from({ length: n }, () =>
      Array.from({ length: n }, () => builder.nothing),
    )
    for (let state = 0; state < n; state++) {
      paths[state]![state] = builder.literal('.')
      for (let digit = 0; digit < 10; digit++) {
        const next = (state * 10 + digit) % n
        paths[state]![next] = builder.alt(paths[state]![next]!, builder.literal(String(digit)))
      }
    }
    for (let gone = n - 1; gone > 0; gone--) {
      const loop = builder.repeat(paths[gone]![gone]!, 0, null)
      for (let from = 0; from < gone; from++) {
        for (let to = 0; to < gone; to++) {
          const through = builder.concat(paths[from]![gone]!, loop, paths[gone]![to]!)
          paths[from]![to] = builder.alt(paths[from]![to]!, through)
        }
      }
    }
    return builder.repeat(paths[0]![0]!, 1, null)
  }
}

/** Divisors up to which an automaton over remainders is written out. */
const remaindersMax = 13
/** Digits before the point that a multiple may be told by. */
const endingMax = 6

function isSignOnly(shape: NumberShape): boolean {
  return (shape.min?.value.isZero ?? true) && (shape.max?.value.isZero ?? true)
}

/** Whether rounding to doubles could carry an allowed value over an open bound or onto an excluded one. */
function needsExactDigits(shape: NumberShape): boolean {
  const isOpen = shape.min?.isExclusive || shape.max?.isExclusive
  const isOpenInteger = isOpen && shape.integer !== true
  return (
    isOpenInteger === true ||
    shape.integer === false ||
    shape.multiples.some((divisor) => !(divisor.units === 1n && divisor.exponent === 0)) ||
    shape.notMultiples.length + shape.excluded.length > 0
  )
}

/** The bounds rounded inwards to integers, inclusive. */
function integerBounds(shape: NumberShape): { min: Bound | null; max: Bound | null } {
  const round = (bound: Bound | null, sign: 1n | -1n): Bound | null => {
    if (!bound) return null
    const { value, isExclusive } = bound
    if (value.isInteger) {
      const whole = value.toBigInt() + (isExclusive ? sign : 0n)
      return { value: Decimal.of(whole, 0), isExclusive: false }
    }
    const size = 10n ** BigInt(-value.exponent)
    const whole = sign === 1n ? ceilDivide(value.units, size) : -ceilDivide(-value.units, size)
    return { value: Decimal.of(whole, 0), isExclusive: false }
  }
  return { min: round(shape.min, 1n), max: round(shape.max, -1n) }
}

function ceilDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b > 0n ? quotient + 1n : quotient
}

function negate(bound: Bound): Bound {
  return { value: bound.value.negated(), isExclusive: bound.isExclusive }
}
