// Goal: a draw's gap is what it takes to change the draw, no more and no less, whatever options and masks it has.
// Method: the demo model's own logits, moved by a bias on every token. The judge is the draw itself: no change of less
// than the gap gives another token, and where nothing is cut off or masked, the right change of a little more does.
import {
  type ExpertContext,
  type ExpertModel,
  type NativeMatcher,
  openModel,
} from '../../lib/native/native.js'
import { anyText, chunk, demoFile, generation, greedy, ids, onlyOf, plan, tokensOf } from './demo.js'

/** What the addon calls near, in logits. */
const near = 0.25
const text = 'Ticket: My name is Anna Berg, order 48213 arrived broken.\nCustomer: I am'
const forbidden = Number.NEGATIVE_INFINITY

let model: ExpertModel
let context: ExpertContext
let logits: Float32Array
let ranked: number[]
beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 256, sequences: 16, batch: 128, threads: 1 })
  await context.decode(0, tokensOf(model.vocab, text))
  logits = context.logits()
  ranked = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!)
})
afterAll(() => model.dispose())

type Options = Partial<typeof greedy>

interface OneDraw {
  readonly token: number | null
  /** null: not near. */
  readonly gap: number | null
}

/** One token a draw, all from the same row. */
async function draws(
  all: readonly Options[],
  matcher: () => NativeMatcher = () => anyText(model.vocab),
  paths: readonly Int32Array[] = [],
): Promise<OneDraw[]> {
  const results: OneDraw[] = []
  for (let from = 0; from < all.length; from += 15) {
    await context.clear()
    const generations = all.slice(from, from + 15).map((options, index) => {
      const draw = { ...greedy, ...options }
      return generation(matcher(), { sequence: index, draw, tokensMax: 1, forbidden: paths })
    })
    const chunks = [chunk([0], 0, tokensOf(model.vocab, text))]
    const { generations: drawn } = await context.step(plan({ chunks, generations }))
    for (const { tokens, endToken, nearTies } of drawn) {
      for (const { index } of nearTies) expect(index).toBe(0)
      results.push({ token: tokens[0] ?? endToken, gap: nearTies[0]?.gap ?? null })
    }
  }
  return results
}

/** A bias that puts the tokens at these distances below the best one, in this order. */
const placed = (...distances: readonly (readonly [token: number, distance: number])[]) =>
  new Map(distances.map(([token, distance]) => [token, logits[ranked[0]!]! + 5 - distance - logits[token]!]))

test('greedy: the gap is the distance to the runner-up, and 0 where two are equal', async () => {
  const [a, b, c] = [ranked[3]!, ranked[7]!, ranked[20]!]
  const biases = [
    placed([a, 0], [b, 0.1], [c, 0.2]),
    placed([a, 0], [b, 0.3], [c, 0.4]),
    placed([a, 0], [b, forbidden * -1], [c, 0.2]),
  ]
  const [tie, clear, next] = await draws(biases.map((bias) => ({ bias })))
  expect(tie!.token).toBe(a)
  expect(tie!.gap).toBeCloseTo(0.1, 4)
  expect(clear).toEqual({ token: a, gap: null })
  expect(next!.gap).toBeCloseTo(0.2, 4)
  const [equal] = await draws([{ bias: new Map([a, b].map((token) => [token, 20 - logits[token]!])) }])
  expect(equal).toEqual({ token: Math.min(a, b), gap: 0 })
})

test('greedy: what the mask or a path forbids is no runner-up', async () => {
  const isDigit = (token: number) => /^[0-9]$/.test(Buffer.from(model.vocab.tokenBytes(token)).toString())
  const digits = ranked.filter(isDigit)
  const [one, two] = [digits[0]!, digits[1]!]
  const letter = ranked.find((token) => !isDigit(token))!
  const only = () => onlyOf(model.vocab, '0', '9', 4)
  // The best one is allowed, then it is not.
  for (const distance of [0.1, -0.1]) {
    const near = { bias: placed([one, 0], [letter, distance], [two, 0.2]) }
    const alone = { bias: placed([one, 0], [letter, distance], [two, 0.4]) }
    const [both, single] = await draws([near, alone], only)
    expect(both!.token).toBe(one)
    expect(both!.gap).toBeCloseTo(0.2, 4)
    expect(single).toEqual({ token: one, gap: null })
  }
  const bias = placed([one, 0], [two, 0.1])
  expect(await draws([{ bias }], only, [ids(two)])).toEqual([{ token: one, gap: null }])
})

