// Which draws are equal: everything that may be said about draws tells two requests apart, each by itself. Judged by
// runs that remember what was drawn against runs that draw anew, for every option there is.
import { drawOptions } from '../../lib/engine/local/hole/draw-options.js'
import { generateKey, type MatcherStart } from '../../lib/engine/local/serve/draw-key.js'
import { TokenDigest } from '../../lib/engine/local/tokens/token-digest.js'
import { gen, load, type Model, prompt, type SamplingOptions } from '../../lib/index.js'
import { samplingTable } from '../../lib/prompt/options.js'
import { oracleVocabulary } from '../support/oracle-vocabulary.js'

const base: SamplingOptions = { temperature: 1 }

/** Each option, with values none of which is another's. `logprobs` are told of the same tokens. */
const others: {
  readonly [K in keyof Required<Omit<SamplingOptions, 'logprobs'>>]: readonly SamplingOptions[K][]
} = {
  temperature: [0, 0.5],
  topK: [2, 3],
  topP: [0.2, 0.3],
  minP: [0.3, 0.5],
  typicalP: [0.2, 0.4],
  xtc: [{ probability: 1 }, { probability: 0.5 }, { probability: 1, threshold: 0.02 }],
  penalties: [{ repeat: 3 }, { frequency: 2 }, { presence: 2 }, { repeat: 3, lastN: 2 }],
  dry: [
    { multiplier: 5 },
    { multiplier: 6 },
    { multiplier: 5, base: 3 },
    { multiplier: 5, allowedLength: 1 },
    { multiplier: 5, lastN: 3 },
    { multiplier: 5, breakers: [] },
    { multiplier: 5, breakers: ['a'] },
  ],
  ban: [['e'], ['a'], ['e', 'a'], ['ea']],
  bias: [{ 10: 1 }, { 10: 2 }, { 11: 1 }],
  biasText: [{ a: 1 }, { a: 2 }, { b: 1 }],
}

test('there is a row for every option', () => {
  expect([...Object.keys(others), 'logprobs'].sort()).toEqual(Object.keys(samplingTable).sort())
})

const rows = Object.entries(others).flatMap(([name, values]) =>
  (values as readonly unknown[]).map((value) => ({ ...base, [name]: value }) as SamplingOptions),
)

function keyOf(sampling: SamplingOptions, seed = 1, drawn = 0, ends: readonly string[] = ['\n']): string {
  const settings = { sampling: { run: sampling, hole: {} }, seed, vocabulary: oracleVocabulary }
  const tokens = Int32Array.of(1, 2, 3)
  const bytes = (text: string): Uint8Array => Buffer.from(text)
  const ban = { texts: (sampling.ban ?? []).map(bytes), ends: ends.map(bytes), before: bytes('') }
  const start: MatcherStart = { fingerprint: 'any', prefix: bytes(''), suffix: null, ban, from: 3 }
  const request = { tokens, draw: drawOptions(settings, tokens, drawn), forbidden: [] }
  return generateKey(request as never, start, new TokenDigest())
}

test('no two settings have one key', () => {
  const keys = [
    ...rows.map((row) => keyOf(row)),
    keyOf(base),
    keyOf(base, 2),
    keyOf(base, 1, 1),
    keyOf(base, 1, 0, []),
  ]
  expect(new Set(keys).size).toBe(keys.length)
  // Where the most probable token comes, what is only about chance makes no difference; everything else does.
  const chance = ['topK', 'topP', 'minP', 'typicalP', 'xtc']
  const greedy = rows
    .filter((row) => !chance.some((name) => name in row))
    .map((row) => ({ ...row, temperature: 0 }))
  expect(new Set(greedy.map((row) => keyOf(row))).size).toBe(greedy.length - 1)
  const same = rows
    .filter((row) => chance.some((name) => name in row))
    .map((row) => keyOf({ ...row, temperature: 0 }))
  expect(new Set([...same, keyOf({ temperature: 0 }, 5, 3)]).size).toBe(1)
})

describe('on a model', () => {
  let model: Model
  beforeAll(async () => {
    model = await load(undefined, { contextTokens: 1024, threads: 1 })
  })
  afterAll(() => model.dispose())

  test('nothing is answered from draws that were made with other settings', async () => {
    const form = prompt`The lid is the lid of the ${gen('x', { tokensMax: 30 })}`
    const run = async (options: object): Promise<string> => (await model.run(form, {}, options)).values.x
    let differing = 0
    const plain = await run(base)
    for (const row of rows) {
      const known = await run(row)
      expect({ row, text: known }).toEqual({ row, text: await run({ ...row, fresh: true }) })
      differing += known === plain ? 0 : 1
    }
    expect(differing).toBeGreaterThan(rows.length * 0.6)
    // What was drawn stays an answer for who asks the same again.
    expect((await model.run(form, {}, { ...base, ban: ['e'] })).ledger.decoded).toBe(0)
  })
})
