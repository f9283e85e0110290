// The text of a known value: judged as a value, written as the grammar writes it.
import { z } from 'zod'
import { IrBuilder } from '../../../lib/constraint/ir/ir-builder.js'
import { type JsonSchemaOptions, jsonSchema } from '../../../lib/constraint/json-schema.js'
import { judge } from '../../support/schema-judge.js'

const ab = { type: 'object', properties: { a: {}, b: {} }, required: ['a', 'b'], additionalProperties: false }
const number = { type: 'number', minimum: 0, maximum: 1 }
const node = {
  anyOf: [
    { type: 'integer' },
    { type: 'object', properties: { l: { $ref: '#' }, r: { $ref: '#' } }, required: ['l', 'r'] },
  ],
}

type Row = [schema: object | boolean, value: unknown, text: string, options?: JsonSchemaOptions]
const written: Row[] = [
  [ab, { b: 1, a: 2 }, '{"a":2,"b":1}'],
  [ab, { b: 1, a: 2 }, '{"a":2,"b":1}', { order: 'any' }],
  [ab, { b: 1, a: 2 }, '{"a":2,"b":1}', { whitespace: 'flexible' }],
  [ab, { b: [], a: { x: 1 } }, '{\n  "a": {\n    "x": 1\n  },\n  "b": []\n}', { whitespace: 'pretty' }],
  [{ items: ab }, [{ b: 1, a: 2 }], '[{"a":2,"b":1}]'],
  [{ prefixItems: [true, ab] }, [0, { b: 1, a: 2 }], '[0,{"a":2,"b":1}]'],
  [{ properties: { o: ab } }, { x: 1, o: { b: 1, a: 2 } }, '{"o":{"a":2,"b":1},"x":1}'],
  [{ anyOf: [{ type: 'string' }, ab] }, { b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ allOf: [{ properties: { b: {} } }, { properties: { a: {} } }] }, { a: 1, b: 2 }, '{"b":2,"a":1}'],
  [{ enum: [{ a: 1, b: { c: 1, d: 1 } }] }, { b: { d: 1, c: 1 }, a: 1 }, '{"a":1,"b":{"c":1,"d":1}}'],
  [{ const: 1e-7 }, 1e-7, '1e-7'],
  [{ required: ['a'] }, { b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ propertyNames: { enum: ['a', 'b'] } }, { b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ contains: ab }, [1, { b: 1, a: 2 }], '[1,{"a":2,"b":1}]'],
  [{ contains: ab, maxContains: 1 }, [{ b: 1, a: 2 }, 1], '[{"a":2,"b":1},1]'],
  [{ properties: { a: {} }, unevaluatedProperties: { type: 'integer' } }, { c: 1, a: '' }, '{"a":"","c":1}'],
  [{ patternProperties: { '^x': ab } }, { x1: { b: 1, a: 2 } }, '{"x1":{"a":2,"b":1}}'],
  [true, { b: 1, a: 2 }, '{"b":1,"a":2}'],
  [number, 1e-7, '1e-7'],
  [number, 1.5e-10, '1.5e-10'],
  [{ type: 'number' }, 1e-7, '1e-7'],
  [{ type: 'number' }, 1e21, '1e+21'],
  [{ type: 'number' }, 1e200, '1e+200'],
  [{ type: 'integer' }, 1e21, '1e+21'],
  [{ type: 'integer', minimum: 0 }, 12345678901234567890n, '12345678901234567890'],
  [{ type: 'number' }, -0, '0'],
  [{ type: 'string', format: 'date-time' }, new Date(0), '"1970-01-01T00:00:00.000Z"'],
  [{ type: 'string', pattern: '^\u0001"$' }, '\u0001"', '"\\u0001\\""'],
  [ab, { a: 1, b: 2, c: undefined, d: () => 1 }, '{"a":1,"b":2}'],
  [{ items: { type: 'null' } }, [undefined, null], '[null,null]'],
  [true, { toJSON: (key: string) => [key] }, '[""]'],
  [true, [Object(1), Object('a'), Object(true)], '[1,"a",true]'],
  [node, { r: { r: 1, l: 2 }, l: 3 }, '{"l":3,"r":{"l":2,"r":1}}'],
  [{ minProperties: 1, type: 'object' }, { a: 1 }, '{"a":1}'],
  [z.object({ x: z.int(), y: z.int() }), { junk: 1, y: 2, x: 1 }, '{"x":1,"y":2}'],
  [z.looseObject({ x: z.int() }), { junk: 1, x: 1 }, '{"x":1,"junk":1}'],
  [
    z.union([z.object({ k: z.literal('a') }), z.object({ k: z.literal('b'), v: z.int() })]),
    { v: 1, k: 'b' },
    '{"k":"b","v":1}',
  ],
]

