// What is done about idle cells while nobody waits: time that is free, so that only what it costs to bring them back is
// weighed against what leaving them costs. Decides one small piece at a time, and learns whether what a run leaves
// behind is gone on with. Uses measured costs and counts only.
//
//   trunk ─┬─ [an earlier run]      goes to host memory, from its end on and a piece at a time
//          ├─ [the run that ended]  goes at once if such ends are not gone on with
//          └─ [a run between holes] stays
import type { Position } from '../base/ids.js'
import type { KvCache } from '../kv/cache.js'
import { coldest, evict } from '../kv/evict.js'
import type { Lineage } from '../kv/lineage.js'
import { canRepack, lowerPlaces, repack } from '../kv/repack.js'
import type { Lease, TreeNode } from '../kv/tree-node.js'
import type { Costs } from './costs.js'

export interface IdleOptions {
  readonly costs: Costs
  readonly batch: number
}

/** All calls so far, and the micros they took. */
export interface Calls {
  readonly decodeCalls: number
  readonly decodeMicros: number
}

/** Cells that slow a one-row call by less than this share are left alone. */
const slowdownTolerated = 0.01
/** A piece takes as long as this share of a one-row call: a request that comes meanwhile waits for no more. */
const pieceShare = 1 / 8
/** Weight of the newest observation; the first ones weigh more, beside what is taken for granted before them. */
const freshness = 0.2
/** Ends that wait to be judged; more than a run has is rare. */
const endsMax = 64

/** The end of what a run wrote, as it was left. */
interface Left {
  readonly node: TreeNode
  readonly from: number
  readonly until: number
  readonly usedAt: number
}

export class IdleTidying {
  #goneOnWith = 1
  #observed = 1
  /** The clock when calls had last been made: since then nothing lay idle beside one. */
  #calledAt = 0
  #calls = 0
  /** Micros of calls from one end to the next. */
  #microsBetween = 0
  #microsAtEnd = 0
  /** Those of the last run, until the next one shows what became of them. */
  #left: Left[] = []
  /** Clock of the last repack: one that was refused is not tried again at once. */
  #movedAt = -1
  /** When the end of a run was last used; used again, it is none any more. */
  readonly #ends = new WeakMap<TreeNode, number>()

  /** Share of the last runs' ends, by tokens, that whoever came next went on with; 1 before anything was seen. */
  get goneOnWith(): number {
    return this.#goneOnWith
  }

