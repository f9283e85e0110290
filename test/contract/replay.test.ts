// Goal: on one model the same seed gives the same values, however a run asks for its tokens: at once, a few at a time,
// with log-probabilities, under another limit, after others. Method: random draws on the embedded model, whose logits
// differ by rounding with what is cached; every way of running a prompt against the first.
import { gen, json, load, type Model, type Prompt, prompt, type RunOptions, regex } from '../../lib/index.js'

let model: Model
beforeEach(async () => {
  model = await load(undefined, { contextTokens: 1024, threads: 1 })
})
afterEach(async () => {
  await model.dispose()
})

type Text = Prompt<{ readonly t: string }>
const story = (tokensMax: number, more: object = {}): Text =>
  prompt`Once upon a time${gen('t', { tokensMax, temperature: 1, ...more })}`

async function streamed(template: Text, options: RunOptions): Promise<string> {
  let text = ''
  for await (const event of model.stream(template, {}, options))
    if (event.type === 'done') text = event.run.values.t
  return text
}

const run = async (template: Text, options: RunOptions): Promise<string> =>
  (await model.run(template, {}, options)).values.t

const settings: Readonly<Record<string, RunOptions>> = {
  'no filter': {},
  penalties: { penalties: { repeat: 1.3, lastN: 64 } },
  'penalties over a few': { penalties: { frequency: 0.5, presence: 0.2, lastN: 7 } },
  filters: { topK: 40, topP: 0.95, minP: 0.02 },
  typical: { typicalP: 0.7, topK: 60 },
  XTC: { xtc: { probability: 0.6, threshold: 0.05 } },
  DRY: { dry: { multiplier: 2, allowedLength: 1, lastN: 50 } },
  'a ban': { ban: [' the', 'e.'] },
  'a bias': { bias: { 10: -2, 11: 2 } },
}

test.each(Object.entries(settings))(
  'with %s a run, a stream and log-probabilities tell the same text',
  async (_, more) => {
    for (let seed = 0; seed < 3; seed += 1) {
      const options = { ...more, seed }
      const template = story(80)
      const ways = [
        () => run(template, options),
        () => streamed(template, { ...options, logprobs: 1 }),
        () => streamed(template, options),
        () => run(template, { ...options, logprobs: 2 }),
        () => run(template, { ...options, logprobs: 1 }),
      ]
      // Each begins once, whatever the others did with other seeds before.
      const order = [...ways.slice(seed), ...ways.slice(0, seed)]
      const texts: string[] = []
      for (const way of order) texts.push(await way())
      expect(new Set(texts).size).toBe(1)
      expect((await run(story(30), options)).length).toBeLessThanOrEqual(texts[0]!.length)
      expect(texts[0]!.startsWith(await run(story(30), options))).toBe(true)
      expect((await run(story(110), options)).startsWith(texts[0]!)).toBe(true)
      const watched = story(80, { check: () => true, checkEvery: 'token' })
      expect(await run(watched, options)).toBe(texts[0])
    }
  },
)

test('log-probabilities of what was drawn before are those of a fresh run up to rounding', async () => {
  const template = story(60)
  const first = await model.run(template, {}, { seed: 1 })
  const told = (await model.run(template, {}, { seed: 1, logprobs: 3 })).logprobs.get('t')!
  const fewer = (await model.run(template, {}, { seed: 1, logprobs: 1 })).logprobs.get('t')!
  await model.dispose()
  model = await load(undefined, { contextTokens: 1024, threads: 1 })
  const fresh = await model.run(template, {}, { seed: 1, logprobs: 3 })
  expect(fresh.values.t).toBe(first.values.t)
  const expected = fresh.logprobs.get('t')!
  expect(told).toHaveLength(expected.length)
  for (const [index, entry] of told.entries()) {
    const { logprob, alternatives } = entry
    expect(alternatives).toHaveLength(3)
    expect(Math.abs(logprob - expected[index]!.logprob)).toBeLessThan(0.25)
    expect(fewer[index]).toEqual({ ...entry, alternatives: alternatives.slice(0, 1) })
  }
  const books = (await model.run(template, {}, { seed: 1 })).ledger
  expect(books.decoded).toBe(0)
})

test('values with forced tokens are the same in pieces of any size', async () => {
  const schema = {
    type: 'object',
    properties: { description: { enum: ['a long text', 'another text'] }, count: { type: 'integer' } },
    required: ['description', 'count'],
    additionalProperties: false,
  } as const
  const object = prompt`JSON: ${json('t', schema, { temperature: 1 })}`
  // A piece may end just where something is forced.
  const pattern = (length: number): Prompt =>
    prompt`Code: ${regex('t', new RegExp(`[q-z]{${length}} part of it: [0-9]{2}`), { temperature: 1 })}\n`
  const patterns = Array.from({ length: 16 }, (_, index) => pattern(index + 6))
  for (const template of [object, ...patterns] as unknown as Text[]) {
    for (let seed = 0; seed < 2; seed += 1) {
      const fresh = await load(undefined, { contextTokens: 1024, threads: 1 })
      const whole = await fresh.run(template, {}, { seed })
      await fresh.dispose()
      const pieces = await load(undefined, { contextTokens: 1024, threads: 1 })
      let tokens: number[] = []
      for await (const event of pieces.stream(template, {}, { seed })) {
        if (event.type === 'done') tokens = [...event.run.tokens]
      }
      await pieces.dispose()
      expect(tokens).toEqual([...whole.tokens])
    }
  }
})
