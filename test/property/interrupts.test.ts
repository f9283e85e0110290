// Whoever comes, gives up or closes while others draw is heard after the llama_decode that runs, whenever that is:
// while cells are moved, between the two halves of a step, while rows are decoded, between steps. Method: something
// happens at every moment of a run in turn, and decodes are counted from there.
import type { EspalierError } from '../../lib/base/errors.js'
import { KvEngine } from '../../lib/engine/local/serve/kv-engine.js'
import type { StepPlan } from '../../lib/native/addon.js'
import { greedy } from '../support/greedy.js'
import { OracleContext } from '../support/oracle.js'
import { requestFor, tokensOf } from '../support/oracle-engine.js'
import { eos, fixedMatcher, oracleVocabulary } from '../support/oracle-vocabulary.js'

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: EspalierError) => error.code,
  )

/** Decodes of the next step that begin before a caller's promise has told it. */
const whileTold = 3

/** A context in whose every moment something can be done. */
class Watched extends OracleContext {
  readonly moments: string[] = []
  isOn = false
  act: (moment: number) => void = () => undefined
  onPlan: (plan: StepPlan) => void = () => undefined
  /** llama_decode calls begun. */
  decodes = 0
  #half = ''

  constructor(sequences = 256) {
    super({
      cells: 4096,
      batch: 64,
      sequences,
      isEog: (token) => token === eos,
      betweenDecodes: async () => {
        if (this.#half === 'rows') this.decodes++
        this.#moment(`in ${this.#half}`)
        await undefined
        this.#moment(`in ${this.#half}, a turn later`)
      },
    })
  }

  #moment(name: string): void {
    if (!this.isOn) return
    this.moments.push(name)
    this.act(this.moments.length - 1)
  }

  override async step(plan: StepPlan) {
    this.#half = plan.chunks.length === 0 ? 'operations' : 'rows'
    this.onPlan(plan)
    const result = await super.step(plan)
    this.#moment(`after ${this.#half}`)
    await undefined
    this.#moment(`after ${this.#half}, a turn later`)
    return result
  }
}

/** Two requests draw 200 tokens after a fork, so that there are operations; at one moment something happens. */
async function open(moment: number, act: (opened: Opened) => void, sequences = 256) {
  const context = new Watched(sequences)
  const engine = new KvEngine({
    context,
    vocabulary: oracleVocabulary,
    checksIntegrity: true,
  })
  await engine.prefill(tokensOf(40), null)
  const controllers = [new AbortController(), new AbortController()]
  const opened: Opened = { context, engine, controllers, decodesThen: null }
  context.act = (at) => {
    if (at !== moment) return
    opened.decodesThen = context.decodes
    act(opened)
  }
  context.isOn = true
  const running = controllers.map(({ signal }, salt) => {
    const tokens = Int32Array.of(...tokensOf(40), salt)
    return codeOf(
      engine.generate(requestFor(tokens, 200, { signal, draw: { ...greedy, temperature: 1, seed: salt } })),
    )
  })
  return { ...opened, opened, running }
}

interface Opened {
  readonly context: Watched
  readonly engine: KvEngine
  readonly controllers: readonly AbortController[]
  /** Decodes begun when it happened. */
  decodesThen: number | null
}

const moments = Array.from({ length: 30 }, (_, index) => index)

test('there are moments in operations, in rows, and between them', async () => {
  const { context, running } = await open(-1, () => undefined)
  expect(await Promise.all(running)).toEqual(['no error', 'no error'])
  const early = context.moments.slice(0, moments.length)
  for (const name of ['in operations', 'after operations, a turn later', 'in rows'])
    expect(early).toContain(name)
  // Undisturbed, they draw in one go.
  expect(context.stepCount).toBeLessThan(8)
  expect(context.decodes).toBeGreaterThanOrEqual(200)
})

test.each(moments)('a newcomer at moment %i has its first row at most one decode later', async (moment) => {
  let waited: number | null = null
  const { running, opened } = await open(moment, ({ context, engine }) => {
    context.onPlan = ({ chunks }) => {
      if (chunks.some(({ tokens }) => tokens[0] === 249)) waited ??= context.decodes - opened.decodesThen!
    }
    running.push(codeOf(engine.generate(requestFor(Int32Array.of(249, 248), 2))))
  })
  while (opened.decodesThen === null) await new Promise(setImmediate)
  await Promise.all(running)
  expect(waited).not.toBeNull()
  expect(waited!).toBeLessThanOrEqual(1)
})

test.each(moments)('an abort at moment %i is heard at most one decode later', async (moment) => {
  const { running, opened, context } = await open(moment, ({ controllers }) =>
    controllers[0]!.abort(new Error('enough')),
  )
  expect(await running[0]).toBe('ABORTED')
  expect(context.decodes - opened.decodesThen!).toBeLessThanOrEqual(1 + whileTold)
  expect(await running[1]).toBe('no error')
})

test.each(moments)('a close at moment %i is heard at most one decode later', async (moment) => {
  let closed: Promise<void> | null = null
  const { running, opened, context } = await open(moment, ({ engine }) => {
    closed = engine.dispose()
  })
  expect(await Promise.all(running)).toEqual(['CLOSED', 'CLOSED'])
  expect(context.decodes - opened.decodesThen!).toBeLessThanOrEqual(1)
  await closed
})

test.each([3, 9, 16, 23])('who waits for an id and gives up at moment %i is heard, too', async (moment) => {
  const controller = new AbortController()
  const { running, opened, context, engine } = await open(moment, () => controller.abort(), 2)
  const waiting = codeOf(engine.generate(requestFor(tokensOf(9, 3), 2, { signal: controller.signal })))
  expect(await waiting).toBe('ABORTED')
  expect(context.decodes - opened.decodesThen!).toBeLessThanOrEqual(1 + whileTold)
  expect(await Promise.all(running)).toEqual(['no error', 'no error'])
})

test('a pin that goes lets in who waits for its cells, before the others have drawn to their end', async () => {
  const context = new Watched()
  const engine = new KvEngine({
    context,
    vocabulary: oracleVocabulary,
    hostBytesMax: 0,
  })
  const { pin } = await engine.pin(tokensOf(3000, 1), null)
  const decodesBefore = context.decodes
  let decodesThen: number | null = null
  context.act = () => {
    if (decodesThen !== null || context.decodes < decodesBefore + 100) return
    decodesThen = context.decodes
    pin.dispose()
  }
  context.isOn = true
  const first = codeOf(engine.generate(requestFor(tokensOf(20, 2), 900, { matcher: fixedMatcher(900) })))
  await engine.prefill(tokensOf(1500, 3), null)
  // It has 24 batches to read.
  expect(context.decodes - decodesThen!).toBeLessThan(60)
  expect(await first).toBe('no error')
})
