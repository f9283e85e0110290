// The seam between the pure rooms and whatever decodes: the C++ addon implements it, and so does the test oracle.
// Decides the shape of a step and of its result. Never holds behaviour, and never mentions llama.cpp types.
//
// Ownership: every object here belongs to the JavaScript thread. While a step runs, the context and the matchers
// named in it are busy: calling them throws UsageError BUSY.

import type { KvOp } from '../base/kv-op.js'

/** A vocabulary with its byte trie. Immutable. */
export interface NativeVocab {
  /** Number of token ids. */
  readonly size: number
  /** Bytes a token stands for; empty for special tokens (control, unknown, user-marked as special). */
  tokenBytes(token: number): Uint8Array
  isSpecial(token: number): boolean
  /** UTF-8 of the text a chat template writes for a special token; empty for any other token. */
  specialText(token: number): Uint8Array
  /** End of generation: sampling such a token ends a hole. */
  isEog(token: number): boolean
  readonly bos: number | null
  readonly eos: number | null
  /** Whether the model wants `bos` at the start of every sequence. */
  readonly addsBos: boolean
  /**
   * Whether a space that is no part of the text stands in front of it, at its beginning and behind a special token
   * (SentencePiece). `tokenize` leaves it to the caller, since most text goes on from other text.
   */
  readonly addsSpace: boolean
  /**
   * Canonical tokens of the bytes, as the model's own tokenizer gives them; no BOS/EOS, no space put in front.
   * `special`: text like <|im_end|> becomes its special token.
   */
  tokenize(bytes: Uint8Array, options?: { special?: boolean }): Int32Array
  /** True where some ordinary token's bytes are `bytes` plus at least one more byte. */
  canExtend(bytes: Uint8Array): boolean
  /** Compiles an encoded constraint against this vocabulary; compiled constraints are cached by content. */
  compile(words: Int32Array, bytes: Uint8Array, limits?: CompileLimits): NativeConstraint
}

/** Bounds on each call (compiling, a mask); beyond, it throws ConstraintError CONSTRAINT_TOO_COMPLEX. */
export interface CompileLimits {
  /** States a call may make; default 200,000. */
  readonly statesMax?: number
  /** Steps a call may take, of a few nanoseconds each; default 2,000,000. */
  readonly fuelMax?: number
}

/** A constraint compiled for one vocabulary. Immutable for the caller; shared by any number of matchers. */
export interface NativeConstraint {
  /**
   * A matcher at the start of `prefix · value · suffix`, the value being a member of the constraint.
   * - `prefix`: bytes that must come before the value (healed tokens); may be empty.
   * - `suffix`: the literal that follows the hole; its start ends the value. At most its first 64 bytes are used.
   *   null: nothing follows, only an end-of-generation token or the constraint itself ends the value.
   */
  matcher(prefix?: Uint8Array, suffix?: Uint8Array | null): NativeMatcher
  /** Whether the bytes are a value of the constraint as they stand, whatever tokens they would be. */
  has(bytes: Uint8Array): boolean
}

/** A position in a constraint. A value: `fork` and `rollback` are O(1) and copy nothing. */
export interface NativeMatcher {
  /** Takes one token; false, and nothing changed, where the token is not allowed here. */
  accept(token: number): boolean
  /** Whether `accept` would take the token. */
  allows(token: number): boolean
  /**
   * Bit id & 31 of word id >> 5 set = allowed; end-of-generation tokens are set where `canEnd()`. A fresh copy, or
   * `words` filled and returned: one word for each 32 tokens.
   */
  mask(words?: Uint32Array): Uint32Array
  /** Whether the value is complete as it stands (prefix consumed, no byte of the suffix consumed). */
  canEnd(): boolean
  /** The value has ended: a suffix byte that can't belong to the value was consumed, or nothing more can follow. */
  isEnded(): boolean
  /** Bytes that follow without alternative, from here to at most the end of the suffix; empty if there is a choice. */
  forced(): Uint8Array
  /** Bytes of the value so far: prefix excluded, and once ended the suffix excluded too. */
  valueLength(): number
  /** Bytes of the suffix consumed after the value ended; 0 before. */
  suffixLength(): number
  /** Tokens accepted since the matcher was made (forks count their parent's). */
  tokenCount(): number
  /** Takes back the last `tokens` accepted tokens. */
  rollback(tokens: number): void
  fork(): NativeMatcher
  /** Lets go of the position; later calls throw UsageError DISPOSED. Idempotent. */
  dispose(): void
  [Symbol.dispose](): void
}

