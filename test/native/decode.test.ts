// Real decodes of the demo model. Judges that cells do what the plan says: a fork, a truncation and a restored range
// continue exactly as if their tokens had been decoded in place, and the native sampler follows its options.
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import {
  anyText,
  chunk,
  demoFile,
  generation,
  greedy,
  ids,
  onlyOf,
  plan,
  spread,
  textOf,
  tokensOf,
} from './demo.js'

let model: ExpertModel
let context: ExpertContext
const ticket = 'Ticket: My name is Anna Berg, order 48213 arrived broken.\nCustomer:'

beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 1024, sequences: 16, batch: 128 })
})
afterEach(() => context.clear())
afterAll(() => model.dispose())

async function draw(
  parts: Parameters<typeof generation>[1] = {},
  decodesMax = 50,
  matcher = anyText(model.vocab),
) {
  await context.clear(parts.sequence ?? 0)
  const chunks = [chunk([parts.sequence ?? 0], 0, tokensOf(model.vocab, ticket))]
  const result = await context.step(plan({ chunks, generations: [generation(matcher, parts)], decodesMax }))
  expect(result.status).toBe('ok')
  return { result, drawn: result.generations[0]!, matcher }
}

test('facts of the model', () => {
  expect(model.vocab.size).toBe(2048)
  expect(model.memory).toBe('full')
  expect(model.metadata.get('general.architecture')).toBe('llama')
  expect(model.chatTemplate).toContain('im_start')
  expect(context.capabilities).toMatchObject({ cells: 1024, sequences: 16, batch: 128, canTruncate: true })
})

test('greedy text follows the prompt, and the last token is not decoded', async () => {
  const { result, drawn, matcher } = await draw()
  expect(textOf(model.vocab, drawn.tokens)).toContain('Anna')
  expect(drawn.stop).toBe('limit')
  expect(drawn.tokens).toHaveLength(8)
  expect(matcher.tokenCount()).toBe(8)
  const prompt = tokensOf(model.vocab, ticket).length
  expect(result).toMatchObject({ rowsDecoded: prompt + 7, decodeCalls: 8, opsRefused: [] })
  expect(context.positions(0)).toEqual({ first: 0, last: prompt + 6 })
})

test('running ahead draws what single steps draw', async () => {
  const ahead = (await draw({ draw: { ...greedy, temperature: 0.9, seed: 3 } })).drawn.tokens
  const matcher = anyText(model.vocab)
  const { drawn } = await draw({ tokensMax: 1, draw: { ...greedy, temperature: 0.9, seed: 3 } }, 1, matcher)
  const single = [...drawn.tokens]
  while (single.length < ahead.length) {
    const position = context.positions(0)!.last + 1
    const options = { ...greedy, temperature: 0.9, seed: 3, drawIndex: single.length }
    const result = await context.step(
      plan({
        chunks: [chunk([0], position, ids(single.at(-1)!))],
        generations: [generation(matcher, { tokensMax: 1, draw: options })],
      }),
    )
    single.push(...result.generations[0]!.tokens)
  }
  expect(single).toEqual([...ahead])
})

test('a fork, a truncated tail and a restored range continue bit by bit as the original', async () => {
  const tokens = tokensOf(model.vocab, ticket)
  const next = ids(tokens[3]!)
  await context.decode(0, tokens)
  const half = tokens.length >> 1
  const parked = await context.step(
    plan({
      ops: [
        { kind: 'park', sequence: 0, from: 0, until: half, blob: 1 },
        { kind: 'park', sequence: 0, from: half, until: tokens.length, blob: 2 },
        { kind: 'copy', from: 0, to: 1, until: tokens.length },
      ],
    }),
  )
  expect(parked.opsRefused).toEqual([])
  expect(Math.min(...parked.parkedBytes)).toBeGreaterThan(0)
  await context.decode(0, next)
  const original = context.logits()
  await context.truncate(0, tokens.length)
  await context.decode(0, next)
  expect(spread(context.logits(), original)).toBe(0)
  await context.clear(0)
  await context.decode(1, next)
  expect(spread(context.logits(), original)).toBe(0)
  await context.clear()
  const restored = await context.step(
    plan({
      ops: [
        { kind: 'restore', sequence: 2, blob: 1 },
        { kind: 'restore', sequence: 2, blob: 2 },
        { kind: 'drop-blob', blob: 1 },
        { kind: 'drop-blob', blob: 2 },
      ],
    }),
  )
  expect(restored.opsRefused).toEqual([])
  expect(context.positions(2)).toEqual({ first: 0, last: tokens.length - 1 })
  await context.decode(2, next)
  expect(spread(context.logits(), original)).toBe(0)
})

