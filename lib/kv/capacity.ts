// How many cells can be counted on: as many as the device says, until it refuses a row earlier. Decides when it is
// believed again: after a number of steps without refusal that doubles with each one, so that a device which stays
// short costs a refused step ever more rarely, and one that was short for a while gets all its cells back.

export class Capacity {
  /** Cells the device says it has. */
  readonly claimed: number
  /** Cells that can be counted on. */
  all: number
  #refusedAt = 0
  #patience = 1
  #stepsLeft = 0

  constructor(claimed: number) {
    this.claimed = claimed
    this.all = claimed
  }

  /** A row found no cell beside so many. */
  refuse(cellsLive: number): void {
    this.all = Math.max(1, cellsLive)
    this.#refusedAt = cellsLive
    this.#patience *= 2
    this.#stepsLeft = this.#patience
  }

  /** A step left so many cells behind and none was refused. */
  accept(cellsLive: number): void {
    // More than there were at the last refusal: that shortage is over.
    if (cellsLive > this.#refusedAt) this.#patience = 1
    if (this.all < this.claimed && --this.#stepsLeft <= 0) this.all = this.claimed
  }
}
