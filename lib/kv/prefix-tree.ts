// A radix tree over token ids whose nodes are physical: a node's tokens are cells that exist once (live), rows of the
// step being planned (pending), or cells whose state lies in host memory (parked). Decides where a token list is
// found; never decides what to evict, and does no IO.
//
// Invariants: a live node's parent is live; a parked node has parked children only; two children may start with the
// same token (twins: the same token computed twice, into two cells); `locks` counts the holders at or below a node;
// below a node of a lineage everything belongs to some lineage.
import { assert } from '../base/assert.js'
import type { Lease } from './leases.js'
import { type Lineage, sees } from './lineage.js'

export type NodeState = 'live' | 'pending' | 'parked'

export class TreeNode {
  parent: TreeNode | null
  /** Capacity; the first `length` are the node's tokens. */
  tokens: Int32Array
  length: number
  /** Position of the first token. */
  readonly from: number
  readonly children = new Map<number, TreeNode[]>()
  state: NodeState
  locks = 0
  /** Holders that need exactly this node to stay, whatever is below: pins and working requests. */
  holds = 0
  /** Clock of the last use. */
  usedAt = 0
  readonly leases: Lease[] = []
  blob: number | null = null
  /** Number of the lineage whose requests alone may find the node; null: everyone's. */
  lineage: number | null

  constructor(parent: TreeNode | null, tokens: Int32Array, from: number, state: NodeState) {
    this.lineage = parent?.lineage ?? null
    this.parent = parent
    this.tokens = tokens
    this.length = tokens.length
    this.from = from
    this.state = state
  }

  get until(): number {
    return this.from + this.length
  }

  *allChildren(): Generator<TreeNode> {
    for (const twins of this.children.values()) yield* twins
  }

  hasChild(state: NodeState): boolean {
    for (const twins of this.children.values()) {
      for (const child of twins) if (child.state === state) return true
    }
    return false
  }
}

/** Where a token list is found. */
export interface Match {
  /** Deepest node that can be forked from; its tokens are matched in [node.from, length). */
  readonly node: TreeNode
  readonly length: number
  /** Deepest parked node that would add to it, and how far it reaches; null if there is none. */
  readonly parked: { readonly node: TreeNode; readonly length: number } | null
  /** Tokens found in any way: also where no fork is possible, and without regard to the limit. */
  readonly seen: number
}

export interface MatchOptions {
  /** Tokens of the list that count. */
  readonly count: number
  /** The match may not be longer than this. */
  readonly limit: number
  /** Whose shifted cells may be found beside everyone's; none by default. */
  readonly lineage?: Lineage | null
}

export class PrefixTree {
  readonly root = new TreeNode(null, new Int32Array(0), 0, 'live')
  /** Forks may take a part of a sequence; otherwise only what a lease holds exactly. */
  readonly #canForkPartially: boolean
  cellsLive = 0
  cellsPending = 0
  cellsLocked = 0

  constructor(options: { readonly canForkPartially: boolean }) {
    this.#canForkPartially = options.canForkPartially
  }

  /** Looks the tokens up; changes nothing. */
  match(tokens: Int32Array, options: MatchOptions): Match {
    const { count, limit } = options
    let node = this.root
    let length = 0
    let parked: { node: TreeNode; length: number } | null = null
    let seen = 0
    const walk = (at: TreeNode): void => {
      if (at.until >= count) return
      const twins = at.children.get(tokens[at.until]!)
      if (twins === undefined) return
      for (const child of twins) {
        if (child.state === 'pending' || !sees(options.lineage ?? null, child.lineage)) continue
        const until = child.from + commonLength(child, tokens, count)
        seen = Math.max(seen, until)
        const usable = Math.min(until, limit)
        if (child.state === 'parked') {
          if (usable > (parked?.length ?? 0)) parked = { node: child, length: usable }
        } else if (this.#canForkPartially) {
          if (usable > length) [node, length] = [child, usable]
        } else if (until === child.until && until <= limit && until > length && child.leases.length > 0) {
          ;[node, length] = [child, until]
        }
        if (until === child.until) walk(child)
      }
    }
    walk(this.root)
    const found = parked as { node: TreeNode; length: number } | null
    return { node, length, parked: found !== null && found.length > length ? found : null, seen }
  }

