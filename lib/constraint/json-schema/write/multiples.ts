// Regular expressions for the multiples of a number. Decides how a multiple is told from its digits; a divisor whose
// multiples no small automaton tells is refused by name.

import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import { digitsMax, type Magnitudes } from '../../number/magnitudes.js'
import { tooComplex, unsupported } from '../refusal.js'
import type { Decimal } from '../value/decimal.js'

/** Divisors up to which an automaton over remainders is written out. */
const remaindersMax = 13
/** Digits before the point that a multiple may be told by. */
const endingMax = 6
const endingsMax = 2_000

export class Multiples {
  readonly #builder: IrBuilder
  readonly #range: Magnitudes

  constructor(builder: IrBuilder, range: Magnitudes) {
    this.#builder = builder
    this.#range = range
  }

  /**
   * Plain decimals that are a multiple of the divisor. Its part out of twos and fives shows in the last digits; the
   * rest is coprime to ten, so that neither the point nor zeros at the end matter to it.
   */
  of(divisor: Decimal, pointer: string): RegexId {
    const builder = this.#builder
    const places = Math.max(0, -divisor.exponent)
    const units = divisor.exponent > 0 ? divisor.toBigInt() : divisor.units
    let rest = units
    for (const prime of [2n, 5n]) while (rest % prime === 0n) rest /= prime
    if (rest > BigInt(remaindersMax)) {
      throw unsupported({
        keyword: 'multipleOf',
        pointer,
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
      const short = builder.concat(point, builder.repeat(this.#range.digit, 1, places), zeros)
      return builder.concat(
        this.#range.wholeUpTo(digitsMax),
        places === 0 ? noFraction : builder.optional(short),
      )
    }
    const head = builder.concat(this.#range.positive, builder.repeat(this.#range.digit, 0, digitsMax))
    const options: RegexId[] = []
    for (let value = 0n; value < 10n ** BigInt(digits); value += divisor) {
      if (options.length > endingsMax) throw tooComplex('endings of multiples', options.length, endingsMax)
      const text = value.toString().padStart(digits, '0')
      const whole = text.slice(0, wholeDigits)
      const fraction = text.slice(wholeDigits).replace(/0+$/, '')
      const tail = fraction === '' ? noFraction : builder.concat(point, builder.literal(fraction), zeros)
      const alone = builder.literal(whole.replace(/^0+(?=.)/, ''))
      const start =
        wholeDigits === 0
          ? this.#range.wholeUpTo(digitsMax)
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
