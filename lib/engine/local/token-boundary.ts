// Exact tokenisation at the joints of literals, holes and forced bytes. Decides which tokens stand for bytes that
// follow tokens we already have, and how many of those have to be replaced ("healed"). Pure functions over a
// vocabulary: never touches a cache, a matcher's position or a sequence.
//
// Two rules hold everywhere: special tokens are walls (nothing is tokenised again across one), and the bytes of
// the tokens kept plus the bytes of the tokens added are the bytes of the old tokens plus the new bytes.
import type { NativeConstraint } from '../../native/addon.js'
import type { Vocabulary } from '../engine.js'
import { commonPrefixLength, concatBytes, joinTokenBytes, textStart, wholeCodePoints } from './token-text.js'

/** How to change a token list: keep its first `keep` tokens, drop the rest (healed), then append `added`. */
export interface TokenEdit {
  readonly keep: number
  readonly added: Int32Array
}

export interface AppendOptions {
  /** Whether text like <|im_end|> in the bytes becomes its special token (chat templates). Default false. */
  readonly special?: boolean
}

/** Where a hole starts: the first `keep` tokens stay; `prefix` are the bytes of the tokens dropped, in order. */
export interface HoleOpening {
  readonly keep: number
  /** Give it to `NativeConstraint.matcher(prefix, suffix)`. Empty where nothing was dropped. */
  readonly prefix: Uint8Array
}

export interface OpenOptions {
  /** The hole's constraint, so that only tails that it could really extend are dropped. */
  readonly constraint?: NativeConstraint
  /** The literal after the hole, as it will be given to the matcher. */
  readonly suffix?: Uint8Array | null
}

/** Tokens for forced bytes; `rest` are the forced bytes left to the mask, because a token might run past them. */
export interface ForcedRun {
  readonly added: Int32Array
  readonly rest: Uint8Array
}

/**
 * Appends known bytes (a literal, an input, a known value) to a transcript.
 *
 * If `tokens` are canonical since the last special token, so is the result. Drawn tokens that are not canonical are
 * kept as far as the new bytes don't change the canonical tokenisation there.
 */
export function appendLiteral(
  vocab: Vocabulary,
  tokens: Int32Array,
  bytes: Uint8Array,
  options: AppendOptions = {},
): TokenEdit {
  if (bytes.length === 0) return { keep: tokens.length, added: new Int32Array(0) }
  void options
  const from = textStart(vocab, tokens)
  const joined = concatBytes(joinTokenBytes(vocab, tokens.subarray(from)), bytes)
  const canonical = vocab.tokenize(joined)
  const same = commonPrefixLength(tokens.subarray(from), canonical)
  return { keep: from + same, added: canonical.slice(same) }
}

/** Drops the tail tokens that some token of the vocabulary (and of the constraint, if given) could extend. */
export function openHole(vocab: Vocabulary, tokens: Int32Array, options: OpenOptions = {}): HoleOpening {
  void options
  const from = textStart(vocab, tokens)
  for (let keep = Math.max(from, tokens.length - 4); keep < tokens.length; keep += 1) {
    const prefix = joinTokenBytes(vocab, tokens.subarray(keep))
    if (vocab.canExtend(prefix)) return { keep, prefix }
  }
  return { keep: tokens.length, prefix: new Uint8Array(0) }
}

/**
 * Tokens for bytes the matcher calls forced, after `tokens`, which all stay. The tokens are canonical in the text
 * whatever follows the forced bytes; the matcher accepts every one of them.
 */
export function forcedTokens(vocab: Vocabulary, tokens: Int32Array, forced: Uint8Array): ForcedRun {
  const edit = appendLiteral(vocab, tokens, wholeCodePoints(forced))
  const all = edit.keep === tokens.length ? edit.added : vocab.tokenize(wholeCodePoints(forced))
  const opening = openHole(vocab, all)
  const added = all.slice(0, opening.keep)
  return { added, rest: forced.slice(joinTokenBytes(vocab, added).length) }
}

/**
 * Appends the literal after a hole whose last token ran `suffixLength` bytes into it (0: it ended exactly).
 * `tokens` include the hole's tokens.
 */
export function closeHole(
  vocab: Vocabulary,
  tokens: Int32Array,
  literal: Uint8Array,
  suffixLength: number,
  options: AppendOptions = {},
): TokenEdit {
  return appendLiteral(vocab, tokens, literal.subarray(suffixLength), options)
}
