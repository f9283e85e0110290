// Remembers which tokens were decoded and then lost, so that decoding them again can be told from decoding them for
// the first time. Decides nothing else; forgets the oldest beyond its bound, and a wrong answer only miscounts.
import type { PrefixTree, TreeNode } from './prefix-tree.js'

const rememberedMax = 1 << 17

/** Extends the hash of a token list by one token; 53 bits, so that chance meetings do not matter. */
function extend(hash: readonly [number, number], token: number): [number, number] {
  const a = Math.imul(hash[0] ^ token, 0x01000193)
  const b = Math.imul(hash[1] ^ (token + 0x9e37), 0x85ebca6b)
  return [a ^ (b >>> 13), b ^ (a >>> 11)]
}
const keyOf = (hash: readonly [number, number]): number => (hash[0] >>> 0) * 2 ** 21 + (hash[1] & 0x1fffff)

export class LostTokens {
  readonly #keys = new Set<number>()

  /** The node's cells are about to go. */
  remember(tree: PrefixTree, node: TreeNode, from: number): void {
    const tokens = tree.pathTokens(node)
    this.#walk(tokens, tokens.length, (key, position) => {
      if (position >= from) this.#keys.add(key)
    })
    for (const key of this.#keys) {
      if (this.#keys.size <= rememberedMax) break
      this.#keys.delete(key)
    }
  }

  /** How many of the tokens at [from, until) had been decoded before and were lost. They are forgotten here. */
  takeCount(tokens: Int32Array, from: number, until: number): number {
    if (this.#keys.size === 0) return 0
    let count = 0
    this.#walk(tokens, until, (key, position) => {
      if (position >= from && this.#keys.delete(key)) count++
    })
    return count
  }

  #walk(tokens: Int32Array, until: number, visit: (key: number, position: number) => void): void {
    let hash: [number, number] = [0x811c9dc5, 0x9747b28c]
    for (let position = 0; position < until; position++) {
      hash = extend(hash, tokens[position]!)
      visit(keyOf(hash), position)
    }
  }
}
