// Late forks: a request never decodes what another one is about to decode. Where two part inside the rows of this step,
// both sequences share the rows up to there; where they part later, the second one waits. Decides who waits for whom
// where any part of a sequence can be forked; for memories that fork whole sequences only, see fork-stops.ts.
import { type Position, tokenAt } from '../base/ids.js'
import { commonLength, type Lease, type TreeNode } from '../kv/tree-node.js'
import type { Work } from './work.js'

/** Which work goes on with a sequence. */
export type Holders = ReadonlyMap<Lease, Work>

/** Rows of this step that continue a node with the work's tokens, and how far they agree. */
export function pendingChild(node: TreeNode, work: Work): { node: TreeNode; until: Position } | null {
  if (node.until >= work.count) return null
  for (const child of node.children.get(tokenAt(work.tokens, node.until)) ?? []) {
    if (child.state !== 'pending') continue
    return { node: child, until: (child.from + commonLength(child, work.tokens, work.count)) as Position }
  }
  return null
}

/** Whether an earlier work has come as far and is about to decode the same next token. */
export function isLed(holders: Holders, node: TreeNode, work: Work): boolean {
  return node.leases.some((lease) => {
    const other = holders.get(lease)
    return other !== undefined && other.number < work.number && goOnAlike(other, work, node.until)
  })
}

/** Whether the work, starting at `base`, has to wait for rows another one is decoding. */
export function waitsForRows(holders: Holders, base: TreeNode, work: Work): boolean {
  let node = base
  for (;;) {
    if (node.until === work.count) return work.generation === null && node !== base
    const shared = pendingChild(node, work)
    if (shared === null) break
    const isWhole = shared.until === shared.node.until
    if (!isWhole) return shared.until === work.count && work.generation === null
    node = shared.node
  }
  const { leases, until } = node
  return leases.some((lease) => {
    const other = holders.get(lease)
    return other !== undefined && other !== work && goOnAlike(other, work, until)
  })
}

/** Whether both have the same token at the position. */
function goOnAlike(one: Work, other: Work, position: Position): boolean {
  return one.count > position && one.tokens[position] === other.tokens[position]
}
