// Cells whose state lies in host memory: how they get there and are given up. Decides what is forgotten when the device
// refuses; whether parking is worth it is decided by the callers.
import { assert } from '../base/assert.js'
import type { KvCache } from './cache.js'
import type { Lease } from './leases.js'
import type { TreeNode } from './prefix-tree.js'

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
