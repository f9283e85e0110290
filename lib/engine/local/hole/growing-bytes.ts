// The bytes of a hole's tokens while tokens are added, without the bytes in front that belong to the literal before
// it. The vocabulary is asked for each token once.
import type { Vocabulary } from '../tokens/vocabulary.js'

export class GrowingBytes {
  readonly #vocabulary: Vocabulary
  /** Bytes still to be left out. */
  readonly #prefixLength: number
  #skip: number
  #bytes = new Uint8Array(64)
  #length = 0
  #tokens = 0

  constructor(vocabulary: Vocabulary, prefixLength: number) {
    this.#vocabulary = vocabulary
    this.#prefixLength = prefixLength
    this.#skip = prefixLength
  }

  /** Of the tokens, the first so many are in already. */
  get tokens(): number {
    return this.#tokens
  }

  /** Adds what the hole's tokens have beyond those it knows; returns the new bytes. */
  add(tokens: Int32Array): Uint8Array {
    const from = this.#length
    for (const token of tokens) {
      const bytes = this.#vocabulary.tokenBytes(token)
      const skipped = Math.min(this.#skip, bytes.length)
      this.#skip -= skipped
      this.#append(bytes.subarray(skipped))
    }
    this.#tokens += tokens.length
    return this.#bytes.subarray(from, this.#length)
  }

  /** All bytes of the hole's tokens, `own`: those it knows, more of them, or fewer. */
  of(own: Int32Array): Uint8Array {
    if (own.length < this.#tokens) {
      this.#tokens = 0
      this.#length = 0
      this.#skip = this.#prefixLength
    }
    this.add(own.subarray(this.#tokens))
    return this.#bytes.subarray(0, this.#length)
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) {
      const longer = new Uint8Array(Math.max(length, this.#bytes.length * 2))
      longer.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = longer
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }
}
