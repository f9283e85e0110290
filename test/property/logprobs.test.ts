// Goal: what is told of a value's tokens is what the model computes, whoever wrote them. Method: on the oracle, whose
// arithmetic is exact, each entry is compared with the hash of all before it; on the demo model with a plain softmax
// over the logits that its own context gives for these tokens alone.
import { regex as pattern } from '../../lib/constraint/regex.js'
import {
  gen,
  hole,
  json,
  load,
  type Model,
  type Prompt,
  prompt,
  regex,
  select,
  seq,
} from '../../lib/index.js'
import type { ExpertContext, ExpertModel } from '../../lib/native/native.js'
import { openModel } from '../../lib/native/native.js'
import { demoFile } from '../native/demo.js'
import { scoreAlone } from '../support/oracle-reference.js'
import { programModel } from '../support/program-model.js'

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

describe('on the oracle', () => {
  const prompts = {
    free: prompt`Say: ${gen('x', { tokensMax: 6, logprobs: 2 })}\nand on`,
    forced: prompt`Say: ${regex('x', /"name": "[a-f]{2,4}"/, { logprobs: 2, temperature: 1 })}, and on`,
    apart: prompt`Say: ${regex('x', /[a-c]{3} and [a-c]{3}/, { logprobs: 2, heal: false })}.`,
    kept: prompt`Say: ${regex('x', /[a-f]{8}/, {
      logprobs: 2,
      retries: 20,
      check: (text: string) => (text[5]! < 'c' ? true : { from: 5, reason: 'too high' }),
    })}.`,
  }

  test.each(Object.entries(prompts))(
    '%s: every token is there, with what a lone pass gives',
    async (_, part) => {
      const { model } = programModel()
      const run = await model.run(part, {}, { seed: 5 })
      const entries = run.logprobs.get('x')!
      const text = entries.map((entry) => entry.text).join('')
      expect(text).toContain(run.values.x)
      const { tokens } = run
      const own = entries.map(({ token }) => token)
      const from = Array.from(tokens.keys()).findLast((at) =>
        own.every((one, index) => tokens[at + index] === one),
      )!
      const exact = await scoreAlone(tokens.slice(0, from), Int32Array.from(own))
      expect(entries.map(({ logprob }) => logprob)).toEqual(exact)
      expect(run.logprob('x')).toBe(sum(exact))
      for (const { alternatives, origin, allowed, logprob } of entries) {
        expect(alternatives).toHaveLength(2)
        expect(alternatives[0]!.logprob).toBeGreaterThanOrEqual(alternatives[1]!.logprob)
        if (origin === 'forced') expect(allowed).toBe(logprob)
      }
      await model.dispose()
    },
  )

  test('what stayed of earlier attempts and what was forced has alternatives, too', async () => {
    const { model } = programModel()
    const { logprobs } = await model.run(prompts.forced, {}, { seed: 5 })
    const { logprobs: kept } = await model.run(prompts.kept, {}, { seed: 5 })
    expect(new Set(logprobs.get('x')!.map(({ origin }) => origin))).toEqual(new Set(['forced', 'drawn']))
    expect(
      kept
        .get('x')!
        .map(({ text }) => text)
        .join(''),
    ).toMatch(/^ ?[a-f]{8}\.?$/)
    await model.dispose()
  })

  test('asking changes nothing that is drawn', async () => {
    for (const [name, part] of Object.entries(prompts)) {
      const { model } = programModel()
      const asked = await model.run(part, {}, { seed: 9 })
      const plain = programModel()
      const bare = JSON.parse(JSON.stringify(asked.values))
      const options = { seed: 9, logprobs: 0 }
      const silent = await plain.model.run(silenced(part), {}, options)
      expect([name, silent.values, silent.logprobs.size]).toEqual([name, bare, 0])
      await Promise.all([model.dispose(), plain.model.dispose()])
    }
  })

  test('score tells of texts what a run tells of a value', async () => {
    const { model } = programModel()
    const run = await model.run(prompt`Say: ${regex('x', /[a-f]{5}/, { heal: false, logprobs: 1 })}`)
    const given = await model.run(prompt`Say: ${regex('x', /[a-f]{5}/, { logprobs: 1 })}`, { x: 'abcde' })
    const [known] = await model.score('Say: ', ['abcde'], { logprobs: 1 })
    expect(given.logprobs.get('x')).toEqual(known!.logprobs)
    expect(known!.logprobs.map(({ origin }) => origin)).toContain('known')
    expect(given.distortion('x')).toBe(0)
    const before = await model.start(prompt`Say: `)
    const list = ['abc', 'abd', run.values.x]
    const all = await before.score(list, { logprobs: 3 })
    expect(all.map(({ text }) => text)).toEqual(list)
    for (const { sum: own, mean, logprobs } of all) {
      expect(own).toBe(sum(logprobs.map(({ logprob }) => logprob)))
      expect(mean).toBe(own / logprobs.length)
      expect(logprobs.every(({ alternatives }) => alternatives.length === 3)).toBe(true)
    }
    await model.dispose()
  })
})

/** The same without log-probabilities. */
function silenced<P>(part: P): P {
  const { parts, ...others } = part as { parts: { options?: object }[] }
  const quiet = parts.map((one) => (one.options ? { ...one, options: { ...one.options, logprobs: 0 } } : one))
  return { ...others, parts: quiet } as P
}

