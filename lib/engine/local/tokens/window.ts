// The end of a text that has to be tokenised again when something is added to it: as short as it can be and still have
// the tokens of the whole.
import { isSeam } from './seam.js'
import { type TextBytes, textBytes, tokenTable } from './table.js'
import { boundaryOffsets, concatBytes, joinTokenBytes } from './text.js'
import type { Vocabulary } from './vocabulary.js'

export interface Window {
  /** Index of the first token in the window. */
  readonly from: number
  /** Bytes of the tokens from there on, then the new bytes. */
  readonly joined: TextBytes
}

/**
 * An end of the tokens that is tokenised with `bytes` behind it as it is in the whole text. It begins at a seam (see
 * token-seam) that no token crosses and that lies before the last character of the tokens, else behind the last
 * special token. That is right, because
 * - a pre-tokenizer cuts the text at the seam, or what it cuts out reaches over the seam and ends where it also ends
 *   when the text begins at the seam; in both cases it goes on behind the seam as if nothing were before it;
 * - tokenizers only join neighbours, and what they join to is a token: none reaches over the seam, so what is joined
 *   on one side of it does not depend on the other (BPE and SentencePiece join the best pair first, wherever it is);
 * - the tokens before the seam are what they were, for what ends at the seam depends on no more than the character
 *   behind it, which was there before.
 */
export function windowOf(vocab: Vocabulary, tokens: Int32Array, bytes: Uint8Array): Window {
  const wall = tokenTable(vocab).textStart(tokens)
  const table = tokenTable(vocab)
  for (let reach = table.bytesMax * 2; ; reach *= 4) {
    const tail = tailOf(vocab, tokens, wall, reach)
    const joined = textBytes(concatBytes(tail.text.bytes, bytes))
    // Tokens across a place closer to the tail's own start could not be seen.
    const first = tail.from > wall ? table.bytesMax : 1
    for (let index = tail.offsets.length - 2; index >= 0; index -= 1) {
      const at = tail.offsets[index]!
      if (at < first) break
      if (!isSeam(tail.text.bytes, at) || table.isCrossed(joined, at)) continue
      return { from: tail.from + index, joined: textBytes(joined.bytes.subarray(at)) }
    }
    if (tail.from === wall) return { from: wall, joined }
  }
}

export interface Tail {
  readonly from: number
  readonly text: TextBytes
  /** Where each token from `from` on starts in the text, and its end. */
  readonly offsets: readonly number[]
}

/** The last tokens with at least `reach` bytes, or all back to the wall. */
export function tailOf(vocab: Vocabulary, tokens: Int32Array, wall: number, reach: number): Tail {
  const table = tokenTable(vocab)
  let from = tokens.length
  for (let length = 0; from > wall && length < reach; from -= 1) {
    length += table.lengthOf(tokens[from - 1]!)
  }
  const kept = tokens.subarray(from)
  return { from, text: textBytes(joinTokenBytes(vocab, kept)), offsets: boundaryOffsets(vocab, kept) }
}