test('a state longer than a large page comes back bit by bit', async () => {
  const start = tokensOf(model.vocab, ticket)
  const tokens = Int32Array.from({ length: 1000 }, (_, index) => start[index % start.length]!)
  for (let at = 0; at < tokens.length; at += 100) await context.decode(0, tokens.subarray(at, at + 100))
  const park = { kind: 'park', sequence: 0, from: 0, until: tokens.length, blob: 1 } as const
  const parked = await context.step(plan({ ops: [park] }))
  expect(parked.parkedBytes[0]).toBeGreaterThan(2 << 20)
  const next = ids(tokens[3]!)
  await context.decode(0, next)
  const original = context.logits()
  await context.clear()
  const back = { kind: 'restore', sequence: 0, blob: 1 } as const
  expect((await context.step(plan({ ops: [back, { kind: 'drop-blob', blob: 1 }] }))).opsRefused).toEqual([])
  await context.decode(0, next)
  expect(spread(context.logits(), original)).toBe(0)
})

test('repacked cells continue bit by bit as if decoded in those places, for all who hold them', async () => {
  const tokens = tokensOf(model.vocab, ticket)
  const next = ids(tokens[3]!)
  const { length } = tokens
  await context.decode(0, tokens)
  await context.step(plan({ ops: [{ kind: 'park', sequence: 0, from: 0, until: length, blob: 1 }] }))
  await context.decode(0, next)
  const original = context.logits()
  await context.clear()
  for (let at = 0; at < 4; at++)
    await context.decode(3, ids(...Array.from({ length: 128 }, (_, i) => 300 + i)))
  const above = await context.step(
    plan({
      ops: [
        { kind: 'restore', sequence: 0, blob: 1 },
        { kind: 'copy', from: 0, to: 1, until: length },
        { kind: 'drop-blob', blob: 1 },
      ],
    }),
  )
  expect(above.opsRefused).toEqual([])
  await context.decode(1, next)
  const moved = await context.step(
    plan({
      ops: [
        { kind: 'truncate', sequence: 1, from: length },
        { kind: 'truncate', sequence: 3, from: 0 },
        { kind: 'repack', sequences: [0, 1], from: 0, until: length },
        { kind: 'repack', sequences: [0], from: 0, until: length + 1 },
      ],
    }),
  )
  expect(moved.opsRefused).toEqual([3])
  expect(moved.opMicros.length).toBe(4)
  expect(moved.opMicros[2]).toBeGreaterThan(0)
  await context.decode(1, next)
  expect(spread(context.logits(), original)).toBe(0)
  await context.clear(1)
  await context.decode(0, next)
  expect(spread(context.logits(), original)).toBe(0)
})

test('a chunk for several sequences and forks by generations share rows', async () => {
  const trunk = tokensOf(model.vocab, ticket)
  const matchers = [0, 1, 2].map(() => anyText(model.vocab))
  const result = await context.step(
    plan({
      chunks: [
        chunk([0, 1], 0, trunk.slice(0, 9), false),
        chunk([0], 9, trunk.slice(9)),
        chunk([1], 9, trunk.slice(9, 12)),
      ],
      generations: matchers.map((matcher, i) =>
        generation(matcher, { chunk: i === 1 ? 1 : 1, sequence: [0, 5, 6][i]! }),
      ),
      decodesMax: 4,
    }),
  )
  expect(result.status).toBe('ok')
  // Three generations at one place that draw the same tokens go on in one row.
  expect(result.rowsDecoded).toBe(trunk.length + 3 + 3)
  const [first, second, third] = result.generations
  expect(second!.tokens).toEqual(first!.tokens)
  expect(third!.tokens).toEqual(first!.tokens)
  expect(first!.stop).toBe('paused')
  expect(context.positions(6)).toEqual(context.positions(0))
  expect(context.positions(1)).toEqual({ first: 0, last: 11 })
})