  /**
   * Cuts a live or pending node so that one ends at `position`, and returns that one.
   *
   *   parent ─ [a b c d e] ─ x        parent ─ [a b c] ─ [d e] ─ x
   *                                              ^ new      ^ same object: leases, children, holds stay with it
   */
  split(node: TreeNode, position: number): TreeNode {
    if (position === node.until) return node
    assert(position > node.from && position < node.until, `split at ${position} inside of its node`)
    assert(node.state !== 'parked' && node.parent !== null, 'only cells can be split')
    const at = position - node.from
    const lower = new TreeNode(node.parent, node.tokens.slice(0, at), node.from, node.state)
    lower.locks = node.locks
    lower.usedAt = node.usedAt
    lower.lineage = node.lineage
    replaceChild(node.parent, node, lower)
    // `from` is readonly for everyone else: positions of a node never change but here.
    ;(node as { from: number }).from = position
    node.tokens = node.tokens.slice(at, node.length)
    node.length -= at
    node.parent = lower
    lower.children.set(node.tokens[0]!, [node])
    return lower
  }

  /** Hangs new tokens below a node, as cells (live) or as rows to come (pending). */
  add(parent: TreeNode, tokens: Int32Array, state: 'live' | 'pending', lineage = parent.lineage): TreeNode {
    assert(tokens.length > 0, 'a node has tokens')
    const child = new TreeNode(parent, tokens, parent.until, state)
    child.lineage = lineage
    const twins = parent.children.get(tokens[0]!)
    if (twins === undefined) parent.children.set(tokens[0]!, [child])
    else twins.push(child)
    this.#count(child, child.length)
    return child
  }

  /** Adds live tokens at the end of a leaf that one holder alone uses, else below it; returns where they end. */
  append(node: TreeNode, tokens: Int32Array): TreeNode {
    if (tokens.length === 0) return node
    const isOwn =
      node.parent !== null && node.children.size === 0 && node.leases.length === 1 && node.holds === 1
    if (!isOwn) return this.add(node, tokens.slice(), 'live')
    const length = node.length + tokens.length
    if (length > node.tokens.length) {
      const grown = new Int32Array(Math.max(length, node.tokens.length * 2))
      grown.set(node.tokens.subarray(0, node.length))
      node.tokens = grown
    }
    node.tokens.set(tokens, node.length)
    node.length = length
    this.#count(node, tokens.length)
    return node
  }

  /** Drops the tail of a leaf: [a b c d] -> [a b]; at least one token stays. */
  shorten(node: TreeNode, until: number): void {
    assert(until > node.from && until <= node.until && node.children.size === 0, 'only a leaf is shortened')
    this.#count(node, until - node.until)
    node.length = until - node.from
  }

  /** Takes a childless node out of the tree. */
  remove(node: TreeNode): void {
    assert(
      node.children.size === 0 && node.leases.length === 0,
      'a removed node has no children and no leases',
    )
    assert(node.locks === 0 && node.parent !== null, 'a removed node has no locks')
    this.#count(node, -node.length)
    const twins = node.parent.children.get(node.tokens[0]!)!
    twins.splice(twins.indexOf(node), 1)
    if (twins.length === 0) node.parent.children.delete(node.tokens[0]!)
    node.parent = null
  }

  /** Moves a node between states; its cells are counted where they now are. */
  setState(node: TreeNode, state: NodeState): void {
    this.#count(node, -node.length)
    node.state = state
    this.#count(node, node.length)
  }

