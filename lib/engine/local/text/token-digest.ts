// A digest of all tokens of a list, at the cost of its new ones: digests of its beginnings are kept, one every few
// hundred tokens, and go on to the lists made from it. Equal lists have equal digests, however they came to be.
import { createHash } from 'node:crypto'

interface Mark {
  /** Tokens from the start that the digest stands for. */
  readonly count: number
  readonly digest: Uint8Array
  readonly before: Mark | null
}

/** Tokens from one kept digest to the next: 32 bytes and an object for a thousand tokens. */
const stride = 1024

export class TokenDigest {
  #last: Mark | null

  constructor(last: Mark | null = null) {
    this.#last = last
  }

  /** For a list that begins with the first `keep` tokens of this one. */
  cut(keep: number): TokenDigest {
    let mark = this.#last
    while (mark !== null && mark.count > keep) mark = mark.before
    return new TokenDigest(mark)
  }

  /** What stands for the list's beginning, and the tokens behind it. `tokens` are the list this belongs to. */
  of(tokens: Int32Array): { readonly digest: Uint8Array | null; readonly rest: Int32Array } {
    let last = this.#last
    let count = last?.count ?? 0
    for (; tokens.length - count >= stride; count += stride) {
      const hash = createHash('sha256')
      if (last !== null) hash.update(last.digest)
      const digest = hash.update(tokens.subarray(count, count + stride)).digest()
      last = { count: count + stride, digest, before: last }
    }
    this.#last = last
    return { digest: last?.digest ?? null, rest: tokens.subarray(count) }
  }
}
