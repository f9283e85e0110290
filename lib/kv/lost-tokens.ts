// Remembers which tokens were decoded and then lost, so that decoding them again can be told from decoding them for
// the first time. Decides nothing else; forgets the oldest beyond its bound, and a wrong answer only miscounts.
import type { PrefixTree, TreeNode } from './prefix-tree.js'

const rememberedMax = 1 << 17

export class LostTokens {
  readonly #keys = new Set<number>()

  /** The node's cells are about to go. */
  remember(tree: PrefixTree, node: TreeNode, from: number): void {
    const tokens = tree.pathTokens(node)
    walk(tokens, from, tokens.length, (key) => this.#keys.add(key))
    for (const key of this.#keys) {
      if (this.#keys.size <= rememberedMax) break
      this.#keys.delete(key)
    }
  }

  /** How many of the tokens at [from, until) had been decoded before and were lost. They are forgotten here. */
  takeCount(tokens: Int32Array, from: number, until: number): number {
    if (this.#keys.size === 0 || from >= until) return 0
    let count = 0
    walk(tokens, from, until, (key) => {
      if (this.#keys.delete(key)) count++
    })
    return count
  }
}

/**
 * Visits a key for each of the tokens at [from, until): a hash of it and all before it, of 53 bits, so that chance
 * meetings do not matter. Runs over the whole beginning for every range decoded, so nothing is allocated for a token.
 */
function walk(tokens: Int32Array, from: number, until: number, visit: (key: number) => void): void {
  let high = 0x811c9dc5
  let low = 0x9747b28c
  for (let position = 0; position < until; position++) {
    const token = tokens[position]!
    const a = Math.imul(high ^ token, 0x01000193)
    const b = Math.imul(low ^ (token + 0x9e37), 0x85ebca6b)
    high = a ^ (b >>> 13)
    low = b ^ (a >>> 11)
    if (position >= from) visit((high >>> 0) * 2 ** 21 + (low & 0x1fffff))
  }
}