/** Ways to change logits by `by` at most, each as a direction for a token. */
function directions(drawn: number, salt: number): ((token: number) => number)[] {
  const atRandom = (token: number): number => (Math.imul(token * 977 + salt, 0x9e3779b1) & 0x40000 ? 1 : -1)
  const cut = logits[ranked[3 + (salt % 40)]!]!
  return [
    (token) => (token < drawn ? 1 : -1),
    (token) => (token <= drawn ? -1 : 1),
    (token) => (token === drawn ? -1 : 1),
    (token) => (logits[token]! >= cut ? 1 : -1),
    (token) => (logits[token]! >= cut ? -1 : 1),
    atRandom,
  ]
}

/** Tokens with a share worth mentioning. */
const moving = 300

function moved(options: Options, direction: (token: number) => number, by: number): Options {
  const bias = new Map(options.bias)
  for (const token of ranked.slice(0, moving)) bias.set(token, (bias.get(token) ?? 0) + direction(token) * by)
  return { ...options, bias }
}

interface Case {
  readonly name: string
  readonly options: Options
  /** Letters only: most draws from the whole distribution are refused. */
  readonly isMasked?: true
  /** The best two are 0.1 apart. */
  readonly isClose?: true
  /** The change that the gap names does change the token; otherwise it may take more. */
  readonly isExact?: true
}

const cases: readonly Case[] = [
  { name: 'no filter', options: {}, isExact: true },
  { name: 'no filter, almost greedy', options: { temperature: 0.002 }, isClose: true, isExact: true },
  { name: 'a mask', options: {}, isMasked: true },
  { name: 'top-k', options: { topK: 8 } },
  { name: 'top-k 1', options: { topK: 1 }, isClose: true, isExact: true },
  { name: 'top-p', options: { topP: 0.8 } },
  { name: 'min-p and a mask', options: { minP: 0.08 }, isMasked: true },
  { name: 'XTC', options: { xtcProbability: 1, xtcThreshold: 0.05 } },
  { name: 'XTC that leaves all', options: { xtcProbability: 1, xtcThreshold: 0.5, topK: 30 } },
  { name: 'all filters', options: { topK: 12, topP: 0.9, minP: 0.05, temperature: 1.4 } },
]

test.each(cases)('at a temperature, $name: nothing smaller than the gap changes the token', async (one) => {
  const base = one.isMasked ? onlyOf(model.vocab, 'a', 'z', 30) : anyText(model.vocab)
  const matcher = () => base.fork()
  const [best, next] = [ranked[0]!, ranked[1]!]
  const bias = one.isClose ? new Map([[next, logits[best]! - logits[next]! - 0.1]]) : greedy.bias
  const seeds = Array.from(
    { length: 40 },
    (_, seed): Options => ({ temperature: 1, ...one.options, bias, seed }),
  )
  const first = await draws(seeds, matcher)
  // Smaller changes drown in the rounding of the sums.
  const clear = [...first.entries()].filter(([, { gap }]) => gap === null || gap > 1e-4)
  expect(clear.filter(([, { gap }]) => gap !== null).length).toBeGreaterThan(0)
  const under = clear.flatMap(([index, { token, gap }]) =>
    directions(token!, index).map((way) => moved(seeds[index]!, way, (gap ?? near) * 0.499)),
  )
  const drawn = await draws(under, matcher)
  expect(drawn.map(({ token }) => token)).toEqual(clear.flatMap(([, { token }]) => Array(6).fill(token)))
  if (!one.isExact) return
  for (const [index, { token, gap }] of clear) {
    if (gap === null) continue
    const over = directions(token!, index).map((way) => moved(seeds[index]!, way, gap * 0.51))
    const others = await draws(over, matcher)
    expect(others.some((other) => other.token !== token)).toBe(true)
  }
})
