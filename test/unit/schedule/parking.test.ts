// Idle cells are parked ahead of need only when leaving them costs more, by the costs measured so far.
import { KvCache } from '../../../lib/kv/cache.js'
import { checkIntegrity } from '../../../lib/kv/integrity.js'
import { Costs } from '../../../lib/schedule/costs.js'
import { parkCold } from '../../../lib/schedule/parking.js'
import { Work } from '../../../lib/schedule/work.js'
import { tokensOf } from '../../support/oracle-engine.js'
import { greedy } from '../../support/oracle-reference.js'
import { freeMatcher } from '../../support/oracle-vocabulary.js'

function cacheWithIdle(tokens: number): KvCache {
  const cache = new KvCache({
    cells: 10_000,
    sequences: 16,
    canForkPartially: true,
    canTruncate: true,
    canPark: true,
    hostBytesMax: 1 << 30,
  })
  const lease = cache.fork(cache.tree.root)!
  cache.move(lease, cache.tree.add(cache.tree.root, tokensOf(tokens), 'live'))
  cache.release(lease)
  return cache
}

function drawing(tokensMax: number): Work {
  const generation = { matcher: freeMatcher(), draw: greedy, tokensMax, forbidden: [], onTokens: null }
  const work = new Work(0, { tokens: tokensOf(3, 9), generation, targets: null })
  const cache = cacheWithIdle(1)
  work.lease = cache.fork(cache.tree.root)
  return work
}

/** A one-row decode takes 5 ms and 0.4 us more a cell; parking takes 15 us a token, restoring 3. */
function measured(): Costs {
  const costs = new Costs()
  for (let cells = 0; cells < 8000; cells += 200) {
    costs.measureStep({ rows: 1, decodeCalls: 1, decodeMicros: 5000 + 0.4 * cells, cells })
  }
  costs.measureStep({ rows: 64, decodeCalls: 1, decodeMicros: 60_000, cells: 0 })
  costs.measurePark(1000, 15_000)
  costs.measureRestore(1000, 3000)
  return costs
}

test.each([
  { what: 'a long run beside many idle cells', idle: 8000, draws: 200, parks: true },
  { what: 'a short run', idle: 8000, draws: 20, parks: false },
  { what: 'few idle cells', idle: 100, draws: 2000, parks: false },
])('$what: parks = $parks', ({ idle, draws, parks }) => {
  const cache = cacheWithIdle(idle)
  parkCold(cache, measured(), [drawing(draws)])
  expect(cache.host.count > 0).toBe(parks)
  expect(cache.tree.cellsLive).toBe(parks ? 0 : idle)
  checkIntegrity(cache)
})

test('the slope of idle cells is what was measured', () => {
  expect(measured().idleCellMicros).toBeGreaterThan(0.2)
  expect(measured().idleCellMicros).toBeLessThan(0.6)
})
