// What things cost on this machine, as measured while working: a llama_decode by its number of rows, what an idle cell
// adds to it, parking and restoring a token. Decides estimates only; the priors are ratios, not times, and yield to
// the first measurement.
export interface StepMeasure {
  readonly rows: number
  readonly decodeCalls: number
  readonly decodeMicros: number
  /** Cells in use while it ran. */
  readonly cells: number
}

/** Weight of the newest measurement. */
const freshness = 0.2
/** Prior: one idle cell slows a one-row decode by this share of it, parking and restoring a token cost so many rows. */
const idleSharePrior = 1 / 12_000
const parkRowsPrior = 1 / 200
const restoreRowsPrior = 1 / 1000

export class Costs {
  /** Micros of a call, by bit length of its rows. */
  readonly #callMicros = new Map<number, number>()
  #parkMicros: number | null = null
  #restoreMicros: number | null = null
  // Running moments of (cells, micros) over one-row calls: their slope is what a cell adds.
  #weight = 0
  #cellsMean = 0
  #microsMean = 0
  #cellsSquares = 0
  #products = 0

  measureStep(step: StepMeasure): void {
    if (step.decodeCalls === 0) return
    const rows = step.rows / step.decodeCalls
    const micros = step.decodeMicros / step.decodeCalls
    const size = Math.ceil(Math.log2(Math.max(1, rows)))
    const before = this.#callMicros.get(size)
    this.#callMicros.set(size, before === undefined ? micros : before + freshness * (micros - before))
    if (rows < 1.5) this.#measureSlope(step.cells, micros)
  }

  measurePark(tokens: number, micros: number): void {
    this.#parkMicros = average(this.#parkMicros, micros / tokens)
  }

  measureRestore(tokens: number, micros: number): void {
    this.#restoreMicros = average(this.#restoreMicros, micros / tokens)
  }

  /** Micros of one llama_decode over so many rows; null before anything was measured. */
  callMicros(rows: number): number | null {
    const size = Math.ceil(Math.log2(Math.max(1, rows)))
    const exact = this.#callMicros.get(size)
    if (exact !== undefined) return exact
    let nearest: readonly [number, number] | null = null
    for (const entry of this.#callMicros) {
      if (nearest === null || Math.abs(entry[0] - size) < Math.abs(nearest[0] - size)) nearest = entry
    }
    if (nearest === null) return null
    return nearest[0] < size ? nearest[1] * 2 ** (size - nearest[0]) : nearest[1]
  }

  /** Micros to decode so many tokens in calls of at most `batch` rows. */
  prefillMicros(tokens: number, batch: number): number | null {
    const full = Math.floor(tokens / batch)
    const rest = tokens - full * batch
    const whole = full > 0 ? this.callMicros(batch) : 0
    const part = rest > 0 ? this.callMicros(rest) : 0
    return whole === null || part === null ? null : full * whole + part
  }

  get parkMicros(): number {
    return this.#parkMicros ?? (this.callMicros(1) ?? 1) * parkRowsPrior
  }

  get restoreMicros(): number {
    return this.#restoreMicros ?? (this.callMicros(1) ?? 1) * restoreRowsPrior
  }

  /** Micros one idle cell adds to one llama_decode. */
  get idleCellMicros(): number {
    const prior = (this.callMicros(1) ?? 1) * idleSharePrior
    const spread = Math.sqrt(this.#cellsSquares / Math.max(1, this.#weight))
    if (this.#weight < 8 || spread < 256) return prior
    return Math.max(0, this.#products / this.#cellsSquares)
  }

  #measureSlope(cells: number, micros: number): void {
    const decay = 1 - freshness / 8
    this.#weight = this.#weight * decay + 1
    const offCells = cells - this.#cellsMean
    this.#cellsMean += offCells / this.#weight
    const offMicros = micros - this.#microsMean
    this.#microsMean += offMicros / this.#weight
    this.#cellsSquares = this.#cellsSquares * decay + offCells * (cells - this.#cellsMean)
    this.#products = this.#products * decay + offCells * (micros - this.#microsMean)
  }
}

function average(before: number | null, now: number): number {
  return before === null ? now : before + freshness * (now - before)
}
