// Every way to call an embedder of the native layer wrongly. Judges that each ends in an error with its code, that
// nothing changed, and that the next right call works.
import { type EmbedChunk, type ExpertModel, type NativeEmbedder, openModel } from '../../lib/native/native.js'
import { tinyEmbedderPath } from '../support/tiny-embedders.js'
import { codeOf, demoFile, ids } from './demo.js'

let encoder: ExpertModel
let decoder: ExpertModel
/** Reads texts whole; of 128 tokens, in batches of 128. */
let whole: NativeEmbedder
/** Reads them in parts; of 64 tokens, in batches of 16. */
let parts: NativeEmbedder

beforeAll(async () => {
  encoder = await openModel(tinyEmbedderPath('bert'), { gpu: false })
  decoder = await openModel(tinyEmbedderPath('llama-last'), { gpu: false })
  whole = await encoder.createEmbedder({ cells: 128, batch: 64 })
  parts = await decoder.createEmbedder({ cells: 64, batch: 16 })
})
afterAll(() => Promise.all([encoder.dispose(), decoder.dispose()]))

const wrong = (value: unknown) => value as never
const chunk = (sequence: number, position: number, tokens: Int32Array, last = true): EmbedChunk => ({
  sequence,
  position,
  tokens,
  last,
})
const many = (count: number) => new Int32Array(count).fill(7)

test('says what it can do', () => {
  expect(whole.facts).toEqual({
    pooling: 'mean',
    dimensions: 64,
    contextTokens: 128,
    rows: 64,
    batch: 128,
    sequences: 64,
    canSplit: false,
    tellsProbability: false,
  })
  expect(parts.facts).toMatchObject({ pooling: 'last', rows: 16, batch: 16, sequences: 16, canSplit: true })
})

const cases: [string, string, () => readonly EmbedChunk[]][] = [
  ['no array', 'ARGUMENT_INVALID', () => wrong(null)],
  ['no chunk', 'ARGUMENT_INVALID', () => []],
  ['no object', 'ARGUMENT_INVALID', () => [wrong(7)]],
  ['no tokens', 'ARGUMENT_INVALID', () => [chunk(0, 0, ids())]],
  ['tokens in an array', 'ARGUMENT_INVALID', () => [chunk(0, 0, wrong([5]))]],
  ['token too high', 'TOKEN_OUT_OF_RANGE', () => [chunk(0, 0, ids(99999))]],
  ['token negative', 'TOKEN_OUT_OF_RANGE', () => [chunk(0, 0, ids(-1))]],
  ['sequence too high', 'ARGUMENT_INVALID', () => [chunk(64, 0, ids(5))]],
  ['sequence twice', 'SEQUENCE_TWICE', () => [chunk(0, 0, ids(5)), chunk(0, 0, ids(5))]],
  ['position too high', 'ARGUMENT_INVALID', () => [chunk(0, 128, ids(5))]],
  ['position in between', 'ARGUMENT_INVALID', () => [chunk(0, 0.5, ids(5))]],
  ['a later position', 'POSITION_NOT_NEXT', () => [chunk(0, 3, ids(5))]],
  ['last missing', 'ARGUMENT_INVALID', () => [wrong({ sequence: 0, position: 0, tokens: ids(5) })]],
  ['too many tokens', 'BATCH_TOO_LARGE', () => [chunk(0, 0, many(100)), chunk(1, 0, many(100))]],
]
test.each(cases)('run with %s: %s', async (_, code, make) => {
  expect(await codeOf(() => whole.run(make()))).toBe(code)
  expect(await codeOf(() => parts.run(make()))).toBe(code)
  expect(await whole.run([chunk(0, 0, ids(2, 5, 3))])).toHaveLength(1)
})

test('a text in parts: only where it can be, never past its end, and forgotten where a run leaves it out', async () => {
  expect(await codeOf(() => whole.run([chunk(0, 0, ids(5), false)]))).toBe('POSITION_NOT_NEXT')
  const tokens = many(40)
  const [at16, at32] = [tokens.subarray(16, 32), tokens.subarray(32)]
  expect(await parts.run([chunk(3, 0, tokens.subarray(0, 16), false)])).toEqual([])
  expect(await codeOf(() => parts.run([chunk(3, 15, at16, false)]))).toBe('POSITION_NOT_NEXT')
  expect(await parts.run([chunk(3, 16, at16, false)])).toEqual([])
  const [vector] = await parts.run([chunk(3, 32, at32), chunk(0, 0, ids(5))])
  expect(vector).toHaveLength(64)
  expect(await codeOf(() => parts.run([chunk(3, 40, at32)]))).toBe('POSITION_NOT_NEXT')
  await parts.run([chunk(1, 0, tokens.subarray(0, 16), false)])
  await parts.run([chunk(2, 0, ids(5))])
  expect(await codeOf(() => parts.run([chunk(1, 16, at16)]))).toBe('POSITION_NOT_NEXT')
  await parts.run([chunk(1, 0, tokens.subarray(0, 16), false)])
  for (const from of [16, 32, 48]) await parts.run([chunk(1, from, many(16), false)])
  expect(await codeOf(() => parts.run([chunk(1, 63, ids(5))]))).toBe('POSITION_NOT_NEXT')
})

