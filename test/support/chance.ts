// Numbers for random programs, fixed by a seed.

/** Numbers from a seed (xorshift). */
export class Chance {
  #state: number
  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b9) >>> 0 || 1
    for (let i = 0; i < 4; i++) this.below(2)
  }
  /** Integer in [0, bound). */
  below(bound: number): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state % bound
  }
  in(from: number, until: number): number {
    return from + this.below(until - from)
  }
  is(percent: number): boolean {
    return this.below(100) < percent
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}
