// What a step gives back: shapes of the seam, see addon.ts. Whatever went wrong is told as data, part by part.

export type GenerationStop =
  /** The matcher says the value has ended. */
  | 'ended'
  /** An end-of-generation token was drawn (it is `endToken`, not in `tokens`). */
  | 'eog'
  /** Bytes follow without alternative, and it is the caller who makes tokens of them. */
  | 'forced'
  /** `tokensMax` reached; with `before` also where the next token would be the last that the context holds. */
  | 'limit'
  /** No token is allowed: constraint and forbidden paths leave nothing. */
  | 'dead-end'
  /** Nothing wrong: `decodesMax` reached, or interrupted, or another generation needed JavaScript. */
  | 'paused'
  /** This generation alone went wrong, as `failure` tells; its tokens so far stand, and so does everything else. */
  | 'failed'

/** What went wrong for one part of a step: the class of the error to throw, its code and its sentence. */
export interface StepFailure {
  readonly kind: string
  readonly code: string
  readonly message: string
}

/** How probable a drawn token was, and the most probable ones in its place. */
export interface TokenLogprobs {
  /** ln p(token) under the model, before masks, penalties and temperature. */
  readonly logprob: number
  /** ln of what all tokens that the matcher allowed have together; 0: it forbade nothing. */
  readonly allowed: number
  readonly top: readonly TokenLogprob[]
  /** Of each of these, 1 where the matcher and the forbidden paths let it come, else 0. */
  readonly mayCome: readonly (0 | 1)[]
}

/** A token and ln p of it. */
export interface TokenLogprob {
  readonly token: number
  readonly logprob: number
}

/** A drawn token that rounding may turn into another one. */
export interface NearTie {
  /** Which of the tokens; their number for an end-of-generation token, which is not among them. */
  readonly index: number
  /**
   * In logits, below 0.25. As long as no difference between the logits of two tokens (after penalties and bias) changes
   * by this much, the same token is drawn. Greedy: how much better it was than the next one allowed. At a temperature:
   * what it takes to move a border of its stretch of the distribution over the random number, or past a filter.
   */
  readonly gap: number
}

export interface GenerationResult {
  /** What the matcher accepted, in order: drawn tokens and, with `before`, forced ones. */
  readonly tokens: Int32Array
  /** One of `tokenKind` for each. */
  readonly kinds: Uint8Array
  /** How many of them, from the first on, are decoded; the others are carried into the next step. */
  readonly decoded: number
  readonly stop: GenerationStop
  readonly endToken: number | null
  /** One entry a token that is not forced, where `draw.logprobs` or `draw.looked` > 0; null: nothing drew it. */
  readonly logprobs: readonly (TokenLogprobs | null)[]
  /** The near ties among the draws, in order. */
  readonly nearTies: readonly NearTie[]
  /** Logits that stay: their id, perhaps another generation's that draws from them too, and its tokens before them. */
  readonly kept: { readonly logits: number; readonly after: number } | null
  /** Rows decoded for tokens that were not drawn yet, and how many of these were drawn then. */
  readonly guessed: number
  readonly confirmed: number
  /** For stop 'failed', null otherwise: ConstraintError CONSTRAINT_TOO_COMPLEX, EngineError LOGITS_NOT_FINITE, ... */
  readonly failure: StepFailure | null
}

/** llama_decode calls, all their rows, and the microseconds they took together. */
export interface DecodeTally {
  readonly rows: number
  readonly calls: number
  readonly micros: number
}

export interface StepResult {
  /**
   * 'no-room': llama_decode found no cells; rows before `rowsDecoded` are kept, nothing was drawn or forced.
   * 'aborted' / 'failed': as above. After anything but 'ok' positions must be re-read with `positions`.
   */
  readonly status: 'ok' | 'no-room' | 'aborted' | 'failed'
  /** Rows given to llama_decode, run-ahead included. */
  readonly rowsDecoded: number
  readonly decodeCalls: number
  /** Wall time inside llama_decode, microseconds. */
  readonly decodeMicros: number
  /** The same by size: calls of like numbers of rows (the nearest powers of two) together. */
  readonly decodes: readonly DecodeTally[]
  /** Wall time of the whole step on the decode thread, microseconds. */
  readonly stepMicros: number
  /** Tokens that the draft model said, and wall time of asking it, microseconds. */
  readonly drafted: number
  readonly draftMicros: number
  /** Ops that were refused (by index): truncations and shifts the memory can't do, restores that failed. */
  readonly opsRefused: readonly number[]
  /** Wall time of each op, microseconds. */
  readonly opMicros: readonly number[]
  /** Bytes written by each 'park' op, in order. */
  readonly parkedBytes: readonly number[]
  /** Each `Chunk.keepLogits` under which logits stay now. */
  readonly logitsKept: readonly number[]
  readonly generations: readonly GenerationResult[]
  /** Per chunk with `targets`: per token the log-probabilities of its targets, null where they can't be told. */
  readonly targets: readonly (readonly (Float64Array | null)[] | null)[]
  /** Per chunk with `best`: per token with targets the most probable ones, the best first; [] for the others. */
  readonly targetBest: readonly (readonly (readonly TokenLogprob[])[] | null)[]
  /** Per chunk: why they can't be told, for the first such token; null where nothing is wrong. */
  readonly targetFailures: readonly (StepFailure | null)[]
  /** What went wrong, for 'failed'. */
  readonly message: string
  /** Its code, for 'failed'; CONTEXT_POISONED: llama.cpp broke down, and this context does nothing any more. */
  readonly code: string
}
