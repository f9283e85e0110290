// Exact languages of decimal numbers in a range. Decides signs (no plus, no negative zero), how many decimals there may
// be, and what a double stands for exactly; the digits are those of magnitudes.ts.

import type { RegexId } from '../ir/ir.js'
import type { IrBuilder } from '../ir/ir-builder.js'
import { type Magnitude, Magnitudes } from './magnitudes.js'

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
  const magnitudes = new Magnitudes(builder)
  const { decimalsMax } = range
  const min = range.min && { ...range.min, isExclusive: range.excludesMin ?? false }
  const max = range.max && { ...range.max, isExclusive: range.excludesMax ?? false }
  const parts: RegexId[] = []
  if (max === null || !max.isNegative) {
    parts.push(magnitudes.between(min?.isNegative === true ? null : min, max))
  }
  if (min === null || min.isNegative) {
    const nearest = max?.isNegative === true ? max : aboveZero
    parts.push(builder.concat(builder.literal('-'), magnitudes.between(nearest, min)))
  }
  const all = builder.alt(...parts)
  if (decimalsMax === null) return all
  const { digit } = magnitudes
  // No number between two bounds has more digits than they have; said here, too, it is known how long one can be.
  const digits = min === null || max === null ? null : Math.max(min.whole.length, max.whole.length)
  const some = builder.concat(builder.optional(builder.literal('-')), builder.repeat(digit, 1, digits))
  if (decimalsMax === 0) return builder.and(all, some)
  const decimals = builder.concat(builder.literal('.'), builder.repeat(digit, 1, decimalsMax))
  return builder.and(all, builder.concat(some, builder.optional(decimals)))
}

const aboveZero: Magnitude = { whole: '0', fraction: '', isExclusive: true }