test('generations share rows up to where they part, and draw what each draws alone', async () => {
  const best = (await draw({ tokensMax: 4 })).drawn.tokens
  const forbidden = [[], [], [best.slice(0, 2)], [best.slice(0, 3)]]
  const alone: number[][] = []
  for (const paths of forbidden) {
    alone.push([...(await draw({ tokensMax: 4, forbidden: paths }, 4)).drawn.tokens])
  }
  await context.clear()
  const trunk = tokensOf(model.vocab, ticket)
  const generations = forbidden.map((paths, sequence) =>
    generation(anyText(model.vocab), { sequence, forbidden: paths, tokensMax: 4 }),
  )
  const result = await context.step(
    plan({ chunks: [chunk([0, 1, 2, 3], 0, trunk)], generations, decodesMax: 9 }),
  )
  expect(result.generations.map(({ tokens }) => [...tokens])).toEqual(alone)
  // One row for the first token, two for the second, three for the third; the fourth is not decoded.
  expect(result).toMatchObject({ rowsDecoded: trunk.length + 1 + 2 + 3, decodeCalls: 4 })
  const shared = await context.decode(1, ids(5)).then(() => context.logits())
  await context.clear()
  await context.decode(9, Int32Array.of(...trunk, ...best.slice(0, 3), 5))
  expect(spread(context.logits(), shared)).toBeLessThan(0.05)
})

test('targets are log-probabilities of the row, and logprobs of drawn tokens agree', async () => {
  const tokens = tokensOf(model.vocab, ticket)
  const targets = [...tokens].map((_, i) => (i + 1 < tokens.length ? ids(tokens[i + 1]!, 5) : ids()))
  const result = await context.step(plan({ chunks: [{ ...chunk([0], 0, tokens), targets }] }))
  const scored = result.targets[0]!
  expect(scored[tokens.length - 1]).toHaveLength(0)
  await context.clear()
  await context.decode(0, tokens.slice(0, 10))
  const row = context.logits()
  const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0))
  expect(scored[9]![0]).toBeCloseTo(row[tokens[10]!]! - total, 2)
  expect(scored[9]![1]).toBeCloseTo(row[5]! - total, 2)
  const { drawn } = await draw({ draw: { ...greedy, logprobs: 3 }, tokensMax: 4 })
  expect(drawn.logprobs).toHaveLength(4)
  for (const [i, told] of drawn.logprobs.entries()) {
    const { logprob, top } = told!
    expect(top).toHaveLength(3)
    expect(top[0]).toEqual({ token: drawn.tokens[i], logprob })
    expect(logprob).toBeLessThanOrEqual(0)
  }
})

test('the mask rules, also where it leaves the model little', async () => {
  for (const temperature of [0, 0.8]) {
    for (const topP of [1, 0.5]) {
      const matcher = onlyOf(model.vocab, '0', '9', 6)
      const { drawn } = await draw({ draw: { ...greedy, temperature, topP }, tokensMax: 20 }, 50, matcher)
      expect(textOf(model.vocab, drawn.tokens)).toMatch(/^[0-9]{1,6}$/)
      expect(['ended', 'eog', 'forced']).toContain(drawn.stop)
    }
  }
})

test('the mask comes before what cuts the distribution: the best of the allowed are drawn from', async () => {
  const allowed = async (draws: object) => {
    const matcher = onlyOf(model.vocab, '0', '9', 4)
    const { drawn } = await draw({ draw: { ...greedy, ...draws }, tokensMax: 4 }, 50, matcher)
    return [...drawn.tokens]
  }
  const best = await allowed({})
  const free = (await draw()).drawn.tokens
  expect(best[0]).not.toBe(free[0])
  const hot = { temperature: 1.5, seed: 5 }
  for (const cut of [{ topK: 1 }, { minP: 1 }, { topP: 1e-9 }]) {
    expect([cut, await allowed({ ...hot, ...cut })]).toEqual([cut, best])
  }
})

test('equal seeds draw equal tokens, other seeds others; top-k 1 is greedy', async () => {
  const hot = { ...greedy, temperature: 1.5 }
  const runs = await Promise.resolve().then(async () => {
    const texts: string[] = []
    for (const seed of [1, 1, 2, 3]) texts.push((await draw({ draw: { ...hot, seed } })).drawn.tokens.join())
    return texts
  })
  expect(runs[0]).toBe(runs[1])
  expect(new Set(runs).size).toBeGreaterThan(1)
  const best = (await draw()).drawn.tokens
  expect((await draw({ draw: { ...hot, topK: 1 } })).drawn.tokens).toEqual(best)
  expect((await draw({ draw: { ...hot, minP: 1 } })).drawn.tokens).toEqual(best)
})

test('bias, penalties and forbidden paths keep tokens away', async () => {
  const best = (await draw({ tokensMax: 3 })).drawn.tokens
  const bias = new Map([[best[0]!, Number.NEGATIVE_INFINITY]])
  expect((await draw({ draw: { ...greedy, bias } })).drawn.tokens[0]).not.toBe(best[0])
  const penaltyWindow = ids(best[0]!)
  const penalised = { ...greedy, presencePenalty: 1000, penaltyWindow, penaltyLastN: 64 }
  expect((await draw({ draw: penalised })).drawn.tokens[0]).not.toBe(best[0])
  const other = (await draw({ tokensMax: 3, forbidden: [best] })).drawn.tokens
  expect(other.slice(0, 2)).toEqual(best.slice(0, 2))
  expect(other[2]).not.toBe(best[2])
})

