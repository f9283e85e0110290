// A radix tree over token ids whose nodes are physical, one for each set of adapters. Decides how nodes are cut, joined
// and counted; never decides what to evict, and does no IO. A path may have any number of nodes, so nothing recurses.
// What a request does walks its path once (locking, touching); what a step does costs what is new in it.
//
// Invariants: a live node's parent is live; a parked node has parked children only; two children may start with the
// same token (twins: the same token computed twice, into two cells); `locks` counts the holders at or below a node;
// below a node of a lineage everything belongs to some lineage.
import { assert } from '../base/assert.js'
import { firstPosition, type Position, tokenAt } from '../base/ids.js'
import { noSet } from './adapter-set.js'
import { setOf } from './lineage.js'
import { startOf } from './lost-tokens.js'
import { findBelow, type Match, type MatchOptions } from './match.js'
import { giveLogits, grow, type KeptRow, type NodeState, replaceChild, TreeNode } from './tree-node.js'

export class PrefixTree {
  /** Of what is computed without adapters. */
  readonly root = new TreeNode(null, new Int32Array(0), firstPosition, 'live')
  /** By number of the set of adapters. */
  readonly #roots = new Map<number, TreeNode>([[noSet, this.root]])
  /** Forks may take a part of a sequence; otherwise only what a lease holds exactly. */
  readonly #canForkPartially: boolean
  cellsLive = 0
  cellsPending = 0
  cellsLocked = 0
  /** Children beside another one with the same first token; where there is none, every path is found once only. */
  twinCount = 0
  /** Logits whose tokens are gone, until somebody takes them out of here. */
  readonly logitsLost: KeptRow[] = []
  /** Nodes with new cells. */
  readonly #grown = new Set<TreeNode>()
  /** The nodes of each lineage. */
  readonly #ofLineage = new Map<number, Set<TreeNode>>()

  constructor(options: { readonly canForkPartially: boolean }) {
    this.#canForkPartially = options.canForkPartially
  }

