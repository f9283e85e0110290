// What a step is asked to do: shapes of the seam, see addon.ts. A plan is plain data, immutable, and complete: cache
// operations, then rows, then draws, then run-ahead.
import type { KvOp } from '../base/kv-op.js'
import type { NativeMatcher } from './vocab-type.js'

/** Takes `multiplier * base ** (length - allowedLength)` from what would make a repetition longer. */
export interface DryDraw {
  readonly multiplier: number
  readonly base: number
  readonly allowedLength: number
  /** Tokens it looks at, window and drawn ones together. */
  readonly lastN: number
  /** Tokens before the first draw, oldest first. */
  readonly window: Int32Array
  /** Texts over which no repetition reaches, none of them empty. */
  readonly breakers: readonly Uint8Array[]
}

/**
 * How a token is chosen. Masks come first, then penalties, bias and DRY, then top-k, typical, top-p and min-p, XTC,
 * then temperature.
 */
export interface DrawOptions {
  /** 0: the most probable token (the lowest id among equals). */
  readonly temperature: number
  /** 0: off. */
  readonly topK: number
  /** 1: off. */
  readonly topP: number
  /** 0: off. */
  readonly minP: number
  /** Share of the most typical tokens; default 1: off. A draw with it counts as a near tie. */
  readonly typicalP?: number
  /** Chance that XTC is applied to a draw; default 0: off. */
  readonly xtcProbability?: number
  /** Of the tokens at least as probable XTC leaves the least; default 1: off. */
  readonly xtcThreshold?: number
  /** Default: off. */
  readonly dry?: DryDraw
  /** Integer in [0, 2^53). Draw number i of a generation uses a number derived from (seed, i) and nothing else. */
  readonly seed: number
  /** Number of the first draw; continues a generation that was returned to JavaScript in between. */
  readonly drawIndex: number
  /** 1: off. Divides positive and multiplies negative logits of tokens seen in the window. */
  readonly repeatPenalty: number
  /** 0: off. Times the number of occurrences in the window. */
  readonly frequencyPenalty: number
  /** 0: off. Once for a token in the window. */
  readonly presencePenalty: number
  /** Tokens before the first draw, oldest first, for the penalties to look at; tokens drawn come after them. */
  readonly penaltyWindow: Int32Array
  /** How many of the last of these the penalties look at, window and drawn ones together. */
  readonly penaltyLastN: number
  /** Added to the logits of these tokens. -Infinity forbids one. */
  readonly bias: ReadonlyMap<number, number>
  /**
   * 0: none. Otherwise the log-probability of each drawn token (before masks) and of this many best ones, and how much
   * of the model's probability its mask left, for which the mask of every draw is worked out.
   */
  readonly logprobs: number
  /**
   * As `logprobs`, but of drawn tokens only, so that no draw is made for it: what is drawn is the same with it and
   * without. Default 0: not told.
   */
  readonly looked?: number
}

/** Consecutive tokens of one or more sequences, at positions position, position + 1, ... */
export interface Chunk {
  /** The sequences whose cells these tokens become; 1 or more, all with the same tokens before `position`. */
  readonly sequences: readonly number[]
  readonly position: number
  readonly tokens: Int32Array
  /** Whether logits are needed after the last token (a generation or `logits` refers to it). */
  readonly output: boolean
  /** Per token: ids whose log-probability after that token is wanted; an empty array for none. Default: none at all. */
  readonly targets?: readonly Int32Array[]
  /** How many of the most probable tokens are told where targets are wanted, 0 to 1,024; default 0. */
  readonly best?: number
  /**
   * As `Generation.keepLogits`, of those after the last token if they were computed; see StepResult.logitsKept.
   * Default: they don't stay.
   */
  readonly keepLogits?: number
}

/**
 * One sequence that draws tokens after a chunk, and may run ahead for several of them. Generations of one chunk share
 * one row a token as long as they draw the same tokens, where a sequence can be forked at any position.
 */
export interface Generation {
  /**
   * Index into `chunks`: the logits after that chunk's last token. Several generations may share one chunk. Null where
   * it draws from kept `logits`.
   */
  readonly chunk: number | null
  /**
   * Id of logits that an earlier step kept, after as many tokens as the sequence has; its first draw needs no row.
   * Default: it draws after its chunk.
   */
  readonly logits?: number
  /**
   * Id the caller picks, 0 to 1,023: under it the logits of its first draw stay in host memory, in place of those that
   * did before; see GenerationResult.kept. Default: they don't stay.
   */
  readonly keepLogits?: number
  /** The sequence that goes on; if it is not one of the chunk's, it becomes a fork of the chunk's first. */
  readonly sequence: number
  readonly matcher: NativeMatcher
  readonly draw: DrawOptions
  /** Tokens to draw at most before returning 'limit', forced ones not counted. At least 1. */
  readonly tokensMax: number
  /** Token paths, from the start of this generation, that must not be completed: attempts without replacement. */
  readonly forbidden: readonly Int32Array[]
  /**
   * The last tokens before the first draw, those of the chunk included; all of them, or so many that the text behind
   * them can be spelled as it is in the whole. Bytes that follow without alternative then become tokens of the
   * generation, see `tokenKind`. Default: none, and it ends there with stop 'forced', as it does where they don't tell.
   */
  readonly before?: Int32Array
  /**
   * Texts in which its tokens may be found before they are drawn, the first of which is what it goes on from. Such
   * guesses are decoded beside the token before them where that is worth it by measured costs, and stand if they are
   * drawn; what is drawn is the same with them and without, but for rounding. Where the texts tell less, a draft model
   * is asked what comes next, if the model has one. Default: no guesses.
   */
  readonly guessFrom?: readonly Int32Array[]
  /** Guesses in each call, 0 to 31, where there are so many. Default: as many as are worth it. */
  readonly guessCount?: number
}

/** Work for the decode thread, immutable: kv ops, then rows, then draws, then run-ahead. */
export interface StepPlan {
  readonly ops: readonly KvOp[]
  readonly chunks: readonly Chunk[]
  readonly generations: readonly Generation[]
  /** llama_decode calls at most, counting the one for `chunks`. 1: no run-ahead. */
  readonly decodesMax: number
  /** Rows beyond those of the chunks at most. Default: any number. */
  readonly cellsMax?: number
  /**
   * What the rows are computed with: the scale of each of the model's adapters, in order; default []: none of them.
   * Cells hold what the adapters of their step made of them.
   */
  readonly adapters?: readonly number[]
}
