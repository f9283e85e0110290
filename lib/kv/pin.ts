// Keeps tokens cached until the pin is given up, whatever else needs room. Decides which node a pin holds; never
// decodes or restores what is not there.
import type { KvCache } from './cache.js'
import type { Lineage } from './lineage.js'
import type { TreeNode } from './tree-node.js'

/** Protects all of the tokens from eviction. Null where they are not all there. */
export function pin(cache: KvCache, tokens: Int32Array, lineage: Lineage | null = null): TreeNode | null {
  const found = cache.tree.match(tokens, { count: tokens.length, limit: tokens.length, lineage })
  if (found.length < tokens.length) return null
  const node = cache.tree.split(found.node, found.length)
  cache.tree.lock(node)
  if (!cache.isSliceable && !hasKeeper(cache, node)) {
    cache.tree.unlock(node)
    return null
  }
  return node
}

/** Ends one pin; nothing happens where the cache was emptied meanwhile. */
export function unpin(cache: KvCache, node: TreeNode): void {
  if (node.parent !== null) cache.tree.unlock(node)
}

/** Where whole sequences only can be forked, a pinned node needs an idle lease of its own. */
function hasKeeper(cache: KvCache, node: TreeNode): boolean {
  if (node.leases.every((lease) => lease.owner === 'request')) cache.checkpoint(node.leases[0]!)
  return node.leases.some((lease) => lease.owner === 'tree')
}
