// Logits kept by the addon: what is drawn from them is what their row gave, bit by bit.
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import { anyText, chunk, demoFile, generation, greedy, plan, tokensOf } from './demo.js'

let model: ExpertModel
let context: ExpertContext
const ticket = 'Ticket: My name is Anna Berg, order 48213 arrived broken.\nCustomer:'

beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 1024, sequences: 16, batch: 128 })
})
afterEach(() => context.clear())
afterAll(() => model.dispose())

/** What is drawn is decided by a bias, so that rounding in calls of other sizes decides nothing. */
const drawing = (token: number) => ({ ...greedy, bias: new Map([[token, 1e6]]) })

test('the first draw from kept logits is that of their row, for any settings', async () => {
  const tokens = tokensOf(model.vocab, ticket)
  for (let seed = 0; seed < 20; seed++) {
    const draw = { ...greedy, temperature: 1.5, seed, topP: seed % 2 === 0 ? 1 : 0.9 }
    const parts = { draw, tokensMax: 1 }
    await context.clear()
    const begun = await context.step(
      plan({
        chunks: [chunk([0], 0, tokens)],
        generations: [generation(anyText(model.vocab), { ...parts, keepLogits: 7 })],
      }),
    )
    const again = await context.step(
      plan({ generations: [generation(anyText(model.vocab), { ...parts, chunk: null, logits: 7 })] }),
    )
    expect(again).toMatchObject({ status: 'ok', rowsDecoded: 0, decodeCalls: 0 })
    const [one, other] = [begun, again].map(({ generations }) => generations[0]!)
    expect([...other!.tokens]).toEqual([...one!.tokens])
    expect(other!.nearTies).toEqual(one!.nearTies)
  }
})

test('kept logits need no row, beside chunks and in steps of their own', async () => {
  const tokens = tokensOf(model.vocab, ticket)
  const { length } = tokens
  const first = generation(anyText(model.vocab), { draw: drawing(400), keepLogits: 7 })
  const other = generation(anyText(model.vocab), { draw: drawing(500), sequence: 1, keepLogits: 8 })
  const begun = await context.step(
    plan({ chunks: [chunk([0, 1], 0, tokens)], generations: [first, other], decodesMax: 9 }),
  )
  // Both draw from one row, which is kept once.
  const kept = { logits: 7, after: 0 }
  expect(begun.generations.map((one) => one.kept)).toEqual([kept, kept])
  const cut = [0, 1].map((sequence) => ({ kind: 'truncate', sequence, from: length }) as const)
  const drawFrom = (token: number, sequence: number) =>
    generation(anyText(model.vocab), { draw: drawing(token), sequence, chunk: null, logits: 7 })
  const again = await context.step(
    plan({ ops: cut, generations: [drawFrom(400, 0), drawFrom(500, 1)], decodesMax: 9 }),
  )
  expect(again.status).toBe('ok')
  expect(again.generations.map((one) => [...one.tokens])).toEqual(
    begun.generations.map((one) => [...one.tokens]),
  )
  expect(again.rowsDecoded).toBe(begun.rowsDecoded - length)
  expect(again.decodeCalls).toBe(begun.decodeCalls - 1)
  // Beside rows of another sequence, the drawn token is decoded with these.
  const beside = await context.step(
    plan({ ops: cut, chunks: [chunk([2], 0, tokens)], generations: [drawFrom(400, 0)] }),
  )
  expect(beside).toMatchObject({ status: 'ok', decodeCalls: 1, rowsDecoded: length + 1 })
  expect([...beside.generations[0]!.tokens]).toEqual([400, 400])
  expect(context.positions(0)).toEqual({ first: 0, last: length })
})

test('what is kept comes after what is forced, and later under the same id in its place', async () => {
  const tokens = tokensOf(model.vocab, ticket)
  const keep = (text: Int32Array) =>
    context.step(
      plan({
        ops: [{ kind: 'truncate', sequence: 0, from: 0 }],
        chunks: [chunk([0], 0, text)],
        generations: [generation(anyText(model.vocab), { tokensMax: 1, keepLogits: 3 })],
      }),
    )
  const drawKept = () =>
    context.step(plan({ generations: [generation(anyText(model.vocab), { chunk: null, logits: 3 })] }))
  await keep(tokens)
  const shorter = await keep(tokens.slice(0, 9))
  const drawn = await drawKept()
  expect(drawn.generations[0]!.tokens[0]).toBe(shorter.generations[0]!.tokens[0])
  await context.clear()
  expect(await drawKept()).toMatchObject({ status: 'failed', code: 'LOGITS_ELSEWHERE' })
})
