// How much a benchmark measures: that it fits every context, and that slow models get little of it; and what is said of
// samples, against sums written otherwise.
import fc from 'fast-check'
import { quantile, Samples } from '../../../lib/cli/bench/samples.js'
import { roundsFor, sizesFor } from '../../../lib/cli/bench/sizes.js'

const effort = fc.constantFrom('whole' as const, 'quick' as const)

test('whatever the context and the costs: all that is there at one time has cells, and nothing is of no size', () => {
  const context = fc.record({
    cells: fc.integer({ min: 256, max: 1 << 20 }),
    sequences: fc.integer({ min: 3, max: 255 }),
    batch: fc.integer({ min: 1, max: 4096 }),
  })
  const probe = fc.record({
    rowMicros: fc.double({ min: 0.1, max: 1e7, noNaN: true }),
    callMicros: fc.double({ min: 1, max: 1e8, noNaN: true }),
  })
  fc.assert(
    fc.property(effort, context, probe, (how, given, costs) => {
      const { prefix, held, rows, batch, prefills, beside, drawn } = sizesFor(how, given, costs)
      const [rowsMax, prefillMax, besideMax] = [rows, prefills, beside].map((list) => Math.max(...list))
      const working = [2 * rowsMax!, batch, prefillMax!, besideMax! * (drawn + 1)]
      expect(prefix + held + Math.max(...working)).toBeLessThanOrEqual(given.cells)
      expect(Math.max(rowsMax!, besideMax!) + 2).toBeLessThanOrEqual(given.sequences)
      expect(batch).toBeLessThanOrEqual(given.batch)
      for (const count of [prefix, held, batch, drawn, ...rows, ...prefills, ...beside])
        expect(count).toBeGreaterThan(0)
      expect(new Set(prefills).size).toBe(prefills.length)
    }),
  )
})

test('a slow model is asked for less, and for fewer rounds; three at least', () => {
  const context = { cells: 8192, sequences: 255, batch: 512 }
  const quick = { rowMicros: 10, callMicros: 300 }
  const slow = { rowMicros: 50_000, callMicros: 500_000 }
  expect(sizesFor('whole', context, quick)).toMatchObject({
    prefills: [128, 512, 2048],
    held: 1024,
    drawn: 64,
  })
  const less = sizesFor('whole', context, slow)
  expect(Math.max(...less.prefills)).toBeLessThan(128)
  expect(less.drawn).toBeLessThan(10)
  expect([roundsFor('whole', 1e5), roundsFor('whole', 1e7), roundsFor('quick', 1e9)]).toEqual([15, 6, 3])
})

test('figures are the quartiles of their samples, group by group', () => {
  const samples = new Samples()
  for (const [at, sample] of [5, 1, 4, 2, 3].entries()) {
    samples.add('masks', 'mask', sample * 10)
    samples.add('rows', 1, sample)
    if (at < 2) samples.add('rows', 2, sample)
  }
  expect(samples.figures()).toEqual([
    { group: 'rows', of: 1, unit: 'ms a call', median: 3, low: 2, high: 4, samples: 5 },
    { group: 'rows', of: 2, unit: 'ms a call', median: 3, low: 2, high: 4, samples: 2 },
    { group: 'masks', of: 'mask', unit: 'µs', median: 30, low: 20, high: 40, samples: 5 },
  ])
  expect(new Samples().figures()).toEqual([])
  const sorted = fc.array(fc.integer(), { minLength: 1 }).map((list) => list.sort((a, b) => a - b))
  fc.assert(
    fc.property(sorted, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const value = quantile(list, share)
      expect(list.filter((one) => one <= value).length).toBeGreaterThanOrEqual(
        Math.floor((list.length - 1) * share) + 1,
      )
    }),
  )
})
