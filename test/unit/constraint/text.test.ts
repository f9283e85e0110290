// Choices, free text, stops, limits and their combinations: languages, values and what is refused.
import fc from 'fast-check'
import { choice } from '../../../lib/constraint/choice.js'
import { and, not } from '../../../lib/constraint/combine.js'
import { regular } from '../../../lib/constraint/constraint-type.js'
import { literalStop } from '../../../lib/constraint/literal-stop.js'
import { integer } from '../../../lib/constraint/number.js'
import { regex } from '../../../lib/constraint/regex.js'
import { limit, text, until } from '../../../lib/constraint/text.js'
import { languageOf } from '../../support/language.js'

const shortText = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '"', 'é', '😀', '😁'), maxLength: 6 })

test('a choice holds its options and nothing else', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        shortText.filter((t) => t !== ''),
        { minLength: 1 },
      ),
      shortText,
      (options, other) => {
        const isMember = languageOf(choice(options))
        for (const option of options) expect(isMember(option)).toBe(true)
        expect(isMember(other)).toBe(options.includes(other))
      },
    ),
  )
})

test('a choice takes thousands of options, each the beginning of the next', () => {
  const options = Array.from({ length: 2000 }, (_, index) => 'a'.repeat(index + 1))
  const isMember = languageOf(choice(options.slice(0, 500)))
  expect(isMember('a'.repeat(300))).toBe(true)
  expect(isMember('a'.repeat(501))).toBe(false)
})

test('until holds the texts without a stop, within the limits', () => {
  const stops = fc.uniqueArray(
    shortText.filter((t) => t !== ''),
    { minLength: 1, maxLength: 3 },
  )
  const limits = fc.record(
    {
      charactersMin: fc.nat(1),
      charactersMax: fc.integer({ min: 2, max: 5 }),
      bytesMax: fc.integer({ min: 2, max: 9 }),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(stops, limits, shortText, shortText, (list, bounds, left, right) => {
      const isMember = languageOf(until(list, bounds))
      for (const value of [left, left + list[0] + right]) {
        const length = [...value].length
        const isInside =
          list.every((stop) => !value.includes(stop)) &&
          length >= (bounds.charactersMin ?? 0) &&
          length <= (bounds.charactersMax ?? 99) &&
          Buffer.byteLength(value) <= (bounds.bytesMax ?? 99)
        expect([value, isMember(value)]).toEqual([value, isInside])
      }
    }),
  )
})

test('and, not and limit are set operations', () => {
  const isMember = languageOf(and(limit(regex(/[ab]+/u), { charactersMax: 3 }), not(choice(['ab', 'ba']))))
  for (const value of ['', 'a', 'ab', 'ba', 'bb', 'aba', 'abab', 'c']) {
    expect([value, isMember(value)]).toEqual([
      value,
      /^[ab]{1,3}$/.test(value) && !['ab', 'ba'].includes(value),
    ])
  }
  expect(languageOf(text())('any\n😀')).toBe(true)
  expect(and(integer({ min: 5 }), regex(/\d/)).parse('7')).toBe(7)
})

test.each([
  ['\n', '\n'],
  ['\n\nNext: ', '\n\n'],
  ['\r\nNext', '\r\n'],
  ['"}', '"'],
  ["' and", "'"],
  ['`', '`'],
  ['. Then', '. Then'],
  [', "b": 1', ', '],
  ['</a>\n', '</a>'],
  ['x'.repeat(80), 'x'.repeat(64)],
  ['é'.repeat(40), 'é'.repeat(32)],
  ['x😀'.repeat(20), `${'x😀'.repeat(12)}x`],
])('before %j a free hole ends at %j', (literal, stop) => {
  expect(literalStop(literal)).toBe(stop)
})

const grammarLike = { ...integer(), kind: 'json' } as Record<string, unknown>
delete grammarLike.lowerRegular

test.each([
  [() => choice([]), 'CHOICE_EMPTY'],
  [() => choice('ab' as never), 'CHOICE_EMPTY'],
  [() => choice(['a', 1 as never]), 'CHOICE_OPTION_INVALID'],
  [() => choice(['\ud800']), 'CHOICE_OPTION_INVALID'],
  [() => choice(['a', 'a']), 'CHOICE_OPTION_TWICE'],
  [() => choice(['a']).format('b' as never), 'VALUE_INVALID'],
  [() => until([]), 'STOP_INVALID'],
  [() => until(''), 'STOP_INVALID'],
  [() => until(5 as never), 'STOP_INVALID'],
  [() => until(['\udc00']), 'STOP_INVALID'],
  [() => literalStop(''), 'STOP_INVALID'],
  [() => text({ charactersMax: -1 }), 'LIMIT_INVALID'],
  [() => text({ charactersMin: NaN }), 'LIMIT_INVALID'],
  [() => text({ bytesMax: 1.5 }), 'LIMIT_INVALID'],
  [() => text(null as never), 'LIMIT_INVALID'],
  [() => text({ charactersMin: 3, charactersMax: 2 }), 'CONSTRAINT_EMPTY'],
  [() => text({ charactersMin: 3, bytesMax: 2 }), 'CONSTRAINT_EMPTY'],
  [() => and(regex(/a/), grammarLike as never), 'NOT_REGULAR'],
  [() => not(null as never), 'NOT_REGULAR'],
  [() => limit('a' as never, {}), 'NOT_REGULAR'],
  [() => regex(/a/).format(5 as never), 'VALUE_INVALID'],
])('%s is refused with %s', (act, code) => {
  expect(act).toThrow(expect.objectContaining({ name: 'ConstraintError', code }))
})

test('a constraint can not be changed', () => {
  const constraint = regular({ ...choice(['a']) })
  expect(Object.isFrozen(constraint)).toBe(true)
  expect(Object.isFrozen(integer())).toBe(true)
})

test('one option of a choice may be empty', () => {
  for (const options of [['', 'a', 'ab'], ['ab', ''], ['']]) {
    const isMember = languageOf(choice(options))
    for (const text of ['', 'a', 'ab', 'b'])
      expect([text, isMember(text)]).toEqual([text, options.includes(text)])
    expect(choice(options).format('')).toBe('')
  }
  expect(() => choice(['', ''])).toThrow(expect.objectContaining({ code: 'CHOICE_OPTION_TWICE' }))
})
