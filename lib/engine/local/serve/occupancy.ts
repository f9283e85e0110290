// How full an engine's cache is, as numbers. Looks, and changes nothing.
import type { KvCache } from '../../../kv/cache.js'

export function occupancyOf(
  { tree, leases, host, capacity, cellsFree, cellsReserved, places }: KvCache,
  open: number,
) {
  let working = 0
  for (const lease of leases.held) if (lease.owner === 'request') working++
  return {
    cellsAll: capacity.all,
    cellsFree,
    cellsLive: tree.cellsLive,
    cellsLocked: tree.cellsLocked,
    placesUntil: places.until,
    cellsReserved: cellsReserved + tree.cellsPending,
    leasesHeld: leases.count - leases.freeCount,
    leasesWorking: working,
    parkedCount: host.count,
    hostBytes: host.bytesUsed,
    requestsOpen: open,
  }
}
