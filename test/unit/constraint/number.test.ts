// Numeric ranges: every spelling in the language is a number in the range, and every number in the range is spelled.
import fc from 'fast-check'
import { regularText } from '../../../lib/constraint/constraint-type.js'
import type { IrBuilder } from '../../../lib/constraint/ir/ir-builder.js'
import { decimalOf, lowerDecimalRange } from '../../../lib/constraint/number/number-range.js'
import { integer, number } from '../../../lib/constraint/number.js'
import { languageOf } from '../../support/language.js'

const integers = fc.oneof(fc.integer({ min: -1200, max: 1200 }), fc.maxSafeInteger())

test('an integer range holds exactly its integers', () => {
  fc.assert(
    fc.property(
      integers,
      integers,
      fc.infiniteStream(fc.integer({ min: -12, max: 12 })),
      integers,
      (a, b, offsets, any) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)]
        const isMember = languageOf(integer({ min, max }))
        const values = [min, max, any, 0, 10 ** (String(max).length - 1)]
        for (const bound of [min, max, 0, 1000])
          for (let n = 0; n < 6; n += 1) values.push(bound + offsets.next().value!)
        for (const value of values.filter(Number.isSafeInteger)) {
          expect([value, isMember(String(value))]).toEqual([value, value >= min && value <= max])
        }
      },
    ),
  )
})

test.each([
  '',
  '-',
  '-0',
  '+1',
  '01',
  '-01',
  '1.0',
  '1e3',
  ' 1',
  '1 ',
  '١',
  '9007199254740992',
  '-9007199254740992',
])('%j is no integer', (text) => {
  expect(languageOf(integer())(text)).toBe(false)
})

const decimals = fc
  .tuple(fc.integer({ min: -300, max: 300 }), fc.integer({ min: 0, max: 3 }))
  .map(([digits, places]) => digits / 10 ** places)

test('a decimal range holds exactly the spellings of its numbers', () => {
  const spellings = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 310 }), fc.integer({ min: 0, max: 4 }), fc.boolean(), fc.nat(2)),
    { minLength: 20, maxLength: 20 },
  )
  const bounds = fc.tuple(
    decimals,
    decimals,
    fc.option(fc.integer({ min: 0, max: 4 })),
    fc.boolean(),
    fc.boolean(),
  )
  fc.assert(
    fc.property(bounds, spellings, ([a, b, decimalsMax, excludesMin, excludesMax], list) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)]
      const range = { min: decimalOf(min), max: decimalOf(max), excludesMin, excludesMax, decimalsMax }
      const lowerRegular = (builder: IrBuilder) => lowerDecimalRange(builder, range)
      const isMember = languageOf(regularText({ kind: 'range', lowerRegular, describe: () => '' }))
      const texts = list.map(([digits, places, isNegative, zeros]) => {
        const text = (digits / 10 ** places).toFixed(places) + (places > 0 ? '0'.repeat(zeros) : '')
        return isNegative ? `-${text}` : text
      })
      for (const text of [...texts, String(min), String(max), '0', '-0', '-0.0']) {
        const value = Number(text)
        const isInside =
          (excludesMin ? value > min : value >= min) &&
          (excludesMax ? value < max : value <= max) &&
          !Object.is(value, -0) &&
          (text.split('.')[1] ?? '').length <= (decimalsMax ?? 99)
        expect([text, isMember(text)]).toEqual([text, isInside])
      }
    }),
    { numRuns: 300 },
  )
})

test.each(['', '.5', '5.', '00.5', '+1', '1e5', '-', '-.5', 'NaN', 'Infinity', '-0', '-0.00'])(
  '%j is no number',
  (text) => {
    expect(languageOf(number())(text)).toBe(false)
  },
)

test.each([
  [1e21, '1000000000000000000000', ''],
  [1.5e-7, '0', '00000015'],
  [-12.25, '12', '25'],
  [0, '0', ''],
  [100, '100', ''],
  [123456789012345680000, '123456789012345680000', ''],
])('%d is an exact decimal', (value, whole, fraction) => {
  expect(decimalOf(value)).toEqual({ isNegative: value < 0, whole, fraction })
})

test('a number without bounds has a digit for all that JavaScript writes without an exponent, and no more', () => {
  const isMember = languageOf(number())
  for (const value of [
    0,
    0.1 + 0.2,
    1.2345678901234567e-6,
    2 / 3,
    999999999999999900000,
    -123456789012345680000,
  ]) {
    const text = number().format(value)
    expect([text, isMember(text)]).toEqual([text, true])
  }
  const digits = (count: number) => '7'.repeat(count)
  for (const text of [digits(21), `-${digits(21)}`, `0.${digits(22)}`]) {
    expect([text, isMember(text), isMember(`${text}7`)]).toEqual([text, true, false])
  }
  expect(languageOf(number({ max: 1e30 }))(`1${digits(29)}`)).toBe(true)
  expect(languageOf(number({ min: 1e21 }))('1000000000000000000000')).toBe(true)
  expect(languageOf(number({ min: 1e-30, max: 2e-30 }))(number({ max: 1 }).format(0.5))).toBe(false)
  expect(number({ min: 1e-30, max: 2e-30 }).format(1.5e-30)).toHaveLength(33)
  for (const value of [1e21, -1e21, 1e-30])
    expect(() => number().format(value)).toThrow('at most 22 decimals')
})

test('known values are spelled as members', () => {
  expect(integer({ min: 1 }).format(42)).toBe('42')
  expect(integer().format(-0)).toBe('0')
  expect(number().format(1.5e-7)).toBe('0.00000015')
  expect(number().format(-0)).toBe('0')
  for (const value of [0, 1.5, NaN, Infinity, '5', null, 2 ** 60]) {
    const act = (): string => integer({ min: 1, max: 9 }).format(value as number)
    expect(act).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
  }
  expect(() => number({ decimalsMax: 1 }).format(0.25)).toThrow(
    expect.objectContaining({ code: 'VALUE_INVALID' }),
  )
})

test.each([
  [() => integer({ min: 1.5 }), 'NUMBER_BOUND_INVALID'],
  [() => integer({ max: NaN }), 'NUMBER_BOUND_INVALID'],
  [() => integer({ max: Infinity }), 'NUMBER_BOUND_INVALID'],
  [() => integer({ min: 2 ** 53 }), 'NUMBER_BOUND_INVALID'],
  [() => integer({ min: '1' as never }), 'NUMBER_BOUND_INVALID'],
  [() => integer(null as never), 'NUMBER_BOUND_INVALID'],
  [() => integer({ min: 2, max: 1 }), 'CONSTRAINT_EMPTY'],
  [() => number({ min: NaN }), 'NUMBER_BOUND_INVALID'],
  [() => number({ decimalsMax: -1 }), 'NUMBER_BOUND_INVALID'],
  [() => number({ decimalsMax: 1.5 }), 'NUMBER_BOUND_INVALID'],
  [() => number({ min: 0.2, max: 0.1 }), 'CONSTRAINT_EMPTY'],
])('%s is refused with %s', (act, code) => {
  expect(act).toThrow(expect.objectContaining({ name: 'ConstraintError', code }))
})
