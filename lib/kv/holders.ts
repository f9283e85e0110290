// Who holds the cells of a node. Rests on what the integrity check demands: every node with cells has a lease on it or
// a child with cells, so no question needs more than a walk along one path. Never recurses.
import { type SequenceId, tokenAt } from '../base/ids.js'
import type { Lease, TreeNode } from './tree-node.js'

/** A lease that holds the node's cells: on the node or on one below it. */
export function leaseBelow(node: TreeNode): Lease | null {
  for (let at: TreeNode | null = node; at !== null; at = at.childWithCells()) {
    if (at.leases.length > 0) return at.leases[0]!
  }
  return null
}

/** Whether a lease other than this one, which hangs there, hangs on the node or below it. */
export function hasOtherLease(node: TreeNode, than: Lease): boolean {
  let below: TreeNode | null = null
  for (let at: TreeNode = than.node; ; at = at.parent!) {
    if (at.leases.some((lease) => lease !== than) || at.childWithCells(below) !== null) return true
    if (at === node) return false
    below = at
  }
}

/** Every sequence that goes through each of the nodes, which are all there are, parents first. */
export function holdersOf(nodes: readonly TreeNode[]): ReadonlyMap<TreeNode, readonly SequenceId[]> {
  const holders = new Map<TreeNode, readonly SequenceId[]>()
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index]!
    let ids: readonly SequenceId[] = node.leases.map((lease) => lease.id)
    for (const child of node.allChildren()) {
      if (child.state === 'parked') continue
      const below = holders.get(child)!
      // A chain of nodes that one sequence goes through has one list.
      ids = ids.length === 0 ? below : ids.concat(below)
    }
    holders.set(node, ids)
  }
  return holders
}

/** Whether other children of the parent hold the same tokens. */
export function hasTwin(node: TreeNode): boolean {
  const stack = [{ at: node.parent!, offset: 0 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { at, offset } = next
    for (const twin of at.children.get(tokenAt(node.tokens, offset)) ?? []) {
      if (twin === node || twin.state !== 'live') continue
      if (twin.lineage !== null && twin.lineage !== node.lineage) continue
      const length = Math.min(twin.length, node.length - offset)
      let index = 0
      while (index < length && twin.tokens[index] === node.tokens[offset + index]) index++
      if (index < length) continue
      if (offset + length === node.length) return true
      stack.push({ at: twin, offset: offset + length })
    }
  }
  return false
}