/** How a token is chosen. Masks come first, then penalties and bias, then truncation, then temperature. */
export interface DrawOptions {
  /** 0: the most probable token (the lowest id among equals). */
  readonly temperature: number
  /** 0: off. */
  readonly topK: number
  /** 1: off. */
  readonly topP: number
  /** 0: off. */
  readonly minP: number
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
  /** 0: none. Otherwise the log-probability of each drawn token (before masks) and of this many best ones. */
  readonly logprobs: number
}

export type { KvOp }

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
}

/**
 * One sequence that draws tokens after a chunk, and may run ahead for several of them. Generations of one chunk share
 * one row a token as long as they draw the same tokens, where a sequence can be forked at any position.
 */
export interface Generation {
  /** Index into `chunks`: the logits after that chunk's last token. Several generations may share one chunk. */
  readonly chunk: number
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
   * generation, see `TokenKind`. Left out: it ends there with stop 'forced', as it does where these tokens don't tell.
   */
  readonly before?: Int32Array
}

/** How a token of a generation came about. */
export const tokenKind = {
  /** The draw options chose it from logits. */
  drawn: 0,
  /**
   * Its bytes follow without alternative after a draw, two at least, and it is canonical whatever follows these. It
   * counts neither for `tokensMax` nor in the numbers of draws, and nothing can refuse it.
   */
  forced: 1,
  /**
   * It counts as drawn, but its logits were not needed: its bytes follow without alternative, and it is canonical
   * whatever follows that the constraint allows. Not where the bias names it, or a forbidden path ends with it.
   */
  sure: 2,
} as const

/** Work for the decode thread, immutable: kv ops, then rows, then draws, then run-ahead. */
export interface StepPlan {
  readonly ops: readonly KvOp[]
  readonly chunks: readonly Chunk[]
  readonly generations: readonly Generation[]
  /** llama_decode calls at most, counting the one for `chunks`. 1: no run-ahead. */
  readonly decodesMax: number
  /** Rows beyond those of the chunks at most; left out: any number. */
  readonly cellsMax?: number
  /**
   * What the rows are computed with: the scale of each of the model's adapters, in order; default []: none of them.
   * Cells hold what the adapters of their step made of them.
   */
  readonly adapters?: readonly number[]
}

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
  readonly top: readonly { readonly token: number; readonly logprob: number }[]
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
  /** One entry a token that is not forced, where `draw.logprobs` > 0. */
  readonly logprobs: readonly TokenLogprobs[]
  /** The near ties among the draws, in order. */
  readonly nearTies: readonly NearTie[]
  /** For stop 'failed', null otherwise: ConstraintError CONSTRAINT_TOO_COMPLEX, EngineError LOGITS_NOT_FINITE, ... */
  readonly failure: StepFailure | null
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
  /** Wall time of the whole step on the decode thread, microseconds. */
  readonly stepMicros: number
  /** Ops that were refused (by index): truncations and shifts the memory can't do, restores that failed. */
  readonly opsRefused: readonly number[]
  /** Wall time of each op, microseconds. */
  readonly opMicros: readonly number[]
  /** Bytes written by each 'park' op, in order. */
  readonly parkedBytes: readonly number[]
  readonly generations: readonly GenerationResult[]
  /** Per chunk with `targets`: per token the log-probabilities of its targets, null where they can't be told. */
  readonly targets: readonly (readonly (Float64Array | null)[] | null)[]
  /** Per chunk: why they can't be told, for the first such token; null where nothing is wrong. */
  readonly targetFailures: readonly (StepFailure | null)[]
  /** What went wrong, for 'failed'. */
  readonly message: string
  /** Its code, for 'failed'; CONTEXT_POISONED: llama.cpp broke down, and this context does nothing any more. */
  readonly code: string
}

export type MemoryKind = 'full' | 'window' | 'recurrent' | 'hybrid'

/** What a context can do, read from the model at load. */
export interface ContextCapabilities {
  readonly memory: MemoryKind
  /** A sequence's tail can be dropped at any position. */
  readonly canTruncate: boolean
  readonly canShift: boolean
  /** A fork may take fewer tokens than the source has. */
  readonly canForkPartially: boolean
  readonly canPark: boolean
  /** Cells of the unified cache. */
  readonly cells: number
  /** Sequence ids 0 .. sequences - 1. */
  readonly sequences: number
  /** Rows one llama_decode takes at most. */
  readonly batch: number
  readonly flashAttention: boolean
  /** Memory of all cells, to about 10 KB; 0 where it is not known. */
  readonly cacheBytes: number
  /** Memory for intermediate results and logits, by llama.cpp's name for where it is: 'CPU', 'CUDA0', 'CUDA_Host'. */
  readonly workBytes: Readonly<Record<string, number>>
}

