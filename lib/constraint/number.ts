// Integers and decimal numbers in a range, as typed values. Decides the bounds a caller may give; the languages are
// made in number-range.ts.
import { ConstraintError } from '../base/errors.js'
import { checkNames, type OptionNames, optionNames } from '../base/options.js'
import { Recent } from '../base/recent.js'
import { isRecord, typeName } from '../base/seen.js'
import { type RegularConstraint, regular } from './constraint-type.js'
import { type DecimalRange, decimalOf, lowerDecimalRange } from './number/number-range.js'

/** Bounds of a whole number, included. */
export interface IntegerBounds {
  /** Least value, a safe integer. Default: none below the safe integers. */
  readonly min?: number
  /** Greatest value, a safe integer. Default: none above the safe integers. */
  readonly max?: number
}

/** Bounds of a decimal number, included, and how many digits it may have. */
export interface NumberBounds {
  /** Least value. Default: any with at most 21 digits before the point. */
  readonly min?: number
  /** Greatest value. Default: any with at most 21 digits before the point. */
  readonly max?: number
  /** Digits after the point at most, 0 to 100. Default: 22, or 16 more than a bound has. */
  readonly decimalsMax?: number
}

const integerNames = optionNames<IntegerBounds>('integer()', { min: true, max: true })
const numberNames = optionNames<NumberBounds>('number()', { min: true, max: true, decimalsMax: true })

/**
 * An integer from `min` to `max` inclusive (within the safe integers), spelled as JSON spells it: no leading zeros,
 * no plus sign, no "-0". Throws ConstraintError NUMBER_BOUND_INVALID or CONSTRAINT_EMPTY (min > max).
 *
 * @example
 * ```ts
 * compile(integer({ min: -5, max: 120 }), vocab)
 * ```
 */
export function integer(bounds: IntegerBounds = {}): RegularConstraint<number> {
  checkBounds(bounds, integerNames, Number.isSafeInteger, 'a safe integer')
  const min = bounds.min ?? Number.MIN_SAFE_INTEGER
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER
  checkOrder(min, max)
  const described = `an integer${describeBounds(bounds)}`
  return recent.of(described, () =>
    regular<number>({
      kind: 'integer',
      lowerRegular: (builder) =>
        lowerDecimalRange(builder, { min: decimalOf(min), max: decimalOf(max), decimalsMax: 0 }),
      parse: Number,
      format: (value) => {
        if (Number.isSafeInteger(value) && value >= min && value <= max) return String(value + 0)
        throw outside(value, `an integer from ${min} to ${max}`)
      },
      describe: () => described,
    }),
  )
}

/** By their descriptions, which have all that was given. */
const recent = new Recent<RegularConstraint<number>>()

/**
 * A decimal number from `min` to `max` inclusive: digits, and a point with digits where `decimalsMax` allows; no
 * exponent, no leading zeros, no plus sign, no negative zero. Bounds are exact decimals, as JavaScript prints them.
 * Without bounds it has the digits JavaScript writes without an exponent, 21 before the point and 22 behind it, so that
 * no model writes digits for ever.
 * Throws ConstraintError NUMBER_BOUND_INVALID or CONSTRAINT_EMPTY.
 *
 * @example
 * ```ts
 * compile(number({ min: 0, max: 1, decimalsMax: 3 }), vocab)
 * ```
 */
export function number(bounds: NumberBounds = {}): RegularConstraint<number> {
  checkBounds(bounds, numberNames, Number.isFinite, 'a finite number')
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
  const known = { ...bounds }
  const described = `a number${describeBounds(known)}`
  return recent.of(described, () =>
    regular<number>({
      kind: 'number',
      lowerRegular: (builder) => lowerDecimalRange(builder, rangeOf(known)),
      parse: Number,
      format: (value) => formatNumber(value, known),
      describe: () => described,
    }),
  )
}

/** The least number JavaScript writes with an exponent for its size. */
const wholeEdge = 1e21
const decimalsDefault = 22

/** The bounds with what stands for those that were not given. */
function filled({ min, max, decimalsMax }: NumberBounds): Required<NumberBounds> {
  const low = min ?? (max !== undefined && max <= -wholeEdge ? -Number.MAX_VALUE : -wholeEdge)
  const high = max ?? (min !== undefined && min >= wholeEdge ? Number.MAX_VALUE : wholeEdge)
  const decimals = [low, high].map((bound) => decimalOf(bound).fraction.length + 16)
  return { min: low, max: high, decimalsMax: decimalsMax ?? Math.max(decimalsDefault, ...decimals) }
}

function rangeOf(bounds: NumberBounds): DecimalRange {
  const { min, max, decimalsMax } = filled(bounds)
  return {
    min: decimalOf(min),
    max: decimalOf(max),
    excludesMin: bounds.min === undefined && min === -wholeEdge,
    excludesMax: bounds.max === undefined && max === wholeEdge,
    decimalsMax,
  }
}

function formatNumber(value: number, bounds: NumberBounds): string {
  const { min, max, decimalsMax } = filled(bounds)
  const { excludesMin, excludesMax } = rangeOf(bounds)
  if (typeof value !== 'number') throw outside(value, `a number${describeBounds({ min, max, decimalsMax })}`)
  const isBelow = value <= max && !(excludesMax && value === max)
  if (Number.isFinite(value) && isBelow && value >= min && !(excludesMin && value === min)) {
    const { isNegative, whole, fraction } = decimalOf(value)
    if (fraction.length <= decimalsMax) return `${isNegative ? '-' : ''}${whole}${fraction && `.${fraction}`}`
  }
  throw outside(value, `a number${describeBounds({ min, max, decimalsMax })}`)
}

function outside(value: unknown, expected: string): ConstraintError {
  return new ConstraintError('VALUE_INVALID', `The value is ${typeName(value)}; it must be ${expected}.`)
}

function checkBounds(
  bounds: NumberBounds,
  names: OptionNames,
  isValid: (value: number) => boolean,
  expected: string,
): void {
  if (!isRecord(bounds)) {
    throw new ConstraintError('NUMBER_BOUND_INVALID', `Bounds must be an object, not ${typeName(bounds)}.`)
  }
  checkNames(bounds, names)
  for (const name of ['min', 'max'] as const) {
    const bound: unknown = bounds[name]
    if (bound === undefined || (typeof bound === 'number' && isValid(bound))) continue
    const seen = typeName(bound)
    throw new ConstraintError(
      'NUMBER_BOUND_INVALID',
      `${name} of ${names.taker} is ${seen}; it must be ${expected}.`,
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
