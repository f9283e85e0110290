// Tokens as bytes: the small steps boundary.ts is made of.
import type { Vocabulary } from './vocabulary.js'

/** The bytes of the tokens, one after the other. */
export function joinTokenBytes(vocab: Vocabulary, tokens: Int32Array): Uint8Array {
  // A few bytes each, and the end of every text is read again: copied one by one they need no view of each.
  const { bytes, starts } = vocab.table()
  const all = new Uint8Array(tokens.reduce((length, token) => length + lengthIn(vocab, starts, token), 0))
  let offset = 0
  for (const token of tokens) {
    const until = starts[token + 1]!
    for (let at = starts[token]!; at < until; at += 1) all[offset++] = bytes[at]!
  }
  return all
}

/** Throws UsageError TOKEN_OUT_OF_RANGE. */
function lengthIn(vocab: Vocabulary, starts: Uint32Array, token: number): number {
  const isKnown = token >= 0 && token < vocab.size
  return isKnown ? starts[token + 1]! - starts[token]! : vocab.tokenBytes(token).length
}

export function concatBytes(before: Uint8Array, after: Uint8Array): Uint8Array {
  const all = new Uint8Array(before.length + after.length)
  all.set(before)
  all.set(after, before.length)
  return all
}

export function concatTokens(before: Int32Array, after: Int32Array): Int32Array {
  const all = new Int32Array(before.length + after.length)
  all.set(before)
  all.set(after, before.length)
  return all
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

/** The bytes without a code point that is cut off at their end. */
export function wholeCodePoints(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}

/** Where each token starts in the joined bytes, and last the end of all. */
export function boundaryOffsets(vocab: Vocabulary, tokens: Int32Array): number[] {
  const { starts } = vocab.table()
  const offsets = [0]
  let end = 0
  for (const token of tokens) {
    end += lengthIn(vocab, starts, token)
    offsets.push(end)
  }
  return offsets
}

/** Whether no code point is cut at this place. */
function startsCodePoint(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || (bytes[at]! & 0xc0) !== 0x80
}

/** White space as pre-tokenizers see it, which is a little more than JavaScript does. */
const spaceRun = /[\s\u0085]{2,}$/u

/** Where the run of two or more white space characters at the end starts; the length where there is none. */
export function spaceRunStart(bytes: Uint8Array): number {
  for (let reach = 32; ; reach *= 4) {
    const found = spaceRun.exec(tailText(bytes, reach))
    if (!found) return bytes.length
    if (found.index > 0 || reach >= bytes.length) return bytes.length - Buffer.byteLength(found[0])
  }
}

function tailText(bytes: Uint8Array, reach: number): string {
  let from = Math.max(0, bytes.length - reach)
  while (from < bytes.length && !startsCodePoint(bytes, from)) from += 1
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.length - from).toString('utf8')
}
