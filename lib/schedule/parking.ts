// When idle cells go to host memory although there is room: every cell in use slows every decode. Decides by the
// rule of the ski rental: a node is parked once leaving it has cost, or is going to cost, as much as parking and
// restoring it. Uses measured costs only.
import type { KvCache } from '../kv/cache.js'
import type { Costs } from './costs.js'
import type { Work } from './work.js'

/** Idle cells that slow a one-row decode by less than this share are left alone. */
const slowdownTolerated = 0.02

export function parkCold(cache: KvCache, costs: Costs, works: readonly Work[]): void {
  if (cache.host.bytesMax === 0) return
  const callMicros = costs.callMicros(1)
  if (callMicros === null) return
  const perCell = costs.idleCellMicros
  const there = costs.parkMicros + costs.restoreMicros
  const batched = costs.callMicros(64)
  // What is decoded again faster than it is parked and restored is not worth host memory.
  if (batched !== null) cache.parkTokensMin = Math.max(1, Math.ceil(there / (batched / 64)))
  const drawsToCome = Math.max(0, ...works.map((work) => (work.lease === null ? 0 : work.drawnLeft)))
  if (drawsToCome === 0) return
  while (cache.cellsEvictable * perCell > slowdownTolerated * callMicros) {
    const lease = cache.coldest()
    if (lease === null) return
    const callsIdle = cache.clock - lease.node.usedAt
    if ((callsIdle + drawsToCome / 2) * perCell <= there) return
    if (!cache.host.hasRoomFor(lease.node.length)) return
    cache.evict(lease)
  }
}
