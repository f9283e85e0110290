// Whole options by their log-probability, whole values by beam search, and how probable a mark is: what they ask of an
// engine.

import type { Drawn, HoleRequest, TokenLogprobs, ValueEnd } from './fill.js'
import type { Position } from './position.js'

export interface ScoreRequest {
  readonly path: string
  readonly options: readonly string[]
  readonly start: HoleRequest['start']
  /** 'after': behind the position. 'alone': also with nothing before it. */
  readonly scores: 'after' | 'after and alone'
  readonly signal: AbortSignal
}

export interface OptionSum {
  /** Tokens the option was scored by. */
  readonly tokens: number
  /** ln p of all of them. */
  readonly sum: number
}

export interface Scored {
  /** In the order of the options, behind the position. */
  readonly after: readonly OptionSum[]
  /** With nothing before them; null where that was not asked for. */
  readonly alone: readonly OptionSum[] | null
  /** The position behind one of the options, as text the model wrote. */
  chosen(index: number): { readonly position: Position; readonly drawn: Drawn }
}

export interface SearchRequest extends HoleRequest {
  /** Beams kept. */
  readonly width: number
}

export interface Searched {
  /** Whole values by falling probability; [] where none is left. 'unfinished': there are beams, and none is whole. */
  readonly found: readonly Found[] | 'unfinished'
  /** Ways that lead nowhere: must not be drawn again. */
  readonly closed: readonly Drawn[]
}

export interface Found {
  readonly end: ValueEnd
  readonly text: string
  readonly position: Position
  readonly drawn: Drawn
  readonly logprobs: readonly TokenLogprobs[]
}

/** Whether the model goes on with a mark of its chat template. */
export interface MarkRequest {
  /** Of the decision, for messages: `calls[0]?`. */
  readonly path: string
  /** Special tokens are read in it. '': anything but the other one. */
  readonly mark: string
  /** The mark that comes otherwise; '': anything else. One of the two is not empty. */
  readonly otherwise: string
  readonly signal: AbortSignal
}