  /** Looks the tokens up; changes no node. */
  match(tokens: Int32Array, options: MatchOptions): Match {
    const root = this.#rootOf(setOf(options.lineage ?? null))
    return findBelow({ root, canForkPartially: this.#canForkPartially }, tokens, options)
  }

  #rootOf(set: number): TreeNode {
    let root = this.#roots.get(set)
    if (root === undefined) {
      root = new TreeNode(null, new Int32Array(0), firstPosition, 'live')
      root.hash = startOf(set)
      this.#roots.set(set, root)
    }
    return root
  }

  /** The nodes of one lineage, or of a set of adapters with that number, those further down first. */
  ofLineage(lineage: number): readonly TreeNode[] {
    const root = lineage === noSet ? undefined : this.#roots.get(lineage)
    const nodes = root === undefined ? (this.#ofLineage.get(lineage) ?? []) : [...below(root)].slice(1)
    return [...nodes].sort((a, b) => b.from - a.from)
  }

  /** Forgets that there is such a set, once nothing is computed with it any more; false where something is. */
  dropSet(set: number): boolean {
    const root = this.#roots.get(set)
    if (root === undefined || set === noSet) return true
    return root.locks === 0 && root.children.size === 0 && this.#roots.delete(set)
  }

  /**
   * Cuts a live or pending node so that one ends at `position`, and returns that one.
   *
   *   parent ─ [a b c d e] ─ x        parent ─ [a b c] ─ [d e] ─ x
   *                                              ^ new      ^ same object: leases, children, holds stay with it
   */
  split(node: TreeNode, position: Position): TreeNode {
    if (position === node.until) return node
    assert(position > node.from && position < node.until, `split at ${position} inside of its node`)
    assert(node.state !== 'parked' && node.parent !== null, 'only cells can be split')
    const at = position - node.from
    const lower = new TreeNode(node.parent, node.tokens.slice(0, at), node.from, node.state)
    lower.locks = node.locks
    lower.usedAt = node.usedAt
    lower.reach = node.reach
    if (this.#grown.has(node)) this.#grown.add(lower)
    lower.lineage = node.lineage
    lower.hash = node.hash
    node.hash = null
    giveLogits(node, lower, position)
    this.#file(lower)
    replaceChild(node.parent, node, lower)
    // `from` is readonly for everyone else: positions of a node never change but here.
    ;(node as { from: Position }).from = position
    node.tokens = node.tokens.slice(at, node.length)
    node.length -= at
    node.parent = lower
    lower.children.set(tokenAt(node.tokens, 0), [node])
    return lower
  }

  /** Hangs new tokens below a node, as cells (live) or as rows to come (pending). */
  add(parent: TreeNode, tokens: Int32Array, state: 'live' | 'pending', lineage = parent.lineage): TreeNode {
    assert(tokens.length > 0, 'a node has tokens')
    const child = new TreeNode(parent, tokens, parent.until, state)
    child.lineage = lineage
    this.#file(child)
    const first = tokenAt(tokens, 0)
    const twins = parent.children.get(first) ?? []
    parent.children.set(first, [...twins, child])
    if (twins.length > 0) this.twinCount++
    this.#count(child, child.length)
    return child
  }

  /** Adds live tokens at the end of a leaf that one holder alone uses, else below it; returns where they end. */
  append(node: TreeNode, tokens: Int32Array): TreeNode {
    if (tokens.length === 0) return node
    const isOwn =
      node.parent !== null && node.children.size === 0 && node.leases.length === 1 && node.holds === 1
    if (!isOwn) return this.add(node, tokens.slice(), 'live')
    const added = tokens.length
    const from = node.length
    grow(node, from + added)
    node.tokens.set(tokens, from)
    this.#count(node, added)
    return node
  }

  /** Drops the tail of a leaf: [a b c d] -> [a b]; at least one token stays. */
  shorten(node: TreeNode, until: Position): void {
    assert(until > node.from && until <= node.until && node.children.size === 0, 'only a leaf is shortened')
    this.#count(node, until - node.until)
    this.#loseLogits(node, until)
    node.length = until - node.from
    node.cuts++
  }

  /** Takes a childless node out of the tree. */
  remove(node: TreeNode): void {
    assert(
      node.children.size === 0 && node.leases.length === 0,
      'a removed node has no children and no leases',
    )
    assert(node.locks === 0 && node.parent !== null, 'a removed node has no locks')
    this.#count(node, -node.length)
    this.#loseLogits(node, node.from)
    const twins = node.parent.children.get(tokenAt(node.tokens, 0))!.filter((twin) => twin !== node)
    if (twins.length === 0) node.parent.children.delete(tokenAt(node.tokens, 0))
    else {
      node.parent.children.set(tokenAt(node.tokens, 0), twins)
      this.twinCount--
    }
    this.#unfile(node)
    node.parent = null
  }

  /** Moves a node between states; its cells are counted where they now are. */
  setState(node: TreeNode, state: NodeState): void {
    this.#count(node, -node.length)
    node.state = state
    this.#count(node, node.length)
  }

  /**
   * Joins a node with its only child, which nobody holds, where nothing marks the joint.
   *
   *   p ─ [a b] ─ [c d] ─ x      p ─ [a b c d] ─ x        (the upper one's object: who has seen it may rely on it)
   */
  join(upper: TreeNode, node: TreeNode): void {
    assert(node.parent === upper && node.leases.length + node.holds === 0, 'a joined node is held by nobody')
    this.#count(node, -node.length)
    const from = upper.length
    // Room is doubled, so that a node which grows in every step is not copied in every step.
    grow(upper, from + node.length)
    upper.tokens.set(node.tokens.subarray(0, node.length), from)
    this.#count(upper, node.length)
    upper.usedAt = Math.max(node.usedAt, upper.usedAt)
    giveLogits(node, upper, node.until)
    upper.reach = Math.max(node.reach, upper.reach)
    upper.children.clear()
    for (const [token, twins] of node.children) {
      upper.children.set(token, twins)
      for (const child of twins) child.parent = upper
    }
    this.#unfile(node)
    node.parent = null
  }

  /** Takes every node out, held or not; no lease may be left. */
  clear(): void {
    for (const node of [...this.nodes()]) {
      assert(node.leases.length === 0, 'a cleared tree has no leases')
      this.#loseLogits(node, node.from)
      node.parent = null
      node.children.clear()
      node.holds = node.locks = 0
    }
    this.#ofLineage.clear()
    this.#grown.clear()
    this.cellsLive = this.cellsPending = this.cellsLocked = this.twinCount = 0
  }

  /** Protects the node and everything above it. */
  lock(node: TreeNode): void {
    node.holds++
    for (let at: TreeNode | null = node; at !== null; at = at.parent) {
      if (at.locks++ === 0 && at.state === 'live') this.cellsLocked += at.length
    }
  }

  unlock(node: TreeNode): void {
    assert(node.holds > 0, 'unlock follows lock')
    node.holds--
    for (let at: TreeNode | null = node; at !== null; at = at.parent) {
      assert(at.locks > 0, 'a path is locked at least as often as its end')
      if (--at.locks === 0 && at.state === 'live') this.cellsLocked -= at.length
    }
  }

  /** As `lock(to)` and then `unlock(from)`, at the cost of the way between the two. */
  moveHold(from: TreeNode, to: TreeNode): void {
    assert(from.holds > 0, 'a hold is moved from where it is')
    from.holds--
    to.holds++
    let [a, b] = [from, to]
    while (a !== b) {
      if (a.until > b.until) {
        if (--a.locks === 0 && a.state === 'live') this.cellsLocked -= a.length
        a = a.parent!
      } else {
        if (b.locks++ === 0 && b.state === 'live') this.cellsLocked += b.length
        b = b.parent!
      }
    }
  }

  /** A new cell takes the lowest free place: all new ones lie below as many as there are cells. */
  reached(cells: number): void {
    for (const node of this.#grown) node.reach = Math.max(node.reach, cells)
    this.#grown.clear()
  }

  /** Marks the path as used now. */
  touch(node: TreeNode, clock: number): void {
    for (let at: TreeNode | null = node; at !== null; at = at.parent) at.usedAt = clock
  }

  /** All nodes, parents before their children. */
  *nodes(): Generator<TreeNode> {
    for (const root of this.#roots.values()) yield* below(root)
  }

  #file(node: TreeNode): void {
    if (node.lineage === null) return
    const nodes = this.#ofLineage.get(node.lineage)
    if (nodes === undefined) this.#ofLineage.set(node.lineage, new Set([node]))
    else nodes.add(node)
  }

  #unfile(node: TreeNode): void {
    if (node.lineage === null) return
    const nodes = this.#ofLineage.get(node.lineage)
    nodes?.delete(node)
    if (nodes?.size === 0) this.#ofLineage.delete(node.lineage)
  }

  /** Those behind the position. */
  #loseLogits(node: TreeNode, from: Position): void {
    if (node.logits.length === 0) return
    this.logitsLost.push(...node.logits.filter(({ until }) => until > from))
    node.logits = node.logits.filter(({ until }) => until <= from)
  }

  #count(node: TreeNode, cells: number): void {
    if (node.state === 'live') {
      if (cells > 0) this.#grown.add(node)
      this.cellsLive += cells
      if (node.locks > 0) this.cellsLocked += cells
    } else if (node.state === 'pending') this.cellsPending += cells
  }
}

/** The node and all below it, parents before their children. */
function* below(root: TreeNode): Generator<TreeNode> {
  const stack = [root]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node
    for (const child of node.allChildren()) stack.push(child)
  }
}
