// Goal: a caller's functions make values out of any constraint's, and known ones into texts again; what goes wrong in
// them is told with the hole's path and ends nothing else. Method: scripts and fake tokens, each function failing.
import { integer, jsonSchema, limit } from '../../../lib/constraint/constraint.js'
import { capture, hole, many, prompt, seq, transform } from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'

const date = transform(
  seq(capture('year', integer({ min: 1000, max: 9999 })), '-', capture('month', /\d\d/)),
  {
    parse({ year, month }) {
      const made = new Date(`${year}-${month}-01T00:00:00Z`)
      if (Number.isNaN(made.getTime())) throw new Error(`there is no month ${month}`)
      return made
    },
    format: (value) => ({
      year: value.getUTCFullYear(),
      month: String(value.getUTCMonth() + 1).padStart(2, '0'),
    }),
  },
)
const form = prompt`Due: ${hole('due', date)}.`

test('a value is what parse makes of the text, also within others, and regular where its part is', () => {
  expect(date.parse('2026-03').toISOString()).toBe('2026-03-01T00:00:00.000Z')
  expect(date.format(new Date('2026-03-01'))).toBe('2026-03')
  const upper = transform(/[a-z]+/, {
    parse: (text) => text.toUpperCase(),
    format: (text) => text.toLowerCase(),
  })
  const list = many(limit(upper, { charactersMax: 3 }), { separator: ',' })
  expect(list.parse('ab,c')).toEqual(['AB', 'C'])
  expect(list.format(['AB', 'C'])).toBe('ab,c')
  expect(seq(capture('when', date), '!').parse('2026-03!')).toEqual({ when: new Date('2026-03-01') })
})

test('a hole has it, a check sees it, and a known value is one', async () => {
  const run = await scripted({ due: '2026-03' }).run(form)
  expect(run.values.due.getUTCMonth()).toBe(2)
  const known = await scripted({}).run(form, { due: new Date('2025-12-01') })
  expect([known.text, known.values.due.getUTCMonth()]).toEqual(['Due: 2025-12.', 11])
})

test('a schema keeps its own judgement of known values', async () => {
  const points = transform(jsonSchema<readonly number[]>({ type: 'array', items: { type: 'integer' } }), {
    parse: (list) => new Set(list),
    format: (set) => [...set],
  })
  const some = prompt`${hole('some', points)}`
  const run = await scripted({ some: '[1,2]' }).run(some)
  expect(run.values.some).toEqual(new Set([1, 2]))
  expect((await scripted({}).run(some, { some: new Set([3]) })).text).toBe('[3]')
  const broken = scripted({}).run(some, { some: new Set(['a']) as never })
  await expect(broken).rejects.toMatchObject({ name: 'PromptError', code: 'KNOWN_VALUE_INVALID' })
})

test('what parse throws rejects the value, and what format throws the known one; both name the hole', async () => {
  const again = await scripted({ due: ['2026-13', '2026-12'] }).run(form)
  expect(again.values.due.getUTCMonth()).toBe(11)
  await expect(scripted({ due: ['2026-13', '2026-14', '2026-15'] }).run(form)).rejects.toMatchObject({
    name: 'FillError',
    code: 'ATTEMPTS_SPENT',
    hole: 'due',
    message: expect.stringMatching(/no month 15/),
  })
  await expect(scripted({}).run(form, { due: 5 as never })).rejects.toMatchObject({
    name: 'PromptError',
    code: 'KNOWN_VALUE_INVALID',
    message: expect.stringMatching(/hole due/),
  })
})

test.each<[string, unknown]>([
  ['nothing at all', undefined],
  [
    'what can not be read',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
      },
    ),
  ],
  [
    'a revoked proxy',
    (() => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    })(),
  ],
])('a function may throw %s', (_name, thrown) => {
  const bad = transform('a', {
    parse: () => {
      throw thrown
    },
  })
  expect(() => bad.parse('a')).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
})

test('a promise is no value, whatever becomes of it', async () => {
  const late = transform('a', { parse: () => Promise.reject(new Error('late')) })
  expect(() => late.parse('a')).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
  await new Promise((resolve) => setImmediate(resolve))
})

test.each<[string, () => unknown, string]>([
  ['no functions', () => transform('a', 5 as never), 'TRANSFORM_INVALID'],
  ['no parse', () => transform('a', {} as never), 'TRANSFORM_INVALID'],
  ['a format that is none', () => transform('a', { parse: String, format: 5 as never }), 'TRANSFORM_INVALID'],
  ['another option', () => transform('a', { parse: String, stringify: String } as never), 'OPTION_UNKNOWN'],
  ['no part', () => transform(5 as never, { parse: String }), 'PART_INVALID'],
  ['a value without a format', () => transform('a', { parse: () => 1 }).format(1), 'VALUE_INVALID'],
])('refuses %s', (_name, work, code) => {
  expect(work).toThrow(expect.objectContaining({ code }))
})
