// A draft model as a user meets it: answers are those of a model without one, or part at a reported near tie, whatever
// it says; the ledger counts its tokens as guesses. How many are asked for depends on what calls cost, so nothing here
// judges that, but for a draft that is far cheaper and always right.

import {
  assistant,
  estimate,
  gen,
  input,
  json,
  type LoadOptions,
  load,
  type Model,
  prompt,
  type RunEvent,
  user,
} from '../../lib/index.js'
import { demoModel } from '../../lib/native/package-root.js'
import { deepModelPath, strangerModelPath } from '../../scripts/draft-models.mjs'

const options = { gpu: false, threads: 1, contextTokens: 1024 } satisfies LoadOptions
const deep = deepModelPath()
const story = prompt`Anna wrote to the shop. The lamp was red and it was broken.
Again: ${gen('again', { tokensMax: 30, tokensMin: 30, temperature: 0.8 })}`
const order = prompt`Order 48213 of Anna Berg as JSON: ${json('order', {
  type: 'object',
  properties: { id: { type: 'integer' }, name: { type: 'string', maxLength: 20 }, late: { type: 'boolean' } },
  required: ['id', 'name', 'late'],
})}`

let plain: Model
let helped: Model
let misled: Model
beforeAll(async () => {
  plain = await load(deep, { ...options, guess: 'off' })
  helped = await load(deep, { ...options, draft: demoModel() })
  misled = await load(deep, { ...options, draft: strangerModelPath() })
})
afterAll(async () => {
  for (const model of [plain, helped, misled]) await model.dispose()
})

interface Told {
  readonly tokens: Int32Array
  readonly trace: readonly RunEvent[]
}
const tiesOf = ({ trace }: Told): number[] =>
  trace.flatMap((event) => (event.type === 'near-tie' ? event.ties.map(({ position }) => position) : []))

function expectEqual(one: Told, expected: Told): void {
  const parts = one.tokens.findIndex((token, index) => token !== expected.tokens[index])
  if (parts >= 0) expect([...tiesOf(expected), ...tiesOf(one)]).toContain(parts)
}

test('answers are those without it, one by one and side by side', async () => {
  for (const one of [story, order as unknown as typeof story]) {
    const expected = await Promise.all([1, 2].map((seed) => plain.run(one, {}, { seed })))
    for (const model of [helped, misled]) {
      for (const [at, seed] of [1, 2].entries()) {
        const before = model.stats()
        const run = await model.run(one, {}, { seed, fresh: true })
        const after = model.stats()
        expectEqual(run, expected[at]!)
        const { guessed, confirmed, decoded } = run.ledger
        expect([after.guessed - before.guessed, after.confirmed - before.confirmed]).toEqual([
          guessed,
          confirmed,
        ])
        expect(after.rows - before.rows).toBe(decoded + guessed - confirmed)
        expect(after.decodeCalls - before.decodeCalls).toBeLessThanOrEqual(decoded)
      }
      const together = await Promise.all([1, 2].map((seed) => model.run(one, {}, { seed, fresh: true })))
      for (const [at, run] of together.entries()) expectEqual(run, expected[at]!)
    }
  }
  expect(plain.stats()).toMatchObject({ drafted: 0, draftMs: 0, guessed: 0 })
})

// How often it is asked depends on what calls cost at that moment; that it is right then is judged by the native tests.
test('what it was asked and how long that took is told', async () => {
  const before = helped.stats()
  const long = prompt`A story about a lamp: ${gen('story', { tokensMax: 100, tokensMin: 100, temperature: 0 })}`
  let after = before
  for (let run = 0; run < 20 && after.drafted === before.drafted; run++) {
    await helped.run(long, {}, { fresh: true })
    after = helped.stats()
  }
  expect(after.drafted).toBeGreaterThan(before.drafted)
  expect(after.draftMs).toBeGreaterThan(before.draftMs)
  expect(after.confirmed - before.confirmed).toBeLessThanOrEqual(after.guessed - before.guessed)
  expect(plain.stats()).toMatchObject({ drafted: 0, draftMs: 0 })
})

test('an abort and a talk that is shifted', async () => {
  const turn = prompt`${user`${input('question')}`}${assistant`${gen('answer', { tokensMax: 24 })}`}`
  await using small = await load(deep, { ...options, contextTokens: 256, draft: demoModel() })
  const controller = new AbortController()
  const going = small.run(story, {}, { signal: controller.signal })
  setTimeout(() => controller.abort(), 20)
  await expect(going).rejects.toThrow()
  let talk = await small.start(prompt`Talk.`)
  let shifts = 0
  for (let index = 0; index < 10; index++) {
    const question = `Please tell me about order ${index} of last week.`
    const next = await talk.extend(turn, { question }, { overflow: 'shift' })
    if (next.tokens.length < talk.tokens.length) shifts++
    talk = next as unknown as typeof talk
  }
  expect(shifts).toBeGreaterThan(0)
})

test('it is in what is asked for and refused like the model', async () => {
  const without = await estimate(undefined, options)
  const sum = await estimate(undefined, { ...options, draft: demoModel() })
  expect(sum.weightBytes).toBe(2 * without.weightBytes)
  expect(sum.cacheBytes).toBe(2 * without.cacheBytes)
  const wrong: [LoadOptions, string][] = [
    [{ draft: 5 as unknown as string }, 'ARGUMENT_INVALID'],
    [{ draft: '' }, 'ARGUMENT_INVALID'],
    [{ draft: demoModel(), guess: 'off' }, 'ARGUMENT_INVALID'],
    [{ draft: demoModel(), streams: 4 }, 'ARGUMENT_INVALID'],
    [{ draft: 'none.gguf' }, 'MODEL_NOT_FOUND'],
    [{ draft: 'ollama:' }, 'REFERENCE_INVALID'],
  ]
  for (const [more, code] of wrong) {
    await expect(load(undefined, { ...options, ...more })).rejects.toMatchObject({ code })
    await expect(estimate(undefined, { ...options, ...more })).rejects.toMatchObject({ code })
  }
})