test('a constraint with nothing left comes back as a dead end', async () => {
  const digits = Array.from({ length: model.vocab.size }, (_, token) => token).filter((token) =>
    /^[0-9]$/.test(textOf(model.vocab, [token])),
  )
  const forbidden = digits.map((token) => ids(token))
  const matcher = onlyOf(model.vocab, '0', '9', 1)
  const { drawn } = await draw({ forbidden }, 5, matcher)
  expect(drawn).toMatchObject({ stop: 'dead-end', tokens: ids() })
})

test('no room keeps what was there; a shift renumbers the tail', async () => {
  const tokens = ids(...Array.from({ length: 128 }, (_, i) => 300 + i))
  for (let i = 0; i < 8; i++) await context.decode(0, tokens)
  const result = await context.step(plan({ chunks: [chunk([1], 0, ids(7))] }))
  expect(result).toMatchObject({ status: 'no-room', rowsDecoded: 0 })
  expect(context.positions(1)).toBeNull()
  expect(context.positions(0)).toEqual({ first: 0, last: 1023 })
  await context.shift(0, 100, 300)
  expect(context.positions(0)).toEqual({ first: 0, last: 823 })
  await context.decode(0, ids(9))
  expect(context.positions(0)).toEqual({ first: 0, last: 824 })
})

test('a shift beside a fork leaves the fork as it was', async () => {
  const tokens = tokensOf(model.vocab, ticket)
  await context.decode(0, tokens)
  await context.copy(0, 1)
  await context.decode(1, ids(9))
  const before = context.logits()
  await context.truncate(1, tokens.length)
  await context.shift(0, 2, 6)
  expect(context.positions(0)).toEqual({ first: 0, last: tokens.length - 5 })
  expect(context.positions(1)).toEqual({ first: 0, last: tokens.length - 1 })
  await context.decode(1, ids(9))
  expect(spread(context.logits(), before)).toBeLessThan(0.05)
})

// A run-ahead with room for many seconds: a test process that is kept waiting can't come too late to end it.
async function endless(end: (long: ExpertContext) => void | Promise<void>) {
  const long = await model.createContext({ cells: 16_384, sequences: 1, batch: 128 })
  const eog = Array.from({ length: model.vocab.size }, (_, token) => token).filter((token) =>
    model.vocab.isEog(token),
  )
  const bias = new Map(eog.map((token) => [token, Number.NEGATIVE_INFINITY]))
  const draws = generation(anyText(model.vocab), { tokensMax: 1e6, draw: { ...greedy, bias } })
  const prompt = tokensOf(model.vocab, ticket)
  const running = long.step(plan({ chunks: [chunk([0], 0, prompt)], generations: [draws], decodesMax: 1e6 }))
  await end(long)
  const result = await running
  const { tokens, stop } = result.generations[0]!
  return { long, result, stop, prompt, text: ids(...prompt, ...tokens), held: long.positions(0) }
}

test('interrupt ends a run-ahead', async () => {
  const { long, result, stop, text, held } = await endless((context) => context.interrupt())
  expect(result.status).toBe('ok')
  expect(stop).toBe('paused')
  expect(result.rowsDecoded).toBe(text.length - 1)
  expect(held).toEqual({ first: 0, last: text.length - 2 })
  expect(text.length).toBeLessThan(16_384)
  await long.dispose()
})

test.each([
  ['at once', 0],
  ['in the midst of it', 100],
])('abort ends a step %s, and the cells are those of rows that were computed', async (_, wait) => {
  const { long, result, prompt, text, held } = await endless(async (context) => {
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    context.abort()
  })
  expect(result.status).toBe('aborted')
  const rows = held === null ? 0 : held.last + 1
  expect(result.rowsDecoded).toBe(rows)
  expect(rows).toBeLessThan(16_384)
  const rest = text.length > rows ? text.subarray(rows) : ids(9)
  await long.decode(0, rest)
  const goneOn = long.logits()
  await long.clear()
  // In the same shapes, so that rounding is the same.
  if (rows > 0) await long.decode(0, prompt)
  for (let at = prompt.length; at < rows; at++) await long.decode(0, text.subarray(at, at + 1))
  await long.decode(0, rest)
  expect(spread(long.logits(), goneOn)).toBe(0)
  await long.dispose()
})
