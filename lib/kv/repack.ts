// Moves all cells down into the places that parked and evicted ones left. Decides only who holds which cells: a shared
// cell is moved once, for all its sequences. Whether that is worth it is decided in lib/schedule.

import type { Position } from '../base/ids.js'
import type { KvCache } from './cache.js'
import { holdersOf } from './holders.js'
import type { TreeNode } from './tree-node.js'

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

/** Cells of a node that are yet to move. */
export interface Stretch {
  readonly node: TreeNode
  readonly from: Position
  readonly until: Position
}

/** All cells there are, in stretches of so many at most. */
export function stretchesOf({ tree }: KvCache, cellsMax: number): Stretch[] {
  const stretches: Stretch[] = []
  for (const node of tree.nodes()) {
    if (node.isRoot || node.state !== 'live') continue
    for (let from = node.from; from < node.until; from = (from + cellsMax) as Position) {
      stretches.push({ node, from, until: Math.min(node.until, from + cellsMax) as Position })
    }
  }
  return stretches
}

/** Moves one stretch; only once all were moved lies none above the others. */
export function repackStretch(cache: KvCache, { node, from, until }: Stretch): void {
  cache.places.cellsMoved = cache.places.until
  const nodes = [...cache.tree.nodes()]
  cache.queue({ kind: 'repack', sequences: holdersOf(nodes).get(node)!, from, until })
}
