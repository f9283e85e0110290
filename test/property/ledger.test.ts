// Goal: the books of a run come to what one node a token comes to, whatever lists part where. Method: random lists that
// share beginnings, with made-up reports, in both; and a stream so long that the slow ones would not end in time.
import fc from 'fast-check'
import { Books } from '../../lib/engine/local/account/books.js'
import type { Usage } from '../../lib/engine/local/serve/token-engine.js'
import { origin, type TokenList } from '../../lib/engine/local/text/tokens.js'
import { SlowLedger } from '../support/slow-ledger.js'

const range = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 }))
const step = fc.record({
  kind: fc.constantFrom('record', 'record', 'record', 'reject', 'keep', 'total'),
  tokens: fc.array(fc.nat({ max: 1 }), { minLength: 1, maxLength: 30 }),
  /** How much of the list before stays in front. */
  shared: fc.nat({ max: 60 }),
  given: fc.nat({ max: 30 }),
  ranges: fc.array(range, { maxLength: 3 }),
  calls: fc.array(range, { maxLength: 3 }),
  redecoded: fc.nat({ max: 12 }),
  heldUntil: fc.nat({ max: 40 }),
  restored: fc.nat({ max: 12 }),
  at: fc.nat({ max: 40 }),
})

function lists(
  ranges: readonly (readonly [number, number])[],
  most: number,
): { from: number; until: number }[] {
  return ranges.map(([a, b]) => ({ from: Math.min(a, b, most), until: Math.min(Math.max(a, b), most) }))
}

test('the same totals as the slow ledger', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
      const fast = new Books()
      const slow = new SlowLedger()
      const dropped: Pick<TokenList, 'tokens' | 'origins'>[] = []
      let before = new Int32Array(0)
      for (const { kind, tokens, shared, given, ranges, calls, at, ...rest } of steps) {
        const list = Int32Array.from([...before.subarray(0, shared), ...tokens])
        before = list
        const origins = Uint8Array.from(list, (token, index) =>
          index < given ? origin.given : token === 0 ? origin.sampled : origin.forced,
        )
        const own = { tokens: list, origins }
        if (kind === 'record') {
          const usage: Usage = {
            ...rest,
            reused: 0,
            redrawn: 0,
            guessed: 0,
            confirmed: 0,
            decoded: lists(ranges, list.length),
            decodeCalls: lists(calls, 40),
          }
          const asked = Math.min(given, list.length)
          fast.record(own, usage, asked)
          slow.record(own, usage, asked)
        } else if (kind === 'reject') {
          fast.reject(own, at)
          slow.reject(own, at)
        } else if (kind === 'keep') {
          dropped.push(own)
        } else expect(fast.total([own], dropped)).toEqual(slow.total([own], dropped))
        expect(fast.decodeCalls).toBe(slow.decodeCalls)
      }
      const last = { tokens: before, origins: new Uint8Array(before.length) }
      expect(fast.total([last], dropped)).toEqual(slow.total([last], dropped))
      expect(fast.total([], dropped)).toEqual(slow.total([], dropped))
    }),
    { numRuns: 1000 },
  )
})

test('a stream of 64,000 tokens is booked before the slow ledger has booked a tenth', () => {
  const ledger = new Books()
  const all = Int32Array.from({ length: 64_000 }, (_, index) => index % 1000)
  const origins = new Uint8Array(all.length).fill(origin.sampled)
  for (let length = 8; length <= all.length; length += 4) {
    const list = { tokens: all.slice(0, length), origins: origins.slice(0, length) }
    const decoded = [{ from: length - 5, until: length - 1 }]
    const decodeCalls = [{ from: length - 5, until: length - 1 }]
    const usage = {
      reused: length - 5,
      restored: 0,
      redecoded: 0,
      redrawn: 0,
      guessed: 0,
      confirmed: 0,
      heldUntil: length - 1,
    }
    ledger.record(list, { ...usage, decoded, decodeCalls }, length - 4)
  }
  const total = ledger.total([{ tokens: all, origins }])
  expect(total.sampled).toBe(64_000 - 3)
  expect(total.reused).toBe(3)
  expect(ledger.decodeCalls).toBe(64_000 - 4)
})
