// A token, a sequence and a position are never taken for each other, nor a count for one of them; each is a number to
// whoever reads it. Nothing here runs.
import { firstPosition, type Position, type SequenceId, type Token, tokenAt } from '../../lib/base/ids.js'
import type { KvOp } from '../../lib/base/kv-op.js'
import type { KvCache } from '../../lib/kv/cache.js'
import type { TreeNode } from '../../lib/kv/tree-node.js'
import type { CountHeld } from '../../lib/schedule/commit.js'

declare const token: Token
declare const sequence: SequenceId
declare const position: Position

export const numbers: readonly number[] = [token, sequence, position, position + 1]

// @ts-expect-error a sequence is no position
export const wrongPosition: Position = sequence
// @ts-expect-error a position is no sequence
export const wrongSequence: SequenceId = position
// @ts-expect-error a position is no token
export const wrongToken: Token = position
// @ts-expect-error a count is no position until somebody says so
export const counted: Position = position + 1
// @ts-expect-error what is read of a list of tokens is a token
export const read: Position = tokenAt(new Int32Array(1), 0)

export function cells(cache: KvCache, node: TreeNode, countHeld: CountHeld): void {
  const lease = cache.fork(cache.tree.split(node, position))!
  cache.queue({ kind: 'truncate', sequence: lease.id, from: firstPosition })
  // @ts-expect-error the two are swapped
  cache.queue({ kind: 'truncate', sequence: node.until, from: lease.id })
  // @ts-expect-error a length is no position
  cache.tree.split(node, node.length)
  // @ts-expect-error a sequence is no position
  cache.reclaimTail(lease, lease.id)
  // @ts-expect-error children are looked up by token
  node.children.get(node.until)
  // @ts-expect-error asked by sequence
  countHeld(node.until)
}

/** Whoever calls the native layer gives plain numbers; it takes those of the cache, too. */
export const plain: KvOp = { kind: 'copy', from: 0, to: 1, until: 5 }
export const told: KvOp = { kind: 'copy', from: sequence, to: sequence, until: position } satisfies KvOp<
  SequenceId,
  Position
>
