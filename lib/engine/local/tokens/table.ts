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

const pairs = 256 * 256

/** The byte at `at` and the one behind it, as one number. */
function pairOf(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!
}

const tables = new WeakMap<Vocabulary, TokenTable>()

/** The vocabulary's table; made when first asked for (a few milliseconds for 128k tokens), then kept. */
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
  readonly #starts: Uint32Array
  readonly #isSpecial: Uint8Array
  /** Tokens of two bytes or more by the first two of them; those of pair p are the ones from #pairStarts[p] on. */
  readonly #byPair: Uint32Array
  readonly #pairStarts: Uint32Array
  /** Whether some token has this byte pair anywhere. */
  readonly #hasPair = new Uint8Array(pairs)
  /** The tokens of a pair as latin1, made when first asked for: texts ask for few of them. */
  readonly #spellings = new Map<number, ReadonlySet<string>>()

  constructor(vocab: Vocabulary) {
    const { size } = vocab
    const { bytes, starts, special } = vocab.table()
    this.#vocab = vocab
    this.#starts = starts
    this.#isSpecial = new Uint8Array(size)
    const ends = new Uint32Array(pairs + 1)
    let bytesMax = 1
    for (let token = 0; token < size; token += 1) {
      const [from, until] = [starts[token]!, starts[token + 1]!]
      if (from === until) this.#isSpecial[token] = special[token]!
      if (until - from < 2) continue
      bytesMax = Math.max(bytesMax, until - from)
      ends[pairOf(bytes, from)]!++
      for (let at = from; at < until - 1; at += 1) this.#hasPair[pairOf(bytes, at)] = 1
    }
    for (let pair = 1; pair <= pairs; pair += 1) ends[pair]! += ends[pair - 1]!
    this.#byPair = new Uint32Array(ends[pairs]!)
    for (let token = size - 1; token >= 0; token -= 1) {
      const from = starts[token]!
      if (starts[token + 1]! - from >= 2) this.#byPair[--ends[pairOf(bytes, from)]!] = token
    }
    this.#pairStarts = ends
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
    return this.#starts[token + 1]! - this.#starts[token]!
  }

  #spelledFrom(pair: number): ReadonlySet<string> {
    let spellings = this.#spellings.get(pair)
    if (spellings === undefined) {
      const tokens = this.#byPair.subarray(this.#pairStarts[pair], this.#pairStarts[pair + 1])
      spellings = new Set(Array.from(tokens, (token) => textBytes(this.#vocab.tokenBytes(token)).latin1))
      this.#spellings.set(pair, spellings)
    }
    return spellings
  }

  isCrossed({ bytes, latin1 }: TextBytes, at: number, end: number = bytes.length): boolean {
    if (at <= 0 || at >= end) return false
    if (this.#hasPair[pairOf(bytes, at - 1)] === 0) return false
    const first = Math.max(0, at - this.bytesMax + 1)
    for (let from = at - 1; from >= first; from -= 1) {
      if (!this.#vocab.canExtend(bytes.subarray(from, at))) continue
      const spellings = this.#spelledFrom(pairOf(bytes, from))
      const last = Math.min(end, from + this.bytesMax)
      for (let until = at + 1; until <= last; until += 1) {
        if (spellings.has(latin1.slice(from, until))) return true
        if (until < last && !this.#vocab.canExtend(bytes.subarray(from, until))) break
      }
    }
    return false
  }
}
