// The KV cache as the scheduler sees it: forking, moving and releasing sequences. Decides which lease keeps which cells
// alive. Does no IO: it changes the books and queues operations.
//
//   root ─ [trunk] ─┬─ [branch a]  lease 3        trunk's cells live on leases 3 and 5; only leaves hold leases
//                   └─ [branch b]  lease 5        when b goes, lease 5 is freed; when then a goes, lease 3 is cut
//                                                 back to the trunk and keeps it
//
// Where forks take whole sequences only (recurrent memory) a lease on an inner node is a checkpoint and stays.

import { assert } from '../base/assert.js'
import { firstPosition, type Position, tokenAt } from '../base/ids.js'
import { CacheState } from './cache-state.js'
import { dropLeaf, free, makeId, prune } from './evict.js'
import { hasOtherLease, hasTwin, leaseBelow } from './holders.js'
import { dropParked } from './park.js'
import { type Lease, rootOf, type TreeNode } from './tree-node.js'

export class KvCache extends CacheState {
  /** A working sequence over everything up to the node's end. Null: every id is taken by working requests. */
  fork(node: TreeNode): Lease | null {
    this.tree.lock(node)
    const hasId = makeId(this)
    this.tree.unlock(node)
    // Making room for an id may have cut a lease back to this very node.
    const idle = this.isSliceable ? node.leases.find((lease) => lease.owner === 'tree') : undefined
    if (idle !== undefined) return this.takeOver(idle)
    return hasId ? this.copyOf(node) : null
  }

  /** As `fork`, and leaves an idle sequence that ends there alone. */
  copyOf(node: TreeNode): Lease | null {
    this.tree.lock(node)
    const hasId = makeId(this)
    const source = this.isSliceable ? leaseBelow(node) : (node.leases[0] ?? null)
    const lease = hasId ? this.leases.take(node, 'request') : null
    if (lease === null) {
      this.tree.unlock(node)
      return null
    }
    if (!node.isRoot) {
      assert(source !== null, 'cells are held by a lease at or below their node')
      this.queue({ kind: 'copy', from: source.id, to: lease.id, until: node.until })
    }
    this.tree.touch(node, this.clock)
    return lease
  }

  /** Goes on with an idle lease in place; nothing is copied. */
  takeOver(lease: Lease): Lease {
    assert(lease.owner === 'tree', `lease ${lease.id} is idle`)
    lease.owner = 'request'
    this.tree.lock(lease.node)
    this.tree.touch(lease.node, this.clock)
    return lease
  }

  /** The sequence has grown (or was cut back) to the end of another node. */
  move(lease: Lease, node: TreeNode): void {
    if (lease.node === node) return
    this.tree.moveHold(lease.node, node)
    this.leases.move(lease, node)
  }

  /**
   * Joins a node with the one above it where no lease, fork or lineage needs the joint. Works that stand at its end
   * then stand at the end of the joined node.
   */
  join(node: TreeNode): void {
    const upper = node.parent
    if (upper === null || upper.parent === null || upper.state !== 'live' || node.state !== 'live') return
    if (upper.lineage !== node.lineage || upper.locks !== node.locks) return
    if (upper.leases.length > 0 || upper.holds > 0 || upper.children.size !== 1) return
    const working = node.leases.filter(({ owner }) => owner === 'request')
    if (upper.children.get(tokenAt(node.tokens, 0))?.length !== 1 || node.holds > working.length) return
    for (const lease of working) this.move(lease, upper)
    for (const lease of [...node.leases]) this.leases.move(lease, upper)
    this.tree.join(upper, node)
  }

  /** An id for logits to be kept; null where nobody's can go for it. */
  keepLogits(): number | null {
    for (const row of this.tree.logitsLost.splice(0)) this.logits.forget(row)
    return this.logits.take()
  }

  /** A request is done with its sequence: it stays as the keeper of its cells, or is freed where others keep them. */
  release(lease: Lease): void {
    const node = lease.node
    this.tree.unlock(node)
    lease.owner = 'tree'
    this.tree.touch(node, this.clock)
    this.#settleIdle(lease)
  }

  /** Leaves a copy of a working sequence where it now stands, for memories that can't be cut back. */
  checkpoint(lease: Lease): void {
    const node = lease.node
    if (node.isRoot || node.leases.some((other) => other.owner === 'tree')) return
    if (this.leases.freeCount === 0 && !makeId(this)) return
    const copy = this.leases.take(node, 'tree')
    if (copy !== null) this.queue({ kind: 'copy', from: lease.id, to: copy.id, until: node.until })
  }

  /**
   * A leaf that only its idle lease uses loses its last tokens from `position` on, so that they can be decoded again
   * in place:   [a b c d] lease 3   ->   [a b c] lease 3
   */
  reclaimTail(lease: Lease, position: Position): boolean {
    const node = lease.node
    if (!this.isSliceable || lease.owner !== 'tree' || node.holds > 0 || node.children.size > 0) return false
    if (position < node.from) return false
    this.lost.remember(node, position)
    if (position > node.from) {
      this.queue({ kind: 'truncate', sequence: lease.id, from: position })
      this.tree.shorten(node, position)
      return true
    }
    dropLeaf(this, lease)
    return true
  }

  /** The device holds another number of tokens than the node says: cut back, or drop where that can't be done. */
  cutTail(lease: Lease): void {
    const { node } = lease
    const from = this.isSliceable ? node.until : firstPosition
    this.queue({ kind: 'truncate', sequence: lease.id, from })
    if (from === node.until) return
    this.move(lease, rootOf(node))
    prune(this, node)
  }

  /** Forgets every cell, after a failure: the device is told to drop all sequences and blobs. */
  clear(): void {
    for (const lease of [...this.leases.held]) {
      assert(lease.owner === 'tree', 'a cleared cache has no working requests')
      this.queue({ kind: 'truncate', sequence: lease.id, from: firstPosition })
      this.leases.giveBack(lease)
    }
    for (const [blob] of this.host.blobs) {
      this.queue({ kind: 'drop-blob', blob })
      this.host.drop(blob)
    }
    for (const node of this.tree.nodes()) if (node.state === 'live') this.lost.remember(node, node.from)
    this.tree.clear()
    this.places.repacked(0)
  }

  /** Takes a node that nobody uses away for good, whatever it is worth; false where somebody does. */
  forget(node: TreeNode): boolean {
    if (node.locks > 0 || node.children.size > 0) return false
    if (node.state === 'parked') dropParked(this, node)
    else dropLeaf(this, node.leases[0]!)
    return true
  }

  #settleIdle(lease: Lease): void {
    const node = lease.node
    if (node.isRoot || this.#isKept(node, lease)) {
      free(this, lease)
      return
    }
    const isPlainLeaf = this.isSliceable && node.holds === 0 && node.children.size === 0
    if (isPlainLeaf && hasTwin(node)) dropLeaf(this, lease)
  }

  /** Whether the node's cells need not this idle lease. */
  #isKept(node: TreeNode, lease: Lease): boolean {
    if (this.isSliceable) return hasOtherLease(node, lease)
    return node.leases.some((other) => other !== lease && other.owner === 'tree')
  }
}
