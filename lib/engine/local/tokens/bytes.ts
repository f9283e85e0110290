// The bytes of every token in one block, so that asking for them is a lookup and no call into native code. Decides
// nothing; made once for each vocabulary, by one pass over it. Takes the bytes of all tokens, and five more for each.
import type { NativeVocab } from '../../../native/addon.js'

export class TokenBytes {
  readonly #bytes: Uint8Array
  /** Where each token's bytes start, and last the end of all. */
  readonly #starts: Uint32Array
  readonly #isSpecial: Uint8Array

  constructor(vocab: Pick<NativeVocab, 'size' | 'tokenBytes' | 'isSpecial'>) {
    const { size } = vocab
    let block = new Uint8Array(size * 8)
    this.#starts = new Uint32Array(size + 1)
    this.#isSpecial = new Uint8Array(size)
    let end = 0
    for (let token = 0; token < size; token++) {
      const bytes = vocab.tokenBytes(token)
      if (end + bytes.length > block.length) {
        const grown = new Uint8Array(Math.max(end + bytes.length, block.length * 2))
        grown.set(block)
        block = grown
      }
      block.set(bytes, end)
      end += bytes.length
      this.#starts[token + 1] = end
      // Special tokens have no bytes.
      if (bytes.length === 0 && vocab.isSpecial(token)) this.#isSpecial[token] = 1
    }
    this.#bytes = block.slice(0, end)
  }

  has(token: number): boolean {
    return Number.isInteger(token) && token >= 0 && token < this.#isSpecial.length
  }

  /** A view; nobody may write to it. */
  bytesOf(token: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[token]!, this.#starts[token + 1]!)
  }

  isSpecial(token: number): boolean {
    return this.#isSpecial[token] === 1
  }
}
