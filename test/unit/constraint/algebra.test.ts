// Constraints made of others: their languages, their values, the texts of known values, and what is refused.
import fc from 'fast-check'
import {
  compile,
  gbnf,
  integer,
  jsonSchema,
  limit,
  number,
  regex,
  text,
} from '../../../lib/constraint/constraint.js'
import { isRegular } from '../../../lib/constraint/constraint-type.js'
import * as espalier from '../../../lib/index.js'
import { createVocab } from '../../../lib/native/native.js'
import { scripted } from '../../../lib/testing/testing.js'
import { languageOf } from '../../support/language.js'

const { and, contains, hole, many, not, optional, or, prompt, recursive, seq, startsWith, words } = espalier
const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const vocab = createVocab({ tokens: [...bytes, new Uint8Array()], special: [256], eog: [256] })

const items = jsonSchema<readonly unknown[]>({ type: 'array', items: { type: 'integer' } })
const point = seq('(', number({ decimalsMax: 1 }), ', ', number({ decimalsMax: 1 }), ')')
const nested = recursive((self) => or('x', seq('(', many(self, { separator: ' ' }), ')')))

describe('a value is told from its text', () => {
  test.each<[string, espalier.Constraint, string, unknown]>([
    ['or, the first that holds it', or(integer(), /\d+|[a-z]+/), '12', 12],
    ['or, another', or(integer(), /\d+|[a-z]+/), 'ab', 'ab'],
    ['or with a grammar', or('none', items), '[1,2]', [1, 2]],
    ['seq', point, '(1.5, -2)', [1.5, -2]],
    ['seq of strings', seq('a', 'b'), 'ab', []],
    ['seq, as long as the rest allows', seq(/[ab]*/, /[ab]/, /b*/), 'abab', ['aba', 'b', '']],
    ['seq with a grammar', seq('v=', items, ';', items), 'v=[1];[]', [[1], []]],
    ['seq in seq', seq(seq(integer(), '-', integer()), '/', integer()), '1-2/3', [[1, 2], 3]],
    ['optional, there', optional(integer()), '7', 7],
    ['optional, not there', optional(integer()), '', null],
    ['optional, in the middle', seq(optional(/-/), integer({ min: 0 })), '5', [null, 5]],
    ['many', many(integer(), { separator: ', ' }), '1, -2, 33', [1, -2, 33]],
    ['many, none', many(integer()), '', []],
    ['many, parts that may be empty', many(/a?/, { min: 2, max: 3 }), 'a', ['a', '']],
    ['many, empty ones between', many(/a?/, { separator: ',' }), 'a,,a', ['a', '', 'a']],
    ['many without a separator', many(/ab?/), 'aabab', ['a', 'ab', 'ab']],
    ['many, which must give back', many(/a{1,3}/, { min: 3 }), 'aaaaa', ['aaa', 'a', 'a']],
    ['many of a grammar', many(items, { separator: '|', min: 2, max: 3 }), '[1]|[]|[2]', [[1], [], [2]]],
    ['recursive', nested, '(x (x x))', '(x (x x))'],
    ['recursive within', seq(nested, '!', integer()), '(x)!4', ['(x)', 4]],
    ['and', and(seq(integer(), ' kg'), /.{4}/), '5 kg', [5]],
    ['not', not('a'), 'b', 'b'],
  ])('%s', (_name, constraint, member, value) => {
    expect(languageOf(constraint)(member)).toBe(true)
    expect(constraint.parse(member)).toEqual(value)
    expect(constraint.format(value)).toBe(member)
  })

  test('of a long text, in time', () => {
    const list = Array.from({ length: 5000 }, (_, index) => index)
    expect(many(integer(), { separator: ',' }).parse(list.join(','))).toEqual(list)
    expect(many(items, { separator: ',' }).parse(list.map((one) => `[${one}]`).join(','))).toHaveLength(5000)
  })

  test('a text with far too many cuts is refused, not waited for', () => {
    const stuck = many(/a+/, { min: 2000 })
    expect(() => stuck.parse('a'.repeat(2500))).toThrow(
      expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX', message: expect.stringContaining('2500') }),
    )
  })
})

const part = fc.oneof(
  fc.constantFrom<espalier.ConstraintPart>('a', 'ab', '', /a*/, /b?a/, /[ab]{2}/),
  fc.constantFrom<espalier.ConstraintPart>(integer({ min: 1, max: 12 }), gbnf('root ::= "a" root "b" | "1"')),
)
const sample = fc.string({ unit: fc.constantFrom('a', 'b', '1', ','), maxLength: 7 })
const asText = (one: unknown): string => (Array.isArray(one) ? one.map(asText).join('') : String(one ?? ''))

