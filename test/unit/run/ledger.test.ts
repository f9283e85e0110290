// Goal: every token of a run is in one class, whatever the engine reports and in whatever order. Method: requests with
// made-up reports, and the totals a person would count.
import fc from 'fast-check'
import { Books } from '../../../lib/engine/local/account/books.js'
import type { Usage } from '../../../lib/engine/local/serve/token-engine.js'
import { origin, type TokenList } from '../../../lib/engine/local/text/tokens.js'

function list(given: number, sampled: number): Pick<TokenList, 'tokens' | 'origins'> {
  const tokens = Int32Array.from({ length: given + sampled }, (_, index) => index)
  return {
    tokens,
    origins: Uint8Array.from(tokens, (index) => (index < given ? origin.given : origin.sampled)),
  }
}

function usage(decoded: readonly [number, number][], rest: Partial<Usage> = {}): Usage {
  const ranges = decoded.map(([from, until]) => ({ from, until }))
  return {
    reused: 0,
    restored: 0,
    redecoded: 0,
    redrawn: 0,
    guessed: 0,
    confirmed: 0,
    heldUntil: 0,
    decodeCalls: [{ from: 0, until: 1 }],
    decoded: ranges,
    ...rest,
  }
}

test('a fresh prompt and four drawn tokens, the last of them not computed', () => {
  const ledger = new Books()
  ledger.record(list(10, 4), usage([[0, 13]]), 10)
  expect(ledger.total([list(10, 4)])).toMatchObject({
    prefilled: 10,
    sampled: 4,
    decoded: 13,
    spared: 1,
    rolledBack: 0,
  })
})

test('found, restored and computed again', () => {
  const ledger = new Books()
  ledger.record(list(10, 1), usage([[9, 10]], { reused: 6, restored: 3, redecoded: 1 }), 10)
  expect(ledger.total([list(10, 1)])).toMatchObject({
    reused: 6,
    restored: 3,
    redecoded: 1,
    sampled: 1,
    decoded: 1,
    spared: 1,
  })
})

test('cells lost in the middle of a request are computed twice', () => {
  const ledger = new Books()
  ledger.record(
    list(10, 2),
    usage(
      [
        [0, 11],
        [0, 11],
      ],
      { redecoded: 10, redrawn: 1 },
    ),
    10,
  )
  expect(ledger.total([list(10, 2)])).toMatchObject({
    prefilled: 10,
    sampled: 2,
    redecoded: 11,
    decoded: 22,
    spared: 1,
  })
})

test('what was given up is rolled back, what was replaced is healed', () => {
  const ledger = new Books()
  ledger.record(list(5, 3), usage([[0, 7]]), 5)
  ledger.reject(list(5, 3), 6)
  expect(ledger.total([list(5, 0)])).toMatchObject({
    prefilled: 5,
    healed: 1,
    rolledBack: 2,
    decoded: 7,
    spared: 1,
  })
})

test('drawn tokens that a neighbour decoded for both are reused', () => {
  const ledger = new Books()
  ledger.record(list(10, 4), usage([[11, 13]], { reused: 10, heldUntil: 13 }), 10)
  expect(ledger.total([list(10, 4)])).toMatchObject({ reused: 11, sampled: 3, decoded: 2, spared: 1 })
})

test('the classes add up for any reports', () => {
  const report = fc.record({
    given: fc.integer({ min: 1, max: 12 }),
    drawn: fc.nat({ max: 6 }),
    ranges: fc.array(fc.tuple(fc.nat({ max: 17 }), fc.nat({ max: 17 })), { maxLength: 3 }),
    redecoded: fc.nat({ max: 12 }),
    heldUntil: fc.nat({ max: 18 }),
    restored: fc.nat({ max: 12 }),
    rejected: fc.nat({ max: 18 }),
  })
  fc.assert(
    fc.property(fc.array(report, { minLength: 1, maxLength: 6 }), fc.nat({ max: 18 }), (reports, kept) => {
      const ledger = new Books()
      let rows = 0
      for (const { given, drawn, ranges, redecoded, heldUntil, restored, rejected } of reports) {
        const length = given + drawn
        const decoded = ranges.map(([a, b]): [number, number] => [
          Math.min(a, b, length),
          Math.min(Math.max(a, b), length),
        ])
        rows += decoded.reduce((sum, [from, until]) => sum + until - from, 0)
        ledger.record(list(given, drawn), usage(decoded, { redecoded, restored, heldUntil }), given)
        if (rejected < length) ledger.reject(list(given, drawn), rejected)
      }
      const total = ledger.total([list(kept, 0)])
      const { reused, restored, prefilled, forced, sampled, healed, rolledBack, redecoded } = total
      const classes = reused + restored + prefilled + forced + sampled + healed + rolledBack + redecoded
      expect(classes).toBe(total.decoded + total.reused + total.restored + total.spared)
      expect(total.decoded).toBe(rows)
      expect(ledger.total([list(kept, 0)])).toEqual(total)
    }),
  )
})

test('a llama_decode call that several requests of the run share is counted once', () => {
  const ledger = new Books()
  ledger.record(list(10, 2), usage([[0, 11]], { decodeCalls: [{ from: 3, until: 5 }] }), 10)
  ledger.record(list(10, 0), usage([], { decodeCalls: [{ from: 4, until: 6 }] }), 10)
  expect(ledger.decodeCalls).toBe(3)
})
