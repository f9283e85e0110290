// Records what a model does, line by line. Decides what is kept, and for whom; the engine and the runs tell it, and
// wait for nothing. Holds at most `bytesMax`, however long it goes on.
import type { Engine } from '../engine/engine.js'
import type { Observation } from '../engine/observed.js'
import { LineListeners } from './line-listeners.js'
import type { Recording, RecordOptions } from './recording.js'
import { lineBytes, shortened } from './shortened.js'
import { type Trace, type TracedModel, type TraceLine, traceVersion } from './trace.js'

export interface RecorderParts {
  readonly engine: Engine
  readonly model: TracedModel
  readonly espalier: string
  readonly options: Required<RecordOptions>
  /** Called once, when it is stopped. */
  readonly stopped: (recorder: Recorder) => void
}

/** A line without its time. */
export type NewLine = TraceLine extends infer L ? (L extends TraceLine ? Omit<L, 'at'> : never) : never

export class Recorder implements Recording {
  readonly #parts: RecorderParts
  readonly #began = new Date()
  readonly #start = performance.now()
  readonly #observation: Observation
  #lines: TraceLine[] = []
  #bytes = 0
  #bytesMax: number
  #dropped = 0
  /** Lines there were, and how many of those that are kept are no longer as they were told. */
  #count = 0
  #rewritten = 0
  readonly #told = new Set<number>()
  readonly #listeners = new LineListeners()
  #isStopped = false

  constructor(parts: RecorderParts) {
    this.#parts = parts
    this.#bytesMax = parts.options.bytesMax
    this.#observation = parts.engine.observe({
      step: (step) => this.add({ type: 'step', ...step }),
      tree: (change) => {
        this.tellTexts(change.nodes.flatMap(({ tokens }) => tokens))
        this.add({ type: 'tree', ...change })
      },
    })
    this.#observation.settle()
  }

  get trace(): Trace {
    const { model, espalier } = this.#parts
    if (!this.#isStopped) this.#observation.settle()
    return {
      format: 'espalier-trace',
      version: traceVersion,
      espalier,
      began: this.#began.toISOString(),
      model,
      dropped: this.#dropped,
      lines: [...this.#lines],
    }
  }

  subscribe(listener: (line: TraceLine) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Lines there were so far, whether they are kept or not. */
  get count(): number {
    return this.#count
  }

  /** The next ones behind the first `count`, so many at most; null: they are not kept as they were. */
  since(count: number, linesMax: number): readonly TraceLine[] | null {
    const missing = this.#count - count
    if (missing < 0 || missing > this.#lines.length - this.#rewritten) return null
    const from = this.#lines.length - missing
    return this.#lines.slice(from, from + linesMax)
  }

  stop(): Trace {
    const { trace } = this
    if (!this.#isStopped) {
      this.#isStopped = true
      this.#observation.dispose()
      this.#listeners.clear()
      this.#parts.stopped(this)
    }
    return trace
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  /** How many alternatives are told of each draw. */
  get alternatives(): number {
    return this.#parts.options.alternatives
  }

  /** `performance.now()` as `at` has it. */
  timeOf(now: number): number {
    return rounded(Math.max(0, now - this.#start), 3)
  }

  add(line: NewLine): void {
    if (this.#isStopped) return
    const timed = { at: this.timeOf(performance.now()), ...line } as TraceLine
    this.#lines.push(timed)
    this.#count += 1
    this.#bytes += lineBytes(timed)
    if (this.#bytes > this.#bytesMax) this.#shorten()
    this.#listeners.tell(timed)
  }

  /** Says what these tokens are, once each. */
  tellTexts(tokens: Iterable<number>): void {
    const news: number[] = []
    for (const token of tokens) {
      if (this.#told.has(token)) continue
      this.#told.add(token)
      news.push(token)
    }
    if (news.length === 0) return
    const texts = this.#parts.engine.tokenTexts(news)
    this.add({ type: 'texts', texts: news.map((token, index) => [token, texts[index]!] as const) })
  }

  /** Half of it goes, so that what is kept is looked through as seldom as that. */
  #shorten(): void {
    const before = this.#lines.length
    const { front, rest } = shortened(this.#lines, this.#bytes / 2)
    this.#lines = [...front, ...rest]
    this.#rewritten = front.length
    this.#bytes = this.#lines.reduce((sum, line) => sum + lineBytes(line), 0)
    // Where what has to stay is that much itself, it is not looked through again at each line.
    this.#bytesMax = Math.max(this.#parts.options.bytesMax, 2 * this.#bytes)
    this.#dropped += before - this.#lines.length
  }
}

/** With so many digits behind the point, which is what a reader can use. */
export function rounded(value: number, digits: number): number {
  const factor = 10 ** digits
  // Never -0, which JSON does not have.
  return Math.round(value * factor) / factor + 0
}
