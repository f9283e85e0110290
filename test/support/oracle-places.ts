// Where the oracle's cells lie: each new one in the lowest free place, as llama.cpp does. Shows tests how many places
// a decode would attend.

export class OraclePlaces {
  readonly #isUsed: boolean[] = []
  /** No place below is free. */
  #full = 0

  take(): number {
    let place = this.#full
    while (this.#isUsed[place]) place++
    this.#isUsed[place] = true
    this.#full = place + 1
    return place
  }

  free(place: number): void {
    this.#isUsed[place] = false
    this.#full = Math.min(this.#full, place)
  }

  /** End of the highest used place. */
  get until(): number {
    return this.#isUsed.lastIndexOf(true) + 1
  }
}
