// What everything a session does shares: the model's tokens and constraints, the run's books, and what may be lost.
import type { Pace } from '../../async/pace.js'
import type { Turns } from '../../async/side-by-side.js'
import type { Overflow } from '../engine.js'
import type { Books } from './account/books.js'
import type { Draws } from './serve/known-draws.js'
import type { TokenEngine } from './serve/token-engine.js'
import type { Appended } from './text/appended.js'
import type { ConstraintCache } from './tokens/constraint-cache.js'
import type { Vocabulary } from './tokens/vocabulary.js'

export interface SessionContext {
  /** Stands for the session where something outlives it, and holds nothing. */
  readonly id: object
  readonly vocabulary: Vocabulary
  readonly contextTokens: number
  readonly engine: TokenEngine
  readonly constraints: ConstraintCache
  readonly draws: Draws
  readonly books: Books
  readonly appended: Appended
  readonly overflow: Overflow | null
  /** See SessionOptions. */
  readonly looked: number
  readonly pace: Pace
  readonly turns: Turns
}
