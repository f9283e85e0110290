// What happens during a run, in order, for streams and traces.
import type { TokenTie } from '../../engine/fill.js'
import type { Ledger } from '../../engine/ledger.js'
import type { HoleEnd } from './results.js'

/**
 * What happens in a run, as it happens. Holes go by the paths that `choices` and errors have: `moods[0].label`. All
 * fills of a `bestOf` or `vote` have the same paths; `candidate` tells them apart.
 */
export type RunEvent = Happening & {
  /** Number of the fill it happened in, from 0 on; of fills within each other, the outer one first. Default: none. */
  readonly candidate?: readonly number[]
}

type Happening =
  /** Text that now stands in the transcript; `hole` is null for text that is of no value. */
  | { readonly type: 'text'; readonly path: string; readonly hole: string | null; readonly text: string }
  /**
   * The chat template writes earlier messages another way, now that others follow: of the transcript's text so many
   * characters stay, and the 'text' events that come next tell what is written behind them.
   */
  | { readonly type: 'rewrite'; readonly kept: number }
  | { readonly type: 'hole-start'; readonly hole: string; readonly attempt: number }
  /** Tokens as they are drawn, with the text they make certain: half a code point and what may be a stop wait. */
  | {
      readonly type: 'token'
      readonly hole: string
      readonly tokens: readonly number[]
      readonly text: string
    }
  /** The value as far as the text goes, for JSON holes. */
  | { readonly type: 'partial'; readonly hole: string; readonly value: unknown }
  /** The value stands, and how it ended. */
  | {
      readonly type: 'hole-end'
      readonly hole: string
      readonly value: unknown
      readonly text: string
      readonly end: HoleEnd
    }
  /** The text of an attempt no longer counts. */
  | { readonly type: 'rollback'; readonly hole: string; readonly text: string; readonly reason: string }
  /** The model chose a prompt of the `oneOf` of this path: the one with this key, whose text comes next. */
  | { readonly type: 'one-of'; readonly hole: string; readonly key: string }
  /** Of the fills of a `bestOf` or `vote` in this path this one was kept; what happened in others does not count. */
  | { readonly type: 'kept'; readonly path: string; readonly fill: number }
  | { readonly type: 'branch-start'; readonly branch: string }
  | { readonly type: 'branch-end'; readonly branch: string; readonly text: string }
  /**
   * Draws of the attempt that rounding may decide: where the same seed can give another value, and why. An option
   * chosen by log-probability has its margin in `choices` instead; beams report none.
   */
  | { readonly type: 'near-tie'; readonly hole: string; readonly ties: readonly TokenTie[] }
  | { readonly type: 'warning'; readonly hole: string; readonly message: string }
  | { readonly type: 'usage'; readonly ledger: Ledger }

/** Takes events one after the other; the walk waits for it where it may wait. */
export interface Listener {
  /** Takes an event at once; must not throw. */
  emit(event: RunEvent): void
  /** Settles when more events are welcome; null: always. */
  readonly ready: (() => Promise<void>) | null
  /** Whether single tokens are wanted. */
  readonly wantsTokens: boolean
}