describe('languages are what the parts say', () => {
  const holds = (one: espalier.ConstraintPart) => languageOf(or(one))
  const cuts = (value: string): [string, string][] =>
    Array.from({ length: value.length + 1 }, (_, at) => [value.slice(0, at), value.slice(at)])

  test('or, seq and optional', () => {
    fc.assert(
      fc.property(part, part, sample, (left, right, value) => {
        const [isLeft, isRight] = [holds(left), holds(right)]
        expect(languageOf(or(left, right))(value)).toBe(isLeft(value) || isRight(value))
        expect(languageOf(optional(left))(value)).toBe(value === '' || isLeft(value))
        const isBoth = cuts(value).some(([first, rest]) => isLeft(first) && isRight(rest))
        expect(languageOf(seq(left, right))(value)).toBe(isBoth)
      }),
      { numRuns: 300 },
    )
  })

  test('many', () => {
    const counts = fc.record({
      min: fc.nat(2),
      more: fc.option(fc.nat(2)),
      separator: fc.constantFrom('', ','),
    })
    fc.assert(
      fc.property(part, counts, sample, (one, { min, more, separator }, value) => {
        const isItem = holds(one)
        const max = more === null ? null : Math.max(1, min + more)
        const times = (rest: string, count: number): boolean => {
          if (rest === '' && count === 0 && min === 0) return true
          if (count === (max ?? 9)) return false
          if (count > 0 && !rest.startsWith(separator)) return false
          return cuts(count === 0 ? rest : rest.slice(separator.length)).some(
            ([first, left]) => isItem(first) && ((left === '' && count + 1 >= min) || times(left, count + 1)),
          )
        }
        const constraint = many(one, { min, separator, ...(max === null ? {} : { max }) })
        expect([value, languageOf(constraint)(value)]).toEqual([value, times(value, 0)])
      }),
      { numRuns: 300 },
    )
  })

  test('every member has a value, whose text it is', () => {
    fc.assert(
      fc.property(part, part, sample, (left, right, value) => {
        const constraints = [or(left, right), seq(or(left), or(right)), many(or(left)), optional(left)]
        for (const constraint of constraints) {
          if (!languageOf(constraint)(value)) continue
          expect(asText(constraint.parse(value))).toBe(value)
          expect(constraint.format(constraint.parse(value) as never)).toBe(value)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('startsWith, contains and words', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3 }), fc.string({ maxLength: 8 }), (own, other) => {
        for (const value of [other, own + other, other + own, other + own + other]) {
          expect(languageOf(startsWith(own))(value)).toBe(value.startsWith(own))
          expect(languageOf(contains(own))(value)).toBe(value.includes(own))
        }
      }),
    )
    const isFew = languageOf(words(2, 3))
    for (const [value, isMember] of Object.entries({
      a: false,
      'a b': true,
      'Été, à 😀': true,
      'a b c d': false,
      'a  b': false,
      ' a b': false,
      'a\nb': false,
    }))
      expect([value, isFew(value)]).toEqual([value, isMember])
    expect(languageOf(words(0, 1))('')).toBe(true)
  })
})

test('what is made of regular parts is regular, and only that', () => {
  expect(
    [or('a', /b/), seq('a', integer()), many(/a/), optional('a'), point].every((one) =>
      isRegular<never>(one as never),
    ),
  ).toBe(true)
  expect(
    [or('a', items), seq('a', nested), many(items), optional(items), nested].some((one) =>
      isRegular<never>(one as never),
    ),
  ).toBe(false)
  expect(languageOf(limit(many(/a/), { charactersMax: 2 }))('aaa')).toBe(false)
})

test('a promise of a part is waited for', async () => {
  const slow = { ...integer(), parseAsync: async (own: string) => Number(own) * 2 }
  const constraint = seq(many(slow, { separator: ',' }), ';', optional(or(slow, 'x')))
  expect(await constraint.parseAsync!('1,2;3')).toEqual([[2, 4], 6])
  expect(seq(integer()).parseAsync).toBeUndefined()
})

describe('nesting', () => {
  const nest = (times: number, around: (one: espalier.Constraint) => espalier.Constraint) => {
    let made: espalier.Constraint = text()
    for (let level = 0; level < times; level += 1) made = around(made)
    return made
  }
  test.each<[string, (one: espalier.Constraint) => espalier.Constraint]>([
    ['or', (one) => or(one, 'a')],
    ['seq', (one) => seq('a', one)],
    ['many', (one) => many(one, { max: 1 })],
    ['optional', optional],
    ['recursive', (one) => recursive((self) => or(one, seq('(', self, ')')))],
    ['not', (one) => not(one as never)],
  ])('of %s goes to 500 levels', (name, around) => {
    const levels = name === 'recursive' ? 160 : 500
    const made = nest(levels, around)
    expect(compile(made, vocab).matcher().mask().length).toBe(9)
    expect(() => nest(501, around)).toThrow(
      expect.objectContaining({
        code: 'CONSTRAINT_TOO_COMPLEX',
        message: expect.stringMatching(/50[1-9] levels/),
      }),
    )
  })

  test('a part used twice at every level is counted as often', () => {
    expect(() => nest(40, (one) => seq(one, one))).toThrow(
      expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX', message: expect.stringContaining('parts') }),
    )
    expect(() => nest(40, (one) => and(one as never, one as never))).toThrow(
      expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }),
    )
  })
})

