// Goal: a prompt is filled part after part, values come out typed and exact, and nothing is computed twice. Method:
// the fake engine says what the test wants, and the ledger is compared with what it really computed.
import { gen, grammar, integer, regex, select } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { json } from '../../../lib/prompt/json.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const triage = prompt`Ticket: ${input('ticket')}
Customer: ${gen('customer')}
Order: ${integer('order', { min: 10, max: 9999 })}
Category: ${select('category', ['billing', 'delivery', 'defect'])}
Code: ${regex('code', /[A-Z]{2}-\d+/)}
Reply: ${gen('reply', { tokensMax: 40 })}
`

const speak = answers({
  'Customer: ': 'Ada Byron\n',
  'Order: ': '1234\n',
  'Category: ': 'defect\n',
  'Code: ': 'XY-77\n',
  'Reply: ': 'Dear Ada, no refund.\n',
})

test('every hole is filled and the text is the template with the values in it', async () => {
  const { model } = fakeModel(speak)
  const run = await model.run(triage, { ticket: 'the order' })
  expect(run.values).toEqual({
    customer: 'Ada Byron',
    order: 1234,
    category: 'defect',
    code: 'XY-77',
    reply: 'Dear Ada, no refund.',
  })
  expect(run.text).toBe(
    'Ticket: the order\nCustomer: Ada Byron\nOrder: 1234\nCategory: defect\nCode: XY-77\nReply: Dear Ada, no refund.\n',
  )
})

test('the bytes of the tokens are the bytes of the text', async () => {
  const { model, engine } = fakeModel(speak)
  const run = await model.run(triage, { ticket: 'the order' })
  const bytes = Buffer.concat(Array.from(run.tokens, (token) => engine.vocabulary.tokenBytes(token)))
  expect(bytes.toString()).toBe(run.text)
})

test('the ledger is what the engine computed, and far below a run without cache', async () => {
  const { model, engine } = fakeModel(speak)
  const run = await model.run(triage, { ticket: 'the order '.repeat(20) })
  const { ledger } = run
  expect(ledger.decoded).toBe(engine.decoded)
  expect(ledger.decoded).toBeLessThanOrEqual(run.tokens.length + 5)
  expect(ledger.uncached).toBeGreaterThan(3 * ledger.decoded)
  expect(ledger.sampled).toBeGreaterThan(0)
  expect(ledger.rolledBack).toBe(0)
})

test('a second run of the same prompt finds the first one', async () => {
  const { model, engine } = fakeModel(speak)
  const first = await model.run(triage, { ticket: 'the order' })
  const before = engine.decoded
  const second = await model.run(triage, { ticket: 'the order' })
  expect(second.values).toEqual(first.values)
  expect(second.ledger.decoded).toBe(engine.decoded - before)
  expect(second.ledger.reused).toBeGreaterThan(0)
  expect(second.ledger.prefilled).toBeLessThan(first.ledger.prefilled)
})

test('a known value is written and never generated', async () => {
  const { model, engine } = fakeModel(speak)
  const run = await model.run(triage, { ticket: 'x', category: 'billing', customer: 'Bob' })
  expect(run.values.category).toBe('billing')
  expect(run.values.customer).toBe('Bob')
  expect(run.pieces.filter((piece) => piece.kind === 'known').map((piece) => piece.text)).toEqual([
    'Bob',
    'billing',
  ])
  const whole = await model.run(triage, { ticket: 'x', ...run.values })
  expect(whole.values).toEqual(run.values)
  expect(whole.ledger.sampled).toBe(0)
  expect(engine.generates.length).toBeGreaterThan(0)
  expect(whole.decodeCalls).toBe(0)
})

test('a text is cut at tokensMax, between two code points', async () => {
  const { model, engine } = fakeModel(answers({ 'Say: ': '🙃🙃🙃' }))
  const run = await model.run(prompt`Say: ${gen('text', { tokensMax: 6 })}`)
  expect(run.values.text).toBe('🙃')
  const bytes = Buffer.concat(Array.from(run.tokens, (token) => engine.vocabulary.tokenBytes(token)))
  expect(bytes.toString()).toBe(run.text)
})

test('an unfinished value of another kind is a FillError', async () => {
  const { model } = fakeModel(answers({ 'Code: ': 'ABCDEFGH' }))
  const long = prompt`Code: ${regex('code', /[A-Z]{20}/, { tokensMax: 5 })}.`
  await expect(model.run(long)).rejects.toMatchObject({ name: 'FillError', code: 'TOKENS_MAX', hole: 'code' })
})

test('a stop ends a text, and what it wrote stays only where the literal begins with it', async () => {
  const { model, engine } = fakeModel(answers({ 'A: ': 'good. bad.', 'B: ': 'no, yes' }))
  const run = await model.run(prompt`A: ${gen('a', { stop: '.' })}
