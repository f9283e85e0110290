// What a run needs to know about tokens at the joints of literals, holes and forced bytes, as an interface: an engine
// that works on token ids brings the functions along. Decides nothing.
import type { Vocabulary } from '../engine/engine.js'
import type { NativeConstraint } from '../native/addon.js'

/** Keep the first `keep` tokens, drop the rest, append `added`. */
export interface Edit {
  readonly keep: number
  readonly added: Int32Array
}

export interface TokenBoundary {
  /**
   * Tokens for known bytes after `tokens`. `special`: text like <|im_end|> becomes its special token. `isSpelled`: the
   * bytes are some that tokens stood for, with the space that may stand in front of a text. `keepMin`: so many of the
   * tokens stay, whatever the bytes would make of them.
   */
  appendLiteral(
    vocabulary: Vocabulary,
    tokens: Int32Array,
    bytes: Uint8Array,
    options?: { readonly special?: boolean; readonly isSpelled?: boolean; readonly keepMin?: number },
  ): Edit
  /** How much of `tokens` stays when a hole begins, `keepMin` at least, and the bytes of what does not. */
  openHole(
    vocabulary: Vocabulary,
    tokens: Int32Array,
    options?: {
      readonly constraint?: NativeConstraint
      readonly suffix?: Uint8Array | null
      readonly keepMin?: number
    },
  ): { readonly keep: number; readonly prefix: Uint8Array }
  /** Tokens for bytes that follow without alternative; `rest` is left to the mask. */
  forcedTokens(
    vocabulary: Vocabulary,
    tokens: Int32Array,
    forced: Uint8Array,
  ): { readonly added: Int32Array; readonly rest: Uint8Array }
}
