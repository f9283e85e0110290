// Lowers number shapes to spelled numbers. Decides which spellings a number may have: plain decimals, exponents only
// where nothing but the sign is asked, `.0` on integers. Never allows a spelling whose double could fall outside of
// the range that its exact value satisfies.

import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import { digitsMax, type Magnitude, Magnitudes } from '../../number/magnitudes.js'
import { numberFits } from '../shape/fits.js'
import { numberKey } from '../shape/shape-set.js'
import type { Bound, NumberShape } from '../shape/shapes.js'
import { compareDecimals, Decimal } from '../value/decimal.js'
import { Multiples } from './multiples.js'

/** Digits below which two different decimals are two different doubles. */
const exactDigitsMax = 15
const exponentDigitsMax = 2
/** Values a bounded set of multiples is listed for. */
const listMax = 2_000

export class NumberLowering {
  readonly #builder: IrBuilder
  readonly #isFractionFree: boolean
  readonly #decimals: Magnitudes
  readonly #multiples: Multiples

  /** `isFractionFree`: draft 4, where 1.0 is no integer. */
  constructor(builder: IrBuilder, { isFractionFree }: { readonly isFractionFree: boolean }) {
    this.#builder = builder
    this.#isFractionFree = isFractionFree
    this.#decimals = new Magnitudes(builder)
    this.#multiples = new Multiples(builder, this.#decimals)
  }

  /** Every allowed spelling of a number of the shape. Throws SCHEMA_UNSUPPORTED for multiples it can't hold. */
  shape(shape: NumberShape): RegexId {
    const kind = this.#isFractionFree ? 'fraction-free number' : 'number'
    return this.#builder.block(`${kind} ${numberKey(shape)}`, () => this.#shape(shape))
  }

  #shape(shape: NumberShape): RegexId {
    const builder = this.#builder
    const listed = shape.multiples.length === 0 ? null : listedNumbers(shape, listMax)
    if (listed) {
      const spelled = listed.map((value) => this.value(value))
      const plain = listed.map((value) => builder.literal(value.toString()))
      return builder.alt(...(shape.integer && this.#isFractionFree ? plain : spelled))
    }
    if (mayHaveExponent(shape)) return this.#unbounded(shape)
    const parts = [this.#range(shape)]
    if (shape.integer === false) parts.push(builder.not(this.#whole()))
    for (const divisor of shape.multiples) parts.push(this.#multiples.of(divisor, shape.pointer))
    for (const divisor of shape.notMultiples)
      parts.push(builder.not(this.#multiples.of(divisor, shape.pointer)))
    for (const value of shape.excluded) parts.push(builder.not(this.#spellings(value)))
    if (needsExactDigits(shape)) parts.push(this.#short())
    return builder.and(...parts)
  }

  /** The spellings a known number is written with: canonical, and with `.0` where it is an integer. */
  value(value: Decimal): RegexId {
    return this.#builder.concatOf([this.#builder.literal(value.toString()), this.endOf(value)])
  }

  /** What may stand behind a known number's canonical spelling. */
  endOf(value: Decimal): RegexId {
    return value.isInteger ? this.#zeroFraction() : this.#builder.empty
  }

  /** `.0` or nothing. */
  #zeroFraction(): RegexId {
    return this.#builder.optional(this.#builder.literal('.0'))
  }

  /** Integers from `low` (null: 0) to `high` (null: no limit). */
  #wholes(low: Magnitude | null, high: Magnitude | null): RegexId {
    const tail = this.#isFractionFree ? this.#builder.empty : this.#zeroFraction()
    return this.#builder.concat(this.#decimals.wholes(low, high), tail)
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

  /** Any number, or one of a sign; with exponents as far as a double surely holds them. */
  #unbounded(shape: NumberShape): RegexId {
    const builder = this.#builder
    const some = builder.repeat(this.#decimals.digit, 1, null)
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
      builder.repeat(this.#decimals.digit, 1, exponentDigitsMax),
    )
    const plain = builder.concat(this.#decimals.wholeUpTo(digitsMax), builder.optional(fraction))
    const short = builder.concat(this.#decimals.wholeUpTo(16), builder.optional(fraction), power)
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

  #whole(): RegexId {
    const whole = this.#decimals.wholeUpTo(digitsMax)
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

  /** Plain decimals (or integers) within the bounds of the shape. */
  #range(shape: NumberShape): RegexId {
    const builder = this.#builder
    const isInteger = shape.integer === true
    const { min, max } = isInteger ? integerBounds(shape) : shape
    const between = (low: Bound | null, high: Bound | null): RegexId => {
      const [from, to] = [low && magnitudeOf(low), high && magnitudeOf(high)]
      return isInteger ? this.#wholes(from, to) : this.#decimals.between(from, to)
    }
    const parts: RegexId[] = []
    if (!max?.value.isNegative) {
      const isZeroOut = max?.value.isZero && max.isExclusive
      const low = min && !min.value.isNegative ? min : null
      if (!isZeroOut) parts.push(between(low, max))
    }
    if (!min || min.value.isNegative) {
      const low = max?.value.isNegative ? negate(max) : null
      const high = min ? negate(min) : null
      const isZeroOut = low === null && max?.value.isZero && max.isExclusive
      const from = isZeroOut ? { value: Decimal.of(0n, 0), isExclusive: true } : low
      parts.push(builder.concat(builder.literal('-'), between(from, high)))
    }
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
}

/** Where nothing but the sign is asked. */
function mayHaveExponent(shape: NumberShape): boolean {
  const { integer, multiples, notMultiples, excluded } = shape
  return (
    integer === null && multiples.length + notMultiples.length + excluded.length === 0 && isSignOnly(shape)
  )
}

/** How a number of the shape is spelled: as JavaScript does it, but for exponents the shape does not take. */
export function numberText(shape: NumberShape, value: Decimal): string {
  const plain = value.toString()
  if (!mayHaveExponent(shape)) return plain
  const usual = String(Number(plain))
  const power = /e[+-](\d+)$/.exec(usual)?.[1]
  if (power === undefined || power.length > exponentDigitsMax) return plain
  const read = Decimal.read(usual)
  return read && compareDecimals(read, value) === 0 ? usual : plain
}

/** All numbers of the shape, where they are at most so many and lie at steps; else null. */
export function listedNumbers(shape: NumberShape, max: number): Decimal[] | null {
  const steps = shape.integer === true ? [...shape.multiples, Decimal.of(1n, 0)] : shape.multiples
  if (steps.length === 0 || !shape.min || !shape.max) return null
  const step = steps.reduce((a, b) => (compareDecimals(a, b) < 0 ? b : a))
  const exponent = Math.min(step.exponent, shape.min.value.exponent, shape.max.value.exponent)
  const scaled = (value: Decimal): bigint => value.units * 10n ** BigInt(value.exponent - exponent)
  const size = scaled(step)
  const first = ceilDivide(scaled(shape.min.value), size)
  const last = -ceilDivide(-scaled(shape.max.value), size)
  if (last - first >= BigInt(max)) return null
  const values: Decimal[] = []
  for (let factor = first; factor <= last; factor++) {
    const value = Decimal.of(factor * size, exponent)
    if (numberFits(shape, value)) values.push(value)
  }
  return values
}

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

function magnitudeOf({ value, isExclusive }: Bound): Magnitude {
  const [whole, fraction] = value.magnitudeDigits()
  return { whole, fraction, isExclusive }
}

function ceilDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b > 0n ? quotient + 1n : quotient
}

function negate(bound: Bound): Bound {
  return { value: bound.value.negated(), isExclusive: bound.isExclusive }
}
