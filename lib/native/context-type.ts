// A context and what it is made with: shapes of the seam, see addon.ts.
import type { StepPlan } from './step-plan.js'
import type { StepResult } from './step-result.js'

export type MemoryKind = 'full' | 'window' | 'recurrent' | 'hybrid'

/** What a context can do, read from the model at load. */
export interface ContextCapabilities {
  readonly memory: MemoryKind
  /** A sequence's tail can be dropped at any position. */
  readonly canTruncate: boolean
  readonly canShift: boolean
  /** A fork may take fewer tokens than the source has. */
  readonly canForkPartially: boolean
  readonly canPark: boolean
  /** Cells of the whole cache. */
  readonly cells: number
  /** Cells that one sequence may have: all of them, or a stream's. */
  readonly cellsEach: number
  /** Sequence ids 0 .. sequences - 1. */
  readonly sequences: number
  /** Rows one llama_decode takes at most. */
  readonly batch: number
  readonly flashAttention: boolean
  /** Memory of all cells, to about 10 KB; 0 where it is not known. */
  readonly cacheBytes: number
  /** Memory for intermediate results and logits, by llama.cpp's name for where it is: 'CPU', 'CUDA0', 'CUDA_Host'. */
  readonly workBytes: Readonly<Record<string, number>>
}

/** One KV cache with its own decode thread. */
export interface NativeContext {
  readonly capabilities: ContextCapabilities
  /** Runs one step; a second call before the first has settled rejects with UsageError BUSY. */
  step(plan: StepPlan): Promise<StepResult>
  /** Asks a running step to return after the current llama_decode; its generations come back 'paused'. */
  interrupt(): void
  /** Stops a running llama_decode as soon as the backend allows; the step comes back 'aborted'. */
  abort(): void
  /** First and last position a sequence holds, null if it holds none. Not while a step runs. */
  positions(sequence: number): { readonly first: number; readonly last: number } | null
  /** Frees everything; waits for a running step (which is aborted). Idempotent. */
  dispose(): Promise<void>
}

/** How the cells' keys and values are stored. */
export type KvType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q5_1' | 'q5_0' | 'q4_1' | 'q4_0' | 'iq4_nl'

/** How positions beyond those the model was trained for are squeezed; what is left out is as the model file says. */
export interface RopeScaling {
  /** The method. Default: the file's. */
  readonly type?: 'none' | 'linear' | 'yarn' | 'longrope'
  /** How many times the trained context positions may go; from 0.001. Default: the file's. */
  readonly factor?: number
  /** Frequency base, from 0.001. Default: the file's. */
  readonly base?: number
  /** Tokens of the trained context, for 'yarn'. Default: the file's. */
  readonly contextTrained?: number
}

/** How large a context is, and how it computes. */
export interface ContextOptions {
  /** Tokens the KV cache holds, for all sequences together; llama.cpp makes a multiple of 256 of it. */
  readonly cells: number
  /**
   * Sequences at once, 1 to 255. Default: as many as llama.cpp keeps logits for in 64 MiB, between 31 and 255; 32 where
   * each has a whole state (recurrent and hybrid memories).
   */
  readonly sequences?: number
  /**
   * Divides the cells into so many equal parts, 2 to 255: each belongs to one text at a time, and no text passes over
   * the cells of others, which is quicker where as many texts that share nothing are written side by side. In return
   * a text has only `cells / streams` cells, branches copy whole texts, an attempt that is rejected goes back to where
   * its hole began, and nothing is guessed or parked. Default: one cache that all texts share.
   */
  readonly streams?: number
  /** Rows one llama_decode takes at most; default 512. */
  readonly batch?: number
  /** Rows computed at once; default: `batch`. */
  readonly microBatch?: number
  /**
   * Threads that compute, at most four a core. Default: one for each physical core but one, and no more than a
   * container's share pays for. All cores are quicker where nothing else computes, and many times slower where
   * something does, since the threads wait for each other in a loop. While several contexts of the process compute,
   * and have more threads than there are cores, each computes on its share of the cores.
   */
  readonly threads?: number
  /** Threads that compute where there are several rows; default: `threads`. */
  readonly threadsBatch?: number
  /** A faster way to attend, which not every device can compute. Default 'auto': where the device can. */
  readonly flashAttention?: 'auto' | 'on' | 'off'
  /** Default 'f16'. What is smaller than 16 bits needs flash attention. */
  readonly kvType?: KvType
  /** How positions beyond those the model was trained for are squeezed. Default: as the model file says. */
  readonly ropeScaling?: RopeScaling
}
