// How full an engine's cache is, as numbers. Looks, and changes nothing.
import type { KvCache } from '../../../kv/cache.js'
import type { EngineStats } from '../../stats.js'
import type { Totals } from './totals.js'

export function occupancyOf(
  { tree, leases, host, logits, capacity, cellsFree, cellsReserved, places }: KvCache,
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
    hostBytes: host.bytesParked,
    logitsKept: logits.count,
    logitsBytes: logits.bytes,
    requestsOpen: open,
  }
}

/** What of that, and of what was done, is public. */
export function statsOf(totals: Readonly<Totals>, now: ReturnType<typeof occupancyOf>): EngineStats {
  const {
    steps,
    decodeCalls,
    rowsDecoded,
    rowsAgain,
    stepMicros,
    decodeMicros,
    preempted,
    guessed,
    confirmed,
  } = totals
  const { drafted, draftMicros, placesAttended, tidiedWaited, tidiedIdle } = totals
  return {
    steps,
    decodeCalls,
    rows: rowsDecoded,
    rowsAgain,
    guessed,
    confirmed,
    drafted,
    draftMs: draftMicros / 1000,
    stepMs: stepMicros / 1000,
    decodeMs: decodeMicros / 1000,
    preempted,
    attended: placesAttended,
    tidied: { waited: tidiedWaited, idle: tidiedIdle },
    cells: { all: now.cellsAll, used: now.cellsLive, locked: now.cellsLocked },
    parked: { states: now.parkedCount, bytes: now.hostBytes },
    logits: { rows: now.logitsKept, bytes: now.logitsBytes },
    requests: now.requestsOpen,
  }
}
