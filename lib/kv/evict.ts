// What goes when cells or sequence ids run short: the least recently used leaf that nobody works with. Decides whose
// cells go, and whether they are parked or dropped; never touches a locked path.
//
//   trunk ─┬─ a  lease 3      b goes: lease 5 is freed.  then a goes: lease 3 is cut back to the trunk and keeps it
//          └─ b  lease 5
import { assert } from '../base/assert.js'
import { firstPosition, type Position } from '../base/ids.js'
import type { CacheState } from './cache-state.js'
import { hasOtherLease } from './holders.js'
import { dropParkedBelow, park } from './park.js'
import type { Lease, TreeNode } from './tree-node.js'

/** Evict in pieces of this many tokens at least: fewer, larger operations. */
const evictTokensMin = 256

/** Frees cells, least recently used first, until so many are free. False: what is left is in use. */
export function makeRoom(cache: CacheState, cells: number): boolean {
  while (cache.cellsFree < cells) {
    const lease = coldest(cache)
    if (lease === null) return false
    const piece = Math.max(cells - cache.cellsFree, evictTokensMin)
    const node = lease.node
    if (cache.isSliceable && node.length > piece * 1.5 && node.children.size === 0) {
      cache.tree.split(node, (node.until - piece) as Position)
    }
    evict(cache, lease)
  }
  return true
}

/** Frees a sequence id if none is free. False: all are in use. */
export function makeId(cache: CacheState): boolean {
  while (cache.leases.freeCount === 0) {
    const lease = coldest(cache, (idle) => !wouldInherit(cache, idle)) ?? coldest(cache)
    if (lease === null) return false
    evict(cache, lease)
  }
  return true
}

/** Takes the cells of an idle lease's node away: to host memory where that is worth it, else for good. */
export function evict(cache: CacheState, lease: Lease): void {
  const node = lease.node
  assert(lease.owner === 'tree' && node.holds === 0, 'only idle cells are evicted')
  if (!cache.isSliceable) {
    free(cache, lease)
    prune(cache, node)
    return
  }
  // What is parked below would be lost with it.
  const isLong = node.length >= cache.parkTokensMin || node.children.size > 0
  const isWorthParking = isLong && cache.host.hasRoomFor(node.length)
  if (isWorthParking && !cache.hasShiftPending) {
    park(cache, node, lease)
    vacate(cache, lease)
    cache.tree.setState(node, 'parked')
  } else drop(cache, lease)
}

/** Gives the lease's id back, and its cells where nobody else holds them. */
export function free(cache: CacheState, lease: Lease): void {
  if (!lease.node.isRoot) cache.queue({ kind: 'truncate', sequence: lease.id, from: firstPosition })
  cache.leases.giveBack(lease)
}

/** The least recently used idle lease. */
export function coldest(cache: CacheState, suits: (lease: Lease) => boolean = () => true): Lease | null {
  let oldest: Lease | null = null
  for (const lease of cache.leases.held) {
    const node = lease.node
    if (lease.owner !== 'tree' || node.holds > 0 || (cache.isSliceable && node.locks > 0)) continue
    if (oldest !== null && node.usedAt >= oldest.node.usedAt) continue
    if (suits(lease)) oldest = lease
  }
  return oldest
}

/** Whether the parent's cells would be lost with the lease. */
function wouldInherit(cache: CacheState, lease: Lease): boolean {
  const parent = lease.node.parent!
  return cache.isSliceable && !parent.isRoot && !hasOtherLease(parent, lease)
}

/** The leaf's cells go; its lease keeps the parent if nobody else does. */
function vacate(cache: CacheState, lease: Lease): void {
  const parent = lease.node.parent!
  if (wouldInherit(cache, lease)) {
    cache.queue({ kind: 'truncate', sequence: lease.id, from: parent.until })
    cache.leases.move(lease, parent)
  } else free(cache, lease)
}

function drop(cache: CacheState, lease: Lease): void {
  cache.lost.remember(lease.node, lease.node.from)
  dropLeaf(cache, lease)
}

/** Takes the leaf of an idle lease away for good, with what is parked below it. */
export function dropLeaf(cache: CacheState, lease: Lease): void {
  const node = lease.node
  dropParkedBelow(cache, node)
  vacate(cache, lease)
  cache.tree.remove(node)
}

/** Takes away the nodes that no lease passes through any more. */
export function prune(cache: CacheState, from: TreeNode): void {
  let node = from
  while (!node.isRoot && node.children.size === 0 && node.leases.length === 0 && node.locks === 0) {
    const parent = node.parent!
    cache.lost.remember(node, node.from)
    cache.tree.remove(node)
    node = parent
  }
}