B: ${gen('b', { stop: [', ', '!'] })}, end`)
  expect(run.values).toEqual({ a: 'good', b: 'no' })
  expect(run.text).toBe('A: good\nB: no, end')
  const bytes = Buffer.concat(Array.from(run.tokens, (token) => engine.vocabulary.tokenBytes(token)))
  expect(bytes.toString()).toBe(run.text)
})

test('the start of a run is the model token that begins a text, where it wants one', async () => {
  const { model } = fakeModel(answers({ '': 'yes' }), { addsBos: true })
  const run = await model.run(prompt`${select('word', ['yes', 'no'])}`)
  expect(run.values.word).toBe('yes')
})

test('a prompt that begins with a hole needs such a token', async () => {
  const { model } = fakeModel(answers({}))
  await expect(model.run(prompt`${gen('word')}`)).rejects.toMatchObject({ code: 'START_EMPTY' })
})

test('a JSON hole holds a typed value, and takes a known one', async () => {
  const { model } = fakeModel(answers({ 'Sheet: ': '{"name":"Ada","age":36,"tags":["good","bad"]}\n' }))
  const sheet = prompt`Sheet: ${json('sheet', {
    type: 'object',
    properties: {
      name: { type: 'string' },
      age: { type: 'integer', minimum: 0 },
      tags: { type: 'array', items: { enum: ['good', 'bad'] } },
    },
    required: ['name', 'age', 'tags'],
    additionalProperties: false,
  })}
`
  const run = await model.run(sheet)
  expect(run.values.sheet).toEqual({ name: 'Ada', age: 36, tags: ['good', 'bad'] })
  const known = await model.run(sheet, { sheet: { name: 'Bob', age: 1, tags: [] } })
  expect(known.text).toBe('Sheet: {"name":"Bob","age":1,"tags":[]}\n')
  const wrong = { name: 'Bob', age: -1, tags: [] }
  await expect(model.run(sheet, { sheet: wrong })).rejects.toMatchObject({ code: 'KNOWN_VALUE_INVALID' })
})

test('a grammar hole holds what the grammar derives', async () => {
  const { model } = fakeModel(answers({ 'Sum: ': '12+34+no' }))
  const sum = prompt`Sum: ${grammar('sum', 'root ::= term ("+" term)*\nterm ::= [0-9]+')}=`
  expect((await model.run(sum)).values.sum).toMatch(/^12\+34/)
  expect(() => grammar('sum', 'root ::= (')).toThrow(expect.objectContaining({ code: 'GRAMMAR_SYNTAX' }))
})

test('tokens replaced at a joint are healed, not rolled back', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'bill' }))
  const run = await model.run(prompt`A: ${regex('a', /[a-z]{4}/)}ing ${gen('b', { tokensMax: 2 })}`)
  expect(run.values.a).toBe('bill')
  expect(run.ledger.rolledBack).toBe(0)
  const chosen = await model.run(
    prompt`A: ${select('a', ['bill', 'no'], { by: 'logprob' })}, ${gen('b', { tokensMax: 2 })}`,
  )
  expect(chosen.values.a).toBe('bill')
})

test('what starts a transcript is computed to its end, and counted', async () => {
  const { model, engine } = fakeModel(answers({ 'A: ': 'good\n' }))
  const base = await model.start(prompt`A: ${gen('a')}\nthe order is here`)
  expect(base.ledger).toMatchObject({ decoded: engine.decoded, spared: 0 })
  expect(base.ledger.decoded).toBe(base.tokens.length)
  const plain = await model.start(prompt`The order is here.`)
  expect(plain.ledger.uncached).toBe(plain.tokens.length)
})
