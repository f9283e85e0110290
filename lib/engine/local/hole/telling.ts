// Tells whoever listens to a fill what it draws. While a request runs, the matcher is the engine's and the tokens are
// in no list yet, so what they mean is worked out from their bytes. Forced tokens are told with the next drawn one.

import { tokenKind } from '../../../base/token-kind.js'
import type { FillRequest } from '../../fill.js'
import { concatTokens } from '../tokens/text.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import { CertainText } from './certain-text.js'
import { GrowingBytes } from './growing-bytes.js'

export class Telling {
  readonly #news: FillRequest['listener']['news']
  readonly #certain: CertainText
  readonly #bytes: GrowingBytes
  /** Forced tokens of the running request. */
  #waiting: Int32Array = new Int32Array(0)

  constructor(vocabulary: Vocabulary, { stops, follows, listener }: FillRequest, prefixLength: number) {
    this.#news = listener.news
    this.#certain = new CertainText([...stops, follows.literal, ...follows.either])
    this.#bytes = new GrowingBytes(vocabulary, prefixLength)
  }

  /** For one request; `own`: the hole's tokens before it. null: nobody listens. */
  during(own: Int32Array): ((tokens: Int32Array, kinds: Uint8Array) => void) | null {
    const news = this.#news
    if (news === null) return null
    this.#waiting = new Int32Array(0)
    return (tokens, kinds) => {
      const untold = concatTokens(own.subarray(this.#bytes.tokens), this.#waiting)
      const until = kinds.findLastIndex((kind) => kind !== tokenKind.forced) + 1
      this.#waiting = until === 0 ? concatTokens(this.#waiting, tokens) : tokens.subarray(until)
      if (until === 0) return
      const bytes = this.#bytes.add(concatTokens(untold, tokens.subarray(0, until)))
      const drawn = Array.from(tokens).filter((_, index) => kinds[index] !== tokenKind.forced)
      news(this.#certain.next(bytes), drawn)
    }
  }

  /** The rest of a value that is known now. */
  finish(text: string): void {
    if (this.#news === null) return
    const rest = this.#certain.last(text)
    if (rest !== '') this.#news(rest, [])
  }
}
