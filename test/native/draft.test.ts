// A draft model beside a context's own: whatever it says, what is drawn, where it stops and which cells are left is as
// without. Judges against the same generation without guesses. Biases decide what is drawn, far beyond rounding; the
// draft's tokens are wrong where the model must not draw what both like best.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import { strangerModelPath } from '../../scripts/draft-models.mjs'
import { writeDemoRenamed, writeDemoVariant } from '../support/draft-models.js'
import { tinyEmbedderPath } from '../support/tiny-embedders.js'
import { tinyModelPath } from '../support/tiny-models.js'
import {
  anyText,
  chunk,
  codeOf,
  demoFile,
  drawing,
  generation,
  greedy,
  listOf,
  onlyOf,
  plan,
  ticket as text,
  tokensOf,
} from './demo.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-draft-'))
let model: ExpertModel
let context: ExpertContext

beforeAll(async () => {
  model = await openModel(demoFile, { gpu: false, draft: demoFile })
  context = await model.createContext({ cells: 1024, sequences: 12, batch: 128 })
})
afterEach(() => context.clear())
afterAll(async () => {
  await model.dispose()
  rmSync(folder, { recursive: true, force: true })
})

type Parts = NonNullable<Parameters<typeof generation>[1]>

/** One step with these generations of the text, a sequence each. */
async function run(all: readonly Parts[], { on = context, before = tokensOf(model.vocab, text) } = {}) {
  await on.clear()
  const sequences = all.map((_, index) => index)
  const generations = all.map((parts, sequence) => generation(anyText(model.vocab), { ...parts, sequence }))
  const chunks = []
  for (let at = 0; at + 128 < before.length; at += 128) {
    const piece = chunk(sequences, at, before.subarray(at, at + 128), false)
    await on.step(plan({ chunks: [piece] }))
    chunks.push(piece)
  }
  const from = 128 * chunks.length
  const last = chunk(sequences, from, before.subarray(from))
  const result = await on.step(plan({ chunks: [last], generations, decodesMax: 500 }))
  expect(result.status).toBe('ok')
  const told = result.generations.map(({ tokens, kinds, stop }) => ({
    tokens: [...tokens],
    kinds: [...kinds],
    stop,
  }))
  for (const [index, { decoded }] of result.generations.entries()) {
    expect(on.positions(index)).toEqual({ first: 0, last: before.length + decoded - 1 })
  }
  return { result, told }
}

const own = () => tokensOf(model.vocab, text)
const rows = ({ result }: Awaited<ReturnType<typeof run>>) => result.generations[0]!

test.each([1, 3, 31])(
  'a draft that says what the model says: %i of its tokens a call',
  async (guessCount) => {
    const draw = drawing(listOf(40))
    const plain = await run([{ draw, tokensMax: 40 }])
    expect(plain.told[0]!.tokens).toEqual(listOf(40))
    expect(plain.result).toMatchObject({ drafted: 0, draftMicros: 0 })
    const drafted = await run([{ draw, tokensMax: 40, guessFrom: [own()], guessCount }])
    expect(drafted.told).toEqual(plain.told)
    expect(rows(drafted).confirmed).toBe(rows(drafted).guessed)
    expect(drafted.result.drafted).toBe(rows(drafted).guessed)
    expect(drafted.result.decodeCalls).toBe(1 + Math.ceil(39 / (guessCount + 1)))
    expect(drafted.result.rowsDecoded).toBe(plain.result.rowsDecoded)
  },
)

test('where it is wrong the same tokens and cells are left, and what failed is counted', async () => {
  const draw = drawing(listOf(40))
  const list = listOf(40)
  // A forbidden path is the model's alone to know.
  const forbidden = [3, 9, 20].map((end) => Int32Array.from(list.slice(0, end)))
  const plain = await run([{ draw, tokensMax: 30, forbidden }])
  expect(plain.told[0]!.tokens).not.toEqual(list.slice(0, 30))
  for (const guessCount of [2, 5, 16]) {
    const drafted = await run([{ draw, tokensMax: 30, forbidden, guessFrom: [own()], guessCount }])
    expect(drafted.told).toEqual(plain.told)
    const { guessed, confirmed } = rows(drafted)
    expect(guessed).toBeGreaterThan(confirmed)
    expect(drafted.result.rowsDecoded).toBe(plain.result.rowsDecoded + guessed - confirmed)
  }
})

test('it draws with the same numbers, so that it is right at a temperature, too', async () => {
  const bias = new Map(listOf(24).map((token) => [token, 900]))
  const draw = { ...greedy, temperature: 1000, seed: 11, bias }
  const plain = await run([{ draw, tokensMax: 24 }])
  const drafted = await run([{ draw, tokensMax: 24, guessFrom: [own()], guessCount: 4 }])
  const parted = plain.told[0]!.tokens.findIndex((token, index) => drafted.told[0]!.tokens[index] !== token)
  expect(parted === -1 || rows(plain).nearTies.some(({ index }) => index === parted)).toBe(true)
  expect(rows(drafted).confirmed / rows(drafted).guessed).toBeGreaterThan(0.5)
})

