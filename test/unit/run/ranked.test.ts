// Goal: what keeps the best of several fills says how all of them rank, and ranks by what the model itself makes of
// them where asked to. Method: the oracle, whose probabilities are exact: what each fill wrote is scored alone, and a
// beam over a prompt is compared with every text there is.
import { beam, bestOf, checked, gen, input, prompt, regex, repeat, select } from '../../../lib/index.js'
import { scoreAlone } from '../../support/oracle-reference.js'
import { programModel } from '../../support/program-model.js'

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
const apart = { heal: false } as const

test('bestOf by log-probability keeps the fill with the highest, and tells all of them', async () => {
  const { model } = programModel()
  const word = regex('word', /[a-d]/, { ...apart, temperature: 1 })
  const run = await model.run(prompt`Say: ${bestOf(6, word, 'logprob')}.`, {}, { seed: 4 })
  const ranked = run.ranked.get('word')!
  expect(ranked).toHaveLength(6)
  const scores = ranked.map(({ score }) => score)
  expect(scores).toEqual([...scores].sort((a, b) => b - a))
  expect(new Set(scores).size).toBeGreaterThan(1)
  expect(run.values.word).toBe(ranked[0]!.values.word)
  expect(run.logprob('word')).toBe(ranked[0]!.score)
  const before = await model.start(prompt`Say: `)
  for (const { text, score } of ranked) {
    const [scored] = await before.score([text])
    expect(scored!.sum).toBe(score)
  }
  await model.dispose()
})

test('bestOf by a function tells how all of them rank, but those without a number', async () => {
  const { model } = programModel()
  const word = regex('word', /[a-d]{2}/, { ...apart, temperature: 1 })
  let count = 0
  const score = () => [1, Number.NaN, 3][count++]!
  const { ranked, values, logprobs } = await model.run(prompt`Say: ${bestOf(3, word, score)}.`)
  expect(ranked.get('word')!.map((one) => one.score)).toEqual([3, 1])
  expect(ranked.get('word')![0]!.values).toEqual({ word: values.word })
  expect(logprobs.size).toBe(0)
  expect(() => bestOf(2, word, 'logprobs' as never)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }),
  )
  await model.dispose()
})

test('a beam over one hole tells all it found', async () => {
  const { model } = programModel()
  const run = await model.run(prompt`Say: ${beam(256, regex('word', /[a-d]/, apart))}`)
  const ranked = run.ranked.get('word')!
  expect(ranked.map(({ text }) => text).sort()).toEqual(['a', 'b', 'c', 'd'])
  expect(ranked[0]!.text).toBe(run.values.word)
  const before = await model.start(prompt`Say: `)
  for (const { text, score } of ranked) expect((await before.score([text]))[0]!.sum).toBeCloseTo(score, 9)
  await model.dispose()
})

test('a beam over a prompt finds what is best together', async () => {
  const { model } = programModel()
  const part = prompt`${regex('one', /[a-d]/, apart)}${input('between')}${prompt`${regex('two', /[a-d]/, apart)}`}`
  let greedyLost = 0
  for (let round = 0; round < 12; round += 1) {
    const given = { between: ` ${round}-` }
    const run = await model.run(prompt`Say: ${beam(256, part)}!`, given)
    // Every text there is, one hole after the other.
    const all: { text: string; score: number }[] = []
    const alone = prompt`${beam(256, regex('one', /[a-d]/, apart))}${given.between}${regex('two', /[a-d]/, apart)}`
    for (const first of (await model.run(prompt`Say: ${alone}!`)).ranked.get('one')!) {
      const last = beam(256, regex('two', /[a-d]/, apart))
      const second = prompt`${regex('one', first.text, apart)}${given.between}${last}`
      for (const { text, score } of (await model.run(prompt`Say: ${second}!`)).ranked.get('two')!) {
        all.push({ text: `${first.text}${given.between}${text}`, score: first.score + score })
      }
    }
    expect(all).toHaveLength(16)
    all.sort((a, b) => b.score - a.score)
    const ranked = run.ranked.get('two')!
    expect(ranked).toHaveLength(16)
    expect(ranked[0]!.text).toBe(all[0]!.text)
    expect(run.text).toBe(`Say: ${all[0]!.text}!`)
    for (const [index, { score }] of ranked.entries()) expect(score).toBeCloseTo(all[index]!.score, 9)
    const narrow = await model.run(prompt`Say: ${beam(1, part)}!`, given)
    if (narrow.text !== run.text) greedyLost += 1
    const { reused, restored, spared, decoded, ...classes } = run.ledger
    expect(classes.rolledBack).toBeGreaterThan(0)
    expect(classes.healed).toBe(0)
    expect(reused + restored + spared + decoded).toBeGreaterThan(0)
  }
  expect(greedyLost).toBeGreaterThan(0)
  await model.dispose()
})

