// Draws of one step that go on side by side, masks that are worked out beside the decode: what comes of them is what
// each run draws alone. Judged on a model to which all tokens are alike, so that no rounding could tell the two from
// each other; with a core to spare beside the decode and without.
import { availableParallelism } from 'node:os'
import { gen, json, load, type Model, prompt, regex } from '../../lib/index.js'
import { blankModelPath } from '../../scripts/blank-model.mjs'

const record = (properties: object) => ({ type: 'object', properties, required: Object.keys(properties) })
const holes = [
  json('x', { type: 'array', items: { type: 'integer' }, minItems: 40 }, { tokensMax: 24 }),
  json('x', record({ a: { type: 'string', maxLength: 30 }, b: { type: 'boolean' } }), { tokensMax: 24 }),
  json('x', { type: 'array', items: { enum: ['left', 'right'] }, minItems: 9 }, { tokensMax: 24 }),
  regex('x', /([a-z]+ )+[a-z]+\./, { tokensMax: 24 }),
  gen('x', { tokensMax: 24, stop: '\n' }),
]
const ways = [
  { temperature: 0 },
  { temperature: 1 },
  { temperature: 1, topK: 50, topP: 0.9 },
  { temperature: 0.7, minP: 0.1, penalties: { presence: 1, lastN: 16 }, logprobs: 1 },
]

/** Each hole in each way, two of each: equal constraints have one set of tables. */
const cases = ways.flatMap((way, row) =>
  [...holes, ...holes].map((hole, column) => ({
    hole,
    options: { ...way, seed: 100 * row + column, fresh: true },
  })),
)

async function textOf(
  model: Model,
  { hole, options }: (typeof cases)[number],
  salt: string,
): Promise<string> {
  try {
    return (await model.run(prompt`${salt} ${hole}`, {}, options)).text
  } catch (error) {
    // A value may well be cut by its limit here.
    if ((error as Error).name !== 'FillError') throw error
    return (error as { partialText: string }).partialText
  }
}

test.each([1, availableParallelism()])(
  'on %i threads of llama.cpp',
  async (threads) => {
    const model = await load(blankModelPath(), { threads, gpu: false, guess: 'off', contextTokens: 4096 })
    const alone: string[] = []
    for (const one of cases) alone.push(await textOf(model, one, 'Begin'))
    expect(new Set(alone).size).toBeGreaterThan(cases.length / 2)
    for (let round = 0; round < 2; round++) {
      expect(await Promise.all(cases.map((one) => textOf(model, one, 'Begin')))).toEqual(alone)
    }
    await model.dispose()
  },
  120_000,
)
