// The contract between the walk over a prompt (lib/run) and whatever has a model: this process's llama.cpp
// (lib/engine/local), a script for tests (lib/testing), a server or another process later. It speaks of text and
// constraints. How text becomes tokens, what is cached, and where a hole begins and ends in tokens is the engine's own.
import type { Pace } from '../async/pace.js'
import type { Turns } from '../async/side-by-side.js'
import type { Constraint } from '../constraint/constraint-type.js'
import type { SamplingOptions } from '../prompt/options.js'
import type { Ledger } from './ledger.js'
import type { RoomStep } from './room-step.js'

/** What an engine can do. Where it can't, it refuses by CapabilityError before any work. */
export interface EngineCapabilities {
  /** Tokens a position may have at most; Infinity where the engine knows no bound. */
  readonly contextTokens: number
  /** What the model remembers by, for messages: 'full', 'window', 'recurrent', 'hybrid', or what the engine says. */
  readonly memory: string
  /** Which constraints a fill keeps while it draws: all, or only some, and the others are refused. */
  readonly constraints: 'all' | 'some'
  /** Whether going on twice from one position computes what is before it once. */
  readonly forks: 'free' | 'recomputed'
  /** How far a rejected attempt is taken back at no cost: to any token, to the hole's start, or not at all. */
  readonly rollback: 'token' | 'hole' | 'none'
  /** Whether `score` works, `logprobs` are reported, and `search` works. */
  readonly logprobs: 'exact' | 'none'
  /** Whether the same seed draws the same, up to near ties. */
  readonly seeds: 'kept' | 'ignored'
  /** Whether tokens may be dropped from the middle of a position. */
  readonly shift: 'lossy' | 'none'
  /** Whether lengths and ledgers count a model's own tokens, or something like them. */
  readonly counts: 'tokens' | 'estimates'
  /** Fills that may go on side by side without waiting for each other. */
  readonly parallel: number
}

/**
 * Everything that stands before one point of a text, as one engine has it: an immutable value, a cache at most behind
 * it. Only the engine that made it can go on from it.
 */
export interface Position {
  /** Tokens up to here, as `capabilities.counts` says. */
  readonly length: number
  /** Of these, the beginning that stays when others are dropped for room; 0: none was named. */
  readonly head: number
  /**
   * Text that the model wrote beyond what was asked for, the beginning of what comes next: appending it writes nothing
   * anew.
   */
  readonly ahead: string
}

/** A stretch of text and what it is to the engine. */
export interface Written {
  readonly text: string
  /** 'mark': special tokens are read in it. 'generated': the model's own, which is never spelled anew. */
  readonly as: 'given' | 'mark' | 'generated'
}

/** What follows a hole, as far as its end depends on it. */
export interface Following {
  /** Known text, '' if none. */
  readonly literal: string
  /** Texts one of which follows, none of them empty, all beginning with the literal; [] where that is not so. */
  readonly either: readonly string[]
}

/** What must not come again at one place. */
export interface Rejected {
  readonly texts: readonly string[]
  /** No text that begins with one of these. */
  readonly beginnings: readonly string[]
}

