// Goal: cached = uncached, exactly, and decoded = unique tokens + those counted as decoded again, for every mix of
// extend, sample, fork, truncate, score, pin, evict, park, abort, chunking and batching. Method: seeded random programs
// on the oracle, every result against a lone fresh run, all books checked after every step. A failing seed is replayed
// with runProgram(seed).
import type { OracleBugs } from '../support/oracle.js'
import { runProgram } from '../support/oracle-programs.js'

const programs = 160
/** Room for a busy machine; alone it takes ten seconds. test/fuzz/oracle-long.mjs tries more. */
const timeoutMs = 300_000

test(
  `${programs} random programs equal lone runs`,
  async () => {
    let sharedCount = 0
    let failureCount = 0
    let confirmedCount = 0
    for (let seed = 0; seed < programs; seed++) {
      const { mismatch, shared, failures, confirmed } = await runProgram(seed)
      if (mismatch !== null) throw new Error(`seed ${seed}: ${mismatch}`)
      sharedCount += shared
      failureCount += failures
      confirmedCount += confirmed
    }
    // Programs in which nobody draws what a neighbour draws would prove nothing about shared rows.
    expect(sharedCount).toBeGreaterThan(programs)
    // The same of failures that are nobody else's.
    expect(failureCount).toBeGreaterThan(programs / 2)
    // And of tokens that were decoded before they were drawn.
    expect(confirmedCount).toBeGreaterThan(programs)
  },
  timeoutMs,
)

/**
 * A request that gave way was let in again at once, forever; a step that was refused an op lost its rows; cells that
 * were evicted behind a repack counted as gone when it came.
 */
test.each([5338, 5664, 408, 882, 20196])('program %i, which failed once, equals lone runs', async (seed) => {
  expect((await runProgram(seed)).mismatch).toBeNull()
})

const bugs: readonly OracleBugs[] = [
  { positionAfterFork: true },
  { forkRange: -1 },
  { forkRange: 1 },
  { truncateRange: -1 },
  { truncateRange: 1 },
  { freesShared: true },
  { restoreBlank: true },
  { drawsFromOtherRow: true },
  { drawsFromOtherLogits: true },
  { mergesAcrossPlaces: true },
  { repackMixes: true },
  { keepsAdapters: true },
  { keepsGuesses: true },
]

test.each(bugs)('the programs catch the planted bug %p', async (planted) => {
  for (let seed = 0; seed < 100; seed++) {
    if ((await runProgram(seed, { bugs: planted })).mismatch !== null) return
  }
  throw new Error('100 programs did not notice')
})
