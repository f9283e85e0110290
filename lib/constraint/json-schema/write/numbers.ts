// Lowers number shapes to spelled numbers. Decides which spellings a number may have: plain decimals, and exponents
// unless multiples are asked for; integers have no point. All that JavaScript prints of a double inside is there. Never
// allows a spelling whose double could fall outside of the range that its exact value satisfies.

import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import { digitsMax, type Magnitude, Magnitudes } from '../../number/magnitudes.js'
import { numberFits } from '../shape/fits.js'
import { numberKey } from '../shape/shape-set.js'
import type { NumberShape } from '../shape/shapes.js'
import { compareDecimals, Decimal } from '../value/decimal.js'
import { Exponents, scientificText, shortPowerMax } from './exponents.js'
import { ceilDivide, type Interval, intervalsOf, isWithin, splitsMax, unitIntervals } from './intervals.js'
import { Multiples } from './multiples.js'

/** Digits below which two different decimals are two different doubles. */
export const exactDigitsMax = 15
/** Values a bounded set of multiples is listed for. */
const listMax = 2_000
/** Numbers closer to zero have an exponent, and so have those of more digits than `digitsMax`. */
const zerosMax = 39
const [least, most] = [Decimal.of(1n, -zerosMax - 1), Decimal.of(1n, digitsMax)]
/** Digits before the point and an exponent, which is short then. */
const looseDigitsMax = 16
/** No number but zero is smaller that is written so. */
const looseLeast = Decimal.of(1n, -zerosMax - 1 - shortPowerMax)
const plainLengthMax = 40
const zero: Magnitude = { whole: '0', fraction: '', isExclusive: false }

export class NumberLowering {
  readonly #builder: IrBuilder
  readonly #isFractionFree: boolean
  readonly #decimals: Magnitudes
  readonly #exponents: Exponents
  readonly #multiples: Multiples

