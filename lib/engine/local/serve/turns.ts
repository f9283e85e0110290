// When the step loop has a turn: at once after a call, one at a time, until nobody needs another. What may wait until
// then is done in small pieces, with a turn for everybody else between two of them. Decides no more than that; a piece
// that is yet to come keeps no process alive.
import { setImmediate as nextTurn } from 'node:timers/promises'

export interface TurnsOptions {
  /** One step; false when there is nothing left to do. */
  readonly turn: () => Promise<boolean>
  /** Nothing is left to do. */
  readonly rested: () => void
  /** A small piece of what may wait until nothing else is left; false where there is none. */
  readonly tidy: () => Promise<boolean>
  /** A turn threw. */
  readonly failed: (error: unknown) => void
}

export class Turns {
  readonly #options: TurnsOptions
  #isRunning = false
  /** Something may have to be done that no turn has seen yet. */
  #isCalled = false
  #running: Promise<void> = Promise.resolve()
  /** The piece to come. */
  #piece: NodeJS.Timeout | null = null

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** Something may have to be done. */
  wake(): void {
    this.#isCalled = true
    // Requests made in the same turn start in the same step.
    if (!this.#isRunning) this.#run(() => nextTurn(true))
  }

  /** There may be a piece. */
  tidy(): void {
    if (!this.#isRunning) this.#run(() => this.#options.tidy())
  }

  /** Resolves when nothing is left to do; pieces may be. */
  async settled(): Promise<void> {
    while (this.#isRunning) await this.#running
  }

  /** No piece begins any more. */
  stopTidying(): void {
    if (this.#piece !== null) clearTimeout(this.#piece)
    this.#piece = null
  }

  #run(first: () => Promise<boolean>): void {
    this.stopTidying()
    this.#isRunning = true
    this.#running = this.#loop(first)
  }

  async #loop(first: () => Promise<boolean>): Promise<void> {
    let hasMore = false
    try {
      hasMore = await first()
      while (this.#isCalled) {
        this.#isCalled = false
        while (await this.#options.turn()) {}
        this.#options.rested()
        hasMore = !this.#isCalled && (await this.#options.tidy())
      }
    } catch (error) {
      hasMore = false
      this.#options.failed(error)
    } finally {
      this.#isRunning = false
    }
    if (hasMore) this.#tidyLater()
  }

  #tidyLater(): void {
    // An immediate that holds no process back would run before the loop asks whether anything does.
    this.#piece = setTimeout(() => this.#run(() => this.#options.tidy()), 1)
    this.#piece.unref()
  }
}
