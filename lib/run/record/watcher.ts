// What whoever looks at a run is told of it, beside its events: every attempt in tokens, what was given up, and what
// the text was made of in the end.
import type { SeenDraw, TrailKind } from '../../engine/fill.js'
import type { TokenCost } from '../../engine/ledger.js'
import type { Position } from '../../engine/position.js'
import type { Pieces } from '../state/pieces.js'

/** Called in order. Must not throw, and has to be quick. */
export interface RunWatcher {
  /** How many alternatives are told of each draw; 0: nothing is told of draws. */
  readonly alternatives: number
  fill(fill: WatchedFill): void
  /** Numbers of fills whose text does not count any more. */
  givenUp(fills: readonly number[]): void
  /** The run is done: its text, then those of branches that are results. `kept`: numbers of the fills in them. */
  end(texts: readonly WatchedText[], kept: readonly number[]): void
}

export interface WatchedFill {
  /** Of the fill in its run, from 0 on. */
  readonly fill: number
  /** Path of the hole. */
  readonly hole: string
  /** When it was asked for, as `performance.now()`. */
  readonly began: number
  readonly from: number
  readonly healed: number
  readonly tokens: readonly number[]
  readonly kinds: readonly TrailKind[]
  readonly seen: readonly (SeenDraw | null)[]
  readonly text: string
  readonly end: string
  /** What the hole takes, in a few words. */
  readonly takes: string
}

export interface WatchedText {
  /** Path of the branch; null: the run's own text. */
  readonly branch: string | null
  readonly position: Position
  readonly pieces: Pieces
  readonly tokens: Int32Array
  readonly costs: readonly TokenCost[]
}
