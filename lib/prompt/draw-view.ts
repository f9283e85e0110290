// What a caller's function sees before each draw of a hole, and what it may do there.

/** A token that might stand somewhere. */
export interface TokenAlternative {
  /** Its id; -1 where the engine has none. */
  readonly token: number
  /** What it would add to the text there. */
  readonly text: string
  /** ln p of it, given all that comes before. */
  readonly logprob: number
}

/**
 * The next draw of a hole. Good until the function it is given to returns; later, every method throws UsageError
 * VIEW_CLOSED. Tokens are ids of the model, as `Transcript.tokens` has them.
 */
export interface DrawView {
  /** The value's text so far; costs what it is long. */
  readonly text: string
  /** The hole's tokens so far, those included that spell the end of the text before it anew; a copy. */
  readonly tokens: Int32Array
  /** ln p of a token here, before masks, penalties, filters and temperature. Throws UsageError TOKEN_UNKNOWN. */
  logprob(token: number): number
  /** The most probable tokens, at most so many, the best first. Costs a look at the whole vocabulary. */
  top(count: number): readonly TokenAlternative[]
  /** Whether the constraint allows the token here. Throws UsageError TOKEN_UNKNOWN. */
  allows(token: number): boolean
  /**
   * Adds to the token's logit for this draw, beside what `bias` of the hole adds; -Infinity forbids it. Throws
   * UsageError TOKEN_UNKNOWN, ARGUMENT_INVALID for what is no number or +Infinity.
   */
  bias(token: number, added: number): void
  /** Draws this token. Throws UsageError TOKEN_UNKNOWN, and TOKEN_FORBIDDEN where the constraint does not allow it. */
  force(token: number): void
}

/** Called before each draw. */
export type DrawHook = (view: DrawView) => void
