// The promises of the engine, each on its own: decoded = unique tokens, equal to lone runs under pressure, nothing left
// behind by aborts, failures that hurt only those they concern.
import type { EspalierError } from '../../lib/base/errors.js'
import type { GenerateResult, Usage } from '../../lib/engine/local/serve/token-engine.js'
import { greedy } from '../support/greedy.js'
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'
import { Chance } from '../support/oracle-programs.js'
import { generateAlone, scoreAlone } from '../support/oracle-reference.js'
import { choiceMatcher, fixedMatcher, freeMatcher } from '../support/oracle-vocabulary.js'

const rowsOf = (usage: Usage): number => usage.decoded.reduce((sum, { from, until }) => sum + until - from, 0)
const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => null,
    (reason: EspalierError) => reason,
  )
  return error?.code ?? 'no error'
}

test.each([1, 2, 4, 8, 16])('a fan-out of %i branches decodes unique tokens only', async (branches) => {
  const { context, engine } = openOracle({ batch: 128 })
  const trunk = tokensOf(400)
  const suffixes = Array.from({ length: branches }, (_, branch) => tokensOf(16, branch + 1))
  const results = await Promise.all(
    suffixes.map((suffix) => engine.generate(requestFor(Int32Array.of(...trunk, ...suffix), 1))),
  )
  expect(context.rowsDecoded).toBe(400 + 16 * branches)
  expect(results.reduce((sum, { usage }) => sum + rowsOf(usage), 0)).toBe(context.rowsDecoded)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test('requests for the same tokens share the row they all draw from', async () => {
  const { context, engine } = openOracle()
  const tokens = tokensOf(50)
  const draws = Array.from({ length: 8 }, (_, seed) => ({ ...greedy, temperature: 1, seed }))
  const results = await Promise.all(draws.map((draw) => engine.generate(requestFor(tokens, 5, { draw }))))
  expect(context.rowsDecoded).toBe(50 + 8 * 4)
  for (const [index, draw] of draws.entries()) {
    const alone = await generateAlone(requestFor(tokens, 5, { draw }))
    expect([...results[index]!.tokens]).toEqual(alone.tokens)
  }
})

test('equal generations decode every token once, and share up to where they part', async () => {
  const { context, engine } = openOracle()
  const tokens = tokensOf(50)
  const results = await Promise.all(Array.from({ length: 8 }, () => engine.generate(requestFor(tokens, 12))))
  expect(context.rowsDecoded).toBe(50 + 11)
  expect(results.map(({ usage }) => rowsOf(usage))).toEqual([61, 0, 0, 0, 0, 0, 0, 0])
  expect(results.map(({ usage }) => usage.heldUntil)).toEqual(results.map(() => 61))
  const first = results[0]!.tokens
  const forks = [2, 5, 9].map((at) => requestFor(tokens, 12, { forbidden: [first.slice(0, at)] }))
  const before = context.rowsDecoded
  const parted = await Promise.all([requestFor(tokens, 12), ...forks].map((one) => engine.generate(one)))
  const paths = new Set<string>()
  for (const { tokens: drawn } of parted) {
    for (let end = 1; end < drawn.length; end++) paths.add(drawn.slice(0, end).join())
  }
  // The logits where they begin were kept.
  expect(context.rowsDecoded - before).toBe(paths.size)
  expect(paths.size).toBe(11 + 10 + 7 + 3)
  // Nobody keeps the later ones, so what the first ones drew is decoded again where it is drawn again, and counted.
  expect(parted[0]!.usage).toMatchObject({ redecoded: 0, redrawn: 11 })
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test('a common continuation in flight is waited for, then forked', async () => {
  const { context, engine } = openOracle({ batch: 16, betweenDecodes: () => new Promise(setImmediate) })
  const trunk = tokensOf(100)
  const first = engine.generate(requestFor(Int32Array.of(...trunk, 1), 1))
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  expect(context.stepCount).toBeGreaterThan(0)
  await Promise.all([first, engine.generate(requestFor(Int32Array.of(...trunk, 2), 1))])
  expect(context.rowsDecoded).toBe(102)
})

test('the same template ten times decodes only what differs', async () => {
  const { context, engine } = openOracle()
  const shared = tokensOf(200)
  for (let turn = 0; turn < 10; turn++) {
    const before = context.rowsDecoded
    const input = tokensOf(5, turn + 1)
    const { tokens } = await engine.generate(requestFor(Int32Array.of(...shared, ...input), 4))
    await engine.generate(requestFor(Int32Array.of(...shared, ...input, ...tokens, 9, 9), 4))
    // Input, three of four drawn tokens, then the carried one, two literals and three more.
    expect(context.rowsDecoded - before).toBe((turn === 0 ? 200 : 0) + 5 + 3 + 1 + 2 + 3)
  }
})

test('whole-sequence memory keeps a checkpoint where a hole begins', async () => {
  const { engine } = openOracle({ memory: 'recurrent' })
  const tokens = tokensOf(60)
  const first = await engine.generate(requestFor(tokens, 6))
  const second = await engine.generate(requestFor(tokens, 6, { forbidden: [first.tokens] }))
  expect(second.usage).toMatchObject({ reused: 59, redecoded: 1 })
  const third = await engine.generate(requestFor(Int32Array.of(...tokens, ...second.tokens, 7), 2))
  expect(third.usage.reused).toBe(65)
})

test('whole-sequence memory forks where paths part, in flight too', async () => {
  const { context, engine } = openOracle({ memory: 'hybrid', batch: 32 })
  const trunk = tokensOf(90)
  await Promise.all(
    [1, 2, 3].map(async (salt) => {
      const request = requestFor(Int32Array.of(...trunk, ...tokensOf(4, salt)), 2)
      const { tokens } = await engine.generate(request)
      expect([...tokens]).toEqual((await generateAlone({ ...request, matcher: fixedMatcher(2) })).tokens)
    }),
  )
  expect(context.rowsDecoded).toBe(90 + 3 * 5)
})

test('64 concurrent requests on a small cache all finish and equal lone runs', async () => {
  const { context, engine } = openOracle({ cells: 300, sequences: 20, batch: 24 })
  const chance = new Chance(64)
  const trunks = [tokensOf(60, 1), tokensOf(80, 2), tokensOf(30, 3)]
  const requests = Array.from({ length: 64 }, (_, index) => {
    const tokens = Int32Array.of(...chance.pick(trunks), ...tokensOf(chance.in(1, 60), index + 4))
    return { tokens, draw: { ...greedy, temperature: 1, seed: index }, tokensMax: chance.in(1, 30) }
  })
  const matcherOf = (index: number) =>
    index % 3 === 0 ? choiceMatcher(['yes', 'no', 'yesterday']) : freeMatcher()
  const results = await Promise.all(
    requests.map((request, index) =>
      engine.generate(requestFor(request.tokens, 1, { ...request, matcher: matcherOf(index) })),
    ),
  )
  for (const [index, request] of requests.entries()) {
    const alone = await generateAlone({ ...request, matcher: matcherOf(index), forbidden: [] })
    expect([...results[index]!.tokens]).toEqual(alone.tokens)
    expect(results[index]!.stop).toBe(alone.stop)
  }
  await engine.settled()
  const rows = results.reduce((sum, { usage }) => sum + rowsOf(usage), engine.totals.rowsUnclaimed)
  expect(rows).toBe(context.rowsDecoded)
  expect(engine.occupancy).toMatchObject({ cellsLocked: 0, cellsReserved: 0, leasesWorking: 0 })
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test.each(['full', 'recurrent'] as const)(
  '100 aborts leave no lease, lock or cell behind (%s)',
  async (memory) => {
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const { context, engine } = openOracle({
      memory,
      cells: 800,
      sequences: 40,
      batch: 16,
      betweenDecodes: turn,
    })
    const chance = new Chance(100)
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const controller = new AbortController()
        const tokens = Int32Array.of(...tokensOf(40, index % 3), ...tokensOf(chance.in(1, 40), index))
        const running = engine.generate(requestFor(tokens, 20, { signal: controller.signal }))
        const aborting = (async () => {
          for (let turns = chance.below(200); turns > 0; turns--) await turn()
          controller.abort(new Error(`enough of ${index}`))
        })()
        const outcome = await running.then(
          () => 'done',
          (error: EspalierError) => error.code,
        )
        await aborting
        return outcome
      }),
    )
    expect(outcomes.filter((outcome) => outcome === 'ABORTED').length).toBeGreaterThan(20)
    expect(new Set(outcomes)).toEqual(new Set(['ABORTED', 'done']))
    await engine.settled()
    const { occupancy } = engine
    expect(occupancy).toMatchObject({ cellsLocked: 0, cellsReserved: 0, leasesWorking: 0, requestsOpen: 0 })
    expect(occupancy.cellsLive).toBe(context.cellsUsed)
    const again = await engine.generate(requestFor(tokensOf(40, 1), 3))
    expect([...again.tokens]).toEqual((await generateAlone(requestFor(tokensOf(40, 1), 3))).tokens)
  },
)

test('scores equal lone runs, and shared beginnings are decoded once in one batch', async () => {
  const { context, engine } = openOracle()
  const tokens = tokensOf(30)
  const continuations = [[1, 2, 3], [1, 2, 4], [1, 5], [6], [7, 8, 9, 10], [6]].map((one) =>
    Int32Array.from(one),
  )
  const result = await engine.score({ tokens, continuations, signal: null })
  for (const [index, continuation] of continuations.entries()) {
    expect([...result.logprobs[index]!]).toEqual(await scoreAlone(tokens, continuation))
  }
  expect(context.stepCount).toBe(1)
  expect(result.scored).toBe(5)
  expect(rowsOf(result.usage)).toBe(30)
})

test('parked cells come back exactly', async () => {
  const { context, engine } = openOracle({ cells: 256, batch: 64 })
  const first = tokensOf(150, 1)
  await engine.generate(requestFor(first, 4))
  await engine.generate(requestFor(tokensOf(150, 2), 4))
  expect(engine.occupancy.parkedCount).toBeGreaterThan(0)
  const request = requestFor(Int32Array.of(...first, 5, 6), 4)
  const before = context.rowsDecoded
  const back = await engine.generate(request)
  expect([...back.tokens]).toEqual((await generateAlone({ ...request, matcher: fixedMatcher(4) })).tokens)
  expect(back.usage.restored).toBeGreaterThan(0)
  expect(context.rowsDecoded - before).toBe(150 - back.usage.reused - back.usage.restored + 2 + 3)
})

test('who needs nothing of what comes back does not wait for it', async () => {
  const rows: number[] = []
  const { engine } = openOracle({
    cells: 256,
    batch: 64,
    onStep: ({ ops, chunks }) => {
      if (ops.some(({ kind }) => kind === 'restore')) rows.length = 0
      if (chunks.length > 0) rows.push(chunks.reduce((sum, { tokens }) => sum + tokens.length, 0))
    },
  })
  const first = tokensOf(150, 1)
  await engine.prefill(first, null)
  await engine.prefill(tokensOf(150, 2), null)
  const back = engine.prefill(Int32Array.of(...first, 5, 6), null)
  await Promise.all([back, engine.prefill(tokensOf(20, 3), null)])
  expect((await back).restored).toBeGreaterThan(0)
  expect(rows[0]).toBe(20)
})

test('a pin keeps its tokens under pressure, and no longer than it lives', async () => {
  const { engine } = openOracle({ cells: 256, batch: 64 }, { hostBytesMax: 0 })
  const tokens = tokensOf(100, 1)
  const { pin } = await engine.pin(tokens, null)
  const press = async () => {
    for (let salt = 2; salt < 6; salt++) await engine.prefill(tokensOf(120, salt), null)
  }
  await press()
  expect((await engine.prefill(tokens, null)).reused).toBe(100)
  pin.dispose()
  pin.dispose()
  await press()
  expect((await engine.prefill(tokens, null)).redecoded).toBe(100)
})

test('a device with fewer cells than it said leads to eviction, not to an error', async () => {
  const { engine } = openOracle({ cells: 400, cellsReal: 150, batch: 32 })
  const requests = Array.from({ length: 6 }, (_, salt) => requestFor(tokensOf(60, salt), 8))
  const results = await Promise.all(requests.map((request) => engine.generate(request)))
  for (const [salt, { tokens }] of results.entries()) {
    expect([...tokens]).toEqual((await generateAlone(requestFor(tokensOf(60, salt), 8))).tokens)
  }
})

test('a device short of cells for a while gets all of them back; one that stays short is asked ever less', async () => {
  const { context, engine } = openOracle({ cells: 400, cellsReal: 150, batch: 32 }, { hostBytesMax: 0 })
  const press = async (salt: number) => {
    const refusedBefore = refused
    for (let turn = 0; turn < 8; turn++) await engine.generate(requestFor(tokensOf(60, salt + turn), 8))
    return refused - refusedBefore
  }
  let refused = 0
  const step = context.step.bind(context)
  context.step = async (plan) => {
    const result = await step(plan)
    if (result.status === 'no-room') refused++
    return result
  }
  await press(1)
  const early = await press(20)
  await press(40)
  expect(await press(60)).toBeLessThan(early)
  context.cellsReal = 400
  for (let salt = 100; engine.occupancy.cellsAll < 400 && salt < 300; salt += 10) await press(salt)
  await press(300)
  expect(engine.occupancy.cellsAll).toBe(400)
  expect(engine.occupancy.cellsLive).toBeGreaterThan(300)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test('a failed step is told to its requests, and the engine goes on with an empty cache', async () => {
  const { context, engine } = openOracle({ failStep: 1 })
  await engine.prefill(tokensOf(30), null)
  expect(await codeOf(engine.generate(requestFor(tokensOf(40), 3)))).toBe('DECODE_FAILED')
  const again = await engine.generate(requestFor(tokensOf(40), 3))
  expect([...again.tokens]).toEqual((await generateAlone(requestFor(tokensOf(40), 3))).tokens)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test('a listener hears tokens in order; one that throws ends its own request only', async () => {
  const { engine } = openOracle()
  const heard: number[] = []
  const other = engine.generate(requestFor(tokensOf(20, 1), 9, { onTokens: (some) => heard.push(...some) }))
  const failing = requestFor(tokensOf(20, 2), 9, {
    onTokens: () => {
      throw new RangeError('not today')
    },
  })
  await expect(engine.generate(failing)).rejects.toThrow('not today')
  expect(heard).toEqual([...(await other).tokens])
})

test('who listens is not held up by a long beginning beside it', async () => {
  const rows: number[] = []
  const { engine } = openOracle(
    { onStep: ({ chunks }) => rows.push(chunks.reduce((sum, { tokens }) => sum + tokens.length, 0)) },
    { latencyMs: 0.1 },
  )
  await engine.prefill(tokensOf(300, 3), null)
  expect(Math.max(...rows.splice(0))).toBe(300)
  let heard = 0
  let other: Promise<unknown> | null = null
  const onTokens = (tokens: Int32Array): void => {
    heard += tokens.length
    other ??= engine.prefill(tokensOf(200, 2), null)
  }
  await engine.generate(requestFor(tokensOf(5, 1), 60, { onTokens }))
  await other
  expect(heard).toBe(60)
  // A row takes 10 micros on the oracle, so 8 of them take no longer than the latency of 100.
  const beside = rows.filter((count) => count > 1)
  expect(Math.max(...beside)).toBe(8)
  expect(beside.length).toBeGreaterThan(25)
})

test('misuse is refused before any work', async () => {
  const { context, engine } = openOracle({ cells: 64 }, { queueMax: 2 })
  const request = (tokens: Int32Array) => engine.generate(requestFor(tokens, 1))
  expect(await codeOf(request(new Int32Array(0)))).toBe('TOKENS_EMPTY')
  expect(await codeOf(request(Int32Array.of(1, 300)))).toBe('TOKEN_UNKNOWN')
  expect(await codeOf(request(Int32Array.of(-1)))).toBe('TOKEN_UNKNOWN')
  expect(await codeOf(request(tokensOf(65)))).toBe('PROMPT_TOO_LONG')
  expect(await codeOf(engine.generate(requestFor(tokensOf(3), 0)))).toBe('COUNT_INVALID')
  const forbidden = [new Int32Array(0)]
  expect(await codeOf(engine.generate(requestFor(tokensOf(3), 1, { forbidden })))).toBe('PATH_EMPTY')
  expect(
    await codeOf(engine.score({ tokens: tokensOf(3), continuations: [new Int32Array(0)], signal: null })),
  ).toBe('CONTINUATION_EMPTY')
  expect(await codeOf(engine.prefill(tokensOf(3), AbortSignal.abort('no')))).toBe('ABORTED')
  const open = [tokensOf(3, 1), tokensOf(3, 2), tokensOf(3, 3)].map((tokens) => codeOf(request(tokens)))
  expect(await Promise.all(open)).toEqual(['no error', 'no error', 'QUEUE_FULL'])
  expect(context.stepCount).toBe(1)
  await engine.dispose()
  expect(await codeOf(request(tokensOf(3)))).toBe('CLOSED')
})

test('what does not fit even alone is told with the numbers', async () => {
  const { context, engine } = openOracle({ cells: 64 })
  const { pin } = await engine.pin(tokensOf(30, 1), null)
  await expect(engine.prefill(tokensOf(40, 2), null)).rejects.toThrow(/40 tokens .* 64 cells, 30 .* pinned/)
  pin.dispose()
  await engine.prefill(tokensOf(40, 2), null)
  // 60 tokens leave room for four more; the fifth is drawn from the last row and not decoded.
  const { rowsDecoded } = context
  const long = engine.generate(requestFor(tokensOf(60, 3), 6))
  await expect(long).rejects.toMatchObject({ code: 'CONTEXT_FULL', name: 'CapacityError' })
  await expect(long).rejects.toThrow(/60 tokens and may draw 6, the context holds 64; .* at most 5/)
  expect(context.rowsDecoded).toBe(rowsDecoded)
  const fits: GenerateResult = await engine.generate(requestFor(tokensOf(60, 3), 5))
  expect(fits.tokens.length).toBe(5)
})

test('dispose while requests run rejects them and comes back', async () => {
  const { engine } = openOracle({ betweenDecodes: () => new Promise(setImmediate) })
  const running = [1, 2, 3].map((salt) => codeOf(engine.generate(requestFor(tokensOf(20, salt), 50))))
  await new Promise(setImmediate)
  await engine.dispose()
  expect(await Promise.all(running)).toEqual(['CLOSED', 'CLOSED', 'CLOSED'])
})
