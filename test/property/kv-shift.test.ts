// Goal: shifted cells are what the contract says (lossy: they remember what was dropped), are found by their lineage
// only, and never leak. Method: the oracle; the judge is a lone context that decodes, shifts and goes on by itself.
// That cells go once their lineage is collected is shown in collected.test.ts.
import fc from 'fast-check'
import type { Lineage } from '../../lib/engine/../kv/lineage.js'
import { greedy } from '../support/greedy.js'
import { OracleContext } from '../support/oracle.js'
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'
import { generateAlone } from '../support/oracle-reference.js'
import { eos, fixedMatcher } from '../support/oracle-vocabulary.js'

interface Range {
  readonly from: number
  readonly until: number
}

const without = (tokens: Int32Array, { from, until }: Range): Int32Array =>
  Int32Array.of(...tokens.subarray(0, from), ...tokens.subarray(until))

/** What a sequence nobody else uses draws after its cells were shifted. All but the last token have cells. */
async function shiftedAlone(tokens: Int32Array, ranges: readonly Range[], count: number): Promise<number[]> {
  const context = new OracleContext({ isEog: (token) => token === eos })
  const last = tokens.length - 1
  const chunk = { sequences: [0], position: 0, tokens: tokens.slice(0, last), output: false }
  await context.step({ ops: [], chunks: [chunk], generations: [], decodesMax: 1 })
  const ops = ranges.map((range) => ({ kind: 'shift' as const, sequence: 0, ...range }))
  await context.step({ ops, chunks: [], generations: [], decodesMax: 1 })
  const position = context.positions(0)!.last + 1
  const generation = { chunk: 0, sequence: 0, matcher: fixedMatcher(count), draw: greedy, forbidden: [] }
  const result = await context.step({
    ops: [],
    chunks: [{ sequences: [0], position, tokens: tokens.subarray(last), output: true }],
    generations: [{ ...generation, tokensMax: count }],
    decodesMax: 99,
  })
  return [...result.generations[0]!.tokens]
}

const drawn = async (request: ReturnType<typeof requestFor>): Promise<readonly number[]> =>
  (await generateAlone(request)).tokens

