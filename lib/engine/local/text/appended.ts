// What appending long texts came to, for whoever appends one again to the same tokens: room is asked for before a
// prompt is walked. The last few are kept.

import { commonLength } from '../tokens/text.js'
import type { Spelled } from './position.js'

type After = Pick<Spelled, 'tokens' | 'origins' | 'digest' | 'overrun'>

/** Characters from which on a text is remembered. */
const lengthMin = 1 << 14
const countMax = 8

export class Appended {
  readonly #known: { readonly before: Spelled; readonly text: string; readonly after: After }[] = []

  keep(before: Spelled, text: string, { tokens, origins, digest, overrun }: Spelled): void {
    if (text.length <= lengthMin) return
    this.#known.push({ before, text, after: { tokens, origins, digest, overrun } })
    if (this.#known.length > countMax) this.#known.shift()
  }

  find({ tokens, overrun, generatedUntil }: Spelled, text: string): After | null {
    for (const { before, text: known, after } of this.#known) {
      if (known !== text || before.overrun !== overrun || before.tokens.length !== tokens.length) continue
      if (before.generatedUntil !== generatedUntil) continue
      if (commonLength(before.tokens, tokens) === tokens.length) return after
    }
    return null
  }
}