test.each<[string, () => unknown, string, RegExp]>([
  ['or of nothing', () => (or as () => unknown)(), 'PART_INVALID', /no part/],
  ['seq of nothing', () => (seq as () => unknown)(), 'PART_INVALID', /no part/],
  ['a number', () => or('a', 5 as never), 'PART_INVALID', /5/],
  ['an array', () => or(['a', 'b'] as never), 'PART_INVALID', /an array/],
  ['a hole', () => seq('a', espalier.gen('x') as never), 'PART_INVALID', /the hole "x"/],
  ['null', () => optional(null as never), 'PART_INVALID', /null/],
  ['a revoked proxy', () => optional(revoked() as never), 'PART_INVALID', /revoked/],
  ['half a pair', () => seq('\ud800'), 'PART_INVALID', /surrogate/],
  ['a broken pattern', () => many('[' as never, { min: 1, max: 0 }), 'LIMIT_INVALID', /0/],
  ['options of or', () => or('a', { min: 1 } as never), 'PART_INVALID', /an object/],
  ['a second part of many', () => many('a', 'b' as never), 'LIMIT_INVALID', /"b"/],
  ['an unknown option', () => many('a', { least: 1 } as never), 'OPTION_UNKNOWN', /least/],
  [
    'options of optional',
    () => (optional as (...a: unknown[]) => unknown)('a', { min: 1 }),
    'OPTION_UNKNOWN',
    /min/,
  ],
  ['half a count', () => many('a', { min: 0.5 }), 'LIMIT_INVALID', /0\.5/],
  ['a count too high', () => many('a', { max: 10_001 }), 'LIMIT_INVALID', /10001/],
  ['min above max', () => many('a', { min: 3, max: 2 }), 'CONSTRAINT_EMPTY', /3.*2/],
  ['a separator', () => many('a', { separator: /,/ as never }), 'PART_INVALID', /RegExp/],
  ['words', () => words(-1, 2), 'LIMIT_INVALID', /-1/],
  ['words without a max', () => (words as (min: number) => unknown)(2), 'LIMIT_INVALID', /undefined/],
  ['words the wrong way round', () => words(3, 2), 'CONSTRAINT_EMPTY', /3.*2/],
  ['startsWith', () => startsWith(/a/ as never), 'PART_INVALID', /RegExp/],
  ['contains', () => contains('\udc00'), 'PART_INVALID', /surrogate/],
  ['recursive', () => recursive('a' as never), 'PART_INVALID', /"a"/],
  ['recursive of nothing', () => recursive((() => {}) as never), 'PART_INVALID', /undefined/],
  [
    'itself too soon',
    () => recursive((self) => compile(self, vocab).constraint as never),
    'RULE_UNDEFINED',
    /returned/,
  ],
  [
    'without an end',
    () =>
      compile(
        recursive((self) => seq('a', self)),
        vocab,
      ),
    'CONSTRAINT_EMPTY',
    /./,
  ],
  [
    'nothing but itself',
    () =>
      compile(
        recursive((self) => self),
        vocab,
      ),
    'CONSTRAINT_EMPTY',
    /./,
  ],
  ['and of a grammar', () => and(items as never, 'a'), 'NOT_REGULAR', /json/],
  ['not of itself', () => recursive((self) => not(self as never)), 'NOT_REGULAR', /recursive/],
  ['a value of or', () => or('a', integer()).format('b' as never), 'VALUE_INVALID', /none of/],
  ['a value another part takes', () => or(/\d+/, integer()).format(5), 'VALUE_INVALID', /none of/],
  ['a value of seq', () => point.format([1] as never), 'VALUE_INVALID', /array of 1, expected an array of 2/],
  ['a value of many', () => many('a', { max: 1 }).format(['a', 'a']), 'VALUE_INVALID', /array of 2/],
  ['a value of recursive', () => nested.format(5 as never), 'VALUE_INVALID', /./],
])('%s is refused with its value', (_name, act, code, seen) => {
  expect(act).toThrow(expect.objectContaining({ code, message: expect.stringMatching(seen) }))
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

test('holes of a run have them, and known values too', async () => {
  const pair = seq(integer(), ' x ', integer())
  const list = many(/[a-z]+/, { separator: ', ' })
  const size = prompt`Size: ${hole('size', pair)}, tags: ${hole('tags', list)}.`
  const model = scripted({ size: '3 x 4', tags: 'a, bc' })
  const run = await model.run(size)
  expect(run.values).toEqual({ size: [3, 4], tags: ['a', 'bc'] })
  const known = await model.run(size, { size: [5, 6] })
  expect(known.text).toBe('Size: 5 x 6, tags: a, bc.')
  expect(known.values.size).toEqual([5, 6])
  await model.dispose()
})

test('the expression in a regex part is the one regex() reads', () => {
  for (const value of ['aB', 'ab', 'b']) {
    expect(languageOf(or(/ab|c/i))(value)).toBe(languageOf(regex(/ab|c/i))(value))
  }
})