  /** A run ended with these tokens. */
  ended(cache: KvCache, tokens: Int32Array, lineage: Lineage | null, { decodeMicros }: Calls): void {
    if (decodeMicros > this.#microsAtEnd) this.#learn(decodeMicros)
    const { node } = cache.tree.match(tokens, { count: tokens.length, limit: tokens.length, lineage })
    if (node.isRoot || node.children.size > 0) return
    this.#ends.set(node, node.usedAt)
    if (this.#left.length < endsMax) {
      this.#left.push({ node, from: node.from, until: node.until, usedAt: node.usedAt })
    }
  }

  /** Queues one piece; false where nothing is worth it. */
  plan(cache: KvCache, { costs, batch }: IdleOptions, calls: Calls): boolean {
    const callMicros = costs.callMicros(1)
    // Cells that were renumbered can't be saved before a call has turned them.
    if (callMicros === null || cache.hasShiftPending) return false
    if (calls.decodeCalls > this.#calls) [this.#calls, this.#calledAt] = [calls.decodeCalls, cache.clock]
    const slowdown = costs.idleCellMicros(1) / callMicros
    const piece = Math.max(
      costs.firstParkTokensMin(batch),
      pieceTokens(costs, callMicros, cache.parkTokensMin),
    )
    const perCall = (slowdown * calls.decodeMicros) / Math.max(1, calls.decodeCalls)
    const prices = { costs, slowdown, perCall, piece, row: costs.rowMicros(batch) }
    return this.#park(cache, prices) || this.#repack(cache, prices)
  }

  #park(cache: KvCache, prices: Prices): boolean {
    if (cache.host.bytesMax === 0 || cache.cellsEvictable * prices.slowdown <= slowdownTolerated) return false
    const lease = coldest(cache, (idle) => {
      const { length, usedAt } = idle.node
      if (!prices.costs.knowsParks && length < prices.piece) return false
      return this.#isDearer(cache, idle, prices) && cache.host.takes(Math.min(length, prices.piece), usedAt)
    })
    if (lease === null) return false
    this.#cut(cache, lease.node, prices.piece)
    evict(cache, lease)
    return true
  }

  /** Moves what is left down into the places that others left, where that is no more than a piece. */
  #repack(cache: KvCache, { costs, slowdown, perCall, piece }: Prices): boolean {
    const { tree, places } = cache
    if (!canRepack(cache) || tree.cellsLive > piece || this.#movedAt === cache.clock) return false
    lowerPlaces(cache)
    const holes = places.until - tree.cellsLive
    if (holes * slowdown <= slowdownTolerated) return false
    const cost = places.holeCalls * perCall + holes * slowdown * this.#microsBetween
    if (cost <= tree.cellsLive * costs.repackMicros) return false
    this.#movedAt = cache.clock
    repack(cache)
    return cache.opCount > 0
  }

  /** Whether leaving the cells costs more than bringing them back. */
  #isDearer(cache: KvCache, { node }: Lease, { costs, slowdown, perCall, piece, row }: Prices): boolean {
    const { length } = node
    if (!cache.host.hasRoomFor(length)) return false
    const { park, restore } = costs
    const spent = Math.max(0, this.#calledAt - node.usedAt) * perCall * length
    // Not worth a park: whoever wants it decodes it again, so what may come is no reason to drop it, nor what is below.
    if (length < cache.parkTokensMin) return node.children.size === 0 && spent > row * length
    const back = restore.fixed * Math.ceil(length / piece) + restore.each * length
    // Several went on from it, so others may: it has to pay for its way out, too, as it has when somebody waits.
    if (isShared(node)) return spent > park.fixed + park.each * length + back
    if (this.#ends.get(node) !== node.usedAt) return spent > back
    const passedOver = 1 - this.#goneOnWith
    const toCome = passedOver * this.#microsBetween * slowdown * length
    return spent + toCome > this.#goneOnWith * back
  }

  /** Long ones are parked from their end on; a rest too short to be parked stays with the piece before it. */
  #cut(cache: KvCache, node: TreeNode, piece: number): void {
    if (node.length < piece + cache.parkTokensMin) return
    const rest = cache.tree.split(node, (node.until - piece) as Position)
    if (this.#ends.get(node) === node.usedAt) this.#ends.set(rest, rest.usedAt)
  }

  #learn(decodeMicros: number): void {
    for (const left of this.#left) {
      const share = shareUsed(left)
      if (share === null) continue
      this.#goneOnWith += Math.max(freshness, 1 / ++this.#observed) * (share - this.#goneOnWith)
    }
    const between = decodeMicros - this.#microsAtEnd
    const weight = this.#microsAtEnd === 0 ? 1 : freshness
    this.#microsBetween += weight * (between - this.#microsBetween)
    this.#microsAtEnd = decodeMicros
    this.#left = []
  }
}

interface Prices {
  readonly costs: Costs
  /** What an idle cell adds to a call, as a share of it, and in micros. */
  readonly slowdown: number
  readonly perCall: number
  readonly piece: number
  readonly row: number
}

/** Whether more goes on behind it than the rest of one text, which may be parked. */
function isShared(node: TreeNode): boolean {
  const { value: first } = node.children.values().next()
  return node.children.size > 1 || (first !== undefined && first.length > 1)
}

/** Tokens that are parked in the time of a piece; more where what a park costs anyway would be most of it. */
function pieceTokens({ park }: Costs, callMicros: number, parkTokensMin: number): number {
  const inTime = (pieceShare * callMicros - park.fixed) / park.each
  const least = Math.ceil(park.fixed / park.each)
  return Math.max(1, Math.floor(inTime), least, Number.isFinite(parkTokensMin) ? parkTokensMin : 1)
}

/** Share of the tokens that were used again; null where what became of them can't be told. */
function shareUsed({ node, from, until, usedAt }: Left): number | null {
  if (node.parent === null || until === from) return null
  let used = 0
  for (let at: TreeNode | null = node; at !== null && at.until > from; at = at.parent) {
    if (at.usedAt > usedAt) used += Math.max(0, Math.min(at.until, until) - Math.max(at.from, from))
  }
  return Math.min(1, used / (until - from))
}