test('twelve at once, at one place and at others, each draw what they do alone', async () => {
  const draws = Array.from({ length: 12 }, (_, index) => drawing(listOf(20, index % 4)))
  const plain = await run(draws.map((draw) => ({ draw, tokensMax: 20 })))
  for (const guessCount of [1, 4]) {
    const parts = draws.map((draw) => ({ draw, tokensMax: 20, guessFrom: [own()], guessCount }))
    const drafted = await run(parts)
    for (const [at, { tokens }] of drafted.told.entries()) {
      expect(tokens.length).toBeGreaterThan(3)
      expect(plain.told[at]!.tokens.slice(0, tokens.length)).toEqual(tokens)
    }
    expect(drafted.result.decodeCalls).toBeLessThan(plain.result.decodeCalls)
    expect(drafted.result.drafted).toBeGreaterThan(0)
  }
})

test('a constraint cuts what it says, and limits hold', async () => {
  const one = tokensOf(model.vocab, '1').at(-1)!
  const draw = { ...greedy, bias: new Map([[one, 1e6]]) }
  const draws = async (parts: Parts) => {
    await context.clear()
    const matcher = onlyOf(model.vocab, '0', '9', 12)
    const made = generation(matcher, { draw, tokensMax: 30, ...parts })
    const result = await context.step(
      plan({ chunks: [chunk([0], 0, own())], generations: [made], decodesMax: 99 }),
    )
    const { tokens, stop } = result.generations[0]!
    expect(matcher.tokenCount()).toBe(tokens.length)
    return { tokens: [...tokens], stop }
  }
  for (const tokensMax of [1, 2, 5, 30]) {
    const plain = await draws({ tokensMax })
    expect(await draws({ tokensMax, guessFrom: [own()], guessCount: 31 })).toEqual(plain)
  }
})

test('left to the context, and beside texts that tell more, what is drawn is the same', async () => {
  const draw = drawing(listOf(60))
  const plain = await run([{ draw, tokensMax: 60 }])
  const truth = Int32Array.of(...own().slice(-3), ...plain.told[0]!.tokens)
  for (const guessFrom of [[own()], [own(), truth], [own()]]) {
    const drafted = await run([{ draw, tokensMax: 60, guessFrom }])
    expect(drafted.told).toEqual(plain.told)
    const { guessed, confirmed } = rows(drafted)
    expect(drafted.result.rowsDecoded).toBe(plain.result.rowsDecoded + guessed - confirmed)
  }
  const told = await run([{ draw, tokensMax: 60, guessFrom: [own(), truth], guessCount: 5 }])
  expect(told.result.drafted).toBe(0)
})

test('one that says something else costs no call more', async () => {
  await using other = await openModel(demoFile, { gpu: false, draft: strangerModelPath() })
  const on = await other.createContext({ cells: 1024, sequences: 12, batch: 128 })
  const draw = { ...greedy, bias: new Map(listOf(8).map((token) => [token, 40])) }
  const plain = await run([{ draw, tokensMax: 80 }], { on })
  const drafted = await run([{ draw, tokensMax: 80, guessFrom: [own()] }], { on })
  expect(drafted.result.decodeCalls).toBeLessThanOrEqual(plain.result.decodeCalls)
})

test('a text longer than it was trained for', async () => {
  const short = writeDemoVariant(path.join(folder, 'short.gguf'), {
    'llama.context_length': { kind: 'u32', value: 256 },
  })
  await using other = await openModel(demoFile, { gpu: false, draft: short })
  const on = await other.createContext({ cells: 1024, sequences: 12, batch: 128 })
  const before = Int32Array.from({ length: 500 }, (_, index) => 300 + ((index * 37) % 900))
  const draw = drawing(listOf(60))
  const plain = await run([{ draw, tokensMax: 60 }], { on, before })
  const drafted = await run([{ draw, tokensMax: 60, guessFrom: [before], guessCount: 4 }], { on, before })
  expect(drafted.told).toEqual(plain.told)
  expect(rows(drafted).confirmed).toBeGreaterThan(30)
  const long = await run([{ draw, tokensMax: 60, guessFrom: [before], guessCount: 4 }], { on, before })
  expect(long.told).toEqual(plain.told)
})

