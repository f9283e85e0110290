// Where every token of one run came from, as numbers. Their sum law is the same for every engine:
// the eight classes = decoded + reused + restored + spared.

/** Where every token of a run came from: each is in exactly one of the first eight classes. */
export interface Ledger {
  /** Found in the cache. */
  readonly reused: number
  /** Brought back from host memory. */
  readonly restored: number
  /** Text, decoded many tokens at once. */
  readonly prefilled: number
  /** The constraint left no choice. */
  readonly forced: number
  /** Drawn. */
  readonly sampled: number
  /** Replaced where text and hole meet. */
  readonly healed: number
  /** In an attempt that was rejected. */
  readonly rolledBack: number
  /** Lost from the cache, and decoded again. */
  readonly redecoded: number
  /** Rows given to llama_decode for this run, but for guesses that failed: `guessed - confirmed`. */
  readonly decoded: number
  /** What the same run would have decoded without any cache: all tokens once for each attempt at each hole. */
  readonly uncached: number
  /** Tokens that were neither computed nor found: nothing came after them. */
  readonly spared: number
  /** Rows decoded for tokens that were likely before they were drawn. */
  readonly guessed: number
  /** Of these, such as were drawn then: so many llama_decode calls less, at most. */
  readonly confirmed: number
}

/** What a token of a text that counts cost: its class in the ledger. 'again': lost from the cache, and decoded anew. */
export type TokenCost = 'cached' | 'restored' | 'prefilled' | 'drawn' | 'forced' | 'again'

/** Nothing happened. */
export const noTokens: Ledger = Object.freeze({
  reused: 0,
  restored: 0,
  prefilled: 0,
  forced: 0,
  sampled: 0,
  healed: 0,
  rolledBack: 0,
  redecoded: 0,
  decoded: 0,
  uncached: 0,
  spared: 0,
  guessed: 0,
  confirmed: 0,
})
