// Why a request that fits the context can't go on: cells or sequences are in use or pinned.
import { CapacityError } from '../../../base/errors.js'
import type { KvCache } from '../../../kv/cache.js'
import type { Work } from '../../../schedule/work.js'

export function cellsFull(cache: KvCache, work: Work): CapacityError {
  const pinned = cache.tree.cellsLocked
  const hasCells = work.count <= cache.cellsFree + cache.cellsEvictable
  if (hasCells && work.lease === null && cache.leases.freeCount === 0) return sequencesFull(cache, work)
  return new CapacityError(
    'CELLS_FULL',
    `A request of ${work.count} tokens does not fit: the cache has ${cache.capacity.all} cells, ${pinned} of them ` +
      `are in use or pinned and ${cache.cellsFree} are free; dispose pins, or load more contextTokens.`,
  )
}

export function sequencesFull({ leases }: KvCache, work: Work): CapacityError {
  const { count } = leases
  return new CapacityError(
    'SEQUENCES_FULL',
    `A request of ${work.count} tokens needs a sequence of its own, and all ${count} are in use or pinned; ` +
      'wait for a run to end or dispose a pin.',
  )
}
