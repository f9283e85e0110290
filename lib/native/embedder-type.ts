// The seam to what reads texts for their vectors and scores. Decides the shape of a reading and of its result. Never
// holds behaviour, and never mentions llama.cpp types. Every object here belongs to the JavaScript thread.

/**
 * How the vectors of a text's tokens become one: their mean, that of the first token or of the last; 'rank': a
 * reranker's head makes a score of it.
 */
export type Pooling = 'mean' | 'cls' | 'last' | 'rank'

/** What an embedder can do, read from the model at load. */
export interface EmbedderFacts {
  /** As given or, by default, as the model's file says. */
  readonly pooling: Pooling
  /** Numbers told of a text. */
  readonly dimensions: number
  /** Tokens a text may have. */
  readonly contextTokens: number
  /** Tokens to put into one `run` where no single text has more. */
  readonly rows: number
  /** Tokens one `run` takes. */
  readonly batch: number
  /** Texts one `run` takes; their ids are 0 .. sequences - 1. */
  readonly sequences: number
  /** A text may be read in several runs. */
  readonly canSplit: boolean
  /** For 'rank': the score is a probability as it is, not yet to be squeezed between 0 and 1. */
  readonly tellsProbability: boolean
}

/** Tokens of one text, all of them or, where `canSplit`, a part. */
export interface EmbedChunk {
  /** Id of the text, 0 .. sequences - 1: the same for all its chunks, and for one text at a time. */
  readonly sequence: number
  /** Of the first of the tokens in the text; 0 begins a text anew. */
  readonly position: number
  /** At least one. */
  readonly tokens: Int32Array
  /** Whether the text ends with them. */
  readonly last: boolean
}

/** Reads texts on a thread of its own and keeps nothing of those it has read. */
export interface NativeEmbedder {
  /** Read from the model when it was made. */
  readonly facts: EmbedderFacts
  /**
   * Tokens of each text as the model reads it, special ones included; with a query those of the pair. Text that looks
   * like a special token stays text.
   */
  tokenize(texts: readonly string[], query?: string | null): Promise<readonly Int32Array[]>
  /**
   * One llama_decode. A vector for each chunk that is a text's last, in order; null where its numbers are not finite.
   * What was read of a text that this doesn't go on with is forgotten. A second call before the first has settled
   * rejects with UsageError BUSY.
   */
  run(chunks: readonly EmbedChunk[]): Promise<readonly (Float32Array | null)[]>
  /** Stops a running llama_decode as soon as the backend allows; it rejects with EngineError ABORTED_DECODE. */
  abort(): void
  /** Frees everything; waits for running work (which is aborted). Idempotent. */
  dispose(): Promise<void>
}