test('texts of the wrong kind', async () => {
  for (const texts of [null, 'a', [7], ['a', undefined]])
    expect(await codeOf(() => whole.tokenize(wrong(texts)))).toBe('ARGUMENT_INVALID')
  expect(await codeOf(() => whole.tokenize(['a'], wrong(7)))).toBe('ARGUMENT_INVALID')
  expect(await whole.tokenize([])).toEqual([])
  // Half a character is replaced, as in every text that becomes UTF-8; other bytes come through.
  expect(await whole.tokenize(['\ud800', 'a\0b'])).toHaveLength(2)
})

test.each([
  ['no options', 'ARGUMENT_INVALID', null],
  ['no cells', 'ARGUMENT_INVALID', {}],
  ['an unknown option', 'OPTION_UNKNOWN', { cells: 64, sequences: 3 }],
  ['a wrong pooling', 'ARGUMENT_INVALID', { cells: 64, pooling: 'sum' }],
  ['too many cells', 'CONTEXT_TOO_LONG', { cells: 129 }],
  ['too many threads', 'ARGUMENT_INVALID', { cells: 64, threads: 100_000 }],
  ['a batch of nothing', 'ARGUMENT_INVALID', { cells: 64, batch: 0 }],
])('createEmbedder with %s: %s', async (_, code, options) => {
  expect(await codeOf(() => encoder.createEmbedder(wrong(options)))).toBe(code)
})

test('a model opened for its vocabulary, or only measured, reads nothing', async () => {
  await using vocabulary = await openModel(demoFile, { vocabOnly: true })
  expect(await codeOf(() => vocabulary.createEmbedder({ cells: 64, pooling: 'mean' }))).toBe(
    'MODEL_WITHOUT_WEIGHTS',
  )
  await using measured = await openModel(demoFile, { measureOnly: true })
  const embedder = await measured.createEmbedder({ cells: 64, pooling: 'mean' })
  expect(await codeOf(() => embedder.run([chunk(0, 0, ids(5))]))).toBe('MODEL_WITHOUT_WEIGHTS')
})

test('one run at a time; abort and dispose end it; afterwards DISPOSED', async () => {
  const other = await decoder.createEmbedder({ cells: 1024, batch: 1024, pooling: 'mean' })
  const rows = [chunk(0, 0, many(1000))]
  const running = codeOf(() => other.run(rows))
  expect(await codeOf(() => other.run(rows))).toBe('BUSY')
  other.abort()
  expect(['ABORTED_DECODE', 'none']).toContain(await running)
  expect(await codeOf(() => other.run(rows))).toBe('none')
  const last = [codeOf(() => other.run(rows)), codeOf(() => other.tokenize(['a']))]
  const ended = other.dispose()
  for (const code of await Promise.all(last)) expect(['ABORTED_DECODE', 'none']).toContain(code)
  await Promise.all([ended, other.dispose()])
  expect(await codeOf(() => other.run(rows))).toBe('DISPOSED')
  expect(await codeOf(() => other.tokenize(['a']))).toBe('DISPOSED')
  expect(await codeOf(() => other.abort())).toBe('DISPOSED')
})

test('getters that dispose what is being used', async () => {
  const other = await encoder.createEmbedder({ cells: 64 })
  const trap = {
    sequence: 0,
    position: 0,
    tokens: ids(2, 3),
    get last() {
      void other.dispose()
      return true
    },
  }
  expect(await codeOf(() => other.run([trap]))).toBe('DISPOSED')
})

test('a model ends what was made of it, also what is still being made', async () => {
  const model = await openModel(tinyEmbedderPath('bert'), { gpu: false })
  const embedder = await model.createEmbedder({ cells: 64 })
  const late = codeOf(() => model.createEmbedder({ cells: 64 }))
  await model.dispose()
  expect(await late).toBe('DISPOSED')
  expect(await codeOf(() => embedder.run([chunk(0, 0, ids(2, 3))]))).toBe('DISPOSED')
  expect(await codeOf(() => model.createEmbedder({ cells: 64 }))).toBe('DISPOSED')
})
