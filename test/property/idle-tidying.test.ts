// What is done while nobody waits: it changes no answer, is in nobody's way, and leaves calls little to attend that no
// run needs. Only counts are judged; the oracle's micros are made up.
import { setTimeout as sleep } from 'node:timers/promises'
import type { EspalierError } from '../../lib/base/errors.js'
import type { KvEngine } from '../../lib/engine/local/serve/kv-engine.js'
import type { StepPlan } from '../../lib/native/addon.js'
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'
import { generateAlone } from '../support/oracle-reference.js'
import { fixedMatcher } from '../support/oracle-vocabulary.js'

/** An idle cell costs a hundredth of a row: far more than on a machine, so that few of them are worth a park. */
const costly = { placeMicros: 0.1, batch: 64 }
/** Tokens that differ from the first on. */
const distinct = (count: number, salt: number) =>
  Int32Array.of(salt % 250, salt >> 4, ...tokensOf(count - 2, salt))

/** As long as something is done. */
async function idle(engine: KvEngine): Promise<void> {
  for (let before = -1; before !== engine.totals.steps; ) {
    before = engine.totals.steps
    await sleep(10)
    await engine.settled()
  }
}

/** A run of one hole, judged by a lone one; returns all of its tokens. */
async function run(engine: KvEngine, tokens: Int32Array): Promise<Int32Array> {
  const request = requestFor(tokens, 8)
  const result = await engine.generate(request)
  const alone = await generateAlone({ ...request, matcher: fixedMatcher(8) })
  expect([...result.tokens]).toEqual(alone.tokens)
  const all = Int32Array.of(...tokens, ...result.tokens)
  engine.ended(all, null)
  return all
}

test('distinct runs leave each other little to attend, and none waits for that', async () => {
  const { context, engine } = openOracle(costly)
  let attendedMax = 0
  for (let number = 1; number <= 60; number++) {
    await run(engine, distinct(60, number))
    if (number > 20) attendedMax = Math.max(attendedMax, context.placesUntil)
    await idle(engine)
  }
  expect(engine.totals.tidiedIdle).toBeGreaterThan(50)
  expect(engine.totals.tidiedWaited).toBe(0)
  // One run has 68 tokens.
  expect(attendedMax).toBeLessThanOrEqual(2 * 68)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
  expect(engine.occupancy.placesUntil).toBeGreaterThanOrEqual(context.placesUntil)
})

test('what is parked comes back, all of it', async () => {
  const { context, engine } = openOracle(costly)
  const texts: Int32Array[] = []
  for (let number = 1; number <= 20; number++) {
    texts.push(await run(engine, distinct(60, number)))
    await idle(engine)
  }
  const before = context.rowsDecoded
  const { usage } = await engine.generate(requestFor(Int32Array.of(...texts[2]!, 7, 8), 2))
  expect(usage.restored).toBeGreaterThan(60)
  // What was drawn last was never decoded; then two that are new, and one of two that are drawn.
  expect(context.rowsDecoded - before).toBe(4)
})

test('a conversation that is gone on with stays where it is', async () => {
  const { engine } = openOracle(costly)
  let text: Int32Array = tokensOf(60, 1)
  for (let turn = 1; turn <= 20; turn++) {
    text = Int32Array.of(...(await run(engine, text)), turn, turn)
    await idle(engine)
  }
  expect(engine.stats()).toMatchObject({ parked: { states: 0 }, tidied: { waited: 0 } })
})

test('a beginning that runs share stays, their ends go', async () => {
  const { context, engine } = openOracle(costly)
  const shared = tokensOf(200)
  for (let number = 1; number <= 40; number++) {
    const before = context.rowsDecoded
    await run(engine, Int32Array.of(...shared, 100 + number, ...tokensOf(40, number)))
    if (number > 1) expect(context.rowsDecoded - before).toBe(41 + 7)
    await idle(engine)
    if (number > 20) expect(engine.occupancy.cellsLive).toBeLessThan(200 + 2 * 48)
    expect(engine.found(shared, null).reused).toBe(200)
  }
  expect(engine.totals.tidiedIdle).toBeGreaterThan(10)
})

