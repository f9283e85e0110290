// The contract between the walk over a prompt (lib/run) and whatever has a model: this process's llama.cpp
// (lib/engine/local), a script for tests (lib/testing), a server or another process later. It speaks of text and
// constraints. How text becomes tokens, what is cached, and where a hole begins and ends in tokens is the engine's own.
import type { Pace } from '../async/pace.js'
import type { Turns } from '../async/side-by-side.js'
import type { Constraint } from '../constraint/constraint-type.js'
import type { Drawn, Filled, FillRequest, HoleRequest } from './fill.js'
import type { Ledger, TokenCost } from './ledger.js'
import type { EngineObserver, Observation } from './observed.js'
import type { MarkRequest, Scored, ScoreRequest, Searched, SearchRequest } from './options.js'
import type { Position, Written } from './position.js'
import type { RoomStep } from './room-step.js'
import type { EngineStats } from './stats.js'
import type { SpecialTexts } from './tokens.js'

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
  /** Whether a fill asks a `hook` before each draw. */
  readonly hooks: 'asked' | 'none'
  /** Whether the same seed draws the same, up to near ties. */
  readonly seeds: 'kept' | 'ignored'
  /** Whether tokens may be dropped from the middle of a position. */
  readonly shift: 'lossy' | 'none'
  /** Whether lengths and ledgers count a model's own tokens, or something like them. */
  readonly counts: 'tokens' | 'estimates'
  /** Fills that may go on side by side without waiting for each other. */
  readonly parallel: number
}

/** What is there of a position's first tokens. */
export interface Found {
  readonly reused: number
  readonly restored: number
}

/** What is known of a hole before it is filled, in tokens. */
export interface Opening {
  /** Of the text before it, spelled anew together with the value. */
  readonly healed: number
  /** The value begins with them, and nothing is drawn for that. */
  readonly forced: number
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
  /** 'context': texts have to fit it. 'any': nothing is going to be computed, and texts may be of any length. */
  readonly room: 'context' | 'any'
  /** How many alternatives are told of each draw for whoever looks at the run, at no decode; 0: nobody does. */
  readonly looked: number
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
  /** What `fill` would find, without filling. Rejects with ConstraintError, PromptError START_EMPTY, AbortError. */
  opening(position: Position, request: HoleRequest): Promise<Opening>
  /**
   * One attempt at a hole. Rejects with ConstraintError, PromptError START_EMPTY, CapacityError CONTEXT_FULL,
   * AbortError, and what `watch` throws.
   */
  fill(position: Position, request: FillRequest): Promise<Filled>
  /** Rejects with CapabilityError where there are no log-probabilities, CapacityError CONTEXT_FULL, AbortError. */
  score(position: Position, request: ScoreRequest): Promise<Scored>
  /**
   * The probability (0 to 1) that the mark comes next, by the first token that tells it from what comes otherwise, as
   * the model has it. Rejects as `score`.
   */
  probability(position: Position, request: MarkRequest): Promise<number>
  /** As `score`. */
  search(position: Position, request: SearchRequest): Promise<Searched>
  /** Computes what is missing up to the position, so that whoever goes on from it finds it. */
  prefill(position: Position, signal: AbortSignal): Promise<void>
  /** What lies behind `since` was given up; returns what was drawn there, to be closed; null: nothing was. */
  reject(end: Position | Drawn, since: Position): Drawn | null
  /** Where every token came from, if these are the positions that count. */
  ledger(kept: readonly Position[]): Ledger
  /** What each token of a position that counts cost; [] where the engine has none. */
  costs(position: Position): readonly TokenCost[]
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
  /** How many of the first tokens are cached now, and how many behind these lie in host memory. Changes nothing. */
  found(position: Position): Found
  /** Equal for engines that can restore each other's saved positions: a digest of the tokens there are. */
  vocabularyId(): string
  /** The position as JSON has it: its tokens, not what was computed of them. */
  saved(position: Position): unknown
  /**
   * A position of an engine with this `vocabularyId`, computed with adapters at these scales. Throws CapacityError
   * CONTEXT_FULL where it is longer than the context, UsageError SAVED_INVALID.
   */
  restored(saved: unknown, adapters: readonly number[]): Position
  /**
   * Tokens of a text that stands alone, without the one every position begins with. Rejects with AbortError,
   * CapabilityError NO_TOKENS.
   */
  tokenize(text: string, special: SpecialTexts, pace: Pace): Promise<Int32Array>
  /**
   * The text that tokens stand for, special ones as the texts they are read from. Rejects with AbortError,
   * CapabilityError NO_TOKENS, UsageError TOKEN_UNKNOWN.
   */
  detokenize(tokens: Int32Array, pace: Pace): Promise<string>
  /** How many tokens `tokenize` would make of the text, as `capabilities.counts` says. */
  count(text: string, special: SpecialTexts, pace: Pace): Promise<number>
  /** What each token adds to a text: special ones by name, bytes that are no whole character one by one as `<E2>`. */
  tokenTexts(tokens: readonly number[]): readonly string[]
  /** What it has done and what it holds, at no cost; also once it is disposed. */
  stats(): EngineStats
  /** Tells an observer of every step from now on; an engine without steps tells nothing. */
  observe(observer: EngineObserver): Observation
  /** Makes ready for fills, with turns for others. Rejects with ConstraintError, CapabilityError, AbortError. */
  prepare(constraint: Constraint, signal: AbortSignal): Promise<void>
  /** Whether the constraint has the text as it stands. */
  has(constraint: Constraint, text: string): boolean
  /** Whether special tokens would be read in the text, were it a mark. */
  hasSpecial(text: string): boolean
  /** Whether a value can end because the model writes this mark behind it. */
  endsAt(mark: string): boolean
  session(options: SessionOptions): Session
  /** A run ended there: whoever goes on from it is another one. The engine may tidy up; no answer changes. */
  ended(position: Position): void
  /** Keeps the position cached, computing what is missing, until the pin is disposed. */
  pin(position: Position, signal: AbortSignal | null): Promise<Pin>
  /**
   * The position without a range of its tokens. LOSSY where something stands behind it. Rejects with CapabilityError
   * NO_SHIFT, UsageError RANGE_INVALID.
   */
  drop(position: Position, range: TokenRange, signal: AbortSignal | null): Promise<Position>
  dispose(): Promise<void>
}
