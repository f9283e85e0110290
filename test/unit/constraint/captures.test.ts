// Goal: captures are the value of whatever they stand in, known values of them tell a text, and what can't be is
// refused by its code. The readings themselves are judged in test/property/captures.test.ts.
import { integer, jsonSchema, limit, regex } from '../../../lib/constraint/constraint.js'
import {
  and,
  type Constraint,
  capture,
  hole,
  many,
  optional,
  or,
  prompt,
  recursive,
  seq,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'

const month = capture('month', integer({ min: 1, max: 12 }))
const date = seq(capture('year', integer({ min: 1000, max: 9999 })), '-', month)
const invalid = { code: 'VALUE_INVALID' }
const data = jsonSchema<{ readonly a: number }>({ type: 'object', properties: { a: { type: 'integer' } } })

test.each<[string, Constraint, string, unknown]>([
  ['seq', date, '1999-12', { year: 1999, month: 12 }],
  ['one in another', seq('on ', capture('day', date)), 'on 1999-2', { day: { year: 1999, month: 2 } }],
  ['many', many(date, { separator: ', ' }), '1999-1, 2001-2', { year: [1999, 2001], month: [1, 2] }],
  ['no time at all', many(date), '', { year: [], month: [] }],
  [
    'one list of objects',
    many(capture('date', date), { separator: ' ' }),
    '1999-1 1998-2',
    {
      date: [
        { year: 1999, month: 1 },
        { year: 1998, month: 2 },
      ],
    },
  ],
  ['the alternative that is there', or(date, seq('month ', month)), 'month 3', { month: 3 }],
  ['an alternative without', or(date, 'never'), 'never', {}],
  ['nothing', optional(date), '', {}],
  ['a grammar', seq(capture('data', data), '!'), '{"a":1}!', { data: { a: 1 } }],
  ['and', and(date, /.{7}/), '1999-12', { year: 1999, month: 12 }],
  ['limit', limit(date, { charactersMax: 7 }), '1999-12', { year: 1999, month: 12 }],
  ['a name like no other', capture('__proto__', 'x'), 'x', Object.fromEntries([['__proto__', 'x']])],
])('the value of %s', (_name, constraint, text, value) => {
  expect(constraint.parse(text)).toEqual(value)
  expect(constraint.format(value)).toBe(text)
})

test('a hole has the captures of what was written, and of what is known', async () => {
  const form = prompt`Built: ${hole('date', date, { check: ({ year }) => year < 2000 || 'too young' })}.`
  const model = scripted({ date: ['2001-1', '1785-3'] })
  const run = await model.run(form)
  expect([run.values.date, run.text]).toEqual([{ year: 1785, month: 3 }, 'Built: 1785-3.'])
  const known = await model.run(form, { date: { year: 1840, month: 7 } })
  expect([known.values.date, known.text]).toEqual([{ year: 1840, month: 7 }, 'Built: 1840-7.'])
})

test('repetitions within others make one list, which tells no text', () => {
  const lists = many(many(month, { separator: ',', min: 1 }), { separator: ';' })
  expect(lists.parse('1,2;3')).toEqual({ month: [1, 2, 3] })
  expect(() => lists.format({ month: [1, 2, 3] } as never)).toThrow(expect.objectContaining(invalid))
})

test('recursion collects what all levels captured, to a depth', () => {
  const tree = recursive((self) =>
    or(capture('leaf', /[a-z]/), seq('(', many(self, { separator: ' ' }), ')')),
  )
  expect(tree.parse('(a (b) ((c d)))')).toEqual({ leaf: ['a', 'b', 'c', 'd'] })
  const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`
  expect(tree.parse(nested(100))).toEqual({ leaf: ['a'] })
  expect(() => tree.parse(nested(300))).toThrow(expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }))
  expect(() => tree.format({ leaf: ['a'] })).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
})

test.each<[string, () => unknown, object]>([
  ['one name twice', () => seq(month, '/', month), { code: 'CAPTURE_TWICE' }],
  ['a name that is one and many', () => or(month, many(month)), { code: 'CAPTURE_TWICE' }],
  ['no name', () => capture('', 'x'), { code: 'CAPTURE_INVALID' }],
  ['a name that is no text', () => capture(5 as never, 'x'), { code: 'CAPTURE_INVALID' }],
  ['no part', () => capture('x', 5 as never), { code: 'PART_INVALID' }],
  ['a known value that is none', () => date.format(5 as never), invalid],
  ['one without a name', () => date.format({ year: 1999 } as never), invalid],
  ['one with another name', () => date.format({ year: 1999, month: 1, day: 1 } as never), invalid],
  ['one for what is not captured', () => seq(month, regex(/[a-z]/)).format({ month: 1 }), invalid],
  ['lists that are not equally long', () => many(date).format({ year: [1999], month: [] }), invalid],
  ['too few times', () => many(month, { min: 2 }).format({ month: [1] }), invalid],
])('refuses %s', (_name, work, error) => {
  expect(work).toThrow(expect.objectContaining(error))
})
