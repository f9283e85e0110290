// Requests that are the same in every respect are answered once; anything that could change the answer asks anew.
import { AbortError, beam, type CheckResult, gen, input, prompt, regex, select } from '../../../lib/index.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { programModel } from '../../support/program-model.js'
import { alone, outcomeOf, plain, roomy, streamed } from '../../support/program-outcome.js'

const kept = 1 << 16
const word = prompt`A word: ${gen('word', { tokensMax: 6 })}\n`
const drawn = prompt`A: ${regex('a', /[a-d]{6}/)}; ${select('mood', ['ab', 'cd'], { by: 'logprob' })}.`
const speaking = () => fakeModel(answers({ 'A word: ': 'tree\n' }), {}, kept)

test('a template with one changed input decodes only what differs', async () => {
  const { model } = programModel(roomy, kept)
  const known = prompt`Name: ${regex('name', /[a-d]{9}/)}; mood: ${select('mood', ['ab', 'cd'], { by: 'logprob' })};`
  const form = prompt`${known} ask ${input('ask')}? ${regex('said', /[a-d]{5}/)}`
  const asks = ['dab', 'cab', 'bad', 'add', 'dad', 'abc', 'bcd', 'bee', 'cad', 'bac']
  const runs = []
  for (const ask of asks) runs.push(await model.run(form, { ask }, { temperature: 1 }))
  for (const [turn, run] of runs.entries()) {
    const lone = programModel(roomy)
    const fresh = await lone.model.run(form, { ask: asks[turn]! }, { temperature: 1 })
    expect(outcomeOf(run)).toEqual(outcomeOf(fresh))
    if (turn === 0) continue
    const before = runs.slice(0, turn)
    const shared = Math.max(...before.map((other) => commonLength(run.tokens, other.tokens)))
    // The last drawn token waits undecoded.
    expect(run.ledger.decoded).toBeLessThanOrEqual(run.tokens.length - 1 - shared + 1)
  }
})

test('a program that runs again decodes nothing and comes to the same', async () => {
  let count = 0
  for (let seed = 0; seed < 12; seed += 1) {
    const { expected } = await alone(seed)
    const shared = programModel(roomy, kept)
    expect(await plain(shared, seed)).toEqual(expected)
    const rows = shared.engine.totals.rowsDecoded
    expect(await plain(shared, seed)).toEqual(expected)
    // How far the others were when one failed may differ.
    if (expected !== 'failed') expect(shared.engine.totals.rowsDecoded).toBe(rows)
    if (expected !== 'failed') count += 1
    expect(await streamed(shared, seed)).toEqual(expected)
    expect(await streamed(shared, seed)).toEqual(expected)
    expect(shared.matchersOpen()).toBe(0)
    await shared.model.dispose()
  }
  expect(count).toBeGreaterThan(4)
})

test('a fresh run draws anew, and comes to the same', async () => {
  for (let seed = 0; seed < 6; seed += 1) {
    const { model, engine } = programModel(roomy, kept)
    const first = await model.run(drawn, {}, { temperature: 1, seed })
    const rows = engine.totals.rowsDecoded
    expect((await model.run(drawn, {}, { temperature: 1, seed, fresh: false })).text).toBe(first.text)
    expect(engine.totals.rowsDecoded).toBe(rows)
    const again = await model.run(drawn, {}, { temperature: 1, seed, fresh: true })
    expect(again.text).toBe(first.text)
    expect(again.choices).toEqual(first.choices)
    expect(engine.totals.rowsDecoded).toBeGreaterThan(rows)
    await model.dispose()
  }
})

test('fresh is true or false', async () => {
  const { model } = speaking()
  const run = model.run(word, {}, { fresh: 'yes' as never })
  await expect(run).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('yes'),
  })
})

test('beams that run again are not computed again', async () => {
  const { model, engine } = programModel(roomy, kept)
  const search = prompt`Find ${beam(2, regex('code', /[ab]{4}/))}.`
  const first = await model.run(search)
  const rows = engine.totals.rowsDecoded
  expect((await model.run(search)).text).toBe(first.text)
  expect(engine.totals.rowsDecoded).toBe(rows)
})

test('prompts written alike share answers', async () => {
  const { model, engine } = speaking()
  await model.run(word)
  const asked = engine.generates.length
  const again = await model.run(prompt`A word: ${gen('other', { tokensMax: 6 })}\n`)
  expect(again.values.other).toBe('tree')
  expect(engine.generates).toHaveLength(asked)
  expect(again.ledger.decoded).toBe(0)
  expect(again.ledger.reused).toBeGreaterThan(5)
  expect(again.decodeCalls).toBe(0)
})

test.each([
  ['a temperature', prompt`A word: ${gen('word', { tokensMax: 6, temperature: 1 })}\n`],
  ['log-probabilities', prompt`A word: ${gen('word', { tokensMax: 6, logprobs: 1 })}\n`],
  ['a bias', prompt`A word: ${gen('word', { tokensMax: 6, bias: { 65: 1 } })}\n`],
  ['a bias without end', prompt`A word: ${gen('word', { tokensMax: 6, bias: { 65: -Infinity } })}\n`],
  ['a penalty', prompt`A word: ${gen('word', { tokensMax: 6, penalties: { repeat: 2 } })}\n`],
  ['a stop', prompt`A word: ${gen('word', { tokensMax: 6, stop: ';' })}\n`],
  ['another end', prompt`A word: ${gen('word', { tokensMax: 6 })};`],
  ['a constraint', prompt`A word: ${regex('word', /[a-z]+/, { tokensMax: 6 })}\n`],
  ['another beginning', prompt`B. A word: ${gen('word', { tokensMax: 6 })}\n`],
])('%s asks anew', async (_, other) => {
  const { model, engine } = speaking()
  await model.run(word)
  const asked = engine.generates.length
  await model.run(other)
  expect(engine.generates.length).toBeGreaterThan(asked)
})

