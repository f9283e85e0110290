// Numbers as people and programs write them: exponents of any length, integers without a point, known numbers as JSON
// prints them. What is inside of bounds exactly and as doubles is judged in test/property/json-schema-numbers.test.ts.
import { jsonSchema } from '../../../lib/constraint/json-schema.js'
import { readerOf } from '../../support/schema-reader.js'

const draft4 = 'http://json-schema.org/draft-04/schema#'
const dozen = Array.from({ length: 12 }, (_, index) => index)

const rows: [schema: object | boolean | string, members: string[], others: string[]][] = [
  [
    { type: 'number' },
    [
      '1e100',
      '5e-324',
      '1E+308',
      '1.7976931348623157e+308',
      '12.5e3',
      '1e-400',
      '1e05',
      '-1e-05',
      '0.0',
      '1.50',
    ],
    ['1e309', '1.8e308', '1.7976931348623158e308', '9e400', '1e9999', 'e5', '1e', '1.e5', '01e5', '+1'],
  ],
  [true, ['1e100', '[5e-324]', '{"a":1E+308}'], ['1e400', '[1e309]']],
  [
    { type: 'number', minimum: 0, maximum: 1 },
    ['1e-05', '1E-5', '1e-7', '9.99e-1', '1e0', '1e-323', '0.00001', '0.1234567890123456789'],
    ['1.1e0', '1e1', '-1e-05', '1e-0x', '1.0000000000000000001', '2e-0'],
  ],
  [
    { type: 'number', minimum: 0, maximum: 5000 },
    ['1e3', '5e3', '4.999e3', '5.000E+3', '1e003'],
    ['5.001e3', '6e3', '1e4', '1e10'],
  ],
  [
    { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 2 },
    ['5e-324', '1.9999999999999998', '1e-100', '1.5e0', '0.000001'],
    ['0', '0.0', '2', '2e0', '0e5', '1.99999999999999999', '1e-324', '2e-324'],
  ],
  [
    { type: 'number', exclusiveMinimum: 0 },
    ['5e-324', '0.5', '12.5e3', '1e308'],
    ['0', '0e0', '1e-400', '0.0e5'],
  ],
  [{ type: 'number', minimum: -1, maximum: -1e-3 }, ['-1e-3', '-1e0', '-5E-2'], ['-1e-4', '1e-3', '-1.1e0']],
  [{ type: 'number', maximum: 1e-300 }, ['1e-300', '0', '-5', '5e-324'], ['1.1e-300', '1e-299', '0.00001']],
  [{ type: 'number', minimum: 1e300 }, ['1e300', '1e+308'], ['9e299', '1e309', '9'.repeat(309)]],
  [
    { type: 'number', not: { const: 1 } },
    ['0.9999999999999999', '1e100', '1.0000000000000002'],
    ['1', '1.0', '1e0'],
  ],
  [
    { type: 'number', not: { enum: dozen } },
    ['0.5', '12', '-1'],
    ['1', '2.0', '11', '1.00000000000000000001'],
  ],
  [
    { type: 'number', not: { type: 'integer' } },
    ['0.5', '1e-7', '0.12345678901234568', '1.5'],
    ['1', '1.0', '0', '1e3'],
  ],
  [
    { type: 'number', not: { type: 'integer' } },
    [],
    ['1.00000000000000000001', '0.99999999999999999', '1e-400'],
  ],
  [
    { type: 'integer' },
    ['33', '1e21', '1.5e+300', '-1e21'],
    ['33.0', '33.00', '1e3', '1.5e0', '1e20', '1e309', '1e-5'],
  ],
  [{ type: 'integer', minimum: 0, maximum: 100 }, ['33', '100'], ['33.0', '1e1', '1e2']],
  [{ type: 'integer', maximum: 1e22 }, ['1e22', '1e21', '10000000000000000000000'], ['1.1e22', '1e23']],
  [
    { type: 'integer', exclusiveMaximum: 2 ** 53 + 2 },
    ['9007199254740992'],
    ['9007199254740993', '9007199254740994'],
  ],
  [{ type: 'integer', multipleOf: 5 }, ['10'], ['10.0', '1e1']],
  [{ type: 'integer', multipleOf: 5, minimum: 0, maximum: 20 }, ['10'], ['10.0']],
  [{ type: 'integer', enum: [1, 2, 'a'] }, ['1'], ['1.0', '"a"']],
  [
    {
      anyOf: [
        { type: 'integer', const: 1 },
        { type: 'integer', const: 2 },
      ],
    },
    ['1', '2'],
    ['1.0', '2.0'],
  ],
  [{ type: 'integer', not: { const: 5 } }, ['4', '6', '123456789012345678901', '1e21'], ['5', '5.0']],
  [{ $schema: draft4, type: 'integer' }, ['5'], ['5.0', '1e21']],
  [{ $schema: draft4, enum: [1, 1e21] }, ['1', '1e+21'], ['1.0']],
  [
    { enum: [1, 1e21, 1e-7, 1e200, -2.5] },
    ['1', '1.0', '1e+21', '1e-7', '0.0000001', '1e+200', '-2.5'],
    ['1.00'],
  ],
  [{ enum: [[1, 1e-7]] }, ['[1,1e-7]', '[1.0,1e-7]', '[1,0.0000001]'], ['[1,1]']],
  [
    { type: 'array', items: { enum: [1, 1e21] }, uniqueItems: true },
    ['[1,1e+21]'],
    ['[1,1]', '[1e+21,1e+21]'],
  ],
  [
    { items: { anyOf: [{ enum: [1e-7, 2] }, { type: 'number' }] }, type: 'array', uniqueItems: true },
    ['[1e-7,2,3]', '[2,0.000001]'],
    ['[1e-7,0.0000001]', '[2,2.0]', '[0.1234567890123456]'],
  ],
  [
    '{"type":"integer","minimum":9007199254740993}',
    ['9007199254740993'],
    ['9007199254740992', '9007199254740992.0'],
  ],
  ['{"type":"number","minimum":1e350}', [], ['1e308', '1e350', '9'.repeat(351)]],
]

