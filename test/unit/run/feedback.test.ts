// Goal: what a check says of a value is shown to the next attempt and to nobody after it, and a value that nothing
// better came of is kept where that was asked for. Method: scripts that say what the model is told, and the oracle for
// the tokens: a value found with feedback stands behind the text as if there had been none.
import { beam, gen, type HoleEnd, integer, prompt, regex, select } from '../../../lib/index.js'
import { type Asked, scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { programModel } from '../../support/program-model.js'

const even = (n: number) => n % 2 === 0 || `${n} is odd`

test('the next attempt reads the reason of the last one, and the transcript has no trace of it', async () => {
  const seen: string[] = []
  const said = ['3', '5', '4']
  const model = scripted(({ text }: Asked) => {
    seen.push(text)
    return said[seen.length - 1]
  })
  const feedback = (reason: string) => prompt`(${reason}) `
  const run = await model.run(prompt`n = ${integer('n', { check: even, feedback })}.`)
  expect(seen).toEqual(['n = ', 'n = (3 is odd) ', 'n = (5 is odd) '])
  expect([run.values.n, run.text]).toEqual([4, 'n = 4.'])
  expect(run.pieces.map(({ text }) => text)).toEqual(['n = ', '4', '.'])
  const { ledger } = run
  expect(ledger.rolledBack).toBeGreaterThan(0)
})

test('behind feedback the tokens are those of the text without it, and the books say what was given up', async () => {
  const { model } = programModel()
  const check = (text: string, { isPartial }: { isPartial: boolean }) => isPartial || text < 'c' || 'too high'
  const hole = regex('x', /[a-f]{4}/, { check, retries: 40, feedback: (why) => `[${why}] `, logprobs: 2 })
  const run = await model.run(prompt`Say: ${hole}, and on`, {}, { seed: 3, temperature: 1 })
  expect(run.trace.filter(({ type }) => type === 'rollback').length).toBeGreaterThan(0)
  const plain = await model.run(prompt`Say: ${regex('x', /[a-f]{4}/)}, and on`, { x: run.values.x })
  expect(run.text).toBe(plain.text)
  expect([...run.tokens]).toEqual([...plain.tokens])
  const [scored] = await model.score('Say: ', [run.values.x])
  expect(run.logprob('x')).toBe(scored!.sum)
  expect(run.logprobs.get('x')!.every(({ origin }) => origin === 'drawn')).toBe(true)
  // Nothing stands in the transcript that is not text of it.
  const { reused, restored, prefilled, forced, sampled, redecoded } = run.ledger
  expect(reused + restored + prefilled + forced + sampled + redecoded).toBeGreaterThanOrEqual(
    run.tokens.length,
  )
  expect(run.ledger.rolledBack).toBeGreaterThan(0)
  await model.dispose()
})

test('what follows joins a value found with feedback as it joins a known one', async () => {
  // '.\n' is one token.
  const { model } = fakeModel(answers({ 'Order: ': 'bad.\n', 'Order: not bad. ': 'good.\n' }))
  const check = (text: string) => text !== 'bad.' || 'not bad'
  const form = prompt`Order: ${gen('x', { check, feedback: (why) => `${why}. ` })}\nName`
  const run = await model.run(form)
  const plain = await model.run(form, { x: 'good.' })
  expect([run.values.x, run.text]).toEqual(['good.', plain.text])
  expect([...run.tokens]).toEqual([...plain.tokens])
})

test.each([
  ['text', () => 'Again. ', 'Again. '],
  ['a promise of text', async () => 'Again. ', 'Again. '],
  ['a prompt', () => prompt`Again. `, 'Again. '],
])('feedback may be %s', async (_, feedback, text) => {
  const seen: string[] = []
  const model = scripted((asked: Asked) => {
    seen.push(asked.text)
    return String(seen.length)
  })
  await model.run(prompt`n = ${integer('n', { check: even, feedback })}.`)
  expect(seen.at(-1)).toBe(`n = ${text}`)
})

test.each([
  ['nothing', () => undefined as never],
  ['a number', () => 3 as never],
  ['a prompt with a hole', () => prompt`${gen('why')}`],
])('feedback that is %s is refused', async (_, feedback) => {
  const model = scripted({ n: ['3', '4'] })
  const run = model.run(prompt`n = ${integer('n', { check: even, feedback })}.`)
  await expect(run).rejects.toMatchObject({ name: 'PromptError', code: 'FEEDBACK_INVALID' })
})

test('what feedback throws ends the run', async () => {
  const model = scripted({ n: ['3', '4'] })
  const feedback = () => {
    throw new RangeError('no words')
  }
  const run = model.run(prompt`n = ${integer('n', { check: even, feedback })}.`)
  await expect(run).rejects.toThrow('no words')
})

describe('the least bad value', () => {
  const check = (text: string) => {
    const from = text.search(/[xy]/)
    return from < 0 ? true : { from, reason: `no ${text[from]}` }
  }
  const kept = async (answers: readonly string[], retries: number) => {
    const model = scripted({ a: answers })
    const ends: HoleEnd[] = []
    const hole = regex('a', /[a-z]{4}/, { check, retries, best: 'least bad' })
    const run = await model.run(prompt`A: ${hole}.`)
    ends.push(run.ends.get('a')!)
    return [run.values.a, run.text, ends[0]!.rejected]
  }

  test('is the one with the latest fault, the first of equals', async () => {
    expect(await kept(['xaaa', 'aaxa', 'aaya', 'axaa'], 3)).toEqual(['aaxa', 'A: aaxa.', 'no x'])
  })

  test('is not asked for where a value is right', async () => {
    expect(await kept(['xaaa', 'aaaa'], 3)).toEqual(['aaaa', 'A: aaaa.', undefined])
  })

  test('without a place counts as wrong from its beginning', async () => {
    const model = scripted({ n: ['3', '5', '7'] })
    const run = await model.run(prompt`n = ${integer('n', { check: even, best: 'least bad' })}.`)
    expect([run.values.n, run.ends.get('n')]).toEqual([3, { reason: 'literal', rejected: '3 is odd' }])
  })

  test('is there where nothing is left to try, too', async () => {
    const { model } = programModel()
    const hole = regex('x', /[ab]/, { check: () => 'never', retries: 9, best: 'least bad' })
    const run = await model.run(prompt`Say: ${hole}.`)
    expect(run.ends.get('x')).toMatchObject({ rejected: 'never' })
    expect(run.text).toBe(`Say: ${run.values.x}.`)
    await model.dispose()
  })

  test('found with feedback stands without it', async () => {
    const model = scripted({ a: ['xaaa', 'aaxa', 'xaab'] })
    const hole = regex('a', /[a-z]{4}/, { check, best: 'least bad', feedback: (why) => `(${why}) ` })
    expect((await model.run(prompt`A: ${hole}.`)).text).toBe('A: aaxa.')
  })
})

test('options that would mean nothing are refused', () => {
  const invalid = expect.objectContaining({ code: 'OPTION_INVALID' })
  const feedback = () => 'again'
  expect(() => gen('a', { feedback })).toThrow(invalid)
  expect(() => gen('a', { best: 'least bad' })).toThrow(invalid)
  expect(() => gen('a', { check: () => true, best: 'worst' as never })).toThrow(invalid)
  expect(() => gen('a', { check: () => true, feedback: 'again' as never })).toThrow(invalid)
  expect(() => select('a', ['b'], { by: 'logprob', check: () => true, feedback })).toThrow(invalid)
  expect(() => beam(2, integer('a', { check: () => true, best: 'least bad' }))).toThrow(invalid)
})