test('abort, interrupt and the end of the context are heard while it is asked', async () => {
  const draw = drawing(listOf(200))
  const start = () => {
    const made = generation(anyText(model.vocab), {
      draw,
      tokensMax: 2000,
      guessFrom: [own()],
      guessCount: 31,
    })
    return context.step(plan({ chunks: [chunk([0], 0, own())], generations: [made], decodesMax: 1e6 }))
  }
  for (const wait of [1, 5, 10, 20]) {
    const going = start()
    await new Promise((done) => setTimeout(done, wait))
    context.abort()
    expect(['aborted', 'ok']).toContain((await going).status)
    await context.clear()
    const next = start()
    await new Promise((done) => setTimeout(done, wait))
    context.interrupt()
    expect((await next).status).toBe('ok')
    await context.clear()
  }
  const other = await model.createContext({ cells: 1024, sequences: 2, batch: 128 })
  const made = generation(anyText(model.vocab), { draw, tokensMax: 2000, guessFrom: [own()], guessCount: 31 })
  const going = other.step(plan({ chunks: [chunk([0], 0, own())], generations: [made], decodesMax: 1e6 }))
  await new Promise((done) => setTimeout(done, 5))
  await other.dispose()
  await going
})

test('its weights and cells are counted', async () => {
  await using plain = await openModel(demoFile, { gpu: false })
  const without = await plain.createContext({ cells: 1024, sequences: 12, batch: 128 })
  expect(model.bytes).toBe(2 * plain.bytes)
  expect(context.capabilities.cacheBytes).toBe(2 * without.capabilities.cacheBytes)
  expect(context.capabilities.workBytes.CPU).toBeGreaterThan(without.capabilities.workBytes.CPU!)
  await using measured = await openModel(demoFile, { gpu: false, draft: demoFile, measureOnly: true })
  const asked = await measured.createContext({ cells: 1024, sequences: 12, batch: 128 })
  expect(measured.bytes).toBe(model.bytes)
  expect(asked.capabilities.cacheBytes).toBe(context.capabilities.cacheBytes)
})

const written = (name: string, bytes: Uint8Array): string => {
  const file = path.join(folder, name)
  writeFileSync(file, bytes)
  return file
}
const renamed = () => writeDemoRenamed(path.join(folder, 'renamed.gguf'), 777)

test.each<[string, string, RegExp, () => string]>([
  ['missing', 'MODEL_NOT_FOUND', /option draft .*none\.gguf/, () => path.join(folder, 'none.gguf')],
  ['a folder', 'MODEL_NOT_A_FILE', /option draft/, () => folder],
  [
    'no model',
    'MODEL_NOT_GGUF',
    /option draft/,
    () => written('a.gguf', Buffer.from('# no model\n'.repeat(9))),
  ],
  ['cut off', 'MODEL_TRUNCATED', /draft/, () => written('b.gguf', readFileSync(demoFile).subarray(0, -4096))],
  [
    'of another vocabulary',
    'DRAFT_MISMATCH',
    /token 0 is ".*" in the draft and/,
    () => tinyModelPath('llama'),
  ],
  ['with one other token', 'DRAFT_MISMATCH', /token 777 is "~+" in the draft and ".+" in the model/, renamed],
  ['an encoder', 'MODEL_UNSUPPORTED', /draft/, () => tinyEmbedderPath('bert')],
  ['with a window', 'DRAFT_UNSUPPORTED', /kind "window"/, () => tinyModelPath('gemma3')],
  ['recurrent', 'DRAFT_UNSUPPORTED', /kind "recurrent"/, () => tinyModelPath('mamba')],
])('a draft %s is refused: %s', async (_, code, words, make) => {
  const draft = make()
  const opened = openModel(demoFile, { gpu: false, draft })
  await expect(opened).rejects.toMatchObject({ code, message: expect.stringMatching(words) as unknown })
})

test('nor is there a draft for a model that takes no guesses', async () => {
  const opened = openModel(tinyModelPath('mamba'), { gpu: false, draft: tinyModelPath('llama') })
  await expect(opened).rejects.toMatchObject({ code: 'DRAFT_UNSUPPORTED' })
})

test('misuse', async () => {
  await expect(model.createContext({ cells: 512, streams: 2 })).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
    message: /streams is 2 .* draft/,
  })
  for (const draft of [5, '', null, {}, 'a\0b'] as unknown[]) {
    expect(await codeOf(() => openModel(demoFile, { draft: draft as string }))).toBe('ARGUMENT_INVALID')
  }
  expect(await codeOf(() => openModel(demoFile, { draft: demoFile, vocabOnly: true }))).toBe(
    'MODEL_WITHOUT_WEIGHTS',
  )
  const aborted = AbortSignal.abort()
  expect(await codeOf(() => openModel(demoFile, { draft: demoFile, signal: aborted }))).toBe('ABORTED')
  await using many = await openModel(demoFile, { draft: demoFile, gpu: false, gpuLayers: 7 })
  expect(many.layers).toBe(7)
})
