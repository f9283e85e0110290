// A transcript whose text is to be another one from some place on. Decides which of its tokens stay: those that spell
// the beginning of the new text, special ones as marks and others as what they are. Never adds tokens.
import type { Vocabulary } from '../engine/engine.js'
import { type Piece, Pieces } from './pieces.js'
import { splitAtSpecial } from './special-texts.js'
import { editTokens, origin, type TranscriptState } from './transcript.js'

export interface Rewritten {
  /** As far as it stays. */
  readonly transcript: TranscriptState
  /** Length of its text. */
  readonly length: number
  /** What has to be appended to it. */
  readonly left: readonly Piece[]
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const none = new Int32Array(0)

/** `pieces`: all of the new text. */
export function rewritten(
  vocabulary: Vocabulary,
  transcript: TranscriptState,
  pieces: readonly Piece[],
): Rewritten {
  const bytes = pieces.map(({ text }) => encoder.encode(text))
  const { tokens, length } = common(vocabulary, transcript.tokens, pieces, Buffer.concat(bytes))
  let stays = Pieces.none
  const left: Piece[] = []
  let at = 0
  let units = 0
  for (const [index, piece] of pieces.entries()) {
    const own = bytes[index]!
    const cut = Math.min(own.length, Math.max(0, length - at))
    const before = cut === own.length ? piece.text : decoder.decode(own.subarray(0, cut))
    stays = stays.with({ ...piece, text: before })
    if (before.length < piece.text.length) left.push({ ...piece, text: piece.text.slice(before.length) })
    at += own.length
    units += before.length
  }
  const list = editTokens(transcript, tokens, none, origin.given)
  const head = Math.min(transcript.head, tokens)
  return { transcript: { ...list, head, pieces: stays, overrun: 0 }, length: units, left }
}

/** How many tokens spell a beginning of the bytes, and its length, which ends between two characters. */
function common(
  vocabulary: Vocabulary,
  tokens: Int32Array,
  pieces: readonly Piece[],
  bytes: Buffer,
): { readonly tokens: number; readonly length: number } {
  const specials = specialsIn(vocabulary, pieces)
  let next = specials.next()
  // The model's BOS has no text.
  let count = vocabulary.addsBos && tokens[0] === vocabulary.bos ? 1 : 0
  let sure = { tokens: count, length: 0 }
  let isFirst = true
  for (let at = 0; count < tokens.length; count += 1) {
    const token = tokens[count]!
    const isSpecial = vocabulary.isSpecial(token)
    const special = next.done === true ? null : next.value
    let own = isSpecial ? vocabulary.specialText(token) : vocabulary.tokenBytes(token)
    if (!isSpecial && isFirst && vocabulary.addsSpace && own[0] === 0x20) own = own.subarray(1)
    // A special token is one at its place, and what is one there is not spelled by others.
    if (
      isSpecial
        ? special?.at !== at || special.token !== token
        : special !== null && at + own.length > special.at
    ) {
      break
    }
    if (bytes.compare(own, 0, own.length, at, Math.min(bytes.length, at + own.length)) !== 0) break
    if (isSpecial) next = specials.next()
    isFirst = isSpecial
    at += own.length
    const isBetween = at === bytes.length || (bytes[at]! & 0xc0) !== 0x80
    // A space that stands in front of a text is nothing without it.
    if (isBetween && own.length > 0) sure = { tokens: count + 1, length: at }
  }
  return sure
}

/** The special tokens the pieces have in their marks, and where. */
function* specialsIn(
  vocabulary: Vocabulary,
  pieces: readonly Piece[],
): Generator<{ readonly at: number; readonly token: number | undefined }, void> {
  let at = 0
  for (const { kind, text } of pieces) {
    const parts = kind === 'mark' ? splitAtSpecial(vocabulary, text) : [{ text, isSpecial: false }]
    for (const part of parts) {
      const bytes = encoder.encode(part.text)
      if (part.isSpecial) yield { at, token: vocabulary.tokenize(bytes, { special: true })[0] }
      at += bytes.length
    }
  }
}
