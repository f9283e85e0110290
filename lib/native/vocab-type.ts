// A vocabulary, a constraint compiled for it and a position in that: shapes of the seam, see addon.ts. Tokens and bytes
// only; what a constraint means is constraint/ir.ts's.

/** All tokens of a vocabulary at once. Shared by all who ask for it: nobody may write to it. */
export interface VocabTable {
  /** The bytes of all tokens, by rising id. */
  readonly bytes: Uint8Array
  /** Where each token's bytes start in `bytes`; one more than there are tokens, the last being the end of all. */
  readonly starts: Uint32Array
  /** 1 for special tokens. */
  readonly special: Uint8Array
  /** 1 for end-of-generation tokens. */
  readonly eog: Uint8Array
}

/** A vocabulary with its byte trie. Immutable. */
export interface NativeVocab {
  /** Number of token ids. */
  readonly size: number
  /** What `tokenBytes`, `isSpecial` and `isEog` say of every token, for whoever asks that of many. */
  table(): VocabTable
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

/** Texts that must not come out of a matcher; none of them empty. */
export interface Ban {
  readonly texts: readonly Uint8Array[]
  /**
   * What may end the value and is none of it. A text may be finished within one of these, and then that has to come:
   * the literal or stop that holds it is not the model's.
   */
  readonly ends: readonly Uint8Array[]
  /** What stands before the value, `prefix` included; as much of its end as matters. */
  readonly before: Uint8Array
}

/** A constraint compiled for one vocabulary. Immutable for the caller; shared by any number of matchers. */
export interface NativeConstraint {
  /**
   * A matcher at the start of `prefix · value · suffix`, the value being a member of the constraint.
   * - `prefix`: bytes that must come before the value (healed tokens); may be empty.
   * - `suffix`: the literal that follows the hole; its start ends the value. At most its first 64 bytes are used.
   *   null: nothing follows, only an end-of-generation token or the constraint itself ends the value.
   * - `ban`: texts that the value must not finish, neither its own nor what was begun before it. null: none.
   */
  matcher(prefix?: Uint8Array, suffix?: Uint8Array | null, ban?: Ban | null): NativeMatcher
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
