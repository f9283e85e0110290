// Goal: the token drawn is the one that the documented order gives: mask, bias, top-k, top-p and min-p, temperature,
// then the number of (seed, index). Method: a plain sort over the model's own logits and exact sums judge thousands of
// draws with options at random, over rows as they are, flat, peaked, and full of equal logits.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import { Chance } from '../support/oracle-programs.js'
import { tinyModelPath } from '../support/tiny-models.js'
import { anyText, chunk, demoFile, generation, greedy, ids, onlyOf, plan, tokensOf } from './demo.js'

const text = 'Ticket: My name is Anna Berg, order 48213 arrived broken.\nCustomer: I am'

let model: ExpertModel
let context: ExpertContext
let logits: Float32Array
beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 256, sequences: 16, batch: 128, threads: 1 })
  await context.decode(0, tokensOf(model.vocab, text))
  logits = context.logits()
})
afterAll(() => model.dispose())

const word = (1n << 64n) - 1n
function scramble(value: bigint): bigint {
  let x = ((value ^ (value >> 30n)) * 0xbf58476d1ce4e5b9n) & word
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & word
  return x ^ (x >> 31n)
}

/** The number in [0, 1) of a draw; its lane says which of several. */
function numberOf(seed: number, index: number, lane: number): number {
  let x = scramble((BigInt(seed) + 0x9e3779b97f4a7c15n) & word)
  x = scramble(x ^ ((BigInt(index) * 0xd1342543de82ef95n + 0x2545f4914f6cdd1dn) & word))
  x = scramble((x + (BigInt(lane) + 1n) * 0x9e3779b97f4a7c15n) & word)
  return Number(x >> 11n) * 2 ** -53
}

type Options = typeof greedy
interface Ranked {
  readonly token: number
  readonly logit: number
}
interface Judged {
  readonly token: number
  /** Nearest border that a sum has to decide, relative; sums in single precision are good for 1e-6. */
  readonly border: number
}

/** Best first, the lower id among equals. */
function rank(row: readonly number[], allowed: ReadonlySet<number>): Ranked[] {
  const all = row.map((logit, token) => ({ token, logit }))
  const some = all.filter(({ token, logit }) => logit > -Infinity && allowed.has(token))
  return some.sort((a, b) => b.logit - a.logit || a.token - b.token)
}

/** How many of the best the filters leave. */
function kept(best: readonly Ranked[], { topK, topP, minP }: Options): { count: number; border: number } {
  const limited = topK > 0 ? best.slice(0, topK) : best
  const max = best[0]!.logit
  const share = ({ logit }: Ranked): number => Math.exp(logit - max)
  const total = limited.reduce((sum, one) => sum + share(one), 0)
  const least = minP > 0 ? Math.fround(max + Math.log(minP)) : -Infinity
  let border = Infinity
  let sum = 0
  let count = 0
  for (const one of limited) {
    if (topP < 1) border = Math.min(border, Math.abs(sum / total - topP))
    if (count > 0 && (one.logit < least || (topP < 1 && sum >= topP * total))) break
    sum += share(one)
    count += 1
  }
  return { count, border }
}

function pick(some: readonly Ranked[], temperature: number, number: number): Judged {
  const inOrder = [...some].sort((a, b) => a.token - b.token)
  const max = Math.max(...some.map(({ logit }) => logit))
  const shares = inOrder.map(({ logit }) => Math.exp((logit - max) / temperature))
  const total = shares.reduce((sum, share) => sum + share, 0)
  let sum = 0
  let border = Infinity
  for (const [index, { token }] of inOrder.entries()) {
    border = Math.min(border, Math.abs(sum / total - number))
    sum += shares[index]!
    if (sum > number * total) return { token, border: Math.min(border, Math.abs(sum / total - number)) }
  }
  throw new Error('No share.')
}

/** What comes, from sorting everything. */
function judge(row: readonly number[], options: Options, allowed: ReadonlySet<number>): Judged {
  const best = rank(row, allowed)
  const numbers = [0, 1].map((lane) => numberOf(options.seed, options.drawIndex, lane))
  if (options.topK > 0 || options.topP < 1 || options.minP > 0) {
    const { count, border } = kept(best, options)
    const drawn = pick(best.slice(0, count), options.temperature, numbers[0]!)
    return { ...drawn, border: Math.min(border, drawn.border) }
  }
  const first = pick(rank(row, new Set(row.keys())), options.temperature, numbers[0]!)
  if (allowed.has(first.token)) return first
  const second = pick(best, options.temperature, numbers[1]!)
  return { ...second, border: Math.min(first.border, second.border) }
}

/** A bias on every token that makes another row of this one. */
const shapes: Readonly<Record<string, (logit: number, token: number) => number>> = {
  'as it is': () => 0,
  flat: (logit) => -0.95 * logit,
  peaked: (logit) => 2 * logit,
  'full of equals': (logit, token) => (token % 7) * 0.5 - logit,
  'half forbidden': (_, token) => (token % 2 === 0 ? Number.NEGATIVE_INFINITY : 0),
  'with one far above': (_, token) => (token === 700 ? 1e4 : 0),
}

