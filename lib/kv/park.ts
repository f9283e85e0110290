// Cells whose state lies in host memory: how they get there and are given up. Decides what is forgotten when the device
// refuses; whether parking is worth it is decided by the callers.
import { assert } from '../base/assert.js'
import type { CacheState } from './cache-state.js'
import type { Lease, TreeNode } from './tree-node.js'

/** Queues the writing of a leaf's state, while its lease still holds the cells. */
export function park(cache: CacheState, node: TreeNode, lease: Lease): void {
  node.blob = cache.host.add(node)
  cache.queue({ kind: 'park', sequence: lease.id, from: node.from, until: node.until, blob: node.blob })
}

/** A park was refused: there is no state to come back from. */
export function parkFailed(cache: CacheState, blob: number): void {
  const node = cache.host.nodeOf(blob)
  if (node === null) return
  dropParkedBelow(cache, node)
  cache.lost.remember(node, node.from)
  cache.host.drop(blob)
  node.blob = null
  cache.tree.remove(node)
}

/** Gives up parked states beyond the budget, the least recently used leaf first. */
export function trimHost(cache: CacheState): void {
  const { host } = cache
  if (host.bytesUsed === 0) return
  const { limit } = host
  if (host.bytesUsed <= limit) return
  const leaves = host.idleLeaves()
  while (host.bytesUsed > limit) {
    const node = leaves.pop()
    if (node === undefined) return
    const parent = node.parent!
    dropParked(cache, node)
    if (parent.state !== 'parked' || parent.children.size > 0 || parent.locks > 0) continue
    // Mostly the coldest one by now, as a path is used no later than its end.
    let at = leaves.length
    while (at > 0 && leaves[at - 1]!.usedAt < parent.usedAt) at--
    leaves.splice(at, 0, parent)
  }
}

/** Gives up one parked leaf. */
export function dropParked(cache: CacheState, node: TreeNode): void {
  assert(node.blob !== null, 'a parked node has a blob')
  cache.lost.remember(node, node.from)
  cache.queue({ kind: 'drop-blob', blob: node.blob })
  cache.host.drop(node.blob)
  node.blob = null
  cache.tree.remove(node)
}

export function dropParkedBelow(cache: CacheState, node: TreeNode): void {
  const below = [...node.allChildren()]
  for (const child of below) for (const one of child.allChildren()) below.push(one)
  // Children come behind their parents.
  while (below.length > 0) dropParked(cache, below.pop()!)
}
