// Goal: a rejected value leaves no trace but the ledger's, no path of tokens is drawn twice, and what was right stays
// computed. Method: checks over the fake engine, whose requests are looked at afterwards.
import { gen, grammar, integer, regex, select } from '../../../lib/prompt/hole.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import type { FakeEngine } from '../../support/fake-engine.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const letter = prompt`Dear order: the order is here. ${'the order '.repeat(20)}
Reply: ${gen('reply', {
  tokensMax: 20,
  retries: 3,
  check: (text) => (text.includes('refund') ? 'promises a refund' : true),
})}
`

function pathsOf(engine: FakeEngine): string[] {
  return engine.generates.at(-1)!.forbidden.map((path) => path.join())
}

test('a rejected value is drawn again, without its path, and the text before stays computed', async () => {
  const { model, engine } = fakeModel(answers({ 'Reply: ': 'good refund\n' }))
  const run = await model.run(letter)
  expect(run.values.reply).not.toContain('refund')
  expect(run.trace.filter(({ type }) => type === 'rollback')).not.toHaveLength(0)
  expect(run.ledger.rolledBack).toBeGreaterThan(0)
  expect(run.ledger.decoded).toBe(engine.decoded)
  expect(run.ledger.decoded).toBeLessThan(
    run.tokens.length + run.ledger.rolledBack + run.ledger.redecoded + 1,
  )
})

test('after the last retry a FillError carries every attempt, and no path twice', async () => {
  const { model, engine } = fakeModel(answers({ 'Word: ': 'good\n' }))
  const hopeless = prompt`Word: ${gen('word', { tokensMax: 4, retries: 2, check: () => 'never right' })}
`
  const error = await model.run(hopeless).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ name: 'FillError', code: 'ATTEMPTS_SPENT', hole: 'word' })
  const { attempts } = error as { attempts: { text: string; reason: string }[] }
  expect(attempts).toHaveLength(3)
  expect(attempts.every(({ reason }) => reason === 'never right')).toBe(true)
  const last = engine.generates.at(-1)!
  expect(last.forbidden).toHaveLength(2)
  expect(new Set(last.forbidden.map((path) => path.join())).size).toBe(2)
})

test('a choice whose options are all rejected is a dead end', async () => {
  const { model } = fakeModel(answers({ 'Kind: ': 'bad' }))
  const none = prompt`Kind: ${select('kind', ['good', 'bad'], { retries: 9, check: () => 'no' })}.`
  await expect(model.run(none)).rejects.toMatchObject({ name: 'FillError', code: 'DEAD_END' })
})

test('a value that is wrong from an index on keeps what stands before it', async () => {
  const { model, engine } = fakeModel(answers({ 'Say: ': 'good bad end\n' }))
  const run = await model.run(prompt`Say: ${gen('text', {
    tokensMax: 12,
    check: (text) => (text.includes('bad') ? { from: text.indexOf(' bad'), reason: 'bad' } : true),
  })}
`)
  expect(run.values.text.startsWith('good')).toBe(true)
  expect(run.values.text).not.toContain('bad')
  expect(pathsOf(engine).length).toBeGreaterThan(0)
  expect(new Set(pathsOf(engine)).size).toBe(pathsOf(engine).length)
  const rollback = run.trace.find(({ type }) => type === 'rollback')
  expect(rollback).toMatchObject({ reason: 'bad', text: 'good bad end' })
})

test('an early check ends a lost attempt before it is finished', async () => {
  const seen: string[] = []
  const { model } = fakeModel(answers({ 'Say: ': 'bad item item item item item item\n' }))
  const run = await model.run(prompt`Say: ${gen('text', {
    tokensMax: 12,
    checkEvery: 'word',
    check: (text, { isPartial }) => {
      if (isPartial) seen.push(text)
      return text.startsWith('bad') ? 'starts badly' : true
    },
  })}
`)
  expect(seen[0]).toMatch(/^bad item?/)
  const first = run.trace.find(({ type }) => type === 'rollback')
  expect(first).toMatchObject({ text: seen[0] })
})

test('a beginning that was rejected does not come again, however it is spelled', async () => {
  const { model } = fakeModel(answers({ 'Say: ': 'bad item' }))
  const said = prompt`Say: ${regex('text', /bad( item)?|good/, {
    retries: 1,
    checkEvery: 'token',
    check: (text) => !text.startsWith('bad') || 'begins badly',
  })}.`
  for (let seed = 0; seed < 10; seed += 1) {
    const run = await model.run(said, {}, { seed })
    expect(run.values.text).toBe('good')
    expect(run.trace.filter(({ type }) => type === 'rollback')).toMatchObject([{ text: 'bad' }])
  }
})