test.each([
  ['a seed', { seed: 5 }],
  ['a filter', { topK: 3 }],
])('%s asks anew where tokens are drawn by chance, and not where they are not', async (_, options) => {
  for (const temperature of [0, 1]) {
    const { model, engine } = speaking()
    await model.run(word, {}, { temperature })
    const asked = engine.generates.length
    await model.run(word, {}, { temperature, ...options })
    expect(engine.generates.length > asked).toBe(temperature > 0)
  }
})

const long = (tokensMax: number, logprobs = 0) =>
  prompt`A word: ${regex('word', /[a-z]{40}/, { tokensMax, temperature: 1, logprobs })}.`

test('under another limit only what was never drawn is asked for', async () => {
  const { model, engine } = fakeModel(answers({}), {}, kept)
  const text = (await model.run(long(60))).values.word
  const asked = engine.generates.length
  expect((await model.run(long(50))).values.word).toBe(text)
  expect(engine.generates).toHaveLength(asked)
  const open = (tokensMax: number) => prompt`A: ${gen('text', { tokensMax, temperature: 1 })}`
  const short = await model.run(open(5))
  const before = engine.generates.length
  const whole = await model.run(open(25))
  expect(engine.generates).toHaveLength(before + 1)
  expect(engine.generates.at(-1)!.tokens.length).toBe(short.tokens.length)
  const alone = await fakeModel(answers({}), {}, 0).model.run(open(25))
  expect([...whole.tokens]).toEqual([...alone.tokens])
})

test('a stream tells what a run drew, and a run what a stream did, and nothing is asked for', async () => {
  for (const streamsFirst of [false, true]) {
    const { model, engine } = fakeModel(answers({}), {}, kept)
    const run = async (): Promise<string> => (await model.run(long(60))).text
    const stream = async (): Promise<string> => {
      let text = ''
      for await (const event of model.stream(long(60))) if (event.type === 'done') text = event.run.text
      return text
    }
    const text = await (streamsFirst ? stream() : run())
    const asked = engine.generates.length
    for (const way of [stream, run, run, stream]) expect(await way()).toBe(text)
    expect(engine.generates).toHaveLength(asked)
  }
})

test('others get their turns while a long text is told again, token by token', async () => {
  const { model } = programModel(roomy, kept)
  const text = (more: object) => prompt`A: ${gen('text', { tokensMax: 600, bias: { 297: -99 }, ...more })}`
  const first = await model.run(text({}))
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const again = await model.run(text({ checkEvery: 'token', check: () => true }))
  isOver = true
  expect([...again.tokens]).toEqual([...first.tokens])
  expect(again.ledger.decoded).toBe(0)
  expect(turns).toBeGreaterThan(1)
})

test('log-probabilities nobody knows yet are computed for the tokens that were drawn', async () => {
  const { model, engine } = fakeModel(answers({}), {}, kept)
  const text = (await model.run(long(60))).values.word
  const asked = engine.generates.length
  const told = await model.run(long(60, 2))
  expect(told.values.word).toBe(text)
  expect(told.logprobs.get('word')!.length).toBeGreaterThan(9)
  expect(engine.generates.length).toBeGreaterThan(asked)
  const then = engine.generates.length
  expect((await model.run(long(60, 1))).logprobs.get('word')).toHaveLength(told.logprobs.get('word')!.length)
  expect((await model.run(long(60))).logprobs.has('word')).toBe(false)
  expect(engine.generates).toHaveLength(then)
})

test('an attempt after a rejected one asks anew', async () => {
  const { model, engine } = fakeModel(answers({ 'A word: ': 'tree\n' }), {}, kept)
  let calls = 0
  const check = (): CheckResult => (++calls % 2 === 1 ? 'not yet' : true)
  const checked = prompt`A word: ${regex('word', /tree|trunk/, { check })}\n`
  const first = await model.run(checked)
  const asked = engine.generates.length
  const again = await model.run(checked)
  expect(again.values).toEqual(first.values)
  expect(engine.generates).toHaveLength(asked)
  expect(again.ledger.rolledBack).toBeGreaterThan(0)
})

test('a run that was aborted takes no answer', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'one\n', 'B: ': 'two\n' }), {}, kept)
  const stop = new AbortController()
  let stops = false
  const check = (): CheckResult => {
    if (stops) queueMicrotask(() => stop.abort('enough'))
    return true
  }
  const two = prompt`A: ${gen('a', { check })}\nB: ${gen('b')}\n`
  await model.run(two)
  stops = true
  await expect(model.run(two, {}, { signal: stop.signal })).rejects.toBeInstanceOf(AbortError)
})

test('the answers used least recently go first', async () => {
  const { model, engine } = fakeModel((text) => (text.endsWith(': ') ? 'x\n' : '\n'), {}, 110)
  const ask = (name: string) => model.run(prompt`${name}: ${gen('x')}\n`)
  for (const name of ['a', 'b', 'c', 'a', 'd']) await ask(name)
  const asked = engine.generates.length
  for (const name of ['d', 'a', 'c']) await ask(name)
  expect(engine.generates).toHaveLength(asked)
  await ask('b')
  expect(engine.generates.length).toBeGreaterThan(asked)
})

function commonLength(left: Int32Array, right: Int32Array): number {
  let length = 0
  while (length < left.length && left[length] === right[length]) length += 1
  return length
}
