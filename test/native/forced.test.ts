// Goal: what the addon takes without a draw is what the slow twin in TypeScript says, token by token, whatever stands
// before it, however little of that it was given, and however the rows are cut into decodes. Method: random constraints
// that force much, several generations at once, every result replayed.
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { vocabularyOf } from '../../lib/engine/local/tokens/vocabulary.js'
import { type ExpertModel, openModel } from '../../lib/native/native.js'
import { ForcedCases, judgeForced } from '../support/forced-judge.js'
import { randomBelow } from '../support/random-below.mjs'
import { chunk, demoFile, generation, greedy, plan, tokensOf } from './demo.js'

let model: ExpertModel
beforeAll(async () => {
  model = await openModel(demoFile, { gpu: false })
})
afterAll(async () => {
  await model.dispose()
})

test.each([512, 24])('with %i rows a decode, tokens without a draw are those of the twin', async (batch) => {
  const below = randomBelow(batch)
  const cases = new ForcedCases(below)
  const context = await model.createContext({ cells: 512, batch, sequences: 8, threads: 1 })
  const vocabulary = vocabularyOf(model.vocab)
  let forced = 0
  let whole = 0
  for (let round = 0; round < 60; round++) {
    const before = tokensOf(model.vocab, `|${cases.text(6)}`).slice(0, 16)
    const count = below(3) + 1
    const kinds = Array.from({ length: count }, () => cases.matchers(model.vocab))
    // Equal generations share their rows.
    const makers = kinds.map((make, index) => (index > 0 && below(3) === 0 ? kinds[0]! : make))
    const sequences = makers.map((_, index) => index)
    const draws = { ...greedy, temperature: below(2), seed: below(1000) }
    const generations = makers.map((make, index) =>
      generation(make(), { sequence: index, draw: draws, tokensMax: 30, before }),
    )
    const step = plan({ chunks: [chunk(sequences, 0, before)], generations, decodesMax: 200 })
    const result = await context.step(step)
    expect(result.status).toBe('ok')
    const outcomes = result.generations.map((one, index) =>
      judgeForced({ vocabulary, before, matcher: makers[index]!(), draw: draws, cells: 512 }, one),
    )
    expect(outcomes).toEqual(outcomes.map(() => null))
    for (const [index, one] of result.generations.entries()) {
      expect(context.positions(index)!.last + 1).toBe(before.length + one.decoded)
      for (const kind of one.kinds) forced += kind === 0 ? 0 : 1
      whole += one.stop === 'ended' ? 1 : 0
    }
    await context.clear()
  }
  expect(forced).toBeGreaterThan(300)
  expect(whole).toBeGreaterThan(20)
  await context.dispose()
})

test('what has no room in the context, or too little text before it, is left to JavaScript', async () => {
  const context = await model.createContext({ cells: 256, batch: 64, sequences: 2, threads: 1 })
  const before = tokensOf(model.vocab, 'Once upon a time')
  const stopOf = async (times: number, more: object) => {
    const builder = new IrBuilder()
    const literal = builder.literal(', tag'.repeat(times))
    const { words, bytes } = builder.finish({ lexeme: builder.concat(builder.class([[48, 57]]), literal) })
    const matcher = model.vocab.compile(words, bytes).matcher()
    await context.clear()
    const generations = [generation(matcher, { tokensMax: 20, ...more })]
    const [one] = (await context.step(plan({ chunks: [chunk([0], 0, before)], generations }))).generations
    return one!.stop
  }
  expect(await stopOf(3, { before })).toBe('ended')
  expect(await stopOf(300, { before })).toBe('forced')
  expect(await stopOf(3, { before: before.slice(-1) })).toBe('forced')
  expect(await stopOf(3, {})).toBe('forced')
  await context.dispose()
})

test('a forced run is decoded as far as there are cells, and the step says how far', async () => {
  const context = await model.createContext({ cells: 256, batch: 64, sequences: 2, threads: 1 })
  const before = tokensOf(model.vocab, 'Once upon a time')
  const builder = new IrBuilder()
  const { words, bytes } = builder.finish({
    lexeme: builder.concat(
      builder.class([[48, 57]]),
      builder.literal(', and the number of the order'),
      builder.any(),
    ),
  })
  const matcher = model.vocab.compile(words, bytes).matcher()
  const generations = [generation(matcher, { tokensMax: 20, before })]
  const chunks = [chunk([0], 0, before)]
  const result = await context.step(plan({ chunks, generations, decodesMax: 50, cellsMax: 4 }))
  const [one] = result.generations
  expect(one!.tokens.length).toBeGreaterThan(6)
  expect([one!.stop, one!.decoded, result.decodeCalls]).toEqual(['paused', 4, 2])
  expect(context.positions(0)!.last + 1).toBe(before.length + 4)
  await context.dispose()
})
