// Goal: a processor with wider registers draws the same tokens, only faster. Judge: the baseline, compiled for any
// processor. Compared to the last bit: tokens, gaps and log-probabilities of draws that go through every loop.
import { loadAddon } from '../../lib/native/load.js'
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import { anyText, chunk, codeOf, demoFile, generation, greedy, onlyOf, plan, tokensOf } from './demo.js'

const text = 'Ticket: My name is Anna Berg, order 48213 arrived broken.\nCustomer: I am'
const addon = loadAddon()
const [highest] = addon.cpuLevels().slice(-1)

let model: ExpertModel
let context: ExpertContext
beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 512, sequences: 16, batch: 128, threads: 1 })
})
afterEach(() => addon.useCpuLevel(highest!))
afterAll(() => model.dispose())

const settings: readonly Partial<typeof greedy>[] = [
  { temperature: 0, logprobs: 3 },
  { temperature: 1, logprobs: 3 },
  { temperature: 3 },
  { temperature: 0.1 },
  { temperature: 1, topK: 40 },
  { temperature: 1.2, topP: 0.9 },
  { temperature: 0.8, minP: 0.05 },
  { temperature: 1.5, topK: 60, topP: 0.95, minP: 0.01 },
]

/** Everything drawn, gaps and log-probabilities as numbers with all their digits. */
async function drawn(level: string, isMasked: boolean) {
  addon.useCpuLevel(level)
  const matcher = isMasked ? onlyOf(model.vocab, 'a', 'z', 30) : anyText(model.vocab)
  const all: unknown[] = []
  for (let seed = 0; seed < 12; seed++) {
    await context.clear()
    const generations = settings.map((one, index) => {
      const draw = { ...greedy, ...one, seed }
      return generation(matcher.fork(), { sequence: index, draw, tokensMax: 6 })
    })
    const sequences = settings.map((_, index) => index)
    const chunks = [chunk(sequences, 0, tokensOf(model.vocab, text))]
    const result = await context.step(plan({ chunks, generations, decodesMax: 6 }))
    for (const one of result.generations) all.push(one.tokens, one.endToken, one.nearTies, one.logprobs)
  }
  return all
}

test('the baseline comes first, and no level has the name of another', () => {
  expect(addon.cpuLevels()[0]).toBe('baseline')
  expect(new Set(addon.cpuLevels()).size).toBe(addon.cpuLevels().length)
})

test.each([false, true])('all levels draw the same, to the last bit (masked: %s)', async (isMasked) => {
  const [baseline, ...others] = addon.cpuLevels()
  const expected = await drawn(baseline!, isMasked)
  expect(JSON.stringify(expected)).toContain('gap')
  expect(JSON.stringify(expected)).toContain('logprob')
  for (const level of others) expect([level, await drawn(level, isMasked)]).toEqual([level, expected])
})

test('a level this processor has not is refused', async () => {
  expect(await codeOf(() => addon.useCpuLevel('avx9000'))).toBe('ARGUMENT_INVALID')
})
