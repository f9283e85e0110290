// How parked cells come back. Decides what is forgotten when the device refuses; whether coming back is worth it is
// decided in lib/schedule.
import type { KvCache } from './cache.js'
import { makeId, makeRoom } from './evict.js'
import { dropParkedBelow } from './park.js'
import { type Lease, parkedChain, type TreeNode } from './tree-node.js'

/**
 * Brings a parked node and the parked ones above it back, as idle cells. Null where room or ids are short.
 * Nobody may build on it before the device has answered: `restoreFailed` tells what to forget if it refuses.
 */
export function restore(
  cache: KvCache,
  node: TreeNode,
): { readonly lease: Lease; readonly chain: readonly TreeNode[] } | null {
  const chain = parkedChain(node)
  const base = chain[0]!.parent!
  const cells = chain.reduce((sum, one) => sum + one.length, 0)
  cache.tree.lock(node)
  const hasRoom = makeRoom(cache, cells) && makeId(cache)
  const lease = hasRoom ? cache.fork(base) : null
  cache.tree.unlock(node)
  if (lease === null) return null
  for (const one of chain) {
    cache.queue({ kind: 'restore', sequence: lease.id, blob: one.blob! })
    cache.queue({ kind: 'drop-blob', blob: one.blob! })
    cache.host.drop(one.blob!)
    one.blob = null
    cache.tree.setState(one, 'live')
  }
  // What is evicted after this in the same step is still there when these cells come.
  cache.places.reach(cache.tree.cellsLive)
  cache.tree.reached(cache.tree.cellsLive)
  cache.move(lease, node)
  return { lease, chain }
}

/** A restore was refused: its nodes hold nothing after all. */
export function restoreFailed(cache: KvCache, lease: Lease, chain: readonly TreeNode[]): void {
  cache.move(lease, chain[0]!.parent!)
  for (const node of [...chain].reverse()) {
    dropParkedBelow(cache, node)
    cache.lost.remember(node, node.from)
    cache.tree.remove(node)
  }
  cache.queue({ kind: 'truncate', sequence: lease.id, from: chain[0]!.from })
  cache.release(lease)
}
