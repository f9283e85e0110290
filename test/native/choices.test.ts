// Goal: DRY, locally typical sampling and XTC are what llama.cpp defines. Method: plain definitions, which compare
// every two places and sort everything, judge draws of the addon over rows of many shapes and texts full of
// repetitions.
import type { DryDraw } from '../../lib/native/addon.js'
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import { Chance } from '../support/oracle-programs.js'
import { anyText, chunk, demoFile, generation, greedy, plan, tokensOf } from './demo.js'

let model: ExpertModel
let context: ExpertContext
let logits: Float32Array
const text = 'Ticket: My name is Anna Berg, order 48213 arrived broken.\nCustomer: I am'
beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 256, sequences: 16, batch: 128, threads: 1 })
  await context.decode(0, tokensOf(model.vocab, text))
  logits = context.logits()
})
afterAll(() => model.dispose())

type Options = typeof greedy

async function drawn(draws: readonly Options[]): Promise<{ token: number; gap: number | null }[]> {
  await context.clear()
  const base = anyText(model.vocab)
  const generations = draws.map((draw, index) =>
    generation(base.fork(), { sequence: index, draw, tokensMax: 1 }),
  )
  const chunks = [chunk([0], 0, tokensOf(model.vocab, text))]
  const result = await context.step(plan({ chunks, generations }))
  return result.generations.map(({ tokens, endToken, nearTies }) => ({
    token: tokens[0] ?? endToken!,
    gap: nearTies[0]?.gap ?? null,
  }))
}

interface Ranked {
  readonly token: number
  readonly logit: number
}
const better = (a: Ranked, b: Ranked): number => b.logit - a.logit || a.token - b.token
const sum = (list: readonly number[]): number => list.reduce((all, one) => all + one, 0)

function shares(list: readonly Ranked[]): number[] {
  const max = Math.max(...list.map(({ logit }) => logit))
  const weights = list.map(({ logit }) => Math.exp(logit - max))
  const total = sum(weights)
  return weights.map((weight) => weight / total)
}

/** Those by how far they are from the mean surprise, until they have their share; `border`: how near that was. */
function typical(list: readonly Ranked[], share: number): { kept: Ranked[]; border: number } {
  const all = shares(list)
  const entropy = -sum(all.map((one) => (one === 0 ? 0 : one * Math.log(one))))
  const scored = list.map((one, index) => ({
    ...one,
    p: all[index]!,
    off: Math.abs(-Math.log(all[index]!) - entropy),
  }))
  scored.sort((a, b) => a.off - b.off || better(a, b))
  const kept: Ranked[] = []
  let [before, border] = [0, Infinity]
  for (const [index, one] of scored.entries()) {
    if (before > share) {
      border = Math.min(border, one.off - scored[index - 1]!.off)
      break
    }
    kept.push(one)
    before += one.p
    border = Math.min(border, Math.abs(before - share))
  }
  return { kept, border }
}

function topShare(list: readonly Ranked[], share: number): { kept: Ranked[]; border: number } {
  const sorted = [...list].sort(better)
  const all = shares(sorted)
  let [before, border, count] = [0, Infinity, 0]
  for (; count < sorted.length; count += 1) {
    border = Math.min(border, Math.abs(before - share))
    if (count > 0 && before >= share) break
    before += all[count]!
  }
  return { kept: sorted.slice(0, count), border }
}

function withoutTop(list: readonly Ranked[], threshold: number): { kept: Ranked[]; border: number } {
  const sorted = [...list].sort(better)
  const all = shares(sorted)
  const above = all.filter((one) => one >= threshold).length
  const border = Math.min(...all.map((one) => Math.abs(one - threshold)))
  return { kept: above < 2 || threshold > 0.5 ? sorted : sorted.slice(above - 1), border }
}

/** Few enough that all of them come, where chances are even. */
const fewMax = 6

/** Draws by many seeds, which come to those the judge leaves alone, and to all of few. */
async function judgeSet(options: Options, expected: readonly Ranked[]): Promise<void> {
  const allowed = new Set(expected.map(({ token }) => token))
  const seen = new Set<number>()
  const isFew = expected.length <= fewMax
  for (let from = 0; from < (isFew ? 60 : 15); from += 15) {
    const temperature = isFew ? 1e5 : 1.5
    const seeds = Array.from({ length: 15 }, (_, seed) => ({
      ...options,
      temperature,
      seed: (from + seed) * 977 + 1,
    }))
    for (const { token } of await drawn(seeds)) seen.add(token)
  }
  for (const token of seen) expect(allowed).toContain(token)
  if (isFew) expect(seen).toEqual(allowed)
}

