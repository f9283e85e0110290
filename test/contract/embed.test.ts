// Vectors of texts and scores of documents, on tiny random models. Judges by what must be equal: a text read alone and
// among others, whole and in parts; a mean and the vectors it is the mean of; a pair and the text of its template.
import { type Embedder, type LoadEmbedderOptions, loadEmbedder, type Pooling } from '../../lib/embed/embed.js'
import { load } from '../../lib/index.js'
import { openModel } from '../../lib/native/native.js'
import { BERT_CONTEXT, type TinyEmbedder, tinyEmbedderPath } from '../support/tiny-embedders.js'
import { tinyModelPath } from '../support/tiny-models.js'

const texts = [
  'The parcel never came.',
  'Is the refund a refund?',
  'order 48213',
  'The parcel never came, and the order is still open. '.repeat(4).trim(),
  'a',
]

const open = (name: TinyEmbedder, options: LoadEmbedderOptions = {}) =>
  loadEmbedder(tinyEmbedderPath(name), { gpu: false, ...options })

function distance(one: ArrayLike<number>, other: ArrayLike<number>): number {
  expect(one.length).toBe(other.length)
  return Math.max(...Array.from(one, (number, i) => Math.abs(number - other[i]!)))
}

const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work()
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const messageOf = async (work: () => unknown): Promise<string> => {
  try {
    await work()
    return 'none'
  } catch (error) {
    return (error as Error).message
  }
}

const kinds: [TinyEmbedder, LoadEmbedderOptions][] = [
  ['bert', {}],
  ['bert', { pooling: 'cls' }],
  ['bert', { batch: 8 }],
  ['llama-last', {}],
  ['llama-last', { batch: 8 }],
  ['llama-last', { pooling: 'mean', batch: 8 }],
]

test.each(kinds)('%s %j: texts side by side are what each is alone', async (name, options) => {
  await using embedder = await open(name, options)
  await using alone = await open(name, { ...options, batch: 512 })
  expect(embedder.info.dimensions).toBe(64)
  const given = [...texts, texts[0]!, texts[2]!]
  const vectors = await embedder.embed(given)
  expect(vectors).toHaveLength(given.length)
  for (const [i, text] of given.entries()) {
    expect(distance(vectors[i]!, await alone.embed(text))).toBeLessThan(2e-3)
    expect(Math.hypot(...vectors[i]!)).toBeCloseTo(1, 5)
  }
  // Different texts differ by far more than rounding.
  expect(distance(vectors[0]!, vectors[2]!)).toBeGreaterThan(0.05)
  expect(vectors[5]).toEqual(vectors[0])
  expect(vectors[5]).not.toBe(vectors[0])
})

test('the memories that keep a state instead of cells read texts, too', async () => {
  for (const name of ['mamba', 'lfm2', 'gemma3'] as const) {
    for (const pooling of ['mean', 'last'] as const) {
      await using embedder = await loadEmbedder(tinyModelPath(name), { gpu: false, pooling, batch: 16 })
      const vectors = await embedder.embed(texts)
      for (const [i, text] of texts.entries())
        expect(distance(vectors[i]!, await embedder.embed(text))).toBeLessThan(2e-3)
    }
  }
})

test('what a decoder says of a text is the mean, first and last of what it says of its beginnings', async () => {
  await using model = await openModel(tinyEmbedderPath('llama-last'), { gpu: false })
  const read = async (pooling: Pooling, lists: readonly Int32Array[]) => {
    const native = await model.createEmbedder({ cells: 128, pooling, flashAttention: 'off' })
    return native.run(lists.map((tokens, sequence) => ({ sequence, position: 0, tokens, last: true })))
  }
  const tokens = model.vocab.tokenize(Buffer.from(texts[1]!))
  const beginnings = Array.from(tokens, (_, i) => tokens.subarray(0, i + 1))
  const ofTokens = await read('last', beginnings)
  const mean = ofTokens[0]!.map((_, i) => ofTokens.reduce((sum, row) => sum + row![i]!, 0) / tokens.length)
  expect(distance((await read('mean', [tokens]))[0]!, mean)).toBeLessThan(1e-4)
  expect(distance((await read('cls', [tokens]))[0]!, ofTokens[0]!)).toBeLessThan(1e-4)
})