test('where all that follows was rejected, an attempt backs up within the hole and tries each value once', async () => {
  const { model } = fakeModel(answers({ 'Pair: ': '(bb)' }))
  const pair = (good: string, retries: number) =>
    prompt`Pair: ${grammar('pair', 'root ::= "(" [ab] [ab] ")"', {
      retries,
      check: (value) => value === good || 'another one',
    })}.`
  for (let seed = 0; seed < 10; seed += 1) {
    const run = await model.run(pair('(ab)', 3), {}, { seed })
    expect(run.values.pair).toBe('(ab)')
    const error = await model.run(pair('none', 9), {}, { seed }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ name: 'FillError', code: 'DEAD_END' })
    const { attempts } = error as { attempts: { text: string; reason: string }[] }
    const judged = attempts.filter(({ reason }) => reason === 'another one').map(({ text }) => text)
    expect(judged.sort()).toEqual(['(aa)', '(ab)', '(ba)', '(bb)'])
  }
})

test('a text a grammar spells in many ways is judged once', async () => {
  const { model } = fakeModel(answers({ 'Kind: ': '(billing)' }))
  const kinds = prompt`Kind: ${grammar('kind', 'root ::= "(" ("billing" | "refund") ")"', {
    retries: 1,
    check: (value) => value !== '(billing)' || 'no bills',
  })}.`
  for (let seed = 0; seed < 10; seed += 1) {
    const run = await model.run(kinds, {}, { seed })
    expect(run.values.kind).toBe('(refund)')
  }
})

test('a hole that may go back undoes the one before it', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'bad\n', 'B: bad': '', 'B: ': 'yes\n' }))
  const pair = prompt`A: ${select('a', ['bad', 'good'])}
B: ${select('b', ['yes', 'no'], {
    retries: 1,
    backtrack: 1,
    check: (_, { values }) => (values.a === 'good' ? true : 'a must be good'),
  })}
`
  const run = await model.run(pair)
  expect(run.values).toEqual({ a: 'good', b: 'yes' })
  const undone = run.trace.filter((event) => event.type === 'rollback' && event.hole === 'a')
  expect(undone).toHaveLength(1)
})

test('a prompt is filled again where the check on all of it says no', async () => {
  const { model } = fakeModel(answers({ 'A: ': '12\n', 'B: ': '12\n' }))
  const pair = prompt`A: ${integer('a', { min: 10, max: 99 })}
B: ${integer('b', { min: 10, max: 99 })}
`
  const run = await model.run(checked(pair, ({ a, b }) => (a !== b ? true : 'they are equal')))
  expect(run.values.a).not.toBe(run.values.b)
  await expect(model.run(checked(pair, () => 'never', { retries: 1 }))).rejects.toMatchObject({
    code: 'ATTEMPTS_SPENT',
    attempts: [{ reason: 'never' }, { reason: 'never' }],
  })
})

test('a prompt that is filled again never comes to the same values twice', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'yes', 'B: ': 'no' }))
  const pair = prompt`A: ${select('a', ['yes', 'no'])}\nB: ${select('b', ['yes', 'no', 'good'], { by: 'logprob' })}\n`
  for (let seed = 0; seed < 5; seed += 1) {
    const seen: string[] = []
    const check = ({ a, b }: { a: string; b: string }) => {
      seen.push(`${a} ${b}`)
      return (a === 'no' && b === 'good') || 'another one'
    }
    const run = await model.run(checked(pair, check, { retries: 5 }), {}, { seed })
    expect(run.values).toEqual({ a: 'no', b: 'good' })
    expect(new Set(seen).size).toBe(seen.length)
  }
})

test('a scored option that the check rejects gives way to the next best', async () => {
  const { model } = fakeModel(answers({ 'Kind: ': 'bad' }))
  const kinds = (check: (value: string) => true | string) =>
    prompt`Kind: ${select('kind', ['good', 'bad', 'yes'], { by: 'logprob', check })}.`
  const run = await model.run(kinds((value) => value !== 'bad' || 'not bad'))
  expect(run.values.kind).toBe('good')
  expect(run.text).toBe('Kind: good.')
  expect(run.trace).toContainEqual(
    expect.objectContaining({ type: 'rollback', hole: 'kind', text: 'bad', reason: 'not bad' }),
  )
  const none = model.run(kinds(() => 'no'))
  await expect(none).rejects.toMatchObject({ code: 'ATTEMPTS_SPENT', attempts: { length: 3 } })
})

test('what a check throws is the caller’s, untouched, and the model goes on working', async () => {
  const { model } = fakeModel(answers({ 'Word: ': 'good\n' }))
  const thrown = new RangeError('mine')
  const throwing = prompt`Word: ${gen('word', {
    check: () => {
      throw thrown
    },
  })}
`
  await expect(model.run(throwing)).rejects.toBe(thrown)
  const run = await model.run(prompt`Word: ${gen('word', { check: async () => true as const })}
`)
  expect(run.values.word).toBe('good')
})

test('attempts differ by their seed, runs do not', async () => {
  const { model, engine } = fakeModel(answers({}))
  const word = prompt`Word: ${gen('word', { tokensMax: 6, temperature: 1 })}
`
  const first = await model.run(word, {}, { seed: 5 })
  const second = await model.run(word, {}, { seed: 5 })
  const other = await model.run(word, {}, { seed: 6 })
  expect(second.text).toBe(first.text)
  expect(other.text).not.toBe(first.text)
  const seeds = engine.generates.map(({ draw }) => draw.seed)
  expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 53)).toBe(true)
})