test.each(rows)('%j', (schema, members, others) => {
  const takes = readerOf(schema)
  expect(members.filter((text) => !takes(text))).toEqual([])
  expect(others.filter((text) => takes(text))).toEqual([])
})

test('who goes on with digits comes to an exponent, where the number needs one', () => {
  const takes = readerOf({ type: 'number', minimum: 0, maximum: 1 })
  const digits = '3'.repeat(17)
  expect(takes(`3.${digits}e-1`)).toBe(true)
  expect(takes(`3.${digits}3e-1`)).toBe(false)
  expect(takes(`0.${digits}33333`)).toBe(true)
  const long = readerOf(`{"type":"number","minimum":0.00${'1'.repeat(20)}5,"maximum":1}`)
  expect(long(`1.${'1'.repeat(19)}5e-3`)).toBe(true)
  expect(long(`1.${'1'.repeat(20)}e-3`)).toBe(false)
})

const known: [schema: object | boolean | string, value: unknown, text: string | null][] = [
  [{ type: 'number', minimum: 0, maximum: 1 }, 1e-7, '1e-7'],
  [{ type: 'number', exclusiveMinimum: 0 }, 5e-324, '5e-324'],
  [{ type: 'number', exclusiveMaximum: 1 }, 0.9999999999999999, '0.9999999999999999'],
  [{ type: 'number' }, 1e300, '1e+300'],
  [{ type: 'number' }, 10n ** 30n + 1n, `1${'0'.repeat(29)}1`],
  [{ type: 'number' }, 10n ** 320n, null],
  [{ type: 'number' }, -0, '0'],
  [{ type: 'integer' }, 10n ** 22n, '1e+22'],
  [{ $schema: draft4, type: 'integer' }, 1e21, `1${'0'.repeat(21)}`],
  ['{"type":"integer","exclusiveMaximum":9007199254740994}', 9007199254740993n, null],
  [{ type: 'number', multipleOf: 0.01 }, 0.07, '0.07'],
  [{ type: 'number', multipleOf: 0.01 }, 1234567890123.25, null],
  [{ enum: [1e21] }, 1e21, '1e+21'],
  [{ type: 'array', items: { type: 'number' }, uniqueItems: true }, [0.5, -3], '[0.5,-3]'],
  [{ type: 'array', items: { type: 'number' }, uniqueItems: true }, [0.1234567890123456], null],
  [{ type: 'array', items: { type: 'number' }, uniqueItems: true, maxItems: 1 }, [1e-7], '[1e-7]'],
  [{ type: 'array', items: { enum: [1e-7, [1e21]] }, uniqueItems: true }, [1e-7, [1e21]], '[1e-7,[1e+21]]'],
]

test.each(known)('%j writes %p as %s', (schema, value, text) => {
  expect(jsonSchema(schema).textOf!(value)).toBe(text)
  if (text !== null) expect(readerOf(schema)(text)).toBe(true)
})