const shapes: Readonly<Record<string, (logit: number, token: number) => number>> = {
  'as it is': () => 0,
  flat: (logit) => -0.95 * logit,
  peaked: (logit) => 2 * logit,
  'full of equals': (logit, token) => (token % 7) * 0.5 - logit,
}

test.each(Object.keys(shapes))(
  'a row %s: typical, top-p and XTC leave what the definitions leave',
  async (name) => {
    const shape = shapes[name]!
    const chance = new Chance(name.length)
    const of = <T>(...options: readonly T[]): T => options[chance.below(options.length)]!
    const bias = new Map(Array.from(logits, (logit, token) => [token, shape(logit, token)]))
    const allows = anyText(model.vocab)
    const row = Array.from(logits, (logit, token) => ({
      token,
      logit: Math.fround(logit + bias.get(token)!),
    }))
    const all = row.filter(({ token }) => allows.allows(token)).sort(better)
    let judged = 0
    for (let turn = 0; turn < 40; turn += 1) {
      const settings = {
        topK: of(0, 0, 3, 40),
        typicalP: of(1, 0.2, 0.5, 0.9, 0.99),
        topP: of(1, 1, 0.5, 0.9),
        xtcThreshold: of(0.02, 0.1, 0.3, 0.6),
        xtcProbability: of(0, 1, 1),
      }
      let left: { kept: Ranked[]; border: number } = {
        kept: settings.topK > 0 ? all.slice(0, settings.topK) : all,
        border: Infinity,
      }
      const next = (made: typeof left): void => {
        left = { kept: made.kept, border: Math.min(left.border, made.border) }
      }
      if (settings.typicalP < 1) next(typical(left.kept, settings.typicalP))
      if (settings.topP < 1) next(topShare(left.kept, settings.topP))
      if (settings.xtcProbability > 0) next(withoutTop(left.kept, settings.xtcThreshold))
      if (left.border < 1e-5) continue
      judged += 1
      await judgeSet({ ...greedy, ...settings, bias }, left.kept)
    }
    expect(judged).toBeGreaterThan(name === 'full of equals' ? 5 : 15)
  },
)

test('the chance of XTC is of its own, and as large as was said', async () => {
  const bias = raised([300, 60], [301, 60.5])
  let excluded = 0
  for (let from = 0; from < 600; from += 15) {
    const draws = Array.from({ length: 15 }, (_, index) => {
      const options = { temperature: 0.001, seed: from + index, bias, xtcProbability: 0.3, xtcThreshold: 0.1 }
      return { ...greedy, ...options }
    })
    for (const { token } of await drawn(draws)) excluded += token === 300 ? 1 : 0
  }
  expect(excluded / 600).toBeGreaterThan(0.23)
  expect(excluded / 600).toBeLessThan(0.37)
})

/** The longest beginning of a repetition that each token would go on with; every two places are compared. */
function repetitions(window: readonly number[], dry: DryDraw): Map<number, number> {
  const named = (token: number): string => Buffer.from(model.vocab.tokenBytes(token)).toString('latin1')
  const breakers = dry.breakers.map((one) => Buffer.from(one).toString('latin1'))
  const seen = window.slice(-dry.lastN)
  let most = seen.length
  for (let back = 0; back < seen.length && most === seen.length; back += 1) {
    const behind = seen.slice(seen.length - 1 - back).map(named)
    const tails = breakers.flatMap((breaker) => {
      if (behind[0]!.includes(breaker)) return [0]
      return Array.from(behind[0]!, (_, at) => at).flatMap((at) => {
        if (!behind.join('').startsWith(breaker, at)) return []
        let [tail, end] = [0, behind[0]!.length]
        while (end < at + breaker.length) end += behind[++tail]!.length
        return [tail]
      })
    })
    if (tails.length > 0) most = back - Math.max(...tails)
  }
  const longest = new Map<number, number>()
  for (let at = 1; at < seen.length; at += 1) {
    let length = 0
    while (length < at && seen[at - 1 - length] === seen[seen.length - 1 - length]) length += 1
    const repeated = Math.min(length, most)
    if (most < dry.allowedLength || repeated < dry.allowedLength) continue
    if (breakers.some((breaker) => named(seen[at]!).includes(breaker))) continue
    longest.set(seen[at]!, Math.max(longest.get(seen[at]!) ?? 0, repeated))
  }
  return longest
}