test.each(written)('%j has %p as %s', (schema, value, text, options = {}) => {
  const constraint = jsonSchema(schema, options)
  expect(constraint.textOf!(value)).toBe(text)
  expect(constraint.format(value)).toBe(text)
  expect(judge(schema, options).accepts(text)).toBe(true)
})

test('a number of more digits than a model may write is known none the less', () => {
  const open = { type: 'number', exclusiveMinimum: 0, maximum: 1 }
  expect(jsonSchema(open).textOf!(0.1 + 0.2)).toBe('0.30000000000000004')
})

const refused: [object | boolean, unknown][] = [
  [ab, { b: 1 }],
  [ab, { b: 1, a: 2, c: 3 }],
  [{ properties: { a: { type: 'integer' } } }, { a: 1.5 }],
  [number, 1.0000001],
  [number, -1e-7],
  [{ type: 'integer' }, 1e-7],
  [{ exclusiveMaximum: 0.3 }, 0.3],
  [{ enum: [{ a: 1 }] }, { a: 1, b: 1 }],
  [{ type: 'string' }, 'half \ud800'],
  [true, { 'half \ud800': 1 }],
  [{ contains: ab }, [{ b: 1 }]],
  [{ contains: { const: 1 }, maxContains: 1 }, [1, 1]],
  [{ uniqueItems: true, items: { enum: [1, 2] } }, [1, 1]],
  [{ not: { required: ['a'] } }, { a: 1 }],
  [{ minItems: 2 }, [1]],
  [{ maxProperties: 1 }, { a: 1, b: 1 }],
  [{ propertyNames: { pattern: '^a' } }, { b: 1 }],
  [{ not: { properties: { a: {} }, additionalProperties: false } }, { a: 1 }],
]

test.each(refused)('%j does not have %p', (schema, value) => {
  expect(jsonSchema(schema).textOf!(value)).toBeNull()
})

const loop: unknown[] = []
loop.push(loop)
test.each<[unknown]>([
  [Number.NaN],
  [[Number.POSITIVE_INFINITY]],
  [undefined],
  [() => 1],
  [Symbol('s')],
  [loop],
])('no JSON is made of %p', (value) => {
  expect(() => jsonSchema(true).textOf!(value)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
})

test('what a getter throws is told as the cause', () => {
  const value = {
    get a(): never {
      throw new Error('not today')
    },
  }
  expect(() => jsonSchema(true).textOf!(value)).toThrow(
    expect.objectContaining({
      code: 'VALUE_INVALID',
      cause: expect.objectContaining({ message: 'not today' }),
    }),
  )
})

test('keys are own ones, whatever they are called', () => {
  const constraint = jsonSchema(
    '{"properties":{"__proto__":{"type":"null"},"a":{}},"required":["__proto__"]}',
  )
  expect(constraint.textOf!(JSON.parse('{"a":1,"__proto__":null}'))).toBe('{"__proto__":null,"a":1}')
  expect(constraint.textOf!({ a: 1 })).toBeNull()
})

test('lenient known values are judged by the validator as well', () => {
  const constraint = jsonSchema({ type: 'string', pattern: '^(?=.*b)a' }, { lenient: true })
  constraint.lower(new IrBuilder())
  expect(constraint.textOf!('ab')).toBe('"ab"')
  expect(constraint.textOf!('ac')).toBeNull()
})

test('a deep value of a union within a union is judged once', () => {
  let value: unknown = 1
  for (let level = 0; level < 400; level++) value = { r: value, l: level }
  expect(jsonSchema(node).textOf!(value)).toContain('{"l":399,"r":{"l":398,')
  const wide = Array.from({ length: 100_000 }, (_, index) => ({ r: index, l: { r: 1, l: index } }))
  expect(jsonSchema({ items: { $ref: '#/$defs/n' }, $defs: { n: node } }).textOf!([])).toBe('[]')
  const list = {
    items: { anyOf: [{ type: 'integer' }, ab, { type: 'object', properties: { l: {}, r: {} } }] },
  }
  expect(jsonSchema(list).textOf!(wide)).toHaveLength(jsonSchema(true).textOf!(wide)!.length)
})

test('pretty texts are as the grammar has them at any depth', () => {
  let value: unknown = [{ a: 1 }]
  for (let level = 0; level < 20; level++) value = level % 2 === 0 ? [value, level] : { b: value, a: level }
  const text = jsonSchema(true, { whitespace: 'pretty' }).textOf!(value)!
  expect(JSON.parse(text)).toEqual(value)
  expect(judge(true, { whitespace: 'pretty' }).accepts(text)).toBe(true)
})
