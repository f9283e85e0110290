// One stretch of tokens in the prefix tree: cells that exist once (live), rows of the step being planned (pending), or
// cells whose state lies in host memory (parked); and the lease that hangs on a node. The tree keeps the nodes in
// order. Nothing here may recurse: a caller can make a path of any depth.
import { type Position, type SequenceId, type Token, tokenAt } from '../base/ids.js'

/** A sequence id holding exactly the tokens from the root to the end of its node. */
export interface Lease {
  readonly id: SequenceId
  node: TreeNode
  /** 'request': a working request goes on with it. 'tree': idle; it only keeps cells alive. */
  owner: 'request' | 'tree'
}

/** The logits after the token before `until`. */
export interface KeptRow {
  /** What the device keeps under an id takes the place of what it kept before. */
  readonly id: number
  readonly until: Position
  /** That token's. */
  node: TreeNode
  /** Works that are about to draw from it. */
  users: number
}

export type NodeState = 'live' | 'pending' | 'parked'

/** Of most nodes. */
const noLogits: readonly KeptRow[] = []

export class TreeNode {
  parent: TreeNode | null
  /** Capacity; the first `length` are the node's tokens. */
  tokens: Int32Array
  length: number
  /** Position of the first token. */
  readonly from: Position
  /** Whether it is where sequences begin; there is one such node for each set of adapters. */
  readonly isRoot: boolean
  /** By first token. A list is replaced and never changed, so that who has seen it can tell whether it still holds. */
  readonly children = new Map<Token, readonly TreeNode[]>()
  state: NodeState
  locks = 0
  /** Holders that need exactly this node to stay, whatever is below: pins and working requests. */
  holds = 0
  /** Clock of the last use. */
  usedAt = 0
  /** None of its cells lies at or above this place. */
  reach = 0
  readonly leases: Lease[] = []
  blob: number | null = null
  /** Logits kept after tokens of the node. The list is replaced and never changed. */
  logits: readonly KeptRow[] = noLogits
  /** How often its tail was cut off: at a position seen before there may be another token since. */
  cuts = 0
  /** Number of the lineage whose requests alone may find the node; null: everyone's. */
  lineage: number | null
  /** Hash of the tokens before the node, once somebody asked; see lib/kv/lost-tokens.ts. */
  hash: PathHash | null = null

  constructor(parent: TreeNode | null, tokens: Int32Array, from: Position, state: NodeState) {
    this.isRoot = parent === null
    this.lineage = parent?.lineage ?? null
    this.parent = parent
    this.tokens = tokens
    this.length = tokens.length
    this.from = from
    this.state = state
  }

  get until(): Position {
    return (this.from + this.length) as Position
  }

  *allChildren(): Generator<TreeNode> {
    for (const twins of this.children.values()) yield* twins
  }

  /** The first child that is no parked one, and not the one given; null where there is none. */
  childWithCells(except: TreeNode | null = null): TreeNode | null {
    for (const twins of this.children.values()) {
      for (const child of twins) if (child.state !== 'parked' && child !== except) return child
    }
    return null
  }
}

/** Two hashes of the tokens before a position. */
export interface PathHash {
  readonly high: number
  readonly low: number
}

/** Where the node's sequences begin. */
export function rootOf(node: TreeNode): TreeNode {
  let at = node
  while (at.parent !== null) at = at.parent
  return at
}

/**
 * How many of the node's tokens the list has at the same positions, `count` of the list considered; the first `known`
 * are the same.
 */
export function commonLength(node: TreeNode, tokens: Int32Array, count: number, known = 0): number {
  const length = Math.min(node.length, count - node.from)
  const own = node.tokens
  const from = node.from
  let index = Math.min(known, length)
  while (index < length && own[index] === tokens[from + index]) index++
  return index
}

/** The node and the parked ones above it, topmost first. */
export function parkedChain(node: TreeNode): readonly TreeNode[] {
  const chain: TreeNode[] = []
  for (let at: TreeNode | null = node; at !== null && at.state === 'parked'; at = at.parent) chain.push(at)
  return chain.reverse()
}

/** What is kept up to the position goes from one node to the one before it. */
export function giveLogits(from: TreeNode, to: TreeNode, position: Position): void {
  if (from.logits.length === 0) return
  const given = from.logits.filter(({ until }) => until <= position)
  for (const row of given) row.node = to
  to.logits = [...to.logits, ...given]
  from.logits = from.logits.filter(({ until }) => until > position)
}

/** Room for so many tokens, which the node then has; doubled, so that it is not needed again soon. */
export function grow(node: TreeNode, length: number): void {
  if (length > node.tokens.length) {
    const grown = new Int32Array(Math.max(length, node.tokens.length * 2))
    grown.set(node.tokens.subarray(0, node.length))
    node.tokens = grown
  }
  node.length = length
}

/** Puts another child in the place of one. */
export function replaceChild(parent: TreeNode, child: TreeNode, by: TreeNode): void {
  const twins = parent.children.get(tokenAt(child.tokens, 0))!
  parent.children.set(
    tokenAt(child.tokens, 0),
    twins.map((twin) => (twin === child ? by : twin)),
  )
}
