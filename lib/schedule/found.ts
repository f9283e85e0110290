// Where a request's tokens are found in the cache. Decides when that has to be looked up again: many requests may wait
// through many steps, and few steps change what a request finds. Tokens that were compared are not compared again.
import type { KvCache } from '../kv/cache.js'
import { type Match, Trail } from '../kv/match.js'
import type { Work } from './work.js'

export function find(cache: KvCache, work: Work): Match {
  const { count, rowsFrom: limit, found } = work
  const isSame = found !== null && found.count === count && found.limit === limit
  if (isSame && stillHolds(cache, found.trail)) return found.match
  const trail = isSame ? new Trail() : null
  const match = cache.tree.match(work.tokens, {
    count,
    limit,
    drawsAfter: work.generation !== null && work.drawnCount === 0 ? count : null,
    lineage: work.lineage,
    trail,
    before: found?.trail ?? null,
  })
  work.found = { match, count, limit, trail }
  return match
}

function stillHolds(cache: KvCache, trail: Trail | null): boolean {
  if (trail === null) return false
  return cache.isSliceable ? trail.holds() : trail.holdsWithLeases()
}