test('a shifted tail goes on as its own cells say, decodes one row, and nobody else finds it', async () => {
  const { context, engine } = openOracle()
  const tokens = tokensOf(60)
  const range = { from: 10, until: 30 }
  const short = without(tokens, range)
  await engine.prefill(tokens.slice(0, 59), null)
  const lineage = await engine.shift({ tokens, ...range, lineage: null, signal: null })
  const before = context.rowsDecoded
  const after = await engine.generate(requestFor(short, 5, { lineage }))
  const expected = await shiftedAlone(tokens, [range], 5)
  expect([...after.tokens]).toEqual(expected)
  expect(expected).not.toEqual(await drawn(requestFor(short, 5)))
  expect(after.usage).toMatchObject({ reused: 39, redecoded: 0 })
  expect(context.rowsDecoded - before).toBe(5)
  // The same tokens without the lineage are decoded afresh, but for what was never shifted.
  const other = await engine.generate(requestFor(short, 5))
  expect([...other.tokens]).toEqual(await drawn(requestFor(short, 5)))
  expect(other.usage.reused).toBe(10)
  // Nobody else used the whole transcript: its cells have moved, and it is computed again, exactly.
  const whole = await engine.generate(requestFor(tokens, 5))
  expect([...whole.tokens]).toEqual(await drawn(requestFor(tokens, 5)))
  expect(whole.usage.redecoded).toBeGreaterThanOrEqual(49)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test('what a pin holds is copied, not moved; both go on as they must', async () => {
  const { context, engine } = openOracle()
  const tokens = tokensOf(60)
  const range = { from: 1, until: 41 }
  const { pin } = await engine.pin(tokens.slice(0, 59), null)
  const lineage = await engine.shift({ tokens, ...range, lineage: null, signal: null })
  const whole = await engine.generate(requestFor(tokens, 4))
  expect([...whole.tokens]).toEqual(await drawn(requestFor(tokens, 4)))
  expect(whole.usage.reused).toBe(59)
  const short = await engine.generate(requestFor(without(tokens, range), 4, { lineage }))
  expect([...short.tokens]).toEqual(await shiftedAlone(tokens, [range], 4))
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
  pin.dispose()
  engine.checkIntegrity()
})

test('a lineage whose cells were evicted, or refused by the device, is decoded again as the shorter text', async () => {
  const tokens = tokensOf(60)
  const range = { from: 8, until: 28 }
  const short = without(tokens, range)
  for (const refuses of [false, true]) {
    const { context, engine } = openOracle(
      { cells: 96, refusesOp: (op) => refuses && op.kind === 'shift' },
      { hostBytesMax: 0 },
    )
    await engine.prefill(tokens, null)
    const lineage = await engine.shift({ tokens, ...range, lineage: null, signal: null })
    expect(engine.occupancy.leasesWorking).toBe(0)
    if (!refuses) await engine.prefill(tokensOf(96, 5), null)
    const result = await engine.generate(requestFor(short, 4, { lineage }))
    expect([...result.tokens]).toEqual(await drawn(requestFor(short, 4)))
    if (!refuses) expect(result.usage.redecoded).toBe(40)
    expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
  }
})

test('a second shift goes on from the first; two lineages of one text keep apart', async () => {
  const { engine } = openOracle()
  const tokens = tokensOf(80)
  const first = { from: 4, until: 24 }
  const second = { from: 14, until: 34 }
  await engine.pin(tokens.slice(0, 79), null)
  const a = await engine.shift({ tokens, ...first, lineage: null, signal: null })
  const b = await engine.shift({ tokens: without(tokens, first), ...second, lineage: a, signal: null })
  const twice = without(without(tokens, first), second)
  expect([...(await engine.generate(requestFor(twice, 4, { lineage: b }))).tokens]).toEqual(
    await shiftedAlone(tokens, [first, second], 4),
  )
  const other = await engine.generate(requestFor(twice, 4, { lineage: a }))
  expect(other.usage.reused).toBe(14)
})

test('random programs: who carries no lineage draws what a fresh run draws, whatever others shift', async () => {
  const step = fc.record({
    kind: fc.constantFrom('generate', 'shift', 'go on', 'forget'),
    salt: fc.nat(3),
    length: fc.integer({ min: 4, max: 40 }),
    from: fc.integer({ min: 1, max: 20 }),
    count: fc.integer({ min: 1, max: 20 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.boolean(), async (steps, parks) => {
      const { context, engine } = openOracle({ cells: 128 }, { hostBytesMax: parks ? 4096 : 0 })
      const made: { tokens: Int32Array; lineage: Lineage }[] = []
      const run = async ({ kind, salt, length, from, count }: (typeof steps)[number]): Promise<void> => {
        const own = made[salt % Math.max(1, made.length)]
        // Every other time the very tokens whose shifted cells are there.
        const tokens = kind === 'generate' && count % 2 === 0 && own ? own.tokens : tokensOf(length, salt)
        if (kind === 'generate') {
          const { tokens: found } = await engine.generate(requestFor(tokens, count))
          expect([...found]).toEqual(await drawn(requestFor(tokens, count)))
        } else if (kind === 'go on' && own !== undefined) {
          await engine.generate(requestFor(own.tokens, count, { lineage: own.lineage }))
        } else if (kind === 'forget') made.splice(0, 1)
        else {
          const base = own !== undefined && count % 2 === 0 ? own : { tokens, lineage: null }
          const until = Math.min(base.tokens.length, from + count)
          if (from >= until || until - from === base.tokens.length) return
          const lineage = await engine.shift({ ...base, from, until, signal: null })
          made.push({ tokens: without(base.tokens, { from, until }), lineage })
        }
      }
      for (let at = 0; at < steps.length; at += 3) await Promise.all(steps.slice(at, at + 3).map(run))
      await engine.settled()
      engine.checkIntegrity()
      expect(engine.occupancy).toMatchObject({ leasesWorking: 0, cellsLocked: 0, requestsOpen: 0 })
      expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
    }),
    { numRuns: 300 },
  )
})

test('a wrong range and a memory that can not shift are refused before any work', async () => {
  const { context, engine } = openOracle()
  const tokens = tokensOf(20)
  const shift = (from: number, until: number) =>
    engine.shift({ tokens, from, until, lineage: null, signal: null })
  for (const [from, until] of [
    [0, 5],
    [5, 5],
    [6, 5],
    [1, 21],
    [1.5, 3],
    [Number.NaN, 3],
  ] as const)
    await expect(shift(from, until)).rejects.toMatchObject({ code: 'RANGE_INVALID' })
  const recurrent = openOracle({ memory: 'recurrent' }).engine
  await expect(
    recurrent.shift({ tokens, from: 1, until: 3, lineage: null, signal: null }),
  ).rejects.toMatchObject({ code: 'NO_SHIFT', name: 'CapabilityError' })
  expect(context.stepCount).toBe(0)
})
