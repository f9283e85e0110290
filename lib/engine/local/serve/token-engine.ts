// What a hole asks for in tokens, and who answers: the cells and the step loop (kv-engine.ts), or a test's own model. A
// request names all tokens so far; how much of that is computed again is the answering side's business alone.

import type { Lineage } from '../../../kv/lineage.js'
import type {
  DrawOptions,
  GenerationStop,
  NativeMatcher,
  NearTie,
  TokenLogprob,
  TokenLogprobs,
} from '../../../native/addon.js'
import type { Found, Pin } from '../../engine.js'
import type { EngineObserver, Observation } from '../../observed.js'
import type { EngineStats } from '../../stats.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

export interface TokenCapabilities {
  /** Tokens a transcript may have at most. */
  readonly contextTokens: number
  /** Requests that can share a step. */
  readonly sequences: number
  readonly memory: 'full' | 'window' | 'recurrent' | 'hybrid'
  readonly canShift: boolean
  /** To any token; else to where a hole began. */
  readonly canRollBack: boolean
}

/** Where the tokens of one request came from. All counts are tokens. */
export interface Usage {
  /** Found in the cache. */
  readonly reused: number
  /** Brought back from host memory. */
  readonly restored: number
  /**
   * Ranges [from, until) of the request's tokens that were given to llama_decode for this request. Drawn tokens count
   * on from the request's last one, so ranges may pass its length; a range appears twice where its cells were lost.
   */
  readonly decoded: readonly { readonly from: number; readonly until: number }[]
  /** Of the decoded ones: tokens that had been decoded before and were lost (evicted) or lack logits. */
  readonly redecoded: number
  /** The same among the drawn and forced ones: they are decoded though another request came to them before. */
  readonly redrawn: number
  /** Rows for tokens that were not drawn yet, and how many of these were then. The others are not in `decoded`. */
  readonly guessed: number
  readonly confirmed: number
  /**
   * Where the cells of the request's tokens and then of the drawn ones end. Drawn tokens before that which are not in
   * `decoded` were decoded for another request, which drew the same at the same time.
   */
  readonly heldUntil: number
  /** The engine's llama_decode calls this request took part in, as ranges of their numbers; requests share calls. */
  readonly decodeCalls: readonly { readonly from: number; readonly until: number }[]
}

export interface GenerateRequest {
  /** The whole transcript, at least one token. */
  readonly tokens: Int32Array
  /** Position of the constraint after `tokens`; the engine advances it by the tokens it returns. */
  readonly matcher: NativeMatcher
  readonly draw: DrawOptions
  /** Tokens drawn at most; with `tokens`, and but for the last one, they fit the context (CONTEXT_FULL). */
  readonly tokensMax: number
  /**
   * Whether bytes that the matcher leaves no choice about become tokens of the result; default false: the engine stops
   * before them. It may stop all the same, and then the caller makes tokens of them.
   */
  readonly runsForced?: boolean
  readonly forbidden: readonly Int32Array[]
  readonly signal: AbortSignal | null
  /** Made by `shift`: its shifted cells may be found, too. Made by `computedWith`: its adapters compute. */
  readonly lineage?: Lineage | null
  /**
   * Called with the result's tokens and their kinds as they come, in order; null where nobody listens (lets the engine
   * run ahead further).
   */
  readonly onTokens: ((tokens: Int32Array, kinds: Uint8Array) => void) | null
}

export interface GenerateResult {
  /** Drawn and forced tokens, all accepted by the matcher. The last drawn one and what follows may wait undecoded. */
  readonly tokens: Int32Array
  /** One of `tokenKind` for each. */
  readonly kinds: Uint8Array
  readonly stop: Exclude<GenerationStop, 'paused' | 'failed'>
  /** The end-of-generation token drawn, for stop 'eog'. */
  readonly endToken: number | null
  /** One entry a token that is not forced, where the draw asks for them; null: nothing drew it. */
  readonly logprobs: readonly (TokenLogprobs | null)[]
  readonly nearTies: readonly NearTie[]
  readonly usage: Usage
}

export interface ScoreRequest {
  /** Common beginning, at least one token. */
  readonly tokens: Int32Array
  /** What may follow; each at least one token. Shared beginnings are evaluated once. */
  readonly continuations: readonly Int32Array[]
  /** How many of the most probable tokens are told for each place; default 0. */
  readonly best?: number
  readonly signal: AbortSignal | null
  readonly lineage?: Lineage | null
}

/** Drops [from, until) of the tokens, 1 <= from < until <= their number. */
export interface ShiftRequest {
  readonly tokens: Int32Array
  readonly from: number
  readonly until: number
  /** Whose cells the tokens have so far. */
  readonly lineage: Lineage | null
  readonly signal: AbortSignal | null
}

export interface ScoreResult {
  /** Per continuation: ln p of each of its tokens given everything before it. */
  readonly logprobs: readonly Float64Array[]
  /** Per continuation: for each of its tokens the most probable ones in its place, the best first; [] for `best` 0. */
  readonly best: readonly (readonly (readonly TokenLogprob[])[])[]
  /** Tokens of the continuations given to llama_decode are counted in `scored`, not in `usage.decoded`. */
  readonly scored: number
  readonly usage: Usage
}

/**
 * Nothing has to be held between two requests: what a request leaves is the most recently used and the last to go, to
 * host memory first. A pin keeps it for sure.
 */
export interface TokenEngine {
  readonly capabilities: TokenCapabilities
  readonly vocabulary: Vocabulary
  /**
   * For requests that are computed with the model's adapters at these scales, one each in the order they were loaded;
   * null where all are 0. The same scales give the same lineage as long as it is in use. Shifts of such a lineage are
   * computed alike.
   */
  computedWith(scales: readonly number[]): Lineage | null
  /** What is there of the tokens; looks, and changes nothing. */
  found(tokens: Int32Array, lineage: Lineage | null): Found
  generate(request: GenerateRequest): Promise<GenerateResult>
  score(request: ScoreRequest): Promise<ScoreResult>
  /**
   * ln p of every token of the vocabulary after the tokens. Their last one is decoded for it, though it be cached, and
   * once more by whoever draws after it.
   */
  look(
    tokens: Int32Array,
    signal: AbortSignal | null,
    lineage?: Lineage | null,
  ): Promise<{ readonly logprobs: Float64Array; readonly usage: Usage }>
  /** Decodes what is missing of `tokens`, so that later requests find it. */
  prefill(tokens: Int32Array, signal: AbortSignal | null, lineage?: Lineage | null): Promise<Usage>
  /** Keeps the tokens cached (decoding what is missing) until the pin is disposed. */
  pin(
    tokens: Int32Array,
    signal: AbortSignal | null,
    lineage?: Lineage | null,
  ): Promise<{ readonly pin: Pin; readonly usage: Usage }>
  /**
   * Moves what is cached behind a range down over it, without decoding. LOSSY: the cells moved remember what was
   * dropped, so only requests for the shorter tokens that carry the lineage find them. What is not cached any more is
   * decoded by those, exactly. The cells are freed once the lineage is collected.
   *
   * Rejects with CapabilityError NO_SHIFT where the memory can't shift, UsageError RANGE_INVALID.
   */
  shift(request: ShiftRequest): Promise<Lineage>
  /** A run ended with these tokens: whoever goes on from there is another one. Changes no answer. */
  ended(tokens: Int32Array, lineage: Lineage | null): void
  /** What it has done and what it holds. */
  stats(): EngineStats
  /** Tells an observer of every step from now on. */
  observe(observer: EngineObserver): Observation
  dispose(): Promise<void>
}
