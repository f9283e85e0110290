// Goal: what a console prints of runs, models, prompts, constraints and errors is short, true and harmless, in any
// state and at any depth. Method: runs on the fake engine, and Node's own inspect.
import { inspect } from 'node:util'
import { FillError } from '../../../lib/base/errors.js'
import { choice } from '../../../lib/constraint/choice.js'
import { jsonSchema } from '../../../lib/constraint/json-schema.js'
import {
  assistant,
  branches,
  gen,
  input,
  integer,
  type Model,
  prompt,
  select,
  type Transcript,
  user,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { valueText } from '../../../lib/trace/value-text.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const lines = (text: string) => text.split('\n')

async function manyThings(): Promise<{ readonly run: Transcript; readonly model: Model }> {
  const { model } = fakeModel(answers({ 'A: ': 'good\n', 'C: ': 'so it goes on and on', 'D: ': 'bad\n' }))
  const check = (value: string) => value !== 'bad' || 'it is bad'
  const many = Array.from({ length: 12 }, (_, index) => prompt`${gen(`v${index}`, { tokensMax: 1 })}`)
  const form = prompt`${'word '.repeat(300)}A: ${gen('a')}\nB: ${select('b', ['x', 'y'], { by: 'logprob' })}
C: ${gen('c', { tokensMax: 3 })}${many}D: ${gen('d', { check, retries: 2, tokensMax: 4 })}\n`
  const run = await model.run(form, {}, { seed: 3 })
  return { run, model }
}

test('a run is ten lines at most: text without its middle, values, costs, what is not ordinary', async () => {
  const { run } = await manyThings()
  const told = inspect(run)
  expect(lines(told).length).toBeLessThanOrEqual(10)
  expect(Math.max(...lines(told).map((line) => line.length))).toBeLessThan(140)
  expect(told).toMatch(/^Transcript of \d+ tokens, \d+ ms, \d+ llama_decode calls\n {2}text +"word word/)
  expect(told).toContain(`(${run.text.length} characters)`)
  expect(told).toContain('a: "good", b: "')
  expect(told).toContain(`${run.ledger.decoded} decoded of ${run.ledger.uncached} without a cache`)
  expect(told).toMatch(/choices +b: [xy] 0\.\d\d, [xy] 0\.\d\d/)
  expect(told).toMatch(/ends +c cut at its limit/)
  expect(told).toMatch(/given up +d \d+x \(it is bad\)/)
  const plain = await fakeModel(answers({ 'A: ': 'good\n' })).model.run(prompt`A: ${gen('a')}\n`)
  expect(inspect(plain)).not.toMatch(/choices|votes|ends|given up|warnings/)
})

test('within something else it is a line, too deep a word; colours are there where they are asked for', async () => {
  const { run } = await manyThings()
  expect(lines(inspect({ run }, { breakLength: 1000 }))).toHaveLength(1)
  expect(lines(inspect(run, { compact: true }))).toHaveLength(1)
  expect(inspect({ a: { b: { c: run } } })).toContain('[Transcript]')
  expect(inspect(run)).not.toContain('\x1b')
  expect(inspect(run, { colors: true })).toMatch(/\x1b\[32m"word/)
  expect(inspect(run, { colors: true }).replace(/\x1b\[\d+m/g, '')).toBe(inspect(run))
})

test('restored runs, empty ones and those of disposed models print, and nothing is computed for it', async () => {
  const { run, model } = await manyThings()
  const restored = await model.restore(JSON.parse(JSON.stringify(run)))
  const empty = await model.run(prompt`${''}`)
  await model.dispose()
  expect(inspect(restored)).toContain('a: "good"')
  expect(inspect(restored)).not.toContain('decoded')
  expect(inspect(empty)).toMatch(/^Transcript of \d token/)
  expect(inspect(run)).toMatch(/^Transcript of/)
  expect(inspect(model)).toMatch(/^Model "fake" \(disposed\)\n {2}.*full memory$/)
})

test('what a model wrote commands no terminal', async () => {
  const evil = 'a\x1b[2J\x9b31m\u202eb'
  const model = scripted({ a: evil, b: 'x' })
  const run = await model.run(prompt`${evil}${gen('a')}${evil}\n`)
  const told = `${inspect(run)}${inspect({ run })}`
  expect(told).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]|\p{Cs}/u)
  expect(told).toContain('u001b[2J')
})

test('values are shown as far as a line goes, whatever they are', () => {
  const looped: Record<string, unknown> = { name: 'x' }
  looped.self = looped
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const thrower = Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  })
  const odd = [
    looped,
    proxy,
    thrower,
    new Map([[1, 2]]),
    new Date(Number.NaN),
    Symbol('s'),
    () => 1,
    10n,
    null,
  ]
  for (const value of [...odd, odd, undefined, new Date(0), { 'a b': 1 }, Object.create(null)])
    expect(valueText(value, 60).length).toBeLessThan(120)
  expect(valueText({ a: [1, 2, { b: 'c' }], d: 'e' }, 60)).toBe('{ a: [1, 2, { b: "c" }], d: "e" }')
  expect(valueText(Array(1_000_000).fill('text'), 40)).toMatch(/^\["text", .*\.\.\. 99\d+ more\]$/)
  expect(valueText('x'.repeat(50_000_000), 30)).toMatch(/^"x+" \.\.\. "x+"$/)
})

test('a model is two lines', () => {
  const model = scripted({})
  expect(inspect(model)).toBe('Model "script" (open)\n  any number of tokens, script memory')
  expect(inspect({ model })).toBe('{ model: Model "script" (open) }')
})

test('a prompt prints as it was written, a constraint by what it allows', () => {
  const form = prompt`Ticket: ${input('ticket')}
Size: ${integer('size')}${branches({ one: prompt`1`, two: prompt`2` })}${() => 'later'}`
  expect(inspect(form)).toBe('Prompt `Ticket: {ticket}\nSize: {size}{one, two}{...}`')
  expect(inspect(prompt`${user`Hi ${input('name')}`}${assistant`${gen('a')}`}`)).toBe(
    'Prompt `[user: Hi {name}][assistant: {a}]`',
  )
  expect(inspect(prompt`${'long '.repeat(1000)}`).length).toBeLessThan(700)
  expect(inspect({ a: { b: { c: form } } })).toContain('[Prompt]')
  expect(inspect(choice(['a', 'b']))).toBe('Constraint { one of "a", "b" }')
  expect(inspect(select('b', ['a']))).toContain('language: Constraint { one of "a" }')
  expect(inspect(jsonSchema({ type: 'boolean' }))).toMatch(/^Constraint \{ .+ \}$/)
})

test('a fill that failed prints its last attempts and the end of the text, an abort its reason once', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'bad\n' }))
  const form = prompt`${'word '.repeat(500)}A: ${gen('a', { check: () => 'no', retries: 9, tokensMax: 2 })}\n`
  const failure = await model.run(form, {}, { temperature: 1 }).catch((error) => error)
  const told = inspect(failure)
  expect(failure).toBeInstanceOf(FillError)
  expect(told).toContain("code: 'ATTEMPTS_SPENT'")
  expect(told).toMatch(/\.\.\. \d+ before/)
  expect(told.slice(failure.stack.length).length).toBeLessThan(1500)
  const reason = new Error('enough of it')
  const aborted = await model.run(form, {}, { signal: AbortSignal.abort(reason) }).catch((error) => error)
  expect(
    inspect(aborted)
      .slice(aborted.stack.length)
      .match(/Error: enough of it/g),
  ).toHaveLength(1)
})