/** What one fill drew: for saying that it must not be drawn again, or that its beginning stays. Opaque and immutable. */
export interface Drawn {
  /** How many times `shorter` can take something back: drawn tokens; 0 where the engine takes back whole holes only. */
  readonly steps: number
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
  /** Texts that end the value and are no part of it. */
  readonly stops: readonly string[]
  readonly follows: Following
  readonly rejected: Rejected
  /** Draws that must not be completed again, whichever holes they went through. */
  readonly closed: readonly Drawn[]
  /** Tokens of the value at most. */
  readonly tokensMax: number
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

/** How a fill ended. */
export type FillEnd =
  /** At one of the stops, or where what follows the hole begins. */
  | { readonly kind: 'stop'; readonly stop: string }
  /** The constraint allows nothing more. */
  | { readonly kind: 'complete' }
  /** The model said that it is done. */
  | { readonly kind: 'end-of-text' }
  /** No more tokens may come, and the value is one as it stands; nobody knows whether the model had said all. */
  | { readonly kind: 'limit' }
  /** No more tokens may come, and the value is not finished. `tokens`: how many it has. */
  | { readonly kind: 'unfinished'; readonly tokens: number }
  /** `watch` ended it. */
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  /** Nothing is left that may come. 'closed': because of what was rejected; 'nowhere': the constraint leads there. */
  | { readonly kind: 'dead-end'; readonly why: 'closed' | 'nowhere' }

/** What one attempt at a hole came to. */
export interface Filled {
  readonly end: FillEnd
  /** The value's text, or what there is of it. */
  readonly text: string
  /** Behind the value. */
  readonly position: Position
  readonly drawn: Drawn
  /** Of the drawn tokens; [] where they were not asked for. */
  readonly logprobs: readonly TokenLogprobs[]
  /** Tokens that were drawn narrowly. */
  readonly ties: readonly TokenTie[]
  /** Sentences for whoever reads the run. */
  readonly warnings: readonly string[]
}

/** Log-probabilities around one drawn token, before masks, natural logarithms. */
export interface TokenLogprobs {
  readonly logprob: number
  readonly top: readonly { readonly token: number; readonly logprob: number }[]
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
  readonly text: string
  readonly position: Position
  readonly drawn: Drawn
  readonly logprobs: readonly TokenLogprobs[]
}

/** Half-open range of token indexes. */
export interface TokenRange {
  readonly from: number
  readonly until: number
}

/**
 * What happens where a position would outgrow the context. 'shift' keeps what the first part wrote (at most half the
 * context) and drops what is behind it; `keep` says how many tokens to keep, 1 or more.
 */
export type Overflow = 'shift' | { readonly keep: number }

export interface SessionOptions {
  /** null: nothing may be lost, and CapacityError CONTEXT_FULL is the end. */
  readonly overflow: Overflow | null
  /** 'known': what was drawn once may be answered again. 'fresh': everything is drawn anew. */
  readonly draws: 'known' | 'fresh'
  /** Announced to, before work of the engine's own. */
  readonly pace: Pace
  /** Asked, before anything goes on beside something else. */
  readonly turns: Turns
}

/** Protects what is cached of a position from eviction until disposed. */
export interface Pin {
  dispose(): void
}

/** Text before anything is filled: what `requireRoom` needs to know. */
export interface KnownTexts {
  /** What comes first for sure: it must fit with a token to spare. */
  readonly opening: readonly string[]
  /** All that will stand in the transcript, what nobody knows yet left out; asked for more than once. */
  readonly steps: () => Iterable<RoomStep>
}

/** One run's dealings with an engine, with the books about it. */
export interface Session {
  /** Rejects with CapacityError PROMPT_TOO_LONG, CONTEXT_FULL where texts can't fit behind the position. */
  requireRoom(position: Position, texts: KnownTexts, signal: AbortSignal): Promise<void>
  /** The position behind a known text; nothing is computed. Rejects with CapacityError CONTEXT_FULL. */
  append(position: Position, written: Written, signal: AbortSignal): Promise<Position>
  /**
   * A position whose text is another one from some place on: as much of it stays as spells the beginning of the new
   * text, `length` in characters.
   */
  rewrite(
    position: Position,
    text: readonly Written[],
  ): { readonly position: Position; readonly length: number }
  /** The position, whose tokens up to here stay when others are dropped, unless it names some already. */
  keepHead(position: Position): Position
  /**
   * One attempt at a hole. Rejects with ConstraintError, PromptError START_EMPTY, CapacityError CONTEXT_FULL,
   * AbortError, and what `watch` throws.
   */
  fill(position: Position, request: FillRequest): Promise<Filled>
  /** Rejects with CapabilityError where there are no log-probabilities, CapacityError CONTEXT_FULL, AbortError. */
  score(position: Position, request: ScoreRequest): Promise<Scored>
  /** As `score`. */
  search(position: Position, request: SearchRequest): Promise<Searched>
  /** Computes what is missing up to the position, so that whoever goes on from it finds it. */
  prefill(position: Position, signal: AbortSignal): Promise<void>
  /** What lies behind `since` was given up; returns what was drawn there, to be closed; null: nothing was. */
  reject(end: Position | Drawn, since: Position): Drawn | null
  /** Where every token came from, if these are the positions that count. */
  ledger(kept: readonly Position[]): Ledger
  /** llama_decode calls, or what the engine has for them, that this session took part in. */
  readonly decodeCalls: number
}

export interface Engine {
  readonly capabilities: EngineCapabilities
  /** What a chat template writes for the token every position begins with; '' where there is none. */
  readonly startText: string
  /** Bytes of text that the context holds at most. */
  textBytesMax(): number
  /** Before any text. `adapters`: a scale for each the model has, in its order; 0: it does not compute. */
  start(adapters: readonly number[]): Position
  /** The position computed with adapters at these scales: itself where they are what it has. */
  withAdapters(position: Position, adapters: readonly number[]): Position
  adaptersOf(position: Position): readonly number[]
  /** Token ids, a copy; empty where the engine has none. */
  tokensOf(position: Position): Int32Array
  /** Makes ready for fills, with turns for others. Rejects with ConstraintError, CapabilityError, AbortError. */
  prepare(constraint: Constraint, signal: AbortSignal): Promise<void>
  /** Whether the constraint has the text as it stands. */
  has(constraint: Constraint, text: string): boolean
  /** Whether special tokens would be read in the text, were it a mark. */
  hasSpecial(text: string): boolean
  session(options: SessionOptions): Session
  /** Keeps the position cached, computing what is missing, until the pin is disposed. */
  pin(position: Position, signal: AbortSignal | null): Promise<Pin>
  /**
   * The position without a range of its tokens. LOSSY where something stands behind it. Rejects with CapabilityError
   * NO_SHIFT, UsageError RANGE_INVALID.
   */
  drop(position: Position, range: TokenRange, signal: AbortSignal | null): Promise<Position>
  dispose(): Promise<void>
}