test('a beam over a prompt keeps to checks, known values and what it is made of', async () => {
  const { model } = programModel()
  const check = (text: string) => text !== 'a' || 'no a'
  const part = prompt`${regex('one', /[ab]/, { ...apart, check })}-${regex('two', /[ab]/, apart)}`
  const run = await model.run(prompt`Say: ${beam(256, part)}!`)
  expect(run.ranked.get('two')!.map(({ values }) => values.one)).toEqual(['b', 'b'])
  const known = await model.run(prompt`Say: ${beam(256, part)}!`, { two: 'a' })
  expect(known.values).toEqual({ one: 'b', two: 'a' })
  const never = prompt`${beam(4, prompt`${regex('one', /[ab]/, { check: () => 'no' })}`)}`
  await expect(model.run(prompt`Say: ${never}`)).rejects.toMatchObject({ code: 'DEAD_END', hole: 'one' })
  const needs = expect.objectContaining({ code: 'BEAM_NEEDS_HOLE' })
  const inner = prompt`- ${gen('a')}\n`
  expect(() => beam(2, prompt`${repeat('list', inner, { max: 2 })}`)).toThrow(needs)
  expect(() =>
    beam(
      2,
      checked(inner, () => true),
    ),
  ).toThrow(needs)
  expect(() => beam(2, prompt`${() => 'text'}`)).toThrow(needs)
  expect(() => beam(2, prompt`${gen('a', { stop: '.' })}`)).toThrow(needs)
  expect(() => beam(2, prompt`${select('a', ['b', 'c'], { by: 'logprob' })}`)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }),
  )
  await model.dispose()
})

test('what the oracle says of a text alone is what a beam adds up', async () => {
  const { model } = programModel()
  const run = await model.run(prompt`Say: ${beam(3, regex('word', /[a-d]{2}/, { ...apart, logprobs: 1 }))}`)
  const { tokens } = await model.start(prompt`Say: `)
  const own = run.logprobs.get('word')!.map(({ token }) => token)
  const exact = sum(await scoreAlone(tokens, Int32Array.from(own)))
  expect(run.ranked.get('word')![0]!.score).toBeCloseTo(exact, 9)
  expect(run.logprob('word')).toBeCloseTo(exact, 9)
  await model.dispose()
})

test('what a constraint allows is found, however improbable the model makes it', async () => {
  const { model } = programModel()
  // Words of few tokens that the model would hardly begin with, among far more probable ones.
  for (const [index, before] of ['Say: ', 'It is ', 'No ', 'x = '].entries()) {
    const words = ['a', 'q', '7', '~', 'Z', '^'].slice(index % 3)
    const score = await model.score(before, words)
    const best = [...score].sort((a, b) => b.sum - a.sum).map(({ text }) => text)
    const run = await model.run(prompt`${before}${beam(words.length, select('x', words, apart))}`)
    expect(run.values.x).toBe(best[0])
    expect(run.ranked.get('x')!.map(({ values }) => values.x)).toEqual(best)
  }
  await model.dispose()
})

test('a search makes what a beam needs of the beams it keeps, and not of all that it compares', async () => {
  const { model, matchersOpen } = programModel()
  const width = 24
  let most = 0
  const sampled = setInterval(() => {
    most = Math.max(most, matchersOpen())
  })
  const form = prompt`Go: ${beam(width, regex('x', /[a-z]{6}/))}.`
  const { values } = await model.run(form)
  clearInterval(sampled)
  expect(values.x).toMatch(/^[a-z]{6}$/)
  // One to ask the engine and one to go on with, for each beam of each step.
  expect(most).toBeGreaterThan(width)
  expect(most).toBeLessThanOrEqual(2 * width * 8)
  await model.dispose()
})
