// The transcript of one branch as an immutable value: token ids, where each came from, and the text as it was
// written. Decides how text is appended. Never changes in place: undoing something is keeping the value from before.
//
// Invariant: the bytes of the tokens are the bytes of the text, plus `overrun` bytes of the literal that comes next
// (a sampled token may run past its hole's end), and the space in front of a text where the vocabulary adds one.
// Special tokens have text but no bytes. Once tokens were dropped from the middle, the text tells what was said and the
// tokens what is left of it.
import type { Lineage, Vocabulary } from '../engine/engine.js'
import type { TokenBoundary } from './boundary.js'
import { type Piece, Pieces } from './pieces.js'
import { TokenDigest } from './token-digest.js'

export const origin = { given: 0, forced: 1, sampled: 2 } as const

/** Tokens and what is known about them, while they grow together. */
export interface TokenList {
  readonly tokens: Int32Array
  /** One of `origin` for each token. */
  readonly origins: Uint8Array
  /** Tokens the first part wrote; 0 before it has. */
  readonly head: number
  /** Tokens up to here hold text the model wrote, and are never spelled anew; behind it others' text alone. */
  readonly generatedUntil: number
  /** Whose cells the tokens may have; null where nothing was dropped and no adapters compute. */
  readonly lineage: Lineage | null
  /** Of the tokens. */
  readonly digest: TokenDigest
}

export interface TranscriptState extends TokenList {
  readonly pieces: Pieces
  readonly overrun: number
}

const encoder = new TextEncoder()

/** An empty transcript; the model's BOS where it wants one. */
export function emptyTranscript(vocabulary: Vocabulary, lineage: Lineage | null = null): TranscriptState {
  const tokens = vocabulary.addsBos && vocabulary.bos !== null ? [vocabulary.bos] : []
  return {
    tokens: Int32Array.from(tokens),
    origins: new Uint8Array(tokens.length),
    head: 0,
    generatedUntil: 0,
    lineage,
    digest: new TokenDigest(),
    pieces: Pieces.none,
    overrun: 0,
  }
}

/** The first `keep` tokens and then `added` ones of one origin. */
export function editTokens(list: TokenList, keep: number, added: Int32Array, from: number): TokenList {
  const tokens = new Int32Array(keep + added.length)
  tokens.set(list.tokens.subarray(0, keep))
  tokens.set(added, keep)
  const origins = new Uint8Array(tokens.length)
  origins.set(list.origins.subarray(0, keep))
  origins.fill(from, keep)
  const { head, lineage } = list
  const generatedUntil = Math.min(list.generatedUntil, keep)
  return { tokens, origins, head, generatedUntil, lineage, digest: list.digest.cut(keep) }
}

/**
 * The list, which ends with a value the model wrote and `overrun` bytes of the literal that comes next: tokens of that
 * literal alone are not the model's text, though the model drew them.
 */
export function withGenerated<T extends TokenList>(
  vocabulary: Vocabulary,
  list: T,
  value: string,
  overrun: number,
): T {
  if (value === '') return list
  let until = list.tokens.length
  for (let left = overrun; left > 0; until -= 1) {
    left -= vocabulary.tokenBytes(list.tokens[until - 1]!).length
    if (left < 0) break
  }
  return { ...list, generatedUntil: until }
}

/** The transcript with known text after it. */
export function appendPiece(
  vocabulary: Vocabulary,
  boundary: TokenBoundary,
  state: TranscriptState,
  piece: Piece,
): TranscriptState {
  const bytes = encoder.encode(piece.text)
  const written = Math.min(state.overrun, bytes.length)
  const pieces = state.pieces.with(piece)
  const left = bytes.subarray(written)
  if (left.length === 0) return { ...state, pieces, overrun: state.overrun - written }
  const options = { special: piece.kind === 'mark', keepMin: state.generatedUntil }
  const edit = boundary.appendLiteral(vocabulary, state.tokens, left, options)
  return { ...editTokens(state, edit.keep, edit.added, origin.given), pieces, overrun: 0 }
}

/** Text of the transcript. */
export function textOf({ pieces }: TranscriptState): string {
  return joinedText(pieces.since(0))
}

/** The text that came since an earlier state; where that was written anew, from the first difference on. */
export function textBehind(before: TranscriptState, { pieces }: TranscriptState): string {
  return joinedText(pieces.behind(before.pieces))
}

function joinedText(pieces: readonly Piece[]): string {
  let text = ''
  for (const piece of pieces) text += piece.text
  return text
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes as text; a byte order mark is a character like any other. */
export function textIn(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** Bytes of the tokens [from, until). */
export function bytesOf(vocabulary: Vocabulary, tokens: Int32Array, from = 0): Uint8Array {
  const parts = Array.from(tokens.subarray(from), (token) => vocabulary.tokenBytes(token))
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** How many tokens two lists begin with alike. */
export function commonLength(left: Int32Array, right: Int32Array): number {
  const most = Math.min(left.length, right.length)
  // Lists of one run mostly differ at their ends, and memory is compared a hundred times faster than numbers.
  const sure = most - endCompared
  let length = sure > 0 && Buffer.compare(bytesIn(left, sure), bytesIn(right, sure)) === 0 ? sure : 0
  while (length < most && left[length] === right[length]) length += 1
  return length
}

const endCompared = 64

function bytesIn(tokens: Int32Array, length: number): Uint8Array {
  return new Uint8Array(tokens.buffer, tokens.byteOffset, length * 4)
}
