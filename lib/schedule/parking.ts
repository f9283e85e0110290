// When idle cells go to host memory although there is room, and when the others move into the places they left: every
// place up to the highest used one slows every decode. Decides by the rule of the ski rental: something is done once
// leaving it has cost, or is going to cost, as much as doing it. Uses measured costs only.
import type { KvCache } from '../kv/cache.js'
import { coldest, evict } from '../kv/evict.js'
import { canRepack, lowerPlaces, repack } from '../kv/repack.js'
import type { Lease, TreeNode } from '../kv/tree-node.js'
import type { Costs } from './costs.js'

/** What the works that hold sequences have yet to do. */
export interface ToCome {
  /** Tokens known and not decoded, those of the step being planned included. */
  readonly rows: number
  /** Calls that draw, at most. */
  readonly draws: number
  /** Works that draw side by side. */
  readonly drawing: number
}

export interface PlaceOptions {
  readonly costs: Costs
  readonly batch: number
  /** Share of what runs leave that the next one goes on with. */
  readonly goneOnWith: number
}

/** Nodes that are looked at to see what goes together: of more, a part tells of them all. */
const groupMax = 32

/** Idle cells that slow a one-row decode by less than this share are left alone. */
const slowdownTolerated = 0.02

/** Queues what makes the calls to come attend fewer places, where that is worth it. */
export function tidyPlaces(cache: KvCache, { costs, batch, goneOnWith }: PlaceOptions, toCome: ToCome): void {
  const callMicros = costs.callMicros(1)
  if (callMicros === null) return
  const tolerated = slowdownTolerated * callMicros
  const perCall = costs.idleCellMicros(1)
  const perPlaceSure = costs.idleCellPrefillMicros(toCome.rows, batch)
  // A constraint ends most values before their limit; half of it is expected.
  const perPlace = perPlaceSure + (toCome.draws / 2) * costs.idleCellMicros(Math.max(1, toCome.drawing))
  if (perPlace === 0) return
  // Whoever is gone on with lies idle until the known tokens are read, and no longer.
  const perPlaceLeft = Math.max(perPlaceSure, (1 - goneOnWith) * perPlace)
  if (cache.host.bytesMax > 0) parkCold(cache, costs, { batch, perPlace, perPlaceLeft, perCall, tolerated })
  const { tree, places } = cache
  if (holesOf(cache) * perCall <= tolerated || !canRepack(cache)) return
  lowerPlaces(cache)
  const holes = holesOf(cache)
  if (holes * perCall <= tolerated) return
  const price = tree.cellsLive * costs.repackMicros
  if (holes * perPlace + places.holeCalls * perCall > price) repack(cache)
}

function holesOf({ tree, places }: KvCache): number {
  return places.until - tree.cellsLive - tree.cellsPending
}

interface Prices {
  readonly batch: number
  /** Micros that one idle cell will have added when the works are done. */
  readonly perPlace: number
  /** The same of a cell whose run has just ended. */
  readonly perPlaceLeft: number
  /** Micros that it adds to a one-row call. */
  readonly perCall: number
  readonly tolerated: number
}

function parkCold(cache: KvCache, costs: Costs, prices: Prices): void {
  const { batch, perPlace, perPlaceLeft, perCall, tolerated } = prices
  const { park, restore } = costs
  const row = costs.rowMicros(batch)
  const least = costs.firstParkTokensMin(batch)
  // What goes to make calls cheaper is weighed by what is known; nobody waits for its room.
  cache.parkTokensMin = costs.parkTokensMin(batch)
  const costsMoreThere = ({ node }: Lease): boolean => {
    const callsIdle = cache.clock - node.usedAt
    if (!cache.host.hasRoomFor(node.length)) return false
    if (least > 1 && idleGroup(node).tokens < least) return false
    const spent = callsIdle * perCall
    // Too short to be parked: it is decoded again by whoever wants it, so what may come is no reason to drop it.
    if (node.length < cache.parkTokensMin) return callsIdle > 1 && spent > row
    // Who has just finished may be about to go on, and is brought back then.
    return isWorth(node, callsIdle <= 1 ? perPlaceLeft : spent + perPlace)
  }
  const isWorth = (node: TreeNode, saved: number): boolean => {
    const each = park.each + restore.each
    const fixed = park.fixed + restore.fixed
    // Most are clear without a look at what lies around them.
    if (saved <= each || saved > each + fixed / node.length) return saved > each
    const { nodes, tokens } = idleGroup(node)
    return saved > each + (fixed * nodes) / tokens
  }
  while (cache.cellsEvictable * perCall > tolerated) {
    const lease = coldest(cache, costsMoreThere)
    if (lease === null) return
    evict(cache, lease)
  }
}

interface Group {
  readonly nodes: number
  readonly tokens: number
}

/**
 * What can go with this leaf, and only after it: those above it that nobody works below, and what else is below these.
 * A long text goes on in many short ones (attempts that were rejected, answers), each of which alone is not worth it.
 *
 *   in use ─ text of 600 ─┬─ [23]      three short ones and the long one: four operations for 669 tokens
 *                         ├─ [23]
 *                         └─ [23]
 */
function idleGroup(leaf: TreeNode): Group {
  let top = leaf
  for (let above = leaf.parent!; !above.isRoot && above.locks === 0; above = above.parent!) top = above
  let [nodes, tokens] = [1, leaf.length]
  const open = [top]
  for (let looked = 0; open.length > 0 && looked < groupMax; looked += 1) {
    const node = open.pop()!
    if (node.state === 'parked') continue
    if (node !== leaf) [nodes, tokens] = [nodes + 1, tokens + node.length]
    for (const child of node.allChildren()) {
      if (open.length === groupMax) break
      open.push(child)
    }
  }
  return { nodes, tokens }
}