  /** `isFractionFree`: draft 4, where 1.0 is no integer, nor 1e21. */
  constructor(builder: IrBuilder, { isFractionFree }: { readonly isFractionFree: boolean }) {
    this.#builder = builder
    this.#isFractionFree = isFractionFree
    this.#decimals = new Magnitudes(builder)
    this.#exponents = new Exponents(builder, this.#decimals)
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
    if (listed)
      return builder.altOf(listed.map((value) => (shape.integer ? this.plain(value) : this.value(value))))
    const isInteger = shape.integer === true
    const intervals = intervalsOf(shape)
    const hasExponent = isFree(shape)
    const numbers = builder.altOf(intervals.map((each) => this.#between(each, { isInteger, hasExponent })))
    if (hasExponent) return numbers
    const parts = [numbers]
    if (shape.integer === false) parts.push(builder.not(this.#whole()))
    for (const divisor of shape.multiples) parts.push(this.#multiples.of(divisor, shape.pointer))
    for (const divisor of shape.notMultiples)
      parts.push(builder.not(this.#multiples.of(divisor, shape.pointer)))
    if (shape.excluded.length > splitsMax)
      for (const value of shape.excluded) parts.push(builder.not(this.#spellings(value)))
    if (needsExactDigits(shape)) parts.push(this.#short())
    return builder.alt(builder.and(...parts), ...this.#fractions(shape, intervals))
  }

  /** Numbers between -1 and 1 that are no integers: there no digits are rounded to one but those next to the ends. */
  #fractions(shape: NumberShape, intervals: readonly Interval[]): RegexId[] {
    if (shape.integer !== false || !isFree({ ...shape, integer: null })) return []
    return unitIntervals.flatMap((unit) =>
      intervals.map((each) => this.#between(common(unit, each), { isInteger: false, hasExponent: true })),
    )
  }

  /** The spellings a known number is written with: as below, and with `.0` where it is an integer. */
  value(value: Decimal): RegexId {
    return this.#builder.concatOf([this.plain(value), this.endOf(value)])
  }

  /** The spellings without `.0`. */
  plain(value: Decimal): RegexId {
    return this.#builder.altOf(knownTexts(value).map((text) => this.#builder.literal(text)))
  }

  /** What may stand behind a known number's only spelling: `.0` behind an integer. */
  endOf(value: Decimal): RegexId {
    if (!value.isInteger || this.#isFractionFree || knownTexts(value).length > 1) return this.#builder.empty
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

  /** The numbers of an interval with their signs. */
  #between({ min, max }: Interval, spelled: Spelled): RegexId {
    const builder = this.#builder
    if (min !== null && max !== null && compareDecimals(min, max) > 0) return builder.nothing
    const parts: RegexId[] = []
    if (!max?.isNegative) parts.push(this.#magnitudes(min?.isNegative ? null : min, max, spelled))
    if (!min || min.isNegative) {
      const low = max?.isNegative ? max.negated() : null
      parts.push(builder.concat(builder.literal('-'), this.#magnitudes(low, min?.negated() ?? null, spelled)))
    }
    return builder.altOf(parts)
  }

  /** From `low` (null: 0) to `high` (null: no limit). */
  #magnitudes(low: Decimal | null, high: Decimal | null, { isInteger, hasExponent }: Spelled): RegexId {
    const builder = this.#builder
    const parts = [isInteger ? this.#plainWholes(low, high) : this.#plainDecimals(low, high)]
    if (hasExponent && !isInteger) {
      parts.push(this.#exponents.between(low, high))
      if (high === null && (low === null || compareDecimals(low, looseLeast) < 0))
        parts.push(this.#loose(low))
    } else if (hasExponent && !this.#isFractionFree) parts.push(this.#exponents.wholes(low, high))
    return builder.altOf(parts)
  }

  #plainWholes(low: Decimal | null, high: Decimal | null): RegexId {
    if (low !== null && compareDecimals(low, most) >= 0) return this.#builder.nothing
    return this.#decimals.wholes(low && magnitudeOf(low), highest(high))
  }

  #plainDecimals(low: Decimal | null, high: Decimal | null): RegexId {
    const builder = this.#builder
    if (low !== null && compareDecimals(low, most) >= 0) return builder.nothing
    if (!isTiny(low)) return this.#decimals.between(low && magnitudeOf(low), highest(high))
    const to = high !== null && compareDecimals(high, least) < 0 ? zero : highest(high)
    const all = this.#decimals.between(null, to)
    return low === null || low.isZero ? all : builder.and(all, this.#aboveZero())
  }

  /** Decimals of which a digit near the point is not zero. */
  #aboveZero(): RegexId {
    const builder = this.#builder
    const zeros = builder.repeat(builder.literal('0'), 0, zerosMax)
    const rest = builder.repeat(digitOrPoint(builder), 0, null)
    return builder.alt(
      builder.concat(this.#decimals.positive, rest),
      builder.concat(builder.literal('0.'), zeros, this.#decimals.positive, rest),
    )
  }

  /** With more than one digit before the point or none but zero, as far as a double surely holds them. */
  #loose(low: Decimal | null): RegexId {
    const builder = this.#builder
    const fraction = builder.concat(builder.literal('.'), builder.repeat(this.#decimals.digit, 1, null))
    const all = builder.concat(this.#decimals.wholeUpTo(looseDigitsMax), builder.optional(fraction))
    const mantissa = low === null || low.isZero ? all : builder.and(all, this.#aboveZero())
    return builder.concat(mantissa, this.#exponents.short)
  }

  /** At most as many digits as a double tells apart. */
  #short(): RegexId {
    const sign = this.#builder.optional(this.#builder.literal('-'))
    return this.#builder.concat(sign, this.#builder.repeat(digitOrPoint(this.#builder), 1, exactDigitsMax))
  }
}

/** What the spellings of numbers may have. */
interface Spelled {
  readonly isInteger: boolean
  readonly hasExponent: boolean
}

function digitOrPoint(builder: IrBuilder): RegexId {
  return builder.class([
    [0x30, 0x39],
    [0x2e, 0x2e],
  ])
}

/** Where only bounds are asked, and few values are left out. */
function isFree({ integer, multiples, notMultiples, excluded }: NumberShape): boolean {
  return integer !== false && multiples.length + notMultiples.length === 0 && excluded.length <= splitsMax
}

/** A known number as JavaScript prints it, where it holds it; then without an exponent, where that is not long. */
export function knownTexts(value: Decimal): string[] {
  const plain = value.toString()
  const usual = String(Number(plain))
  const read = usual === plain ? null : Decimal.read(usual)
  if (read === null || compareDecimals(read, value) !== 0) return [plain]
  return plain.length > plainLengthMax ? [usual] : [usual, plain]
}

/** How a number of the shape is spelled, as JavaScript does it where it can; null where the grammar has no spelling. */
export function numberText(
  shape: NumberShape,
  value: Decimal,
  { isFractionFree }: { readonly isFractionFree: boolean },
): string | null {
  const plain = value.toString()
  if (!isWithin(value, intervalsOf(shape)) || !Number.isFinite(Number(plain))) return null
  if (!isFree(shape)) {
    return needsExactDigits(shape) && plain.length > exactDigitsMax + Number(value.isNegative) ? null : plain
  }
  const size = value.isNegative ? value.negated() : value
  const isBelow = compareDecimals(size, most) < 0
  const usual = knownTexts(value)[0]!
  if (shape.integer) {
    if (usual !== plain && !isFractionFree) return usual
    return isBelow ? plain : null
  }
  if (usual !== plain || (isBelow && (value.isZero || compareDecimals(size, least) >= 0))) return usual
  return scientificText(value)
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

/** Whether rounding to doubles could carry an allowed value onto one that is not. */
function needsExactDigits(shape: NumberShape): boolean {
  return (
    shape.integer === false ||
    shape.multiples.some((divisor) => !(divisor.units === 1n && divisor.exponent === 0)) ||
    shape.notMultiples.length > 0 ||
    shape.excluded.length > splitsMax
  )
}

/** Above 0, and below what is written plainly. */
function isTiny(low: Decimal | null): boolean {
  return low === null || compareDecimals(low, least) < 0
}

function highest(high: Decimal | null): Magnitude | null {
  return high === null || compareDecimals(high, most) >= 0 ? null : magnitudeOf(high)
}

function magnitudeOf(value: Decimal): Magnitude {
  const [whole, fraction] = value.magnitudeDigits()
  return { whole, fraction, isExclusive: false }
}

function common(a: Interval, b: Interval): Interval {
  const order = (x: Decimal, y: Decimal): boolean => compareDecimals(x, y) > 0
  const min = a.min && b.min ? (order(a.min, b.min) ? a.min : b.min) : (a.min ?? b.min)
  const max = a.max && b.max ? (order(a.max, b.max) ? b.max : a.max) : (a.max ?? b.max)
  return { min, max }
}