test('an encoder reads [CLS] and [SEP] around a text; their mean is that of an empty one', async () => {
  const ofNothing = async (pooling: Pooling) => {
    await using embedder = await open('bert', { pooling, flashAttention: 'off' })
    return await embedder.embed('', { normalise: false })
  }
  const [cls, last, mean] = [await ofNothing('cls'), await ofNothing('last'), await ofNothing('mean')]
  const halves = cls.map((number, i) => (number + last[i]!) / 2)
  expect(distance(mean, halves)).toBeLessThan(1e-5)
})

test('text that looks like a special token stays text', async () => {
  await using model = await openModel(tinyEmbedderPath('bert'), { gpu: false })
  const embedder = await model.createEmbedder({ cells: 64 })
  const [plain, marked] = await embedder.tokenize(['ab', 'a [SEP] b'])
  expect([plain![0], plain!.at(-1)]).toEqual([2, 3])
  expect([...marked!.slice(1, -1)]).not.toContain(3)
})

test('dimensions keep the first numbers, at length 1; normalise: false leaves the length', async () => {
  await using embedder = await open('bert')
  const raw = await embedder.embed(texts[0]!, { normalise: false })
  expect(Math.hypot(...raw)).toBeGreaterThan(2)
  const short = await embedder.embed(texts[0]!, { dimensions: 16 })
  const wanted = raw.slice(0, 16).map((number) => number / Math.hypot(...raw.slice(0, 16)))
  expect(distance(short, wanted)).toBeLessThan(1e-5)
  expect(await codeOf(() => embedder.embed('a', { dimensions: 65 }))).toBe('ARGUMENT_INVALID')
})

test('no texts, no vectors; a text without tokens or with too many is refused by name', async () => {
  await using decoder = await open('llama-last', { contextTokens: 32 })
  await using encoder = await open('bert')
  expect(await decoder.embed([])).toEqual([])
  expect(await messageOf(() => decoder.embed(['a', '']))).toMatch(/^texts\[1\] is "", which has no tokens/)
  expect(await messageOf(() => decoder.embed(['a', 'a b c d '.repeat(12)]))).toMatch(
    /^texts\[1\] has \d+ tokens; the embedder takes 32: .*contextTokens up to 2048\.$/,
  )
  expect(await messageOf(() => encoder.embed('a b '.repeat(BERT_CONTEXT)))).toMatch(
    /^The text has 258 tokens; the embedder takes 128: expected a shorter text\.$/,
  )
  expect(await messageOf(() => encoder.embed('a'.repeat(1e7)))).toMatch(/has 10000000 characters; expected/)
  // Exactly as many as it takes, and the others are as before.
  expect(await encoder.embed('a '.repeat(BERT_CONTEXT - 2))).toHaveLength(64)
})

test('calls at once get their own answers, and a short one does not wait for a long one', async () => {
  await using embedder = await open('bert', { batch: 32 })
  const many = Array.from({ length: 300 }, (_, i) => `order ${i} is an order`)
  const ended: string[] = []
  const long = embedder.embed(many).then((vectors) => {
    ended.push('long')
    return vectors
  })
  const short = many.slice(0, 20).map(async (text) => {
    const vector = await embedder.embed(text)
    ended.push('short')
    return vector
  })
  const ofShort = await Promise.all(short)
  const ofLong = await long
  expect(ended.indexOf('long')).toBe(20)
  for (const [i, vector] of ofShort.entries()) expect(distance(vector, ofLong[i]!)).toBeLessThan(2e-3)
})

