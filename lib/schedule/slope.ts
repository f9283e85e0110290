// What one more cell adds to a call, or one more token to an operation, from (cells, micros) as they come: a straight
// line by least squares, older measurements weighing less. Decides whether it is known well enough; a line through
// noise is none.

/** Weight of the past at each new call. */
const decay = 1 - 1 / 40

/** Micros that something costs whatever its size, and those of each unit of it. */
export interface Line {
  readonly fixed: number
  readonly each: number
}

export class Slope {
  #weight = 0
  #cellsMean = 0
  #microsMean = 0
  #cellsSquares = 0
  #microsSquares = 0
  #products = 0

  measure(cells: number, micros: number): void {
    this.#weight = this.#weight * decay + 1
    const offCells = cells - this.#cellsMean
    const offMicros = micros - this.#microsMean
    this.#cellsMean += offCells / this.#weight
    this.#microsMean += offMicros / this.#weight
    this.#cellsSquares = this.#cellsSquares * decay + offCells * (cells - this.#cellsMean)
    this.#microsSquares = this.#microsSquares * decay + offMicros * (micros - this.#microsMean)
    this.#products = this.#products * decay + offCells * (micros - this.#microsMean)
  }

  /** Micros a cell adds; null while a line as flat as nothing, or as steep as twice the guess, fits as well. */
  #micros(guess: number): number | null {
    if (this.#weight <= 2 || this.#cellsSquares === 0) return null
    const slope = this.#products / this.#cellsSquares
    const unexplained = Math.max(0, this.#microsSquares - slope * this.#products)
    const error = Math.sqrt(unexplained / (this.#weight - 2) / this.#cellsSquares)
    return error <= Math.max(slope, guess) / 2 ? Math.max(0, slope) : null
  }

  /** The line: micros without any cell, and for each. Null before anything was measured. */
  line(guess: number): Line | null {
    if (this.#weight === 0) return null
    const each = Math.min(this.#micros(guess) ?? guess, this.#microsMean / Math.max(1, this.#cellsMean))
    return { fixed: this.#microsMean - each * this.#cellsMean, each }
  }
}
