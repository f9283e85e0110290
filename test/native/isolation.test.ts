// What goes wrong in one generation is nobody else's: judged on the demo model, beside a generation that draws the same
// with and without it.
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import {
  type ExpertContext,
  type ExpertModel,
  type GenerationResult,
  openModel,
} from '../../lib/native/native.js'
import { anyText, chunk, demoFile, generation, greedy, ids, plan, tokensOf } from './demo.js'

let model: ExpertModel
let context: ExpertContext
beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 512, sequences: 4, batch: 128, threads: 1 })
})
afterAll(() => model.dispose())

test('a generation whose constraint gets too complex fails alone; the others draw as without it', async () => {
  const builder = new IrBuilder()
  // Whether any length is a multiple of all of these is not looked at before a mask is needed; and so far behind the
  // beginning, compile doesn't try one.
  const letters = builder.class([[97, 122]])
  const lengths = [7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47]
  const blocks = lengths.map((n) => builder.repeat(builder.repeat(letters, n, n), 0, null))
  const quote = builder.literal('"')
  const text = builder.concat(builder.repeat(letters, 48, 48), quote, builder.and(...blocks), quote)
  const { words, bytes } = builder.finish({ lexeme: text })
  const costly = () => model.vocab.compile(words, bytes).matcher()
  const begin = tokensOf(model.vocab, 'Once upon a time')
  const chunks = [chunk([0], 0, begin), chunk([1], 0, begin), chunk([2], 0, begin)]
  const draw = { ...greedy, temperature: 1 }
  const drawn = async (others: (() => ReturnType<typeof generation>)[]) => {
    await context.clear()
    const mine = generation(anyText(model.vocab), { sequence: 0, draw, tokensMax: 64 })
    const tokens: number[] = []
    let failed: GenerationResult | null = null
    let next = plan({ chunks, generations: [mine, ...others.map((make) => make())], decodesMax: 64 })
    for (;;) {
      const result = await context.step(next)
      expect(result.status).toBe('ok')
      tokens.push(...result.generations[0]!.tokens)
      failed ??= result.generations.find(({ stop }) => stop === 'failed') ?? null
      if (tokens.length >= 64 || result.generations[0]!.stop !== 'paused') return { tokens, failed }
      const last = chunk([0], begin.length + tokens.length - 1, ids(tokens.at(-1)!))
      const rest = { sequence: 0, draw: { ...draw, drawIndex: tokens.length }, tokensMax: 64 - tokens.length }
      next = plan({ chunks: [last], generations: [{ ...mine, ...rest }], decodesMax: 64 })
    }
  }
  const alone = await drawn([])
  const bomb = (sequence: number) => () =>
    generation(costly(), { chunk: sequence, sequence, draw, tokensMax: 64 })
  const beside = await drawn([bomb(1), bomb(2)])
  expect(alone.failed).toBeNull()
  expect(beside.failed).toMatchObject({
    failure: { kind: 'ConstraintError', code: 'CONSTRAINT_TOO_COMPLEX' },
  })
  expect(beside.tokens).toEqual(alone.tokens)
})
