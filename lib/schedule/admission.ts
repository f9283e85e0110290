// Gives a request its sequence: finds the longest cached beginning, brings parked cells back where that is cheaper
// than decoding, and forks or takes over. Decides for one request at a time; never plans rows.
import type { KvCache } from '../kv/cache.js'
import { makeId } from '../kv/evict.js'
import type { Lease } from '../kv/leases.js'
import { sees } from '../kv/lineage.js'
import { commonLength, type Match, parkedChain, type TreeNode } from '../kv/prefix-tree.js'
import { restore } from '../kv/restore.js'
import { type Shifted, shiftTail } from '../kv/shift.js'
import type { Costs } from './costs.js'
import type { Restoring } from './draft.js'
import type { Work } from './work.js'

export type Admission =
  | { readonly kind: 'admitted'; readonly lease: Lease }
  /** Parked cells come back first; ask again after that. */
  | { readonly kind: 'restoring'; readonly restoring: Restoring }
  /** Cells move within their sequence; nobody builds on them before the device has answered. */
  | { readonly kind: 'shifting'; readonly shifted: Shifted }
  /** Everything is cached already, or nothing is left to shift. */
  | { readonly kind: 'finished' }
  /** Another request is decoding what this one needs. */
  | { readonly kind: 'waiting' }
  /** Cells or ids are short. */
  | { readonly kind: 'blocked' }

export interface AdmissionState {
  readonly works: readonly Work[]
  readonly costs: Costs
  readonly batch: number
  readonly waits: (base: TreeNode) => boolean
}

/** Tokens a generation is expected to draw at least, when room for it is judged. */
const drawnExpected = 16

export function admit(cache: KvCache, work: Work, state: AdmissionState): Admission {
  const { tree } = cache
  const found = tree.match(work.tokens, { count: work.count, limit: work.rowsFrom, lineage: work.lineage })
  const restoring = restoreIfCheaper(cache, work, found, state)
  if (restoring !== null) return { kind: 'restoring', restoring }
  if (work.shift !== null) {
    const shifted = shiftTail(cache, work.tokens, found, work.shift)
    return shifted === null ? { kind: 'finished' } : { kind: 'shifting', shifted }
  }
  if (found.length === work.count) {
    if (work.isPinned && !canKeep(cache, found.node)) return { kind: 'blocked' }
    tree.touch(found.node, cache.clock)
    return { kind: 'finished' }
  }
  if (!hasRoom(cache, work, { needed: work.count - found.length, works: state.works }))
    return { kind: 'blocked' }
  const base = baseOf(cache, work, found)
  if (state.waits(base)) return { kind: 'waiting' }
  const idle = base.leases.find((lease) => lease.owner === 'tree')
  const lease = idle !== undefined && mayTakeOver(cache, idle) ? cache.takeOver(idle) : cache.fork(base)
  if (lease === null) return { kind: 'blocked' }
  work.lease = lease
  return { kind: 'admitted', lease }
}

/** The node that ends where the match ends. A tail only this request wants again is cut off rather than doubled. */
function baseOf(cache: KvCache, work: Work, found: Match): TreeNode {
  const { tree } = cache
  const { node } = found
  if (cache.isSliceable && found.length < found.seen) {
    const tail = node.until > found.length ? node : tailBelow(node, work)
    const idle = tail?.leases.find((lease) => lease.owner === 'tree')
    if (tail !== null && idle !== undefined && isWhollyOf(tail, work)) {
      cache.reclaimTail(idle, found.length)
    }
  }
  return tree.split(node, found.length)
}

/** Whether the work is going to decode every token of the node itself. */
function isWhollyOf(node: TreeNode, work: Work): boolean {
  return commonLength(node, work.tokens, work.count) === node.length
}

function tailBelow(node: TreeNode, work: Work): TreeNode | null {
  const twins = node.children.get(work.tokens[node.until]!)
  return (
    twins?.find((child) => {
      const isIdle = child.state === 'live' && child.leases.length === 1 && child.locks === 0
      return isIdle && sees(work.lineage, child.lineage)
    }) ?? null
  )
}

/** A pin needs an idle sequence of its own where whole ones only can be forked; the working one there goes on. */
function canKeep(cache: KvCache, node: TreeNode): boolean {
  return cache.isSliceable || node.leases.some((lease) => lease.owner === 'tree') || makeId(cache)
}

/** In place where that loses nothing; where whole sequences only can be forked, the idle one stays as checkpoint. */
function mayTakeOver(cache: KvCache, idle: Lease): boolean {
  if (cache.isSliceable) return true
  return idle.node.holds === 0 && cache.leases.freeCount === 0
}

/** Room for this request beside what the working ones will still need. The first one is always let in. */
function hasRoom(
  cache: KvCache,
  work: Work,
  state: { readonly needed: number; readonly works: readonly Work[] },
): boolean {
  let promised = 0
  let isFirst = true
  for (const other of state.works) {
    if (other.lease === null || other === work) continue
    isFirst = false
    promised += other.count - other.position + Math.min(other.drawnLeft, drawnExpected)
  }
  if (isFirst) return true
  const room = cache.cellsFree + cache.cellsEvictable - promised
  return room >= state.needed + Math.min(work.drawnLeft, drawnExpected)
}

function restoreIfCheaper(cache: KvCache, work: Work, found: Match, state: AdmissionState): Restoring | null {
  if (found.parked === null) return null
  const { node, length } = found.parked
  const tokens = parkedChain(node).reduce((sum, one) => sum + one.length, 0)
  const decodeMicros = state.costs.prefillMicros(length - found.length, state.batch)
  if (decodeMicros !== null && state.costs.restoreMicros * tokens > decodeMicros) return null
  if (!hasRoom(cache, work, { needed: work.count - found.length, works: state.works })) return null
  cache.tree.lock(found.node)
  const back = restore(cache, node)
  cache.tree.unlock(found.node)
  if (back === null) return null
  return { ...back, tokens, work, gained: length - found.length }
}
