// Cells whose state lies in host memory: how they get there, come back, and are given up. Decides what is forgotten
// when the device refuses; whether parking or coming back is worth it is decided by the callers.
import { assert } from '../base/assert.js'
import type { KvCache } from './cache.js'
import type { Lease } from './leases.js'
import { parkedChain, type TreeNode } from './prefix-tree.js'

/** Queues the writing of a leaf's state, while its lease still holds the cells. */
export function park(cache: KvCache, node: TreeNode, lease: Lease): void {
  node.blob = cache.host.add(node)
  cache.queue({ kind: 'park', sequence: lease.id, from: node.from, until: node.until, blob: node.blob })
}

/** A park was refused: there is no state to come back from. */
export function parkFailed(cache: KvCache, blob: number): void {
  const node = cache.host.nodeOf(blob)
  if (node === null) return
  dropParkedBelow(cache, node)
  cache.lost.remember(cache.tree, node, node.from)
  cache.host.drop(blob)
  node.blob = null
  cache.tree.remove(node)
}

/**
 * Brings a parked node and the parked ones above it back, as idle cells. Null where room or ids are short.
 * The operations must run alone in a step: `restoreFailed` tells what to forget if one is refused.
 */
export function restore(
  cache: KvCache,
  node: TreeNode,
): { readonly lease: Lease; readonly chain: readonly TreeNode[] } | null {
  const chain = parkedChain(node)
  const base = chain[0]!.parent!
  const cells = chain.reduce((sum, one) => sum + one.length, 0)
  cache.tree.lock(node)
  const hasRoom = cache.makeRoom(cells) && cache.makeId()
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
  cache.move(lease, node)
  return { lease, chain }
}

/** A restore was refused: its nodes hold nothing after all. */
export function restoreFailed(cache: KvCache, lease: Lease, chain: readonly TreeNode[]): void {
  cache.move(lease, chain[0]!.parent!)
  for (const node of [...chain].reverse()) {
    dropParkedBelow(cache, node)
    cache.lost.remember(cache.tree, node, node.from)
    cache.tree.remove(node)
  }
  cache.queue({ kind: 'truncate', sequence: lease.id, from: chain[0]!.from })
  cache.release(lease)
}

/** Gives up parked states beyond the budget. */
export function trimHost(cache: KvCache): void {
  for (let node = cache.host.nextToGiveUp(); node !== null; node = cache.host.nextToGiveUp()) {
    dropParked(cache, node)
  }
}

/** Gives up one parked leaf. */
export function dropParked(cache: KvCache, node: TreeNode): void {
  assert(node.blob !== null, 'a parked node has a blob')
  cache.lost.remember(cache.tree, node, node.from)
  cache.queue({ kind: 'drop-blob', blob: node.blob })
  cache.host.drop(node.blob)
  node.blob = null
  cache.tree.remove(node)
}

export function dropParkedBelow(cache: KvCache, node: TreeNode): void {
  for (const child of [...node.allChildren()]) {
    dropParkedBelow(cache, child)
    dropParked(cache, child)
  }
}
