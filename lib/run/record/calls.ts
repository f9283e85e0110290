// What a run asked of its engine, call by call, with what came of it: all that is needed to ask the same again, on
// whatever machine, without the prompt and its functions. Positions and draws go by numbers, in the order they were
// made.
import type { Constraint } from '../../constraint/constraint-type.js'
import type { Overflow } from '../../engine/engine.js'
import type { FillEnd, FillRequest } from '../../engine/fill.js'
import type { ScoreRequest, SearchRequest } from '../../engine/options.js'
import type { Position, Written } from '../../engine/position.js'
import type { SamplingOptions } from '../../prompt/options.js'
import type { Prompt } from '../../prompt/part.js'

/** Number of a position: 0 is where the run begins. */
export type PositionId = number
/** Number of a draw. */
export type DrawnId = number

/** What a hole asks, without what only its own run has. */
export type Asked<R extends FillRequest | SearchRequest> = Omit<
  R,
  'signal' | 'listener' | 'hook' | 'kept' | 'closed' | 'constraint' | 'sampling'
> & {
  readonly constraint: Constraint | null
  readonly sampling: R['sampling']
  /** The first so many of a list that may have grown since. */
  readonly closed: { readonly list: readonly DrawnId[]; readonly count: number }
}

/** A value as an engine wrote it. */
export interface Wrote {
  readonly end: FillEnd
  readonly text: string
  readonly position: PositionId
  readonly drawn: DrawnId
  /** Its tokens, and how many stand before them. */
  readonly from: number
  readonly tokens: Int32Array
}

export type Call =
  /** A text began anew: with nothing before it, and the adapters of the run. */
  | { readonly op: 'start'; readonly makes: PositionId }
  | { readonly op: 'append'; readonly at: PositionId; readonly written: Written; readonly makes: PositionId }
  | {
      readonly op: 'rewrite'
      readonly at: PositionId
      readonly text: readonly Written[]
      readonly makes: PositionId
    }
  | { readonly op: 'keepHead'; readonly at: PositionId; readonly makes: PositionId }
  | {
      readonly op: 'fill'
      readonly at: PositionId
      readonly request: Asked<FillRequest>
      readonly kept: DrawnId | null
      readonly wrote: Wrote
    }
  | {
      readonly op: 'search'
      readonly at: PositionId
      readonly request: Asked<SearchRequest>
      readonly found: readonly Wrote[]
      /** Draws that lead nowhere. */
      readonly closed: readonly DrawnId[]
    }
  | {
      readonly op: 'score'
      readonly at: PositionId
      readonly request: Omit<ScoreRequest, 'signal' | 'against'>
      readonly against: PositionId | null
      /** ln p of each option. */
      readonly sums: readonly number[]
    }
  /** Of the options that call number `of` scored. */
  | {
      readonly op: 'chosen'
      readonly of: number
      readonly index: number
      readonly position: PositionId
      readonly drawn: DrawnId
    }
  | { readonly op: 'shorter'; readonly of: DrawnId; readonly kept: DrawnId; readonly closed: DrawnId }
  | {
      readonly op: 'cut'
      readonly of: DrawnId
      readonly at: number
      readonly kept: DrawnId
      readonly closed: DrawnId
    }
  | {
      readonly op: 'reject'
      readonly end: { readonly position: PositionId } | { readonly drawn: DrawnId }
      readonly since: PositionId
      readonly drawn: DrawnId | null
    }

/** What a run notes of itself. */
export interface RunRecord {
  readonly prompt: Prompt
  readonly given: unknown
  readonly options: SamplingOptions & {
    readonly seed?: number
    readonly overflow?: Overflow
    readonly signal?: AbortSignal
  }
  readonly start: Position
  readonly calls: readonly Call[]
}
