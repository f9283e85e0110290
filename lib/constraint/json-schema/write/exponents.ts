// Numbers with an exponent, such as 1e-05 and 1.5E+300, between two bounds. Decides that one digit stands before the
// point, which is not zero: then the exponents alone order them, and digits matter at those of the bounds only.
import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import type { Magnitude, Magnitudes } from '../../number/magnitudes.js'
import { compareDecimals, type Decimal } from '../value/decimal.js'
import { greatest } from './intervals.js'

/** Digits behind the point, as many as JavaScript prints: a model that goes on with them has to come to an exponent. */
const scientificDigitsMax = 17
/** The greatest power beside many digits. */
export const shortPowerMax = 99
/** The greatest power that is written, and the least. */
const powerMax = 308
const powerMin = -999
/** Powers from which on JavaScript writes whole numbers with an exponent. */
const wholePower = 21

/** A decimal of at least 1 and less than 10, times ten to a power. */
interface Scientific {
  readonly mantissa: Magnitude
  readonly power: number
}

export class Exponents {
  readonly #builder: IrBuilder
  readonly #magnitudes: Magnitudes

  constructor(builder: IrBuilder, magnitudes: Magnitudes) {
    this.#builder = builder
    this.#magnitudes = magnitudes
  }

  /** Exponents that no number of few digits overflows by. */
  get short(): RegexId {
    return this.#power(-shortPowerMax, shortPowerMax)
  }

  /** Numbers above 0, from `low` (null: 0) to `high` (null: as far as doubles go). */
  between(low: Decimal | null, high: Decimal | null): RegexId {
    return this.#between(low, high, powerMin)
  }

  /** Whole numbers of so many digits that JavaScript writes them so. */
  wholes(low: Decimal | null, high: Decimal | null): RegexId {
    const builder = this.#builder
    const all = this.#between(low, high, wholePower)
    if (all === builder.nothing) return all
    const some = builder.repeat(this.#magnitudes.digit, 1, wholePower - 1)
    const fraction = builder.optional(builder.concat(builder.literal('.'), some))
    const whole = builder.concat(this.#magnitudes.positive, fraction, this.#power(wholePower, powerMax))
    return builder.and(all, whole)
  }

  #between(low: Decimal | null, high: Decimal | null, least: number): RegexId {
    const builder = this.#builder
    const last = scientific(high === null || compareDecimals(high, greatest) > 0 ? greatest : high)
    const first = low === null || low.isZero ? null : scientific(low)
    if (last === null || (low !== null && high !== null && compareDecimals(low, high) > 0))
      return builder.nothing
    const parts: RegexId[] = []
    const at = (from: Magnitude, to: Magnitude, power: number): void => {
      if (power < least) return
      const digits = Math.max(scientificDigitsMax, from.fraction.length, to.fraction.length)
      const mantissa = builder.and(
        this.#magnitudes.between(from, to),
        this.#mantissa(this.#magnitudes.digit, digits),
      )
      parts.push(builder.concat(mantissa, this.#power(power, power)))
    }
    if (first !== null && first.power === last.power) at(first.mantissa, last.mantissa, last.power)
    else if (first === null || first.power < last.power) {
      if (first !== null) at(first.mantissa, ten, first.power)
      const from = Math.max(least, first === null ? powerMin : first.power + 1)
      const inside = this.#mantissa(this.#magnitudes.positive, scientificDigitsMax)
      if (from < last.power) parts.push(builder.concat(inside, this.#power(from, last.power - 1)))
      at(one, last.mantissa, last.power)
    }
    return builder.alt(...parts)
  }

  #mantissa(first: RegexId, digits: number): RegexId {
    const builder = this.#builder
    const some = builder.concat(builder.literal('.'), builder.repeat(this.#magnitudes.digit, 1, digits))
    return builder.concat(first, builder.optional(some))
  }

  /** Exponents from..to with their letter, zeros in front as some languages write them. */
  #power(from: number, to: number): RegexId {
    const builder = this.#builder
    const zeros = builder.repeat(builder.literal('0'), 0, 2)
    const letter = builder.class([
      [0x45, 0x45],
      [0x65, 0x65],
    ])
    const digits = (least: number, most: number): RegexId =>
      builder.concat(zeros, this.#magnitudes.wholes(magnitude(least), magnitude(most)))
    const parts: RegexId[] = []
    if (to >= 0) {
      const plus = builder.optional(builder.literal('+'))
      parts.push(builder.concat(letter, plus, digits(Math.max(0, from), to)))
    }
    if (from < 0) parts.push(builder.concat(letter, builder.literal('-'), digits(Math.max(1, -to), -from)))
    return builder.alt(...parts)
  }
}

const one: Magnitude = { whole: '1', fraction: '', isExclusive: false }
const ten: Magnitude = { whole: '10', fraction: '', isExclusive: true }

function magnitude(count: number): Magnitude {
  return { whole: String(count), fraction: '', isExclusive: false }
}

/** null for zero. */
function scientific(value: Decimal): Scientific | null {
  if (value.isZero) return null
  const digits = String(value.units)
  const mantissa = { whole: digits.slice(0, 1), fraction: digits.slice(1), isExclusive: false }
  return { mantissa, power: value.exponent + digits.length - 1 }
}

/** A number's spelling with one digit before the point; null for one of more digits than are written so. */
export function scientificText(value: Decimal): string | null {
  const sign = value.isNegative ? '-' : ''
  const parts = scientific(value.isNegative ? value.negated() : value)
  if (parts === null) return '0'
  const { mantissa, power } = parts
  if (mantissa.fraction.length > scientificDigitsMax) return null
  return `${sign}${mantissa.whole}${mantissa.fraction && `.${mantissa.fraction}`}e${power < 0 ? '' : '+'}${power}`
}
