// Which places of a text no token can lie across. Decides that from the vocabulary's byte strings alone: a place that
// no token crosses separates what is left of it from what is right of it, for every tokenizer that only joins
// neighbours (BPE with or without a pre-tokenizer, SentencePiece, unigram, longest match).
//
//   ...  i n t | _ p r i c e      "t_" is no token, nor is anything longer across the bar: safe
//   ...  1 2 3 | 4                "34" is a token: not safe, the digits right of it group by what is left of it
import type { Vocabulary } from './vocabulary.js'

export interface TokenTable {
  /** Bytes of the longest token. */
  readonly bytesMax: number
  /** Whether a token lies across `at` in the text before `end`: starts before `at`, ends after it, not after `end`. */
  isCrossed(text: TextBytes, at: number, end?: number): boolean
  /** Index of the first token after the last special one: how far text may be tokenised again. */
  textStart(tokens: Int32Array): number
  /** Number of bytes of a token. */
  lengthOf(token: number): number
}

/** Bytes beside their spelling in latin1, which is what byte strings are looked up by. */
export interface TextBytes {
  readonly bytes: Uint8Array
  readonly latin1: string
}

export function textBytes(bytes: Uint8Array): TextBytes {
  return { bytes, latin1: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1') }
}

const tables = new WeakMap<Vocabulary, TokenTable>()

/** The vocabulary's table; made when first asked for (tens of milliseconds for 128k tokens), then kept. */
export function tokenTable(vocab: Vocabulary): TokenTable {
  let table = tables.get(vocab)
  if (table === undefined) {
    table = new ScannedTable(vocab)
    tables.set(vocab, table)
  }
  return table
}

class ScannedTable implements TokenTable {
  readonly bytesMax: number
  readonly #vocab: Vocabulary
  readonly #spellings = new Set<string>()
  /** Bit b of row a: some token has byte b right after byte a. */
  readonly #pairs = new Uint8Array(256 * 256)
  readonly #lengths: Uint32Array
  readonly #isSpecial: Uint8Array

  constructor(vocab: Vocabulary) {
    this.#vocab = vocab
    this.#lengths = new Uint32Array(vocab.size)
    this.#isSpecial = new Uint8Array(vocab.size)
    let bytesMax = 1
    for (let token = 0; token < vocab.size; token += 1) {
      const bytes = vocab.tokenBytes(token)
      this.#lengths[token] = bytes.length
      if (bytes.length === 0 && vocab.isSpecial(token)) this.#isSpecial[token] = 1
      if (bytes.length < 2) continue
      bytesMax = Math.max(bytesMax, bytes.length)
      this.#spellings.add(textBytes(bytes).latin1)
      for (let index = 1; index < bytes.length; index += 1) {
        this.#pairs[bytes[index - 1]! * 256 + bytes[index]!] = 1
      }
    }
    this.bytesMax = bytesMax
  }

  textStart(tokens: Int32Array): number {
    // Whole transcripts are passed over here, for every literal and hole: nothing but lookups.
    const isSpecial = this.#isSpecial
    let index = tokens.length
    while (index > 0 && isSpecial[tokens[index - 1]!] !== 1) index -= 1
    return index
  }

  lengthOf(token: number): number {
    return this.#lengths[token]!
  }

  isCrossed({ bytes, latin1 }: TextBytes, at: number, end: number = bytes.length): boolean {
    if (at <= 0 || at >= end) return false
    if (this.#pairs[bytes[at - 1]! * 256 + bytes[at]!] === 0) return false
    const first = Math.max(0, at - this.bytesMax + 1)
    for (let from = at - 1; from >= first; from -= 1) {
      if (!this.#vocab.canExtend(bytes.subarray(from, at))) continue
      const last = Math.min(end, from + this.bytesMax)
      for (let until = at + 1; until <= last; until += 1) {
        if (this.#spellings.has(latin1.slice(from, until))) return true
        if (until < last && !this.#vocab.canExtend(bytes.subarray(from, until))) break
      }
    }
    return false
  }
}
