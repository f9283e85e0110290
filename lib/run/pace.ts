// How much work of its own a run does before others get their turn of the event loop. Decides only when; what is
// awaited anyway, a request or a check, gives turns by itself.
import { refuseAborted } from './signal.js'

/** Work in one turn, in characters tokenised: some 25 ms of them. */
const turnCost = 1 << 16
/** What a part costs beside its text, and a turn of a repeat that has none, in characters. */
export const partCost = 64

export class Pace {
  readonly #signal: AbortSignal
  #left = turnCost
  /** The others' turn. Whatever walks side by side waits for it, so that the run as a whole gives way. */
  #turn: Promise<void> | null = null

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Announces work; null: go on, else once this settles. Rejects with AbortError. */
  take(cost: number): Promise<void> | null {
    this.#left -= cost
    if (this.#left <= 0) this.#turn ??= this.#giveTurn()
    return this.#turn
  }

  async #giveTurn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#turn = null
    this.#left = turnCost
    refuseAborted(this.#signal)
  }
}
