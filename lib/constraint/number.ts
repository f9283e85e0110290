// Integers and decimal numbers in a range, as typed values. Decides the bounds a caller may give; the languages are
// made in number-range.ts.
import { ConstraintError } from '../base/errors.js'
import { type RegularConstraint, regular, typeName } from './constraint-type.js'
import { decimalOf, lowerDecimalRange } from './number-range.js'

export interface IntegerBounds {
  /** Least value, a safe integer. Default: none below the safe integers. */
  readonly min?: number
  readonly max?: number
}

export interface NumberBounds {
  readonly min?: number
  readonly max?: number
  /** Digits after the point at most, 0 to 100. Default: any number of them. */
  readonly decimalsMax?: number
}

/**
 * An integer from `min` to `max` inclusive (within the safe integers), spelled as JSON spells it: no leading zeros,
 * no plus sign, no "-0". Throws ConstraintError NUMBER_BOUND_INVALID or CONSTRAINT_EMPTY (min > max).
 */
export function integer(bounds: IntegerBounds = {}): RegularConstraint<number> {
  checkBounds(bounds, 'integer', Number.isSafeInteger, 'a safe integer')
  const min = bounds.min ?? Number.MIN_SAFE_INTEGER
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER
  checkOrder(min, max)
  return regular<number>({
    kind: 'integer',
    lowerRegular: (builder) =>
      lowerDecimalRange(builder, { min: decimalOf(min), max: decimalOf(max), decimalsMax: 0 }),
    parse: Number,
    format: (value) => {
      if (Number.isSafeInteger(value) && value >= min && value <= max) return String(value + 0)
      throw outside(value, `an integer from ${min} to ${max}`)
    },
    describe: () => `an integer${describeBounds(bounds)}`,
  })
}

/**
 * A decimal number from `min` to `max` inclusive: digits, and a point with digits where `decimalsMax` allows; no
 * exponent, no leading zeros, no plus sign, no negative zero. Bounds are exact decimals, as JavaScript prints them.
 * Throws ConstraintError NUMBER_BOUND_INVALID or CONSTRAINT_EMPTY.
 */
export function number(bounds: NumberBounds = {}): RegularConstraint<number> {
  checkBounds(bounds, 'number', Number.isFinite, 'a finite number')
  const { min, max, decimalsMax } = bounds
  if (min !== undefined && max !== undefined) checkOrder(min, max)
  if (
    decimalsMax !== undefined &&
    !(Number.isInteger(decimalsMax) && decimalsMax >= 0 && decimalsMax <= 100)
  ) {
    throw new ConstraintError(
      'NUMBER_BOUND_INVALID',
      `decimalsMax is ${typeName(decimalsMax)}; it must be an integer from 0 to 100.`,
    )
  }
  return regular<number>({
    kind: 'number',
    lowerRegular: (builder) =>
      lowerDecimalRange(builder, {
        min: min === undefined ? null : decimalOf(min),
        max: max === undefined ? null : decimalOf(max),
        decimalsMax: decimalsMax ?? null,
      }),
    parse: Number,
    format: (value) => formatNumber(value, bounds),
    describe: () => `a number${describeBounds(bounds)}`,
  })
}

function formatNumber(value: number, bounds: NumberBounds): string {
  const { min = -Infinity, max = Infinity, decimalsMax = Infinity } = bounds
  if (Number.isFinite(value) && value >= min && value <= max) {
    const { isNegative, whole, fraction } = decimalOf(value)
    if (fraction.length <= decimalsMax) return `${isNegative ? '-' : ''}${whole}${fraction && `.${fraction}`}`
  }
  throw outside(value, `a number${describeBounds(bounds)}`)
}

function outside(value: unknown, expected: string): ConstraintError {
  return new ConstraintError('VALUE_INVALID', `The value is ${typeName(value)}; it must be ${expected}.`)
}

function checkBounds(
  bounds: NumberBounds,
  kind: string,
  isValid: (value: number) => boolean,
  expected: string,
): void {
  if (typeof bounds !== 'object' || bounds === null) {
    throw new ConstraintError('NUMBER_BOUND_INVALID', `Bounds must be an object, not ${typeName(bounds)}.`)
  }
  for (const name of ['min', 'max'] as const) {
    const bound: unknown = bounds[name]
    if (bound === undefined || (typeof bound === 'number' && isValid(bound))) continue
    const seen = typeName(bound)
    throw new ConstraintError(
      'NUMBER_BOUND_INVALID',
      `${name} of ${kind} is ${seen}; it must be ${expected}.`,
    )
  }
}

function checkOrder(min: number, max: number): void {
  if (min <= max) return
  throw new ConstraintError('CONSTRAINT_EMPTY', `No number is at least ${min} and at most ${max}.`)
}

function describeBounds({ min, max, decimalsMax }: NumberBounds): string {
  const from = min === undefined ? '' : ` from ${min}`
  const to = max === undefined ? '' : ` up to ${max}`
  return `${from}${to}${decimalsMax === undefined ? '' : ` with at most ${decimalsMax} decimals`}`
}