/** An engine that is about to park, and what its steps are; `gate` holds them back. */
async function tidying() {
  const plans: StepPlan[] = []
  const gate = { wait: () => Promise.resolve(), fails: false }
  const opened = openOracle({
    ...costly,
    betweenDecodes: () => gate.wait(),
    onStep: (plan, result) => {
      plans.push(plan)
      if (gate.fails) Object.assign(result, { status: 'failed', message: 'planted' })
      gate.fails = false
    },
  })
  const { engine } = opened
  for (let number = 1; number <= 20; number++) {
    await run(engine, distinct(60, number))
    await idle(engine)
  }
  plans.length = 0
  await run(engine, distinct(400, 99))
  let open = (): void => undefined
  const held = new Promise<void>((resolve) => {
    open = resolve
  })
  const reached = new Promise<void>((resolve) => {
    gate.wait = () => {
      resolve()
      return held
    }
  })
  await reached
  plans.length = 0
  return { ...opened, plans, gate, open }
}

test('who comes while a piece is parked waits for that one only', async () => {
  const { engine, plans, open } = await tidying()
  const asked = run(engine, distinct(30, 7))
  open()
  await asked
  const parks = plans.findIndex(({ chunks }) => chunks.length > 0)
  expect(plans.slice(0, parks).filter(({ ops }) => ops.some(({ kind }) => kind === 'park')).length).toBe(1)
  await idle(engine)
  expect(engine.totals.tidiedWaited).toBe(0)
})

test('who gives up while a piece is parked is told so', async () => {
  const { context, engine, open } = await tidying()
  const controller = new AbortController()
  const asked = engine.generate(requestFor(distinct(30, 7), 4, { signal: controller.signal }))
  controller.abort()
  open()
  const code = await asked.then(
    () => 'none',
    (error: EspalierError) => error.code,
  )
  expect(code).toBe('ABORTED')
  await idle(engine)
  expect(engine.occupancy).toMatchObject({ cellsLocked: 0, leasesWorking: 0, cellsLive: context.cellsUsed })
})

test('dispose waits for the piece that is being parked, and no other follows', async () => {
  const { context, engine, plans, open } = await tidying()
  const disposed = engine.dispose()
  open()
  await disposed
  const { stepCount } = context
  expect(plans).toHaveLength(1)
  await sleep(20)
  expect(context.stepCount).toBe(stepCount)
})

test('a device that refuses is asked a few times, and answers stay right', async () => {
  let refused = 0
  const refusesOp = ({ kind }: { readonly kind: string }) => {
    const isRefused = kind === 'park' || kind === 'repack'
    if (isRefused) refused++
    return isRefused
  }
  const { context, engine } = openOracle({ ...costly, refusesOp })
  for (let number = 1; number <= 20; number++) {
    await run(engine, distinct(60, number))
    await idle(engine)
  }
  expect(refused).toBeGreaterThan(0)
  expect(refused).toBeLessThan(200)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test('a piece that breaks the cache hurts nobody who came meanwhile', async () => {
  const { context, engine, gate, open } = await tidying()
  gate.fails = true
  const asked = run(engine, distinct(30, 7))
  open()
  await asked
  await idle(engine)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
  expect(engine.found(distinct(400, 99), null)).toEqual({ reused: 0, restored: 0 })
})

test('without host memory nothing is parked, and holes are filled', async () => {
  const { context, engine } = openOracle(costly, { hostBytesMax: 0 })
  for (let number = 1; number <= 20; number++) {
    await run(engine, distinct(60, number))
    await idle(engine)
  }
  expect(engine.stats().parked.states).toBe(0)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})
