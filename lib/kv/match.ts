// Finds a token list in the prefix tree. Decides which node is the best to go on from; changes nothing. A trail tells
// later whether another search could find anything else, and how much need not be compared again, so that a request
// that waits costs little in each step.
import { firstPosition, type Position, type Token, tokenAt } from '../base/ids.js'
import { type Lineage, sees } from './lineage.js'
import { commonLength, type KeptRow, type NodeState, type TreeNode } from './tree-node.js'

/** Where a token list is found. */
export interface Match {
  /** Deepest node that can be forked from; its tokens are matched in [node.from, length). */
  readonly node: TreeNode
  readonly length: Position
  /** Whether the list has all tokens of that node. */
  readonly isWhole: boolean
  /** Deepest parked node that would add to it, and how far it reaches; null if there is none. */
  readonly parked: { readonly node: TreeNode; readonly length: Position } | null
  /** Where the match has all tokens because their last one's logits are kept; else null. */
  readonly logits: KeptRow | null
  /** Tokens found in any way: also where no fork is possible, and without regard to the limit. */
  readonly seen: Position
}

export interface MatchOptions {
  /** Tokens of the list that count. */
  readonly count: number
  /** The match may not be longer than this. */
  readonly limit: number
  /** Kept logits let the match have all tokens beyond the limit. Default: they are not looked for. */
  readonly drawsAfter?: number | null
  /** Whose shifted cells may be found beside everyone's; none by default. */
  readonly lineage?: Lineage | null
  /** Looks below this node only, whose path the list is known to have; the root by default. */
  readonly below?: TreeNode
  /** Notes what is looked at. */
  readonly trail?: Trail | null
  /** What an earlier match of the same tokens looked at: what it compared is not compared again. */
  readonly before?: Trail | null
}

/** A node that was looked at, and as it was then. */
interface Seen {
  readonly until: Position
  readonly isWhole: boolean
  readonly state: NodeState
  readonly hasLease: boolean
  readonly cuts: number
  readonly logits: readonly KeptRow[]
}

/** All that a match looked at. */
export class Trail {
  readonly #lists: {
    readonly node: TreeNode
    readonly token: Token
    readonly twins: readonly TreeNode[] | undefined
  }[] = []
  readonly #seen = new Map<TreeNode, Seen>()

  expand(node: TreeNode, token: Token, twins: readonly TreeNode[] | undefined): void {
    this.#lists.push({ node, token, twins })
  }

  see(node: TreeNode, until: Position): void {
    const { state, leases, cuts, logits } = node
    const isWhole = until === node.until
    this.#seen.set(node, { until, isWhole, state, hasLease: leases.length > 0, cuts, logits })
  }

  /** Whether the same match would be found again, where forks may cut anywhere. */
  holds(): boolean {
    for (const { node, token, twins } of this.#lists) if (node.children.get(token) !== twins) return false
    for (const [node, { until, isWhole, state, cuts, logits }] of this.#seen) {
      if (node.state !== state || node.cuts !== cuts || node.logits !== logits) return false
      // What a node gets behind the token where it differs does not matter.
      if (isWhole ? node.until !== until : node.until <= until) return false
    }
    return true
  }

  /** The same where a lease that came or went may change it. */
  holdsWithLeases(): boolean {
    for (const [node, { hasLease }] of this.#seen) if (node.leases.length > 0 !== hasLease) return false
    return this.holds()
  }

  /** How many of the node's first tokens are known to be those of the list. */
  knownOf(node: TreeNode): number {
    const seen = this.#seen.get(node)
    return seen === undefined || seen.cuts !== node.cuts ? 0 : Math.max(0, seen.until - node.from)
  }
}

/** What a match found, for which part of the tokens, and what was looked at. */
export interface FoundBefore {
  readonly match: Match
  readonly count: number
  readonly limit: number
  /** Null where nobody is going to ask again. */
  readonly trail: Trail | null
}

/** Where to look, and whether forks may take a part of a sequence. */
export interface SearchRoot {
  readonly root: TreeNode
  readonly canForkPartially: boolean
}

export function findBelow(
  { root, canForkPartially }: SearchRoot,
  tokens: Int32Array,
  options: MatchOptions,
): Match {
  const { count, limit, trail, before, drawsAfter = null, lineage = null, below = root } = options
  let node = below
  let length = firstPosition
  let isWhole = true
  let parked: { readonly node: TreeNode; readonly length: Position } | null = null
  let logits: KeptRow | null = null
  let seen = below.until
  const stack: TreeNode[] = []
  const expand = (at: TreeNode): void => {
    if (at.until >= count) return
    const token = tokenAt(tokens, at.until)
    const twins = at.children.get(token)
    trail?.expand(at, token, twins)
    if (twins !== undefined) for (let index = twins.length - 1; index >= 0; index--) stack.push(twins[index]!)
  }
  expand(below)
  for (let child = stack.pop(); child !== undefined; child = stack.pop()) {
    if (!sees(lineage, child.lineage)) continue
    const until = (child.from + commonLength(child, tokens, count, before?.knownOf(child))) as Position
    trail?.see(child, until)
    if (child.state === 'pending') continue
    seen = Math.max(seen, until) as Position
    const usable = Math.min(until, limit) as Position
    const isAll = until === child.until
    if (child.state === 'parked') {
      if (usable > (parked?.length ?? 0)) parked = { node: child, length: usable }
    } else if (canForkPartially) {
      if (usable > length) [node, length, isWhole] = [child, usable, isAll]
      const row = until === drawsAfter ? child.logits.find((one) => one.until === until) : undefined
      if (row !== undefined) [node, length, isWhole, logits] = [child, until, isAll, row]
    } else if (isAll && until <= limit && until > length && child.leases.length > 0) {
      ;[node, length, isWhole] = [child, until, isAll]
    }
    if (isAll) expand(child)
  }
  const further = parked !== null && parked.length > length ? parked : null
  return { node, length, isWhole, parked: further, logits, seen }
}
