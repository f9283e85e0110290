// Idle cells are parked ahead of need, and others moved into the places they leave, only when leaving them costs more
// by the costs measured so far.
import { KvCache } from '../../../lib/kv/cache.js'
import { evict } from '../../../lib/kv/evict.js'
import { checkIntegrity } from '../../../lib/kv/integrity.js'
import { repack } from '../../../lib/kv/repack.js'
import type { Lease } from '../../../lib/kv/tree-node.js'
import { chunkRows } from '../../../lib/schedule/chunk-rows.js'
import { Costs } from '../../../lib/schedule/costs.js'
import { tidyPlaces } from '../../../lib/schedule/parking.js'
import { tokensOf } from '../../support/oracle-engine.js'

function cacheOf(): KvCache {
  return new KvCache({
    cells: 20_000,
    sequences: 16,
    canForkPartially: true,
    canTruncate: true,
    canPark: true,
    hostBytesMax: 1 << 30,
    bytesPerRow: 256,
  })
}

/** A sequence of fresh cells, as a step would leave it. */
function addCells(cache: KvCache, count: number, salt: number): Lease {
  const lease = cache.fork(cache.tree.root)!
  cache.move(lease, cache.tree.add(cache.tree.root, tokensOf(count, salt), 'live'))
  cache.places.reach(cache.tree.cellsLive)
  cache.clock += 2
  return lease
}

const kindsOf = (cache: KvCache) => cache.takeOps().map(({ kind }) => kind)

/** A one-row decode takes 5 ms and 0.4 us more a cell; parking takes 15 us a token, restoring 3. */
function measured(): Costs {
  const costs = new Costs()
  for (let cells = 0; cells < 8000; cells += 200) {
    // A cell of its own text costs three times as much.
    const own = cells % 1000
    costs.measureDecodes([{ rows: 1, calls: 1, micros: 5000 + 0.4 * cells + 0.8 * own }], {
      places: cells,
      own,
    })
  }
  costs.measureDecodes([{ rows: 64, calls: 1, micros: 60_000 }], null)
  const park = { kind: 'park', sequence: 0, from: 0, until: 1000, blob: 1 } as const
  costs.measureOps([park, { kind: 'restore', sequence: 0, blob: 1 }], [15_000, 3000], [1000])
  return costs
}

const still = { rows: 1, draws: 0, drawing: 0 }

test.each([
  { what: 'a long run beside many idle cells', idle: 8000, toCome: { ...still, draws: 200 }, parks: true },
  { what: 'a short run', idle: 8000, toCome: { ...still, draws: 20 }, parks: false },
  { what: 'few idle cells', idle: 100, toCome: { ...still, draws: 2000 }, parks: false },
  { what: 'a long beginning to decode', idle: 8000, toCome: { ...still, rows: 6400 }, parks: true },
])('$what: parks = $parks', ({ idle, toCome, parks }) => {
  const cache = cacheOf()
  cache.release(addCells(cache, idle, 1))
  cache.clock += 2
  tidyPlaces(cache, { costs: measured(), batch: 64, goneOnWith: 1 }, toCome)
  expect(cache.host.count > 0).toBe(parks)
  expect(cache.tree.cellsLive).toBe(parks ? 0 : idle)
  checkIntegrity(cache)
})

test('a park costs something, and each token more: what is shorter than that is worth is dropped', () => {
  const costs = measured()
  for (const tokens of [10, 100, 1000, 400, 20]) {
    const park = { kind: 'park', sequence: 0, from: 0, until: tokens, blob: 1 } as const
    costs.measureOps(
      [park, { kind: 'restore', sequence: 0, blob: 1 }],
      [600 + 15 * tokens, 3 * tokens],
      [tokens],
    )
  }
  expect(costs.park.fixed).toBeGreaterThan(400)
  expect(costs.park.each).toBeCloseTo(15, 0)
  const cache = cacheOf()
  cache.parkTokensMin = costs.parkTokensMin(64)
  expect(cache.parkTokensMin).toBeGreaterThan(5)
  expect(cache.parkTokensMin).toBeLessThan(20)
  for (const [count, kinds] of [
    [5, ['truncate']],
    [30, ['park', 'truncate']],
  ] as const) {
    const lease = addCells(cache, count, count)
    cache.release(lease)
    evict(cache, lease)
    expect(kindsOf(cache)).toEqual(kinds)
  }
})