  /**
   * Joins a node with its only child where nothing marks the joint.
   *
   *   p ─ [a b] ─ [c d] ─ x      p ─ [a b c d] ─ x        (the child's object stays)
   */
  join(node: TreeNode): void {
    const upper = node.parent
    if (upper === null || upper.parent === null || upper.state !== 'live' || node.state !== 'live') return
    if (upper.lineage !== node.lineage) return
    if (upper.leases.length > 0 || upper.holds > 0 || upper.locks !== node.locks) return
    if (upper.children.size !== 1 || upper.children.get(node.tokens[0]!)?.length !== 1) return
    const tokens = new Int32Array(upper.length + node.tokens.length)
    tokens.set(upper.tokens.subarray(0, upper.length))
    tokens.set(node.tokens.subarray(0, node.length), upper.length)
    ;(node as { from: number }).from = upper.from
    node.length += upper.length
    node.tokens = tokens
    node.usedAt = Math.max(node.usedAt, upper.usedAt)
    replaceChild(upper.parent, upper, node)
    node.parent = upper.parent
  }

  /** Takes every node out, held or not; no lease may be left. */
  clear(node: TreeNode = this.root): void {
    for (const child of [...node.allChildren()]) {
      this.clear(child)
      while (child.holds > 0) this.unlock(child)
      this.remove(child)
    }
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

  /** Marks the path as used now. */
  touch(node: TreeNode, clock: number): void {
    for (let at: TreeNode | null = node; at !== null; at = at.parent) at.usedAt = clock
  }

  /** All tokens from the root to the node's end. */
  pathTokens(node: TreeNode): Int32Array {
    const tokens = new Int32Array(node.until)
    for (let at: TreeNode | null = node; at !== null; at = at.parent) {
      tokens.set(at.tokens.subarray(0, at.length), at.from)
    }
    return tokens
  }

  *nodes(from: TreeNode = this.root): Generator<TreeNode> {
    const stack = [from]
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      yield node
      stack.push(...node.allChildren())
    }
  }

  #count(node: TreeNode, cells: number): void {
    if (node.state === 'live') {
      this.cellsLive += cells
      if (node.locks > 0) this.cellsLocked += cells
    } else if (node.state === 'pending') this.cellsPending += cells
  }
}

/** How many of the node's tokens the list has at the same positions, `count` of the list considered. */
export function commonLength(node: TreeNode, tokens: Int32Array, count: number): number {
  const length = Math.min(node.length, count - node.from)
  const own = node.tokens
  const from = node.from
  let index = 0
  while (index < length && own[index] === tokens[from + index]) index++
  return index
}

function replaceChild(parent: TreeNode, child: TreeNode, by: TreeNode): void {
  const twins = parent.children.get(child.tokens[0]!)!
  twins[twins.indexOf(child)] = by
}

/** Whether another child of the parent holds the same tokens. */
export function hasTwin(node: TreeNode): boolean {
  const covers = (at: TreeNode, offset: number): boolean => {
    for (const twin of at.children.get(node.tokens[offset]!) ?? []) {
      if (twin === node || twin.state !== 'live') continue
      if (twin.lineage !== null && twin.lineage !== node.lineage) continue
      const length = Math.min(twin.length, node.length - offset)
      let index = 0
      while (index < length && twin.tokens[index] === node.tokens[offset + index]) index++
      if (index < length) continue
      if (offset + length === node.length || covers(twin, offset + length)) return true
    }
    return false
  }
  return covers(node.parent!, 0)
}

/** Whether a lease other than this one hangs on the node or below it. */
export function hasOtherLease(node: TreeNode, than: Lease): boolean {
  if (node.leases.some((lease) => lease !== than)) return true
  for (const child of node.allChildren()) if (hasOtherLease(child, than)) return true
  return false
}

/** The node and the parked ones above it, topmost first. */
export function parkedChain(node: TreeNode): readonly TreeNode[] {
  const chain: TreeNode[] = []
  for (let at: TreeNode | null = node; at !== null && at.state === 'parked'; at = at.parent) chain.unshift(at)
  return chain
}
