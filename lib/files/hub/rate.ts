// How fast bytes come: over the last seconds, so that it follows a line that becomes slower and does not jump. Pure,
// given the clock.

/** Milliseconds that count. */
const window = 10_000
/** One is kept for each quarter of a second. */
const stepMs = 250

export class Rate {
  readonly #now: () => number
  #samples: readonly { readonly at: number; readonly bytes: number }[] = []
  #bytes = 0
  constructor(now: () => number) {
    this.#now = now
  }

  add(bytes: number): void {
    const at = this.#now()
    if (this.#samples.length === 0) this.#samples = [{ at, bytes: 0 }]
    this.#bytes += bytes
    if (at - this.#samples.at(-1)!.at < stepMs) return
    const kept = this.#samples.filter((sample) => at - sample.at <= window)
    this.#samples = [...(kept.length === 0 ? this.#samples.slice(-1) : kept), { at, bytes: this.#bytes }]
  }

  /** Null: not known yet. */
  get bytesPerSecond(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.at - first.at < stepMs) return null
    return ((last.bytes - first.bytes) * 1000) / (this.#now() - first.at)
  }
}
