// What a model says of texts without a run: tokens, their text, and how much of the context a prompt takes. Judged by
// what runs of the same prompts come to.
import {
  assistant,
  branches,
  each,
  gen,
  input,
  load,
  type Model,
  prompt,
  repeat,
  select,
  system,
  user,
} from '../../lib/index.js'
import { scripted } from '../../lib/testing/testing.js'

let model: Model
beforeAll(async () => {
  model = await load(undefined, { contextTokens: 2048, threads: 1 })
})
afterAll(() => model.dispose())

test('a prompt without holes has the tokens its transcript has', async () => {
  const form = prompt`Ticket: ${input('ticket')}\nUrgency: ${select('urgency', ['low', 'high'])}\nDone.\n`
  const given = { ticket: 'The lid is broken.', urgency: 'low' } as const
  const { tokens, tokensMax } = await model.count(form, given)
  expect(tokens).toBe((await model.run(form, given)).tokens.length)
  expect(tokensMax).toBe(tokens)
})

test('a conversation counts with its marks', async () => {
  const talk = prompt`${system`You are helpful.`}${user`${input('question')}`}${assistant`${gen('answer')}`}`
  const given = { question: 'Who are you?', answer: 'A kettle.' }
  const known = await model.count(talk, given)
  expect(known).toEqual({ tokens: known.tokens, tokensMax: known.tokens })
  expect(known.tokens).toBe((await model.run(talk, given)).tokens.length)
  const { tokens, tokensMax } = await model.count(talk, { question: 'Who are you?' })
  expect(tokens).toBeLessThan(known.tokens)
  expect(tokensMax).toBe(tokens + 512)
})

test('what may be drawn is counted in full, and no run has more', async () => {
  const form = prompt`A: ${gen('a', { tokensMax: 7 })}\nB: ${gen('b', { tokensMax: 9 })}\n`
  const { tokens, tokensMax } = await model.count(form)
  expect(tokensMax).toBe(tokens + 16)
  for (const seed of [1, 2, 3]) {
    const run = await model.run(form, {}, { temperature: 2, seed })
    expect(run.tokens.length).toBeLessThanOrEqual(tokensMax)
  }
})

test('branches count as the longest, turns as often as they may come, and functions have no bound', async () => {
  const side = (size: number) => prompt`Say: ${gen('x', { tokensMax: size })}\n`
  const apart = await model.count(prompt`Go.\n${branches({ a: side(3), b: side(30) }, { join: null })}`)
  expect(apart.tokensMax - apart.tokens).toBe(30)
  const joined = await model.count(prompt`Go.\n${each('n', [3, 30], (size) => side(size), { join: '' })}`)
  expect(joined.tokensMax - joined.tokens).toBe(33)
  const turns = await model.count(prompt`Go.\n${repeat('t', side(5), { min: 1, max: 3 })}End.`)
  expect(turns.tokensMax - turns.tokens).toBeGreaterThanOrEqual(15)
  expect(turns.tokensMax).toBeLessThan(100)
  const made = await model.count(prompt`Go.\n${() => prompt`Later.`}`)
  expect(made.tokensMax).toBe(Number.POSITIVE_INFINITY)
})

test('texts longer than the context are counted, too', async () => {
  const text = 'The lid is broken. '.repeat(3000)
  const count = await model.count(text)
  expect(count).toBe((await model.tokenize(text)).length)
  expect(count).toBeGreaterThan(2048)
  expect((await model.count(prompt`${input('x')}`, { x: text })).tokens).toBeGreaterThan(2048)
})

test('tokens of a run are its text again', async () => {
  const run = await model.run(prompt`The lid is ${gen('state', { tokensMax: 8 })}`)
  const tokens = await model.tokenize(run.text)
  expect(await model.detokenize(tokens)).toBe(run.text)
  expect((await model.detokenize(run.tokens)).endsWith(run.text)).toBe(true)
  expect(await model.detokenize([])).toBe('')
})

test('mistakes are refused by name', async () => {
  const misuse = (name: string, call: () => unknown, code: string) => ({ name, call, code })
  const odd = model as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  const list = [
    misuse('no text', () => odd.tokenize!(5), 'ARGUMENT_INVALID'),
    misuse('half a pair', () => odd.tokenize!('\ud800'), 'ARGUMENT_INVALID'),
    misuse('another option', () => odd.tokenize!('x', { specials: true }), 'OPTION_UNKNOWN'),
    misuse('a word', () => odd.count!('x', { special: 'yes' }), 'OPTION_INVALID'),
    misuse('no options', () => odd.tokenize!('x', null), 'ARGUMENT_INVALID'),
    misuse('no tokens', () => odd.detokenize!('x'), 'ARGUMENT_INVALID'),
    misuse('half a token', () => odd.detokenize!([1.5]), 'ARGUMENT_INVALID'),
    misuse('a text among tokens', () => odd.detokenize!([1, '2']), 'ARGUMENT_INVALID'),
    misuse('no such token', () => odd.detokenize!([1, 2 ** 30]), 'TOKEN_UNKNOWN'),
    misuse('no prompt', () => odd.count!({}), 'ARGUMENT_INVALID'),
    misuse('no input', () => odd.count!(prompt`${input('x')}`), 'INPUT_MISSING'),
  ]
  for (const { call, code } of list) await expect(call()).rejects.toMatchObject({ code })
})

test('a disposed model says so, also to who still waits', async () => {
  const own = await load(undefined, { contextTokens: 64, threads: 1 })
  const waiting = expect(own.tokenize('The lid is broken.\n'.repeat(100_000))).rejects
  const refused = waiting.toMatchObject({ code: 'CLOSED' })
  await own.dispose()
  await refused
  await expect(own.count('x')).rejects.toMatchObject({ code: 'CLOSED' })
})

test('a script counts words, and says that it has no tokens', async () => {
  const script = scripted({ a: 'x' })
  expect(await script.count('one two three')).toBe(3)
  const talk = prompt`${user`one two`}${assistant`${gen('a', { tokensMax: 4 })}`}`
  const { tokens, tokensMax } = await script.count(talk)
  expect(tokensMax - tokens).toBe(4)
  expect((await script.run(talk, { a: '' })).tokens.length).toBe(0)
  await expect(script.tokenize('one')).rejects.toMatchObject({ name: 'CapabilityError', code: 'NO_TOKENS' })
  await expect(script.detokenize([1])).rejects.toMatchObject({ name: 'CapabilityError', code: 'NO_TOKENS' })
})
