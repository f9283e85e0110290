// Where a dry walk stands.
import type { WalkState } from '../state/walk-state.js'

export interface At {
  readonly state: WalkState
  /** Whether its tokens are those a run would have here; behind a hole nobody knows. */
  readonly isExact: boolean
  /** How often what stands here may come. */
  readonly timesMax: number
}
