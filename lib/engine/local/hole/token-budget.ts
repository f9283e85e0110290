// The tokens one value may still take, as an immutable value. Decides that those which only spell the end of the
// literal before it again cost nothing: they are no part of the value.
import { origin, type TokenList } from '../text/tokens.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

export class TokenBudget {
  readonly left: number
  /** Tokens that reach into the value, so far. */
  readonly spent: number
  readonly #vocabulary: Vocabulary
  /** Bytes of the literal that are not spelled again yet. */
  readonly #prefixLeft: number

  constructor(vocabulary: Vocabulary, most: number, prefixLength: number, spent = 0) {
    this.#vocabulary = vocabulary
    this.#prefixLeft = prefixLength
    this.left = Math.max(0, most - spent)
    this.spent = spent
  }

  /** After tokens that were drawn. */
  drawn(tokens: Int32Array): TokenBudget {
    return this.#after(tokens, 1)
  }

  /** After tokens that nothing chose. */
  forced(tokens: Int32Array): TokenBudget {
    return this.#after(tokens, 0)
  }

  /** After tokens of an earlier attempt: those that were drawn then. */
  kept({ tokens, origins }: Pick<TokenList, 'tokens' | 'origins'>): TokenBudget {
    let budget: TokenBudget = this
    for (let from = 0, until = 0; from < tokens.length; from = until) {
      while (until < tokens.length && origins[until] === origins[from]) until += 1
      const part = tokens.subarray(from, until)
      budget = origins[from] === origin.sampled ? budget.drawn(part) : budget.forced(part)
    }
    return budget
  }

  #after(tokens: Int32Array, cost: number): TokenBudget {
    let prefixLeft = this.#prefixLeft
    let count = 0
    for (const token of tokens) {
      const { length } = this.#vocabulary.tokenBytes(token)
      if (length > prefixLeft) break
      prefixLeft -= length
      count += 1
    }
    if (count < tokens.length) prefixLeft = 0
    const spent = this.spent + cost * (tokens.length - count)
    return new TokenBudget(this.#vocabulary, this.left + this.spent, prefixLeft, spent)
  }
}
