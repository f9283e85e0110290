// Remembers which tokens were decoded and then lost, so that decoding them again can be told from decoding them for
// the first time. Holds 16 tokens for each cell of the cache, 131,072 at most (some 8 MB); when it is full, the older
// half is forgotten. What is forgotten makes the ledger miscount and changes nothing else.
import type { Position } from '../base/ids.js'
import { noSet } from './adapter-set.js'
import type { PathHash, TreeNode } from './tree-node.js'

const perCell = 16
const rememberedMax = 1 << 17
const start: PathHash = { high: 0x811c9dc5, low: 0x9747b28c }

/** The hash before the first token of what this set of adapters computes. */
export function startOf(set: number): PathHash {
  // As no token is.
  return set === noSet ? start : walk(Int32Array.of(-set), start)
}

/** How far a list of tokens, which only grows, has been read, and the hash of that part. */
export class HashedPath {
  readonly set: number
  position = 0
  hash: PathHash

  constructor(set = noSet) {
    this.set = set
    this.hash = startOf(set)
  }
}

export class LostTokens {
  readonly #max: number
  #young = new Set<number>()
  #old = new Set<number>()

  constructor(cells: number) {
    this.#max = Math.min(rememberedMax, perCell * cells)
  }

  /** The node's cells from a position on are about to go. */
  remember(node: TreeNode, from: Position): void {
    const { tokens, length } = node
    const at = from - node.from
    walk(tokens.subarray(at, length), walk(tokens.subarray(0, at), hashBefore(node)), (key) => {
      if (this.#young.size >= this.#max / 2) [this.#young, this.#old] = [new Set(), this.#young]
      this.#young.add(key)
    })
  }

  /**
   * How many of the tokens at [from, until) had been decoded before and were lost. They are forgotten here. The path
   * is the same for all questions about one list: what it has passed is not read again.
   */
  takeCount(path: HashedPath, tokens: Int32Array, from: number, until: number): number {
    if (from >= until || (this.#young.size === 0 && this.#old.size === 0)) return 0
    if (path.position > from) Object.assign(path, new HashedPath(path.set))
    let count = 0
    path.hash = walk(tokens.subarray(path.position, from), path.hash)
    path.hash = walk(tokens.subarray(from, until), path.hash, (key) => {
      const [isYoung, isOld] = [this.#young.delete(key), this.#old.delete(key)]
      if (isYoung || isOld) count++
    })
    path.position = until
    return count
  }
}

/** The hash of all tokens before the node, kept there and on the nodes above it. */
function hashBefore(node: TreeNode): PathHash {
  const path: TreeNode[] = []
  for (let at: TreeNode | null = node; at !== null && at.hash === null; at = at.parent) path.push(at)
  for (let index = path.length - 1; index >= 0; index--) {
    const at = path[index]!
    const { parent } = at
    at.hash = parent === null ? start : walk(parent.tokens.subarray(0, parent.length), parent.hash!)
  }
  return node.hash!
}

/**
 * The hash behind the tokens. Visits a key for each of them: a hash of it and all before it, of 53 bits, so that
 * chance meetings do not matter.
 */
function walk(tokens: Int32Array, before: PathHash, visit?: (key: number) => void): PathHash {
  let { high, low } = before
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!
    const a = Math.imul(high ^ token, 0x01000193)
    const b = Math.imul(low ^ (token + 0x9e37), 0x85ebca6b)
    high = a ^ (b >>> 13)
    low = b ^ (a >>> 11)
    visit?.((high >>> 0) * 2 ** 21 + (low & 0x1fffff))
  }
  return { high, low }
}
