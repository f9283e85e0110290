// Finds out what changed in the tree since it was looked at before. Decides by comparing, so that nothing which changes
// the tree has to know that somebody looks. Holds numbers of nodes and no tokens; changes nothing.
import type { NodeChange, NodeGone, TreeChange } from '../base/tree-change.js'
import type { PrefixTree } from './prefix-tree.js'
import type { TreeNode } from './tree-node.js'

interface Seen {
  readonly id: number
  readonly parent: TreeNode | null
  readonly from: number
  readonly length: number
  readonly state: TreeNode['state']
  readonly held: boolean
  readonly cuts: number
  /** Number of the last look that found it. */
  readonly look: number
}

export class TreeWatch {
  readonly #seen = new Map<TreeNode, Seen>()
  #nodes = 0
  #looks = 0

  /** Nodes there were at the last look. */
  get count(): number {
    return this.#seen.size
  }

  /** What is another way than at the look before; costs a walk over all nodes. */
  look(tree: PrefixTree): TreeChange {
    const look = ++this.#looks
    const nodes: NodeChange[] = []
    for (const node of tree.nodes()) {
      if (node.isRoot || node.state === 'pending') continue
      const before = this.#seen.get(node) ?? null
      const now = this.#now(node, before, look)
      this.#seen.set(node, now)
      const change = this.#changed(node, before, now)
      if (change !== null) nodes.push(change)
    }
    return { nodes, gone: this.#gone(look) }
  }

  #now(node: TreeNode, before: Seen | null, look: number): Seen {
    const { from, length, state, cuts } = node
    const parent = node.parent === null || node.parent.isRoot ? null : node.parent
    return { id: before?.id ?? this.#nodes++, parent, from, length, state, held: node.locks > 0, cuts, look }
  }

  #changed(node: TreeNode, before: Seen | null, now: Seen): NodeChange | null {
    const isOther = before === null || before.from !== now.from || before.cuts !== now.cuts
    const tokensFrom = isOther ? 0 : Math.min(before.length, now.length)
    const isSame =
      !isOther &&
      before.length === now.length &&
      before.parent === now.parent &&
      before.state === now.state &&
      before.held === now.held
    if (isSame) return null
    return {
      id: now.id,
      parent: now.parent === null ? null : (this.#seen.get(now.parent)?.id ?? null),
      from: now.from,
      length: now.length,
      state: now.state === 'parked' ? 'parked' : 'live',
      held: now.held,
      tokensFrom,
      tokens: Array.from(node.tokens.subarray(tokensFrom, node.length)),
    }
  }

  /** Those this look did not find. */
  #gone(look: number): NodeGone[] {
    const gone: NodeGone[] = []
    for (const [node, seen] of this.#seen) {
      if (seen.look === look) continue
      this.#seen.delete(node)
      gone.push({ id: seen.id, why: isJoined(seen, this.#seen, look) ? 'joined' : 'freed' })
    }
    return gone
  }
}

/** Whether the node above it has its tokens now; that one may have been joined in turn. */
function isJoined(gone: Seen, all: ReadonlyMap<TreeNode, Seen>, look: number): boolean {
  const until = gone.from + gone.length
  for (let at = gone.parent; at !== null; at = all.get(at)?.parent ?? null) {
    const seen = all.get(at)
    if (seen?.look === look) return seen.from + seen.length >= until
  }
  return false
}
