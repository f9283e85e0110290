// Guesses on the real model: whatever is guessed, and however much of it, what is drawn, where it stops and which cells
// are left is as without. Judges against the same generation without guesses. Biases decide what is drawn, far beyond
// what rounding does in calls of other sizes.
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import {
  anyText,
  chunk,
  codeOf,
  demoFile,
  drawing,
  generation,
  greedy,
  ids,
  listOf,
  onlyOf,
  plan,
  ticket as text,
  tokensOf,
} from './demo.js'

let model: ExpertModel
let context: ExpertContext

beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 512, sequences: 8, batch: 128 })
})
afterEach(() => context.clear())
afterAll(() => model.dispose())

type Parts = Parameters<typeof generation>[1]

/** One step with these generations of the text, a sequence each. */
async function run(all: readonly NonNullable<Parts>[], decodesMax = 500) {
  await context.clear()
  const tokens = tokensOf(model.vocab, text)
  const sequences = all.map((_, index) => index)
  const generations = all.map((parts, sequence) => generation(anyText(model.vocab), { ...parts, sequence }))
  const result = await context.step(plan({ chunks: [chunk(sequences, 0, tokens)], generations, decodesMax }))
  expect(result.status).toBe('ok')
  const told = result.generations.map(({ tokens, kinds, stop, endToken }) => ({
    tokens: [...tokens],
    kinds: [...kinds],
    stop,
    endToken,
  }))
  for (const [index, { decoded }] of result.generations.entries()) {
    expect(context.positions(index)).toEqual({ first: 0, last: tokens.length + decoded - 1 })
  }
  return { result, told, count: tokens.length }
}

const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0)

test.each([1, 3, 31])('%i right guesses a call draw the same tokens in fewer calls', async (guessCount) => {
  const draw = drawing(listOf(40))
  const plain = await run([{ draw, tokensMax: 40 }])
  const [truth] = plain.told
  expect(truth!.tokens).toEqual(listOf(40))
  const own = tokensOf(model.vocab, text)
  const guessFrom = [own, Int32Array.of(...own.slice(-3), ...truth!.tokens)]
  const guessed = await run([{ draw, tokensMax: 40, guessFrom, guessCount }])
  expect(guessed.told).toEqual(plain.told)
  const one = guessed.result.generations[0]!
  expect(one.confirmed).toBe(one.guessed)
  expect(guessed.result.rowsDecoded).toBe(plain.result.rowsDecoded)
  // The last token is not decoded, so nothing is guessed beyond the one before it.
  expect(guessed.result.decodeCalls).toBe(1 + Math.ceil(39 / (guessCount + 1)))
})

test('wrong and half-right guesses leave the same tokens and cells, and are counted', async () => {
  const draw = drawing(listOf(40))
  const plain = await run([{ draw, tokensMax: 40 }])
  const own = tokensOf(model.vocab, text)
  const truth = plain.told[0]!.tokens
  for (const every of [2, 3, 4]) {
    const spoilt = truth.map((token, index) => (index % every === every - 1 ? (token + 1) % 2000 : token))
    // Each place is found again after a wrong token, since the truth is there too.
    const guessFrom = [own, Int32Array.of(...own.slice(-3), ...spoilt), Int32Array.from(truth)]
    const guessed = await run([{ draw, tokensMax: 40, guessFrom, guessCount: 5 }])
    expect(guessed.told).toEqual(plain.told)
    const { guessed: rows, confirmed } = guessed.result.generations[0]!
    expect(rows).toBeGreaterThan(confirmed)
    expect(confirmed).toBeGreaterThan(0)
    expect(guessed.result.rowsDecoded).toBe(plain.result.rowsDecoded + rows - confirmed)
  }
})

test('generations at one place guess alike, part, and each draws what it does alone', async () => {
  const draws = [0, 0, 1, 2].map((salt) => drawing(listOf(20, salt)))
  const own = tokensOf(model.vocab, text)
  const plain = await run(draws.map((draw) => ({ draw, tokensMax: 20 })))
  for (const index of [0, 2]) {
    const guessFrom = [own, Int32Array.of(...own.slice(-3), ...plain.told[index]!.tokens)]
    const parts = draws.map((draw) => ({ draw, tokensMax: 20, guessFrom, guessCount: 4 }))
    const guessed = await run(parts)
    // The step ends with the first that is over.
    expect(guessed.told.some(({ stop }) => stop === 'limit')).toBe(true)
    for (const [at, { tokens }] of guessed.told.entries()) {
      expect(tokens.length).toBeGreaterThan(3)
      expect(plain.told[at]!.tokens.slice(0, tokens.length)).toEqual(tokens)
    }
    const lost = sum(guessed.result.generations.map((one) => one.guessed - one.confirmed))
    const paths = new Set(
      guessed.result.generations.flatMap(({ tokens, decoded }) =>
        Array.from({ length: decoded }, (_, end) => tokens.slice(0, end + 1).join()),
      ),
    )
    expect(guessed.result.rowsDecoded).toBe(guessed.count + paths.size + lost)
    expect(guessed.result.decodeCalls).toBeLessThan(plain.result.decodeCalls)
  }
})

