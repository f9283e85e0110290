// Which sequence ids are in use, and for what. Decides only who holds an id; never touches cells.
// Invariant: every id is either free or held by exactly one lease, and a lease hangs on exactly one node.
import { assert } from '../base/assert.js'
import type { SequenceId } from '../base/ids.js'
import type { Lease, TreeNode } from './tree-node.js'

export class Leases {
  readonly #free: SequenceId[]
  readonly #held = new Map<SequenceId, Lease>()
  readonly count: number

  constructor(count: number) {
    this.count = count
    this.#free = Array.from({ length: count }, (_, index) => (count - 1 - index) as SequenceId)
  }

  get freeCount(): number {
    return this.#free.length
  }

  get held(): Iterable<Lease> {
    return this.#held.values()
  }

  take(node: TreeNode, owner: Lease['owner']): Lease | null {
    const id = this.#free.pop()
    if (id === undefined) return null
    const lease: Lease = { id, node, owner }
    node.leases.push(lease)
    this.#held.set(id, lease)
    return lease
  }

  giveBack(lease: Lease): void {
    assert(this.#held.get(lease.id) === lease, `lease ${lease.id} is held once`)
    this.#held.delete(lease.id)
    this.#free.push(lease.id)
    detach(lease)
  }

  move(lease: Lease, node: TreeNode): void {
    if (lease.node === node) return
    detach(lease)
    lease.node = node
    node.leases.push(lease)
  }
}

function detach(lease: Lease): void {
  const index = lease.node.leases.indexOf(lease)
  assert(index >= 0, `lease ${lease.id} hangs on its node`)
  lease.node.leases.splice(index, 1)
}
