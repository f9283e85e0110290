// Moves all cells down into the places that parked and evicted ones left. Decides only who holds which cells: a shared
// cell is moved once, for all its sequences. Whether that is worth it is decided in lib/schedule.

import type { KvCache } from './cache.js'
import { holdersOf } from './holders.js'

/** Whether the device can move cells. */
export function canRepack(cache: KvCache): boolean {
  return cache.isSliceable && cache.options.canPark
}

/** Looks how far up the cells that are left can lie at most. */
export function lowerPlaces({ tree, places }: KvCache): void {
  let until = 0
  tree.reached(places.until)
  for (const node of tree.nodes()) {
    if (node.state !== 'live') continue
    node.reach = Math.min(node.reach, places.until)
    until = Math.max(until, node.reach)
  }
  places.lower(until)
}

/** Queues one operation a node. The device may refuse some of them, and has then moved or lost nothing by them. */
export function repack(cache: KvCache): void {
  // What is evicted behind these operations is still there while cells move.
  cache.places.cellsMoved = cache.tree.cellsLive
  const nodes = [...cache.tree.nodes()]
  const holders = holdersOf(nodes)
  for (const node of nodes) {
    if (node.isRoot || node.state !== 'live') continue
    cache.queue({ kind: 'repack', sequences: holders.get(node)!, from: node.from, until: node.until })
  }
}