test.each([
  { what: 'that nobody works behind goes with what is behind it', isUsed: false },
  { what: 'in use keeps what is behind it', isUsed: true },
])('a text $what, though each of these alone is too short for its own park', ({ isUsed }) => {
  const costs = measured()
  for (const tokens of [10, 100, 1000, 400, 20]) {
    const park = { kind: 'park', sequence: 0, from: 0, until: tokens, blob: 1 } as const
    const micros = [600 + 15 * tokens, 3 * tokens]
    costs.measureOps([park, { kind: 'restore', sequence: 0, blob: 1 }], micros, [tokens])
  }
  const cache = cacheOf()
  const text = addCells(cache, 2000, 1)
  for (const salt of [2, 3, 4]) {
    const lease = cache.fork(text.node)!
    cache.move(lease, cache.tree.add(text.node, tokensOf(20, salt), 'live'))
    cache.release(lease)
  }
  cache.places.reach(cache.tree.cellsLive)
  if (!isUsed) cache.release(text)
  cache.clock += 10
  tidyPlaces(cache, { costs, batch: 64, goneOnWith: 1 }, { ...still, draws: 130 })
  expect(kindsOf(cache).filter((kind) => kind === 'park')).toHaveLength(isUsed ? 0 : 4)
  checkIntegrity(cache)
})

const longRun = { ...still, draws: 2000 }
test.each([
  { what: 'a long run that may go on with it', toCome: longRun, goneOnWith: 1, parks: false },
  { what: 'a long run where nobody has gone on', toCome: longRun, goneOnWith: 0.1, parks: true },
  { what: 'a short text', toCome: { ...still, rows: 128 }, goneOnWith: 1, parks: false },
  { what: 'a text it would slow for longer', toCome: { ...still, rows: 6400 }, goneOnWith: 1, parks: true },
])('who has just finished is parked beside $what: $parks', ({ toCome, goneOnWith, parks }) => {
  const cache = cacheOf()
  const lease = addCells(cache, 8000, 1)
  cache.release(lease)
  cache.clock += 1
  tidyPlaces(cache, { costs: measured(), batch: 64, goneOnWith }, toCome)
  expect(cache.host.count > 0).toBe(parks)
})

test.each([
  { live: 300, draws: 200, moves: true },
  { live: 300, draws: 1, moves: false },
  { live: 9000, draws: 20, moves: false },
])('$live cells above 8,000 parked ones, $draws draws to come: moves = $moves', ({ live, draws, moves }) => {
  const cache = cacheOf()
  const idle = addCells(cache, 8000, 1)
  addCells(cache, live, 2)
  cache.release(idle)
  evict(cache, idle)
  expect(kindsOf(cache)).toEqual(['park', 'truncate'])
  tidyPlaces(cache, { costs: measured(), batch: 64, goneOnWith: 1 }, { ...still, draws })
  expect(kindsOf(cache)).toEqual(moves ? ['repack'] : [])
})

test('what holes have cost already counts as well', () => {
  const cache = cacheOf()
  const idle = addCells(cache, 8000, 1)
  addCells(cache, 300, 2)
  cache.release(idle)
  evict(cache, idle)
  cache.takeOps()
  cache.places.attend(cache.tree.cellsLive, 10)
  tidyPlaces(cache, { costs: measured(), batch: 64, goneOnWith: 1 }, { ...still, draws: 1 })
  expect(kindsOf(cache)).toEqual(['repack'])
})

test('a shared cell is moved once, for all who hold it', () => {
  const cache = cacheOf()
  const trunk = addCells(cache, 10, 1)
  const branch = cache.copyOf(trunk.node)!
  cache.move(branch, cache.tree.add(trunk.node, tokensOf(3, 2), 'live'))
  cache.takeOps()
  repack(cache)
  expect(cache.takeOps()).toEqual([
    { kind: 'repack', sequences: [trunk.id, branch.id], from: 0, until: 10 },
    { kind: 'repack', sequences: [branch.id], from: 10, until: 13 },
  ])
})

test('what a cell adds is what was measured, and the guess while calls do not tell', () => {
  expect(measured().idleCellMicros(1)).toBeCloseTo(0.4, 6)
  const unsure = new Costs()
  for (let call = 0; call < 40; call++) {
    const micros = 5000 + (call % 3) * 900
    unsure.measureDecodes([{ rows: 1, calls: 1, micros }], { places: 1000 + call * 5, own: 0 })
  }
  expect(unsure.idleCellMicros(1) / unsure.callMicros(1)!).toBeCloseTo(1 / 12_000, 9)
})

test.each([
  // A call of one row costs 6 ms, each further one 0.77: rows get dear below 32 of them.
  { call: 6000, row: 770, latency: 30_000, rows: 32 },
  { call: 6000, row: 770, latency: 60_000, rows: 64 },
  { call: 100, row: 770, latency: 30_000, rows: 32 },
  { call: 100, row: 770, latency: 1_000_000, rows: 512 },
  // Rows are free beside the call itself.
  { call: 6000, row: 0.1, latency: 30_000, rows: 512 },
])('$call micros a call and $row a row, $latency at most: $rows rows', ({ call, row, latency, rows }) => {
  const costs = new Costs()
  for (const count of [1, 512])
    costs.measureDecodes([{ rows: count, calls: 1, micros: call + (count - 1) * row }], null)
  expect(chunkRows(costs, latency, 512)).toBe(rows)
})
