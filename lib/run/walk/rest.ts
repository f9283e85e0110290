// Parts that are still to come: an immutable list from which the first is taken, and before which others are put,
// without copying the rest. Knows how many times parts that stand here were made by parts that stood here before.

export class Rest<P> implements Iterable<P> {
  readonly #parts: readonly P[]
  readonly #at: number
  readonly #then: Rest<P> | null
  /** 0 for what was written. */
  readonly generation: number

  private constructor(parts: readonly P[], at: number, then: Rest<P> | null, generation: number) {
    this.#parts = parts
    this.#at = at
    this.#then = then
    this.generation = generation
  }

  static of<P>(parts: readonly P[]): Rest<P> {
    return new Rest(parts, 0, null, 0)
  }

  /** undefined: nothing is left. */
  get first(): P | undefined {
    return this.#parts[this.#at]
  }

  /** What is left behind the first. */
  get others(): Rest<P> {
    if (this.#at + 1 < this.#parts.length || this.#then === null) {
      return new Rest(this.#parts, this.#at + 1, this.#then, this.generation)
    }
    return this.#then
  }

  /** The parts, which are of this generation, and then these. */
  behind(parts: readonly P[], generation: number): Rest<P> {
    if (parts.length === 0) return this
    return new Rest(parts, 0, this.first === undefined ? null : this, generation)
  }

  *[Symbol.iterator](): Generator<P, void> {
    let rest: Rest<P> | null = this
    for (; rest !== null; rest = rest.#then) {
      for (let index = rest.#at; index < rest.#parts.length; index += 1) yield rest.#parts[index]!
    }
  }
}

/** The ones and then the others, as often as they are asked for. */
export function chained<P>(ones: Iterable<P>, others: Iterable<P>): Iterable<P> {
  return {
    *[Symbol.iterator]() {
      yield* ones
      yield* others
    },
  }
}
