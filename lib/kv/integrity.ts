// Checks that the cache's books agree: free + evictable + locked + reserved = all, every lease has an owner and hangs
// where its cells are, every lock has its holders. Changes nothing; a failure is our bug.
import { assert } from '../base/assert.js'
import type { KvCache } from './cache.js'
import type { TreeNode } from './tree-node.js'

export function checkIntegrity(cache: KvCache): void {
  const { tree, leases } = cache
  const sum = { live: 0, pending: 0, locked: 0, leases: 0 }
  for (const node of tree.nodes()) {
    checkNode(cache, node)
    if (node.state === 'live') {
      sum.live += node.length
      if (node.locks > 0) sum.locked += node.length
    } else if (node.state === 'pending') sum.pending += node.length
    sum.leases += node.leases.length
  }
  assert(sum.live === tree.cellsLive, `${sum.live} live cells counted, ${tree.cellsLive} on the books`)
  assert(sum.pending === tree.cellsPending, `${sum.pending} pending cells, ${tree.cellsPending} on the books`)
  assert(sum.locked === tree.cellsLocked, `${sum.locked} locked cells, ${tree.cellsLocked} on the books`)
  const reserved = cache.cellsReserved + tree.cellsPending
  const all = cache.cellsFree + cache.cellsEvictable + tree.cellsLocked + reserved
  assert(
    all === cache.capacity.all,
    `free + evictable + locked + reserved is ${all}, all is ${cache.capacity.all}`,
  )
  assert(cache.cellsFree >= 0, `${cache.cellsFree} cells are free`)
  assert(tree.cellsLive <= cache.places.until, `${tree.cellsLive} cells lie below ${cache.places.until}`)
  checkLogits(cache)
  const held = [...leases.held]
  assert(held.length === sum.leases, `${held.length} leases are held, ${sum.leases} hang in the tree`)
  assert(held.length + leases.freeCount === leases.count, 'every sequence id is free or held')
  assert(new Set(held.map((lease) => lease.id)).size === held.length, 'no id is held twice')
}

function checkLogits({ logits, tree }: KvCache): void {
  let hanging = 0
  for (const node of tree.nodes()) {
    hanging += node.logits.length
    for (const row of node.logits) {
      assert(row.node === node, 'kept logits know their node')
      assert(node.from < row.until && row.until <= node.until, 'they come after a token of it')
    }
  }
  const kept = logits.count - tree.logitsLost.length
  assert(hanging === kept, `${kept} rows of logits are kept, ${hanging} hang in the tree`)
}

function checkNode(cache: KvCache, node: TreeNode): void {
  let locks = node.holds
  let hasCellsBelow = false
  for (const [first, twins] of node.children) {
    assert(twins.length > 0, 'a list of twins is not empty')
    for (const child of twins) {
      assert(child.parent === node && child.from === node.until, 'a child starts where its parent ends')
      assert(child.tokens[0] === first && child.length > 0, 'a child is filed under its first token')
      assert(child.lineage !== null || node.lineage === null, 'below a lineage everything belongs to one')
      assert(child.state === 'parked' || node.state !== 'parked', 'nothing live hangs below a parked node')
      assert(child.state !== 'live' || node.state === 'live', 'nothing live hangs below a pending node')
      locks += child.locks
      if (child.state !== 'parked') hasCellsBelow = true
    }
  }
  assert(node.locks === locks, `a node has ${node.locks} locks, its holders are ${locks}`)
  const working = node.leases.filter((lease) => lease.owner === 'request').length
  const idle = node.leases.length - working
  assert(node.holds >= working, 'every working lease holds its node')
  assert(
    node.leases.every((lease) => lease.node === node),
    'a lease hangs on its own node',
  )
  assert(idle <= 1, `${idle} idle leases hang on one node`)
  if (node.state === 'parked') {
    assert(node.blob !== null && node.leases.length === 0, 'a parked node has a blob and no lease')
    return
  }
  assert(node.blob === null, 'cells have no blob')
  if (node.isRoot) return
  assert(hasCellsBelow || node.leases.length > 0, 'the cells of a leaf are held by a lease')
  if (cache.isSliceable && idle > 0) {
    assert(!hasCellsBelow || node.locks > 0, 'an idle lease hangs on a leaf')
  }
}
