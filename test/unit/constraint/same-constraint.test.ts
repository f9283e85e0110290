// Templates are written anew for each run: what is the same, by content, is one constraint, and what is not is two.
import { choice } from '../../../lib/constraint/choice.js'
import { compile } from '../../../lib/constraint/compile.js'
import type { Constraint } from '../../../lib/constraint/constraint-type.js'
import { integer, number } from '../../../lib/constraint/number.js'
import { regex } from '../../../lib/constraint/regex.js'
import { firstStop } from '../../../lib/constraint/stop-reader.js'
import { upToStop } from '../../../lib/constraint/stops.js'
import { text, until } from '../../../lib/constraint/text.js'
import { createVocab } from '../../../lib/native/native.js'

const nothing = { texts: [], beginnings: [] }

test.each<[string, () => Constraint]>([
  ['a RegExp', () => regex(/a+/)],
  ['a pattern', () => regex('a+')],
  ['a choice', () => choice(['a', 'b'])],
  ['integers', () => integer({ min: 1, max: 5 })],
  ['numbers', () => number({ min: 0.5 })],
  ['a text', () => text({ bytesMax: 5 })],
  ['a text without stops', () => until(['\n', 'ab'], { charactersMax: 3 })],
  ['a text up to a stop', () => upToStop(['\n'], ['x'], nothing, 'text before')],
])('%s', (_, make) => {
  expect(make()).toBe(make())
})

test.each<[string, Constraint, Constraint]>([
  ['flags', regex(/a/), regex(/a/i)],
  ['a RegExp without u and a text', regex(/a\.b/), regex('a\\.b')],
  ['a slash at the end', regex('a/u'), regex(/a/u)],
  ['order of options', choice(['a', 'b']), choice(['b', 'a'])],
  ['one option and two', choice(['a","b']), choice(['a', 'b'])],
  ['integers and numbers', integer({ min: 1 }), number({ min: 1 })],
  ['a least and a greatest', integer({ min: 1 }), integer({ max: 1 })],
  ['decimals', number({ decimalsMax: 1 }), number({ decimalsMax: 2 })],
  ['limits', text({ bytesMax: 5 }), text({ charactersMax: 5 })],
  ['a limit of stops', until('a'), until('a', { charactersMin: 1 })],
  ['stops', until(['a', 'b']), until(['ab'])],
  [
    'what may stand for a stop',
    upToStop(['a'], ['b'], nothing, 'text before'),
    upToStop(['a', 'b'], [], nothing, 'text before'),
  ],
  ['what counts', upToStop(['a'], [], nothing, 'whole text'), upToStop(['a'], [], nothing, 'text before')],
])('%s make a difference', (_, one, other) => {
  expect(one).not.toBe(other)
})

test('what was rejected is left out, though the same was asked before', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
  const vocab = createVocab({ tokens: [...bytes, new Uint8Array()], special: [256], eog: [256] })
  const takes = (constraint: Constraint, value: string): boolean => {
    const matcher = compile(constraint, vocab).matcher()
    return [...new TextEncoder().encode(value)].every((byte) => matcher.accept(byte)) && matcher.canEnd()
  }
  expect(takes(upToStop(['\n'], [], nothing, 'text before'), 'a\n')).toBe(true)
  const rejected = { texts: ['a'], beginnings: [] }
  expect(takes(upToStop(['\n'], [], rejected, 'text before'), 'a\n')).toBe(false)
  expect(takes(upToStop(['\n'], [], nothing, 'text before'), 'a\n')).toBe(true)
})

test('bounds that change after the call change nothing', () => {
  const bounds = { min: 1, max: 5 }
  const made = integer(bounds)
  bounds.max = 9
  expect(() => made.format(7)).toThrow('1 to 5')
  expect(integer({ min: 1, max: 5 })).toBe(made)
  const limits = { charactersMax: 2 }
  const short = until('x', limits)
  limits.charactersMax = 9
  expect(short.describe()).toContain('at most 2 characters')
})

test('stops are found wherever they are, in texts one after the other', () => {
  const stops = ['aab', 'b']
  for (const [value, from] of [
    ['xaab', 1],
    ['xb', 1],
    ['aaab', 1],
    ['none', null],
  ] as const) {
    expect(firstStop([...stops], value)?.from ?? null).toBe(from)
  }
})
