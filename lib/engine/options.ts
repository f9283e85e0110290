// Whole options by their log-probability, whole values by beam search, and how probable a mark is: what they ask of an
// engine.

import type { Drawn, Filled, HoleRequest, ValueEnd } from './fill.js'
import type { AskLogprobs, TokenLogprobs } from './logprobs.js'
import type { Position } from './position.js'

export interface ScoreRequest {
  readonly path: string
  readonly options: readonly string[]
  /** What stands behind each option: its first token, which ends the option, is scored with it. '': nothing. */
  readonly end: string
  /** How many alternatives are told of each token. */
  readonly best: number
  readonly start: HoleRequest['start']
  /** 'after': behind the position. 'alone': also with nothing before it. */
  readonly scores: 'after' | 'after and alone'
  /** Where they are scored, too; null: nowhere. */
  readonly against: Position | null
  readonly signal: AbortSignal
}

export interface OptionSum {
  /** Tokens the option was scored by, the one that ends it included. */
  readonly tokens: number
  /** ln p of all of them. */
  readonly sum: number
}

export interface Scored {
  /** In the order of the options, behind the position. */
  readonly after: readonly OptionSum[]
  /** With nothing before them; null where that was not asked for. */
  readonly alone: readonly OptionSum[] | null
  /** Of the tokens of one of the options, in their order, what ends it left out; all of them are 'known'. */
  logprobs(index: number): readonly TokenLogprobs[]
  /** Behind the other position; null where there is none. */
  readonly against: readonly OptionSum[] | null
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
  /** ln p of its tokens and its end, before masks, a bias added. */
  readonly logprob: number
  /** As of a fill. */
  readonly logprobs: AskLogprobs | null
  readonly trail: Filled['trail']
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
