// Exact decimal numbers as JSON spells them. Decides equality, order and divisibility without floating point, so that
// 1 equals 1.0 and 9007199254740993 stays itself. Never rounds; a number too large to hold is refused by the reader.

/** `units * 10 ** exponent`; units never ends in a zero digit, and zero has exponent 0, so equal values are equal. */
export class Decimal {
  readonly units: bigint
  readonly exponent: number

  private constructor(units: bigint, exponent: number) {
    this.units = units
    this.exponent = exponent
  }

  static of(units: bigint, exponent: number): Decimal {
    if (units === 0n) return new Decimal(0n, 0)
    while (units % 10n === 0n) {
      units /= 10n
      exponent++
    }
    return new Decimal(units, exponent)
  }

  /** The decimal a number's shortest spelling stands for; null where it is none or beyond `exponentMax`. */
  static ofNumber(value: number | bigint): Decimal | null {
    if (!Number.isSafeInteger(value)) return Decimal.read(String(value))
    let units = value as number
    let exponent = 0
    while (units !== 0 && units % 10 === 0) {
      units /= 10
      exponent++
    }
    return new Decimal(BigInt(units), exponent)
  }

  /** Reads a JSON number; null where the text is none or its exponent is beyond `exponentMax`. */
  static read(text: string): Decimal | null {
    if (text.length > textMax) return null
    const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
    if (!match) return null
    const [, sign, whole, fraction = '', power = '0'] = match
    const digits = (whole! + fraction).replace(/^0+(?=\d)/, '')
    const trimmed = digits.replace(/0+$/, '')
    if (trimmed === '') return new Decimal(0n, 0)
    const exponent = Number(power) - fraction.length + (digits.length - trimmed.length)
    if (Math.abs(exponent) > exponentMax || trimmed.length > digitsMax) return null
    const units = BigInt(trimmed)
    return new Decimal(sign === '-' ? -units : units, exponent)
  }

  get isInteger(): boolean {
    return this.exponent >= 0
  }

  get isNegative(): boolean {
    return this.units < 0n
  }

  get isZero(): boolean {
    return this.units === 0n
  }

  negated(): Decimal {
    return new Decimal(-this.units, this.exponent)
  }

  /** The whole number, for integers only. */
  toBigInt(): bigint {
    return this.units * 10n ** BigInt(this.exponent)
  }

  /** `this / other` is a whole number. */
  isMultipleOf(other: Decimal): boolean {
    if (other.isZero) return this.isZero
    const [a, b] = aligned(this, other)
    return a % b === 0n
  }

  /** Plain spelling without exponent, as `[whole, fraction]` of the magnitude. */
  magnitudeDigits(): [whole: string, fraction: string] {
    const digits = (this.units < 0n ? -this.units : this.units).toString()
    if (this.exponent >= 0) return [digits + '0'.repeat(this.exponent), '']
    const places = -this.exponent
    const padded = digits.padStart(places + 1, '0')
    return [padded.slice(0, -places), padded.slice(-places)]
  }

  toString(): string {
    const [whole, fraction] = this.magnitudeDigits()
    return `${this.isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
  }
}

/** Beyond these a number is refused: nothing real is that large, and its plain spelling would be endless. */
const exponentMax = 400
/** No number worth holding is longer; the reading of digits is not linear. */
const textMax = 2_000
const digitsMax = 400

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const [left, right] = aligned(a, b)
  return left < right ? -1 : left > right ? 1 : 0
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint] {
  const exponent = Math.min(a.exponent, b.exponent)
  return [a.units * 10n ** BigInt(a.exponent - exponent), b.units * 10n ** BigInt(b.exponent - exponent)]
}
