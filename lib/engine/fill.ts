// What a hole asks of an engine, and what one attempt at it comes to.
import type { Constraint } from '../constraint/constraint-type.js'
import type { Rejected } from '../constraint/exclude.js'
import type { Stop } from '../constraint/stops.js'
import type { DrawHook } from '../prompt/draw-view.js'
import type { SamplingOptions } from '../prompt/options.js'
import type { StopText } from '../prompt/part.js'
import type { AskLogprobs } from './logprobs.js'
import type { Position } from './position.js'

/** What follows a hole, as far as its end depends on it. */
export interface Following {
  /** Known text, '' if none. */
  readonly literal: string
  /** Texts one of which follows, none of them empty, all beginning with the literal; [] where that is not so. */
  readonly either: readonly string[]
}

/**
 * What one fill drew: for saying that it must not be drawn again, or that its beginning stays. Opaque and immutable.
 */
export interface Drawn {
  /** How many times `shorter` can take something back: drawn tokens; 0 where the engine takes back whole holes only. */
  readonly steps: number
  /** Its tokens, a copy, and how many stand before them; none where the engine has no token ids. */
  tokens(): { readonly from: number; readonly tokens: Int32Array }
  /** Without its last step, and all of it as what is closed; null where `steps` is 0. */
  shorter(): Split | null
  /** Cut at a character of the value's text: what lies wholly before it, and what is wrong with that one in it. */
  cut(at: number): Split
}

export interface Split {
  /** Stays: the next attempt begins with it. */
  readonly kept: Drawn
  /** Must not be drawn again. */
  readonly closed: Drawn
}

/** What a hole asks of an engine, however it is filled. */
export interface HoleRequest {
  /** Of the hole, for messages. */
  readonly path: string
  /** null: any text. */
  readonly constraint: Constraint | null
  /** What ends the value; texts only where it has a constraint. */
  readonly stops: readonly Stop[]
  readonly stopText: StopText
  readonly follows: Following
  readonly rejected: Rejected
  /** Draws that must not be completed again, whichever holes they went through. */
  readonly closed: readonly Drawn[]
  /** Tokens of the value at most. */
  readonly tokensMax: number
  /** Tokens drawn before an end may be; 0 in a search. */
  readonly tokensMin: number
  /** 'joined': the end of the text before may be spelled anew together with the value. 'apart': it stays. */
  readonly start: 'joined' | 'apart'
  /** The hole's own settings win. */
  readonly sampling: { readonly run: SamplingOptions; readonly hole: SamplingOptions }
  /** Integer in [0, 2^53). */
  readonly seed: number
  readonly signal: AbortSignal
}

export interface FillRequest extends HoleRequest {
  /** What stays of an earlier attempt; null: nothing. */
  readonly kept: Drawn | null
  /** 'value': the model's text. 'choice': a choice between texts that are written later, and stand ahead until then. */
  readonly writes: 'value' | 'choice'
  readonly listener: FillListener
  /** Asked before each draw; null: nobody is. */
  readonly hook: DrawHook | null
}

/** Who hears of a fill while it goes on. */
export interface FillListener {
  /** Text that is certain, and the tokens drawn for it; null: nobody listens, and the engine may run on by itself. */
  readonly news: ((text: string, tokens: readonly number[]) => void) | null
  /** Awaited between draws; null: nobody has to keep up. */
  readonly ready: (() => Promise<void>) | null
  /** Asked after every token; a reason ends the attempt. null: not asked. */
  readonly watch: ((value: ValueSoFar) => Promise<Rejection | null>) | null
}

/** A value that is being drawn. */
export interface ValueSoFar {
  /** The text that came since it was looked at before. */
  readonly news: string
  /** All of it; costs what it is long. */
  text(): string
}

/** Why a value is wrong, and from which index of its text on; null: as a whole. */
export interface Rejection {
  readonly reason: string
  readonly from: number | null
}

/** How a value ended. */
export type ValueEnd =
  /** At one of the hole's own stops: the text that matched. */
  | { readonly kind: 'stop'; readonly stop: string }
  /** Where what follows the hole begins. */
  | { readonly kind: 'literal' }
  /** The constraint allows nothing more. */
  | { readonly kind: 'complete' }
  /** The model said that it is done. */
  | { readonly kind: 'end-of-text' }
  /** No more tokens may come, and the value is one as it stands; nobody knows whether the model had said all. */
  | { readonly kind: 'limit' }

/** How a fill ended. */
export type FillEnd =
  | ValueEnd
  /** No more tokens may come, and the value is not finished. `tokens`: how many it has. */
  | { readonly kind: 'unfinished'; readonly tokens: number }
  /** `watch` ended it. */
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  /**
   * Nothing is left that may come. 'closed': because of what was rejected or banned, and another way may be left;
   * 'nowhere': the constraint leads there.
   */
  | { readonly kind: 'dead-end'; readonly why: 'closed' | 'nowhere' }

/** The tokens of one attempt and how each came about, for whoever looks at the run; one entry a token. */
export interface Trail {
  /** Tokens before the hole's first one; of those that stood there, `healed` were spelled anew with the value. */
  readonly from: number
  readonly healed: number
  readonly tokens: Int32Array
  readonly kinds: readonly TrailKind[]
  /** What was seen when it was drawn; null: nothing drew it, or it was drawn before. */
  readonly seen: readonly (SeenDraw | null)[]
}

/** 'kept': it is what an earlier attempt began with. */
export type TrailKind = 'drawn' | 'forced' | 'kept'

/** Natural logarithms of the model's own probabilities. */
export interface SeenDraw {
  readonly logprob: number
  /** Of all tokens that could come, together. */
  readonly allowed: number
  /** The most probable ones, the best first; whether nothing kept them from coming. */
  readonly best: readonly {
    readonly token: number
    readonly logprob: number
    readonly isAllowed: boolean
  }[]
}

/** What one attempt at a hole came to. */
export interface Filled {
  readonly end: FillEnd
  /** The value's text, or what there is of it. */
  readonly text: string
  /** The text of the stop that stays behind the value (`stopText: 'kept'`); '' otherwise. */
  readonly behind: string
  /** Behind all that. */
  readonly position: Position
  readonly drawn: Drawn
  /**
   * Of the value's tokens, those that only spell the end of the text before it anew included, those that hold nothing
   * but what follows it left out; null where they were not asked for.
   */
  readonly logprobs: AskLogprobs | null
  /** Null where the session is not looked at, or the engine has no tokens. */
  readonly trail: (() => Trail) | null
  /** Tokens that were drawn narrowly. */
  readonly ties: readonly TokenTie[]
  /** Sentences for whoever reads the run. */
  readonly warnings: readonly string[]
}

/** A token that was drawn narrowly. */
export interface TokenTie {
  /** Where it stood in the tokens of the transcript (in a branch: the branch's) when it was drawn. */
  readonly position: number
  /**
   * In logits, below 0.25: while no difference between the logits of two tokens changes by this much, the same token
   * is drawn. Rounding depends on what else is decoded at the same time, and on what is in the cache.
   */
  readonly gap: number
}
