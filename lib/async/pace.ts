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

/** Runs that begin in one turn: half a millisecond each, until their first request. */
const startsMax = 64

/** Lets the runs of a model begin, in order: so many in each turn, however many were asked for at once. */
export class Starts {
  readonly #waiting: (() => void)[] = []
  #left = startsMax
  #isRenewed = false

  /** null: begin, else once this resolves. */
  take(): Promise<void> | null {
    if (!this.#isRenewed) this.#renew()
    if (this.#left === 0) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#left -= 1
    return null
  }

  #renew(): void {
    this.#isRenewed = true
    setImmediate(() => {
      const next = this.#waiting.splice(0, startsMax)
      this.#left = startsMax - next.length
      this.#isRenewed = false
      if (next.length > 0) this.#renew()
      for (const begin of next) begin()
    })
  }
}