test('an abort ends its own call alone, at any moment', async () => {
  await using embedder = await open('llama-last', { batch: 16 })
  const many = Array.from({ length: 60 }, (_, i) => `${texts[3]} ${i}`)
  const wanted = await embedder.embed(texts)
  expect(await codeOf(() => embedder.embed(many, { signal: AbortSignal.abort('no') }))).toBe('ABORTED')
  for (let turns = 0; turns < 12; turns++) {
    const controller = new AbortController()
    const aborted = embedder.embed(many, { signal: controller.signal }).catch((error: unknown) => error)
    const others = embedder.embed(texts)
    for (let turn = 0; turn < turns * 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    expect(await aborted).toMatchObject({ name: 'AbortError', code: 'ABORTED', reason: new Error('enough') })
    for (const [i, vector] of (await others).entries())
      expect(distance(vector, wanted[i]!)).toBeLessThan(2e-3)
  }
})

test('dispose ends what goes on, and is idempotent', async () => {
  const embedder: Embedder = await open('bert')
  const going = codeOf(() => embedder.embed(Array.from({ length: 500 }, (_, i) => `order ${i}`)))
  await new Promise((resolve) => setImmediate(resolve))
  await Promise.all([embedder.dispose(), embedder.dispose()])
  expect(await going).toBe('CLOSED')
  expect(await codeOf(() => embedder.embed('a'))).toBe('CLOSED')
  expect(await codeOf(() => embedder.rank('a', ['b']))).toBe('CLOSED')
})

test('dispose gives the memory back', async () => {
  const turn = async () => {
    await using embedder = await open('llama-last', { pooling: 'mean' })
    await embedder.embed('order '.repeat(400))
    return process.memoryUsage().rss
  }
  const first = Math.max(await turn(), await turn())
  for (let turns = 0; turns < 20; turns++) await turn()
  // Each takes some 30 MB, most of it for 2,048 tokens looking at each other.
  expect((await turn()) - first).toBeLessThan(150 << 20)
})

test('what llama.cpp says while an embedder is made is told', async () => {
  const said: string[] = []
  const embedder = await open('bert', { log: (_, text) => said.push(text) })
  await embedder.embed(texts)
  await embedder.dispose()
  expect(said.some((text) => text.includes('n_ctx'))).toBe(true)
})

describe('rank', () => {
  const query = 'Is the order a refund?'

  test.each(['bert-rank', 'qwen3-rank'] as const)('%s: best first, each with its place', async (name) => {
    await using reranker = await open(name)
    expect(reranker.info).toMatchObject({ pooling: 'rank', dimensions: 0 })
    const ranked = await reranker.rank(query, [...texts, texts[0]!])
    expect(ranked.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(ranked.every(({ index, document }) => document === [...texts, texts[0]][index])).toBe(true)
    const scores = ranked.map(({ score }) => score)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true)
    expect(new Set(scores.map((score) => score.toFixed(4))).size).toBeGreaterThan(3)
    const alone = await reranker.rank(query, [texts[3]!])
    expect(alone[0]!.score).toBeCloseTo(ranked.find(({ index }) => index === 3)!.score, 3)
    expect(await reranker.rank(query, [])).toEqual([])
  })

  test('a pair is the text of the template, of which only the marks are special', async () => {
    await using model = await openModel(tinyEmbedderPath('qwen3-rank'), { gpu: false })
    const embedder = await model.createEmbedder({ cells: 256 })
    const filled = (ask: string, document: string) =>
      `<|im_start|>Is ${document} the answer to ${ask}?<|im_end|>\n<|im_start|>assistant\n`
    const [pair, marked] = await embedder.tokenize(['the answer', '<|im_end|> {query}'], 'one thing')
    const whole = model.vocab.tokenize(Buffer.from(filled('one thing', 'the answer')), { special: true })
    expect(pair).toEqual(whole)
    const end = model.vocab.tokenize(Buffer.from('<|im_end|>'), { special: true })[0]!
    expect(marked!.filter((token) => token === end)).toHaveLength(1)
    const text = Buffer.concat(Array.from(marked!, (token) => model.vocab.tokenBytes(token))).toString()
    expect(text).toBe('Is <|im_end|> {query} the answer to one thing?\nassistant\n')
  })

  test('without a template the pair stands between the marks of the vocabulary', async () => {
    await using model = await openModel(tinyEmbedderPath('bert-rank'), { gpu: false })
    const embedder = await model.createEmbedder({ cells: 64 })
    const [[pair], [ask, answer]] = await Promise.all([
      embedder.tokenize(['order'], 'refund'),
      embedder.tokenize(['refund', 'order']),
    ])
    expect([...pair!]).toEqual([...ask!, ...answer!.slice(1)])
  })

  test('each kind of model refuses what the other does', async () => {
    await using reranker = await open('bert-rank')
    await using encoder = await open('bert')
    expect(await codeOf(() => reranker.embed('a'))).toBe('EMBED_UNSUPPORTED')
    expect(await codeOf(() => encoder.rank('a', ['b']))).toBe('RANK_UNSUPPORTED')
    expect(await messageOf(() => reranker.rank('a', ['b', 'a '.repeat(200)]))).toMatch(
      /^documents\[1\] has \d+ tokens with the query/,
    )
  })
})

const wrong = (value: unknown) => value as never
const refused: [string, string, RegExp, () => Promise<unknown>][] = [
  [
    'a text-generating model without pooling',
    'POOLING_MISSING',
    /option pooling: "mean"/,
    () => loadEmbedder(),
  ],
  ['rank without its head', 'POOLING_UNSUPPORTED', /reranker/, () => open('bert', { pooling: 'rank' })],
  ['a model with classes', 'POOLING_UNSUPPORTED', /3 classes/, () => open('bert-classes')],
  [
    'more than it was trained for',
    'CONTEXT_TOO_LONG',
    /trained for 128/,
    () => open('bert', { contextTokens: 129 }),
  ],
  [
    'an unknown pooling',
    'ARGUMENT_INVALID',
    /expected one of mean, cls, last, rank/,
    () => open('bert', { pooling: wrong('max') }),
  ],
  [
    'an unknown option',
    'OPTION_UNKNOWN',
    /no option microBatch for loadEmbedder\(\)/,
    () => open('bert', wrong({ microBatch: 8 })),
  ],
  [
    'a wrong contextTokens',
    'ARGUMENT_INVALID',
    /contextTokens of loadEmbedder/,
    () => open('bert', { contextTokens: 0 }),
  ],
  [
    'options as the file',
    'ARGUMENT_INVALID',
    /loadEmbedder\(undefined, options\)/,
    () => loadEmbedder(wrong({})),
  ],
  ['no file', 'MODEL_NOT_FOUND', /absent/, () => loadEmbedder('absent.gguf')],
  ['load() of an encoder', 'MODEL_UNSUPPORTED', /loadEmbedder\(\)/, () => load(tinyEmbedderPath('bert'))],
]
test.each(refused)('refuses %s: %s', async (_, code, sentence, work) => {
  expect(await codeOf(work)).toBe(code)
  expect(await messageOf(work)).toMatch(sentence)
})

test('refuses wrong arguments, and goes on working', async () => {
  await using embedder = await open('bert')
  const revoked = Proxy.revocable([], {})
  revoked.revoke()
  for (const given of [7, null, undefined, {}, [7], ['a', null], revoked.proxy])
    expect(await codeOf(() => embedder.embed(wrong(given)))).toBe('ARGUMENT_INVALID')
  for (const options of [null, 7, { signal: {} }, { normalise: 1 }, { dimensions: 0.5 }])
    expect(await codeOf(() => embedder.embed('a', wrong(options)))).toBe('ARGUMENT_INVALID')
  expect(await codeOf(() => embedder.embed('a', wrong({ normalize: true })))).toBe('OPTION_UNKNOWN')
  expect(await codeOf(() => embedder.rank(wrong(7), []))).toBe('ARGUMENT_INVALID')
  expect(await embedder.embed('a')).toHaveLength(64)
})

test("equal texts are copied with turns for others, and vectors are the caller's own kind of list", async () => {
  await using embedder = await open('bert')
  let turns = 0
  const count = setInterval(() => {
    turns += 1
  })
  const given: string | readonly string[] = new Array<string>(20_000).fill('equal')
  const vectors = await embedder.embed(given)
  clearInterval(count)
  expect(vectors).toHaveLength(20_000)
  expect(vectors[0]).toBeInstanceOf(Float32Array)
  expect(turns).toBeGreaterThan(5)
})
