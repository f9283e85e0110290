// Where the numbers of a shape lie, as closed intervals of exact decimals. Decides that a number is inside both exactly
// and as the double it is read as: behind an open bound an interval starts with the next double's own spelling, so that
// no digits can be rounded onto the bound.
import type { Bound, NumberShape } from '../shape/shapes.js'
import { compareDecimals, Decimal } from '../value/decimal.js'

/** All numbers from `min` to `max`, both inside; null: without limit. */
export interface Interval {
  readonly min: Decimal | null
  readonly max: Decimal | null
}

/** Excluded values up to which the numbers around each are an interval of their own. */
export const splitsMax = 8

/** The greatest double. */
export const greatest = Decimal.read(String(Number.MAX_VALUE))!

/** From the least on; those without a number are left out. Excluded values split them where they are few. */
export function intervalsOf(shape: NumberShape): Interval[] {
  const excluded = shape.excluded.length > splitsMax ? [] : [...shape.excluded].sort(compareDecimals)
  const intervals: Interval[] = []
  let min = shape.min && closed(shape.min, 1)
  for (const value of excluded) {
    intervals.push({ min, max: beside(value, -1) })
    min = beside(value, 1)
    if (shape.min && compareDecimals(min, closed(shape.min, 1)) < 0) min = closed(shape.min, 1)
  }
  intervals.push({ min, max: null })
  const max = shape.max && closed(shape.max, -1)
  return intervals
    .map((each) => ({ min: each.min, max: lesser(each.max, max) }))
    .map((each) => (shape.integer === true ? wholeNumbers(each) : each))
    .filter((each) => each.min === null || each.max === null || compareDecimals(each.min, each.max) <= 0)
}

/** Between -1 and 0, and between 0 and 1, without them. */
export const unitIntervals: readonly Interval[] = [-1, 1].map((sign) => {
  const ends = [0, sign].map((end) =>
    beside(Decimal.of(BigInt(end), 0), end === 0 ? (sign as 1 | -1) : (-sign as 1 | -1)),
  )
  return { min: ends[sign < 0 ? 1 : 0]!, max: ends[sign < 0 ? 0 : 1]! }
})

/** Whether a number lies in one of them. */
export function isWithin(value: Decimal, intervals: readonly Interval[]): boolean {
  return intervals.some(
    ({ min, max }) =>
      (min === null || compareDecimals(value, min) >= 0) &&
      (max === null || compareDecimals(value, max) <= 0),
  )
}

function closed({ value, isExclusive }: Bound, sign: 1 | -1): Decimal {
  return isExclusive ? beside(value, sign) : value
}

function lesser(a: Decimal | null, b: Decimal | null): Decimal | null {
  if (a === null || b === null) return a ?? b
  return compareDecimals(a, b) < 0 ? a : b
}

/** The next double's shortest spelling, above or below what the decimal is read as. */
function beside(value: Decimal, sign: 1 | -1): Decimal {
  const next = nextDouble(Number(value.toString()), sign)
  // Behind the last there is none: a bound that nothing reaches.
  return Number.isFinite(next) ? Decimal.read(String(next))! : Decimal.of(BigInt(sign), beyondAll)
}

/** Power of ten that no double reaches. */
const beyondAll = 400

function nextDouble(value: number, sign: 1 | -1): number {
  if (value === 0) return sign * Number.MIN_VALUE
  if (value === sign * Number.POSITIVE_INFINITY) return value
  const double = new Float64Array([value])
  const bits = new BigInt64Array(double.buffer)
  bits[0]! += value > 0 === sign > 0 ? 1n : -1n
  return double[0]!
}

function wholeNumbers({ min, max }: Interval): Interval {
  return { min: min && inwards(min, 1), max: max && inwards(max, -1) }
}

/** The next integer: the number itself where it is one. */
function inwards(value: Decimal, sign: 1 | -1): Decimal {
  if (value.isInteger) return value
  const size = 10n ** BigInt(-value.exponent)
  return Decimal.of(sign === 1 ? ceilDivide(value.units, size) : -ceilDivide(-value.units, size), 0)
}

export function ceilDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b > 0n ? quotient + 1n : quotient
}