test.each(Object.keys(shapes))('a row %s: the token is the one a plain sort gives', async (name) => {
  const shape = shapes[name]!
  const chance = new Chance(name.length)
  const of = <T>(...options: readonly T[]): T => options[chance.below(options.length)]!
  const bias = new Map(Array.from(logits, (logit, token) => [token, shape(logit, token)]))
  const row = Array.from(logits, (logit, token) => Math.fround(logit + bias.get(token)!))
  const matchers = [onlyOf(model.vocab, 'a', 'z', 30), anyText(model.vocab)].map((matcher) => {
    const allowed = new Set([...row.keys()].filter((token) => matcher.allows(token)))
    return { matcher, allowed }
  })
  let judgedCount = 0
  for (let turn = 0; turn < 20; turn++) {
    const draws = Array.from(
      { length: 15 },
      (): Options => ({
        ...greedy,
        bias,
        temperature: of(0.3, 1, 2),
        topK: of(0, 0, 1, 2, 7, 40, 300, 2000, 5000),
        topP: of(1, 1, 0.999, 0.95, 0.7, 0.2, 1e-9),
        minP: of(0, 0, 1e-6, 0.02, 0.3, 1),
        seed: chance.in(0, 2 ** 31),
        drawIndex: chance.in(0, 1000),
      }),
    )
    const { matcher, allowed } = of(...matchers)
    const generations = draws.map((draw, index) =>
      generation(matcher.fork(), { sequence: index, draw, tokensMax: 1 }),
    )
    await context.clear()
    const chunks = [chunk([0], 0, tokensOf(model.vocab, text))]
    const result = await context.step(plan({ chunks, generations }))
    expect(result.status).toBe('ok')
    // Others draw from the same row: it must be as it was.
    expect(context.logits()).toEqual(logits)
    for (const [index, { tokens, endToken }] of result.generations.entries()) {
      const expected = judge(row, draws[index]!, allowed)
      if (expected.border < 1e-5) continue
      judgedCount += 1
      const drawn = { ...draws[index]!, bias: null, token: tokens[0] ?? endToken }
      expect(drawn).toEqual({ ...drawn, token: expected.token })
    }
  }
  expect(judgedCount).toBeGreaterThan(200)
})

test('a bias beyond all numbers of single precision is the largest of them, and nobody else comes', async () => {
  const bias = new Map([[700, 1e300]])
  for (const options of [
    {},
    { temperature: 1 },
    { temperature: 1, topK: 40 },
    { temperature: 1, topP: 0.9 },
  ]) {
    await context.clear()
    const draws = generation(anyText(model.vocab), { tokensMax: 1, draw: { ...greedy, ...options, bias } })
    const chunks = [chunk([0], 0, tokensOf(model.vocab, text))]
    const { generations } = await context.step(plan({ chunks, generations: [draws] }))
    expect({ options, tokens: [...generations[0]!.tokens] }).toEqual({ options, tokens: [700] })
  }
})

test('a model whose logits are no numbers is told of, whatever is asked of it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-'))
  const file = path.join(folder, 'broken.gguf')
  const bytes = readFileSync(tinyModelPath('llama'))
  // The first run of ones is the last norm.
  bytes.writeFloatLE(Number.NaN, bytes.indexOf(Buffer.from(new Float32Array(64).fill(1).buffer)))
  writeFileSync(file, bytes)
  const broken = await openModel(file)
  try {
    const other = await broken.createContext({ cells: 64, threads: 1 })
    const sentence = /computed the logit -?nan for token \d+, and no logit may be NaN/
    const failure = {
      kind: 'EngineError',
      code: 'LOGITS_NOT_FINITE',
      message: expect.stringMatching(sentence),
    }
    for (const draw of [{}, { temperature: 1 }, { temperature: 1, topK: 40 }, { bias: new Map([[7, 2]]) }]) {
      await other.clear()
      const generations = [generation(anyText(broken.vocab), { draw: { ...greedy, ...draw } })]
      const result = await other.step(plan({ chunks: [chunk([0], 0, ids(5, 6))], generations }))
      expect(result).toMatchObject({ status: 'ok', generations: [{ stop: 'failed', failure }] })
      expect([...result.generations[0]!.tokens]).toEqual([])
      expect(other.positions(0)).toEqual({ first: 0, last: 1 })
    }
    await other.clear()
    const asked = [{ ...chunk([0], 0, ids(5, 6)), targets: [ids(7), ids()] }, chunk([1], 0, ids(8))]
    const result = await other.step(plan({ chunks: asked }))
    expect(result).toMatchObject({ status: 'ok', targetFailures: [failure, null] })
    expect(result.targets).toEqual([[null, new Float64Array(0)], null])
    expect(result.targetBest).toEqual([null, null])
  } finally {
    await broken.dispose()
    rmSync(folder, { recursive: true })
  }
})