/** One KV cache with its own decode thread. */
export interface NativeContext {
  readonly capabilities: ContextCapabilities
  /** Runs one step; a second call before the first has settled rejects with UsageError BUSY. */
  step(plan: StepPlan): Promise<StepResult>
  /** Asks a running step to return after the current llama_decode; its generations come back 'paused'. */
  interrupt(): void
  /** Stops a running llama_decode as soon as the backend allows; the step comes back 'aborted'. */
  abort(): void
  /** First and last position a sequence holds, null if it holds none. Not while a step runs. */
  positions(sequence: number): { readonly first: number; readonly last: number } | null
  /** Frees everything; waits for a running step (which is aborted). Idempotent. */
  dispose(): Promise<void>
}

/** How the cells' keys and values are stored. */
export type KvType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q5_1' | 'q5_0' | 'q4_1' | 'q4_0' | 'iq4_nl'

/** How positions beyond those the model was trained for are squeezed; what is left out is as the model file says. */
export interface RopeScaling {
  /** The method. Default: the file's. */
  readonly type?: 'none' | 'linear' | 'yarn' | 'longrope'
  /** How many times the trained context positions may go; from 0.001. Default: the file's. */
  readonly factor?: number
  /** Frequency base, from 0.001. Default: the file's. */
  readonly base?: number
  /** Tokens of the trained context, for 'yarn'. Default: the file's. */
  readonly contextTrained?: number
}

/** How large a context is, and how it computes. */
export interface ContextOptions {
  /** Tokens the KV cache holds, for all sequences together; llama.cpp makes a multiple of 256 of it. */
  readonly cells: number
  /**
   * Sequences at once, 1 to 255. Default: as many as llama.cpp keeps logits for in 64 MiB, between 31 and 255; 32 where
   * each has a whole state (recurrent and hybrid memories).
   */
  readonly sequences?: number
  /** Rows one llama_decode takes at most; default 512. */
  readonly batch?: number
  /** Rows computed at once; default: `batch`. */
  readonly microBatch?: number
  /**
   * Threads that compute, at most four a core. Default: one for each physical core but one, and no more than a
   * container's share pays for. All cores are quicker where nothing else computes, and many times slower where
   * something does, since the threads wait for each other in a loop. While several contexts of the process compute,
   * and have more threads than there are cores, each computes on its share of the cores.
   */
  readonly threads?: number
  /** Threads that compute where there are several rows; default: `threads`. */
  readonly threadsBatch?: number
  /** A faster way to attend, which not every device can compute. Default 'auto': where the device can. */
  readonly flashAttention?: 'auto' | 'on' | 'off'
  /** Default 'f16'. What is smaller than 16 bits needs flash attention. */
  readonly kvType?: KvType
  /** How positions beyond those the model was trained for are squeezed. Default: as the model file says. */
  readonly ropeScaling?: RopeScaling
}

/** What llama.cpp can compute on. */
export interface DeviceInfo {
  /** Unique in the process, for the options `devices` and `mainDevice`: 'Vulkan0'. */
  readonly name: string
  /** The maker's. */
  readonly description: string
  /** 'cpu', 'cuda', 'rocm', 'vulkan', 'metal', ... */
  readonly backend: string
  /** 'integrated' shares the memory of the CPU; an 'accelerator' helps the CPU and holds no layers. */
  readonly type: 'cpu' | 'gpu' | 'integrated' | 'accelerator'
  readonly bytes: number
  readonly bytesFree: number
}

/** A LoRA that was loaded with a model. */
export interface NativeAdapter {
  /** Absolute. */
  readonly path: string
  readonly bytes: number
}

export interface NativeModel {
  readonly vocab: NativeVocab
  readonly metadata: ReadonlyMap<string, string>
  /** The model's own chat template (Jinja), null if it has none. */
  readonly chatTemplate: string | null
  readonly description: string
  readonly parameters: number
  /** Of the weights, those of `adapters` included. */
  readonly bytes: number
  /** Context length the model was trained for. */
  readonly contextTrained: number
  readonly memory: MemoryKind
  readonly adapters: readonly NativeAdapter[]
  /** Names of the devices its layers are on, beside the CPU. */
  readonly devices: readonly string[]
  /** Layers, the output counted as one. */
  readonly layers: number
  /** Those of them that are on `devices`. */
  readonly gpuLayers: number
  createContext(options: ContextOptions): Promise<NativeContext>
  dispose(): Promise<void>
}
