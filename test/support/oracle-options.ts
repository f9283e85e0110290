// What the oracle can be told to be: its size and memory, the mistakes to plant, and where tests look in. Holds no
// behaviour.
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import type {
  Chunk,
  Generation,
  KvOp,
  MemoryKind,
  StepFailure,
  StepPlan,
  StepResult,
} from '../../lib/native/addon.js'

export interface OracleBugs {
  /** Rows after a fork get a position one too high. */
  readonly positionAfterFork?: boolean
  /** A fork takes one token too few (-1) or too many (1). */
  readonly forkRange?: -1 | 1
  /** A truncation keeps one token too many (1) or drops one too many (-1). */
  readonly truncateRange?: -1 | 1
  /** Freeing one sequence drops the cells others still hold. */
  readonly freesShared?: boolean
  /** A restored cell forgets what it saw. */
  readonly restoreBlank?: boolean
  /** Repacked cells end up in each other's places. */
  readonly repackMixes?: boolean
  /** A generation draws from the row of the chunk before its own. */
  readonly drawsFromOtherRow?: boolean
  /** Kept logits are those of whoever kept some last. */
  readonly drawsFromOtherLogits?: boolean
  /** Generations that drew one token share a row, wherever they stand. */
  readonly mergesAcrossPlaces?: boolean
  /** A guess stands whatever was drawn. */
  readonly keepsGuesses?: boolean
  /** Once adapters were used, steps that name none or others go on with these. */
  readonly keepsAdapters?: boolean
}

export interface OracleOptions {
  readonly cells?: number
  readonly sequences?: number
  readonly batch?: number
  readonly memory?: MemoryKind
  readonly canPark?: boolean
  readonly vocabularySize?: number
  readonly isEog?: (token: number) => boolean
  readonly bugs?: OracleBugs
  /** What forced bytes are spelled with; without one, generations stop before them. */
  readonly vocabulary?: Vocabulary
  /** Cells that really exist, where that is fewer than the context claims: forces 'no-room'. */
  readonly cellsReal?: number
  /** Micros that each attended place adds to a decode; 0 by default. */
  readonly placeMicros?: number
  /** Micros of a park or restore, whatever its size; 1 by default. */
  readonly stateMicros?: number
  /** What a parked token takes; 16 by default. */
  readonly bytesPerToken?: number
  /**
   * Which tokens are decoded before they are drawn, of a generation that has drawn so many; none by default. Only the
   * first of those that stand at one place is asked.
   */
  readonly guess?: (generation: Generation, drawn: readonly number[]) => readonly number[]
  /** Sees how many rows a call decodes, and how many of them are drawn after. */
  readonly onDecode?: (rows: number, outputs: number) => void
  /** Awaited between two llama_decode calls of a step, so that tests can act in the middle of one. */
  readonly betweenDecodes?: () => Promise<void>
  /** Sees every step that was run. */
  readonly onStep?: (plan: StepPlan, result: StepResult) => void
  /** Operations to refuse although they could be done: a park or a restore may find no memory. */
  readonly refusesOp?: (op: KvOp) => boolean
  /** Makes step number n fail. */
  readonly failStep?: number
  /** Asked before each draw, with the number of tokens drawn in this step: what goes wrong with that one alone. */
  readonly failDraw?: (generation: Generation, drawn: number) => StepFailure | null
  /** What goes wrong with the log-probabilities of one chunk alone. */
  readonly failTargets?: (chunk: Chunk, offset: number) => StepFailure | null
  /** Why a plan is refused outright: nothing of it is done. */
  readonly refusesPlan?: (plan: StepPlan) => Error | null
}