test('DRY takes what the definition takes, whatever repeats and whatever breaks it', async () => {
  const chance = new Chance(5)
  const of = <T>(...options: readonly T[]): T => options[chance.below(options.length)]!
  const pool = ['a', 'b', 'c', ':', '\n', ' the', 'ab', '"'].map((one) => [...tokensOf(model.vocab, one)][0]!)
  let penalised = 0
  for (let turn = 0; turn < 60; turn += 1) {
    const draws = Array.from({ length: 15 }, () => {
      const kinds = pool.slice(0, chance.in(2, pool.length + 1))
      const window = Array.from({ length: chance.below(60) }, () => kinds[chance.below(kinds.length)]!)
      const dry: DryDraw = {
        multiplier: of(0.5, 1, 3),
        base: of(1, 1.2, 1.75),
        allowedLength: of(1, 2, 3),
        lastN: of(3, 20, 1000),
        window: Int32Array.from(window),
        breakers: of([], [':'], ['\n', ':', '"'], ['bc', 'a:']).map((one) => Buffer.from(one)),
      }
      // Far above all others, each a little apart.
      const bias = new Map(
        pool.map((token, index) => [token, 50 - logits[token]! + chance.below(400) / 100 + index * 1e-3]),
      )
      return { ...greedy, bias, dry }
    })
    const tokens = await drawn(draws)
    for (const [index, { bias, dry }] of draws.entries()) {
      const longest = repetitions([...dry.window], dry)
      penalised += longest.size
      const scored = pool.map((token) => {
        const length = longest.get(token)
        const less = length === undefined ? 0 : dry.multiplier * dry.base ** (length - dry.allowedLength)
        return { token, logit: logits[token]! + bias.get(token)! - less }
      })
      scored.sort(better)
      if (scored[0]!.logit - scored[1]!.logit < 1e-4 || scored[0]!.logit < 20) continue
      expect({ dry, token: tokens[index]!.token }).toEqual({ dry, token: scored[0]!.token })
    }
  }
  expect(penalised).toBeGreaterThan(500)
})

test('DRY sees what is drawn, and a repetition of any length leaves something to draw', async () => {
  const [a] = tokensOf(model.vocab, 'a')
  const window = new Int32Array(4000).fill(a!)
  const dry = { multiplier: 1000, base: 10, allowedLength: 1, lastN: 2 ** 31 - 1, window, breakers: [] }
  const bias = new Map([[a!, 1e4]])
  const [first] = await drawn([{ ...greedy, bias, dry }])
  expect(first!.token).not.toBe(a)
  await context.clear()
  const draw = { ...greedy, dry: { ...dry, window: new Int32Array(0), multiplier: 100, lastN: 60 } }
  const generations = [generation(anyText(model.vocab), { draw, tokensMax: 60 })]
  const chunks = [chunk([0], 0, tokensOf(model.vocab, text))]
  const { generations: told } = await context.step(plan({ chunks, generations, decodesMax: 80 }))
  const tokens = [...told[0]!.tokens]
  const pairs = tokens.slice(1).map((token, index) => `${tokens[index]} ${token}`)
  expect(tokens.length).toBeGreaterThan(20)
  expect(new Set(pairs).size).toBe(pairs.length)
})

/** A bias by which the logits of these tokens are these. */
function raised(...wanted: readonly (readonly [number, number])[]): Map<number, number> {
  return new Map(wanted.map(([token, logit]) => [token, logit - logits[token]!]))
}

test('typical draws count as near ties, and XTC as near as it is', async () => {
  const [typicalDraw] = await drawn([{ ...greedy, temperature: 1, typicalP: 0.5 }])
  expect(typicalDraw!.gap).toBe(0)
  const xtc = { ...greedy, temperature: 0.001, xtcProbability: 1, xtcThreshold: 0.3 }
  const near = { ...xtc, bias: raised([300, 60], [301, 60.1], [302, 50]) }
  const far = { ...xtc, bias: raised([300, 60], [301, 60.5], [302, 50]) }
  const atBorder = { ...xtc, bias: raised([300, 60], [301, 60.8], [302, 50]) }
  const [one, two, three] = await drawn([near, far, atBorder])
  // Only the second one stays: the first is 0.1 above it, or 0.5, or is so far above that it hardly has its share.
  expect(one).toEqual({ token: 300, gap: expect.closeTo(0.1, 3) })
  expect(two!.token).toBe(300)
  expect(two!.gap).toBeCloseTo(Math.log(1 / (1 + Math.exp(0.5)) / 0.3), 2)
  expect(three).toEqual({ token: 300, gap: expect.closeTo(Math.log(1 / (1 + Math.exp(0.8)) / 0.3), 3) })
})
