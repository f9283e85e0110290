// What an engine tells whoever looks at it: its steps, and what they change in the tree of cached tokens.
import type { TreeChange } from '../base/tree-change.js'

/** One step, whichever runs it was for. */
export interface ObservedStep {
  /** From 0 on, since the engine began. */
  readonly step: number
  /** Microseconds: all of it, and inside of llama_decode. */
  readonly micros: number
  readonly decodeMicros: number
  /** llama_decode calls. */
  readonly calls: number
  /** Rows given to llama_decode by what they were for; `again` are those of the others that had been decoded before. */
  readonly rows: {
    readonly known: number
    readonly drawn: number
    readonly scored: number
    readonly again: number
  }
  /** Requests in the step, and those that had to wait for a later one. */
  readonly working: number
  readonly waiting: number
  /** Cells in use after it, and the highest place of one, up to which every llama_decode attends. */
  readonly cells: number
  readonly attended: number
  /** Bytes of host memory that hold parked states. */
  readonly parkedBytes: number
  /** How many of each were carried out. */
  readonly ops: Readonly<Record<ObservedOp, number>>
}

export type ObservedOp = 'fork' | 'truncate' | 'park' | 'restore' | 'shift' | 'repack'

/** Called between steps, in order. Must not throw, and has to be quick. */
export interface EngineObserver {
  step(step: ObservedStep): void
  tree(change: TreeChange): void
}

/** As long as it is not disposed, the observer is told. */
export interface Observation {
  /** Tells now what the tree has come to, which may otherwise wait for a later step. */
  settle(): void
  dispose(): void
}