test('a constraint that ends cuts guesses off, and limits hold', async () => {
  const own = tokensOf(model.vocab, text)
  const one = tokensOf(model.vocab, '1').at(-1)!
  const draw = { ...greedy, bias: new Map([[one, 1e6]]) }
  const ones = Int32Array.of(...own.slice(-3), ...new Int32Array(40).fill(one))
  const draws = async (parts: NonNullable<Parts>) => {
    await context.clear()
    const matcher = onlyOf(model.vocab, '0', '9', 12)
    const made = generation(matcher, { draw, tokensMax: 30, ...parts })
    const result = await context.step(
      plan({ chunks: [chunk([0], 0, own)], generations: [made], decodesMax: 99 }),
    )
    const { tokens, stop } = result.generations[0]!
    expect(matcher.tokenCount()).toBe(tokens.length)
    return { tokens: [...tokens], stop }
  }
  for (const tokensMax of [1, 2, 5, 30]) {
    const plain = await draws({ tokensMax })
    expect(await draws({ tokensMax, guessFrom: [own, ones], guessCount: 31 })).toEqual(plain)
  }
})

test('penalties and logprobs see the same draws', async () => {
  const own = tokensOf(model.vocab, text)
  const draw = { ...drawing(listOf(24)), logprobs: 3 }
  const plain = await run([{ draw, tokensMax: 24 }])
  const truth = Int32Array.of(...own.slice(-3), ...plain.told[0]!.tokens)
  const guessed = await run([{ draw, tokensMax: 24, guessFrom: [own, truth], guessCount: 6 }])
  expect(guessed.told).toEqual(plain.told)
  const [told, expected] = [guessed, plain].map((one) =>
    one.result.generations[0]!.logprobs.map((entry) => entry!.logprob),
  )
  expect(told).toHaveLength(24)
  for (const [index, logprob] of told!.entries()) expect(logprob).toBeCloseTo(expected![index]!, 0)
})

test('where guesses are left to the context, what is drawn is the same', async () => {
  const own = tokensOf(model.vocab, text)
  const draw = drawing(listOf(60))
  const plain = await run([{ draw, tokensMax: 60 }])
  const truth = Int32Array.of(...own.slice(-3), ...plain.told[0]!.tokens)
  for (let round = 0; round < 5; round++) {
    const guessed = await run([{ draw, tokensMax: 60, guessFrom: [own, truth] }])
    expect(guessed.told).toEqual(plain.told)
    const { guessed: rows, confirmed } = guessed.result.generations[0]!
    expect(guessed.result.rowsDecoded).toBe(plain.result.rowsDecoded + rows - confirmed)
  }
})

test('what repeats is guessed to go on repeating', async () => {
  const own = tokensOf(model.vocab, text)
  const bias = new Map([[own.at(-1)!, 1e6]])
  const draw = { ...greedy, bias }
  const plain = await run([{ draw, tokensMax: 40 }])
  const guessed = await run([{ draw, tokensMax: 40, guessFrom: [own], guessCount: 31 }])
  expect(guessed.told).toEqual(plain.told)
  expect(guessed.result.decodeCalls).toBeLessThan(8)
})

test('misuse', async () => {
  const stepWith = (parts: object) => {
    const one = generation(anyText(model.vocab), parts as NonNullable<Parts>)
    return codeOf(() => context.step(plan({ chunks: [chunk([0], 0, ids(5))], generations: [one] })))
  }
  expect(await stepWith({ guessFrom: [[1, 2]] })).toBe('ARGUMENT_INVALID')
  expect(await stepWith({ guessFrom: 5 })).toBe('ARGUMENT_INVALID')
  expect(await stepWith({ guessFrom: [ids(99999)] })).toBe('TOKEN_OUT_OF_RANGE')
  expect(await stepWith({ guessFrom: [ids(1)], guessCount: 32 })).toBe('ARGUMENT_INVALID')
  expect(await stepWith({ guessFrom: [], guessCount: 3 })).toBe('none')
})
