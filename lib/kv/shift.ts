// Drops a middle part of a cached sequence and moves what follows down, without decoding. Decides which cells
// are moved and which are copied first. The result belongs to a lineage, so that other requests never match it.
//
//   base ─ [dropped] ─ [tail] lease 3        base ─ [tail] lease 3, of the lineage        nobody else used it: moved
//   base ─ [dropped] ─ [tail] lease 3        as it was, and base ─ [tail] lease 4         somebody else does: copied
import { assert } from '../base/assert.js'
import type { Position } from '../base/ids.js'
import type { KvCache } from './cache.js'
import { makeRoom } from './evict.js'
import { leaseBelow } from './holders.js'
import type { Lineage } from './lineage.js'
import type { Match } from './match.js'
import { dropParkedBelow } from './park.js'
import type { Lease, TreeNode } from './tree-node.js'

export interface ShiftRange {
  /** At least 1. */
  readonly from: number
  readonly until: number
  readonly into: Lineage
}

export interface Shifted {
  readonly lease: Lease
  readonly node: TreeNode
}

/**
 * Queues the shift of what was found of the tokens. Null where nothing behind the range is cached, or where room or
 * ids are short: the tail is then decoded again by whoever needs it. Until the device has answered, the lease works;
 * then `release` it, or call `shiftFailed`.
 */
export function shiftTail(
  cache: KvCache,
  tokens: Int32Array,
  found: Match,
  range: ShiftRange,
): Shifted | null {
  const { tree } = cache
  const { into } = range
  const [from, until] = [range.from as Position, range.until as Position]
  if (!cache.isSliceable || found.length <= until) return null
  const end = tree.split(found.node, found.length)
  const base = nodeEndingAt(cache, end, from)
  const tail = tokens.slice(until, found.length)
  const lease = takeSequence(cache, base, end)
  if (lease === null) return null
  // The device gives a tail cells of its own where another sequence is as long.
  const isAlone = (): boolean =>
    [...cache.leases.held].every((other) => other === lease || other.node.until <= until)
  // Making room may be what leaves it alone.
  if (!isAlone() && !makeRoom(cache, tail.length) && !isAlone()) {
    cache.release(lease)
    return null
  }
  cache.queue({ kind: 'shift', sequence: lease.id, from, until })
  cache.hasShiftPending = true
  cache.move(lease, base)
  prune(cache, end, base)
  const node = tree.add(base, tail, 'live', into.number)
  cache.move(lease, node)
  return { lease, node }
}

/** The device refused: its sequence holds what it held before. */
export function shiftFailed(cache: KvCache, { lease, node }: Shifted): void {
  const base = node.parent!
  cache.queue({ kind: 'truncate', sequence: lease.id, from: base.until })
  cache.move(lease, base)
  cache.tree.remove(node)
  cache.release(lease)
}

/**
 * Gives up what only these lineages, or requests of these sets of adapters, could find. What is in use stays, and its
 * number in the set, to be asked again.
 */
export function forgetLineages(cache: KvCache, numbers: Set<number>): void {
  for (const number of numbers) {
    let isGone = true
    for (const node of cache.tree.ofLineage(number)) isGone = cache.forget(node) && isGone
    if (isGone && cache.tree.dropSet(number)) numbers.delete(number)
  }
}

function nodeEndingAt(cache: KvCache, end: TreeNode, position: Position): TreeNode {
  let node = end
  while (node.from >= position) {
    assert(node.parent !== null, 'a range begins behind the first token')
    node = node.parent
  }
  return cache.tree.split(node, position)
}

/** The idle sequence that ends here, where nobody but it holds the path from the base on; else a copy of it. */
function takeSequence(cache: KvCache, base: TreeNode, end: TreeNode): Lease | null {
  let top = end
  while (top.parent !== base) top = top.parent!
  const idle = end.leases.find((lease) => lease.owner === 'tree')
  if (idle !== undefined && top.locks === 0) return cache.takeOver(idle)
  return cache.copyOf(end)
}

/** Takes away what the moved sequence alone kept. */
function prune(cache: KvCache, end: TreeNode, base: TreeNode): void {
  for (let node = end; node !== base; ) {
    const parent: TreeNode = node.parent!
    if (node.locks > 0 || leaseBelow(node) !== null) return
    cache.lost.remember(node, node.from)
    dropParkedBelow(cache, node)
    cache.tree.remove(node)
    node = parent
  }
}
