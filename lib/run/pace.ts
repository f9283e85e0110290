// How much work of its own a run does before others get their turn of the event loop. Decides only when; what is
// awaited anyway, a request or a check, gives turns by itself.
import { refuseAborted } from './signal.js'

/** Work in one turn, in characters tokenised: some 25 ms of them. */
const turnCost = 1 << 16

export class Pace {
  readonly #signal: AbortSignal
  #left = turnCost

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Announces work; null: go on, else once this settles. Rejects with AbortError. */
  take(cost: number): Promise<void> | null {
    this.#left -= cost
    if (this.#left > 0) return null
    this.#left = turnCost
    return this.#turn()
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    refuseAborted(this.#signal)
  }
}