describe('on the demo model', () => {
  let model: Model
  let native: ExpertModel
  let context: ExpertContext
  beforeAll(async () => {
    model = await load(undefined, { contextTokens: 512, threads: 1 })
    native = await openModel(demoFile)
    context = await native.createContext({ cells: 512, sequences: 1, batch: 512, threads: 1 })
  })
  afterAll(async () => {
    await model.dispose()
    await native.dispose()
  })

  /** ln of all probabilities after the tokens, from the logits alone. */
  async function softmaxAfter(tokens: Int32Array): Promise<Float64Array> {
    await context.clear()
    await context.decode(0, tokens)
    const logits = Float64Array.from(context.logits())
    const max = logits.reduce((most, one) => Math.max(most, one), -Infinity)
    const total = max + Math.log(logits.reduce((all, one) => all + Math.exp(one - max), 0))
    return logits.map((one) => one - total)
  }

  const near = 0.05
  const schema = {
    type: 'object',
    properties: { mood: { enum: ['good', 'bad'] } },
    required: ['mood'],
  } as const

  test.each([
    ['text', prompt`The capital of France is ${gen('x', { tokensMax: 8, logprobs: 3 })}\n`],
    ['JSON', prompt`Review: I hated it.\n${json('x', schema, { logprobs: 3 })}\n`],
    ['a sequence', prompt`Name: ${hole('x', seq('Anna ', pattern(/B[a-z]{3}/)), { logprobs: 3 })}.\n`],
    ['an option', prompt`Mood: ${select('x', ['good', 'bad'], { by: 'logprob', logprobs: 3 })}\n`],
  ])('%s: entries, alternatives and the allowed mass are those of a plain softmax', async (_, part) => {
    const run = await model.run(part as Prompt<{ x: unknown }>)
    const entries = run.logprobs.get('x')!
    const own = entries.map(({ token }) => token)
    const { tokens } = run
    const from = Array.from(tokens.keys()).findLast((at) =>
      own.every((one, index) => tokens[at + index] === one),
    )!
    for (const [index, entry] of entries.entries()) {
      const row = await softmaxAfter(tokens.slice(0, from + index))
      expect(Math.abs(entry.logprob - row[entry.token]!)).toBeLessThan(near)
      const best = Array.from(row).sort((a, b) => b - a)
      for (const [rank, one] of entry.alternatives.entries()) {
        expect(Math.abs(one.logprob - row[one.token]!)).toBeLessThan(near)
        expect(Math.abs(one.logprob - best[rank]!)).toBeLessThan(near)
      }
      expect(entry.allowed).toBeLessThanOrEqual(0)
      expect(entry.allowed).toBeGreaterThanOrEqual(Math.min(entry.logprob - 1e-6, 0))
    }
    expect(Math.abs(run.logprob('x') - sum(entries.map(({ logprob }) => logprob)))).toBeLessThan(1e-9)
  })

  test.each([
    ['few tokens', 'Is it? ', /[yn]/, /^[yn]$/],
    ['some', 'It is ', /[a-z]{1,20}/, /^[a-z]+$/],
    ['all but few, improbable ones', 'Is it? ', /[^~]{1,40}/, /^[^~]+$/],
    ['all but few, probable ones', '2 + 2 = 4\n3 + 3 = 6\n4 + 4', /[^=]{1,40}/, /^[^=]+$/],
  ])(
    'the allowed mass is the share of the tokens that the constraint allows: %s',
    async (_, text, rule, fits) => {
      const run = await model.run(
        prompt`${text}${regex('x', rule, { logprobs: 1, heal: false, tokensMax: 60 })}`,
      )
      const [entry] = run.logprobs.get('x')!
      const from = (await model.tokenize(text)).length
      const row = await softmaxAfter(run.tokens.slice(0, run.tokens.indexOf(entry!.token, from)))
      let share = 0
      for (const [token, logprob] of row.entries()) {
        const own = Buffer.from(native.vocab.tokenBytes(token)).toString()
        if (fits.test(own)) share += Math.exp(logprob)
      }
      expect(Math.abs(entry!.allowed - Math.log(share))).toBeLessThan(near)
      if (rule.source === '[^=]{1,40}') expect(share).toBeLessThan(0.5)
    },
  )

  test('logprob less distortion is how often draws at temperature 1 give the value', async () => {
    const mood = select('x', ['good', 'bad', 'awful'], { logprobs: 1, temperature: 1 })
    const rounds = 400
    const ways = new Map<string, { count: number; share: number }>()
    for (let seed = 0; seed < rounds; seed += 1) {
      const run = await model.run(prompt`Review: I hated the food.\nMood: ${mood}\n`, {}, { seed })
      const path = run.logprobs
        .get('x')!
        .map(({ token }) => token)
        .join()
      const share = Math.exp(run.logprob('x') - run.distortion('x'))
      const way = ways.get(path) ?? { count: 0, share }
      ways.set(path, { count: way.count + 1, share })
    }
    let told = 0
    for (const { count, share } of ways.values()) {
      told += share
      // Four standard deviations.
      expect(Math.abs(count - rounds * share)).toBeLessThan(4 * Math.sqrt(rounds * share) + 4)
    }
    expect(ways.size).toBeGreaterThan(1)
    expect(told).toBeLessThan(1.01)
    expect(told).toBeGreaterThan(0.9)
  })

  test('a character of several tokens belongs to the last of them', async () => {
    const [scored] = await model.score('Say: ', ['\u{1f9a9}é!'])
    const { logprobs } = scored!
    expect(logprobs.length).toBeGreaterThan(3)
    expect(logprobs.map(({ text }) => text).join('')).toMatch(/\u{1f9a9}é!$/u)
    expect(logprobs.some(({ text }) => text === '')).toBe(true)
  })
})
