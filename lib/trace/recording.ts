// What a caller holds while a model is recorded. Types only.
import type { Trace, TraceLine } from './trace.js'

/** How much a recording tells, and how much of it is kept. */
export interface RecordOptions {
  /** Alternatives told of each draw, 0 to 20; 0: neither these nor log-probabilities. Default 5. */
  readonly alternatives?: number
  /** Bytes the lines may take as JSON, about; the oldest go where they are more. Default 64 MiB. */
  readonly bytesMax?: number
}

/** What a model does from now on; `model.record()` makes one. `using` stops it. */
export interface Recording extends Disposable {
  /** All there is so far, as JSON has it. The lists are a copy, and no line is changed any more. */
  readonly trace: Trace
  /** How many alternatives are told of each draw. */
  readonly alternatives: number
  /**
   * Calls the listener with each line from now on, while the model works: it must be quick. Returns what ends that. One
   * that throws hears no more, which a warning of the process says. Throws UsageError ARGUMENT_INVALID.
   */
  subscribe(listener: (line: TraceLine) => void): () => void
  /** Ends the recording, and gives all of it. Runs that are still going on stay without an end in it. Idempotent. */
  stop(): Trace
}
