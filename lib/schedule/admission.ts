// Gives a request its sequence: finds the longest cached beginning, brings parked cells back where that is cheaper
// than decoding, and forks or takes over. Decides for one request at a time; never plans rows.
import { tokenAt } from '../base/ids.js'
import type { KvCache } from '../kv/cache.js'
import { makeId } from '../kv/evict.js'
import { sees } from '../kv/lineage.js'
import type { Match } from '../kv/match.js'
import { restore } from '../kv/restore.js'
import { type Shifted, shiftTail } from '../kv/shift.js'
import { commonLength, type Lease, parkedChain, type TreeNode } from '../kv/tree-node.js'
import type { Costs } from './costs.js'
import type { Restoring } from './draft.js'
import { find } from './found.js'
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
  | { readonly kind: 'blocked'; readonly short: 'cells' | 'ids' }

export interface AdmissionState {
  /** Cells the works that hold sequences will still need; null: nobody holds one. */
  readonly promised: number | null
  readonly costs: Costs
  readonly batch: number
  /** Rows of the step so far. */
  readonly rows: number
  /** Cells that are being restored: they may not come, so nobody builds on them yet. */
  readonly coming: ReadonlySet<TreeNode>
  readonly waits: (base: TreeNode) => boolean
}

/** Tokens a generation is expected to draw at least, when room for it is judged. */
const drawnExpected = 16

export function admit(cache: KvCache, work: Work, state: AdmissionState): Admission {
  const { tree } = cache
  const found = find(cache, work)
  if (dependsOn(state.coming, found)) return { kind: 'waiting' }
  const restoring = restoreIfCheaper(cache, work, found, state)
  if (restoring !== null) return { kind: 'restoring', restoring }
  if (work.shift !== null) {
    const shifted = shiftTail(cache, work.tokens, found, work.shift)
    return shifted === null ? { kind: 'finished' } : { kind: 'shifting', shifted }
  }
  if (found.length === work.count && found.logits === null) {
    if (work.isPinned && !canKeep(cache, found.node)) return { kind: 'blocked', short: 'ids' }
    tree.touch(found.node, cache.clock)
    return { kind: 'finished' }
  }
  if (!hasRoom(cache, work, work.count - found.length, state)) return { kind: 'blocked', short: 'cells' }
  const base = baseOf(cache, work, found)
  if (state.waits(base)) return { kind: 'waiting' }
  const idle = base.leases.find((lease) => lease.owner === 'tree')
  const lease = idle !== undefined && mayTakeOver(cache, idle) ? cache.takeOver(idle) : cache.fork(base)
  if (lease === null) return { kind: 'blocked', short: 'ids' }
  work.lease = lease
  work.logits = found.logits
  if (found.logits !== null) cache.logits.use(found.logits)
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
  const twins = node.children.get(tokenAt(work.tokens, node.until))
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

/** Cells that a work with a sequence will still need. */
export function cellsToCome(work: Work): number {
  return work.count - work.position + drawsExpected(work)
}

function drawsExpected(work: Work): number {
  return Math.min(work.drawnLeft, drawnExpected)
}

/** Room for this request beside what the working ones will still need. The first one is always let in. */
function hasRoom(cache: KvCache, work: Work, needed: number, { promised }: AdmissionState): boolean {
  if (promised === null) return true
  return cache.cellsFree + cache.cellsEvictable - promised >= needed + drawsExpected(work)
}

function dependsOn(coming: ReadonlySet<TreeNode>, { node, parked }: Match): boolean {
  if (coming.size === 0) return false
  return coming.has(node) || (parked !== null && coming.has(parkedChain(parked.node)[0]!.parent!))
}

/** Other than decoding beside the rows of this step, coming back lets the request wait for the next one. */
function restoreIfCheaper(cache: KvCache, work: Work, found: Match, state: AdmissionState): Restoring | null {
  if (found.parked === null) return null
  const { costs, batch, rows } = state
  const { node, length } = found.parked
  const sizes = parkedChain(node).map((one) => one.length)
  const gained = length - found.length
  const { fixed, each } = costs.restore
  const missed = rows > 0 ? (costs.callMicros(1) ?? 0) : 0
  const restoreMicros = sizes.reduce((sum, size) => sum + fixed + each * size, missed)
  if (restoreMicros > gained * costs.rowMicros(batch)) return null
  if (!hasRoom(cache, work, work.count - found.length, state)) return null
  cache.tree.lock(found.node)
  const back = restore(cache, node)
  cache.tree.unlock(found.node)
  if (back === null) return null
  return { ...back, sizes, work, gained }
}
