// What is refused and how it is said; white space, order and lenient mode; schemas of other libraries.
import { z } from 'zod'
import { IrBuilder } from '../../../lib/constraint/ir/ir-builder.js'
import { jsonSchema } from '../../../lib/constraint/json-schema.js'
import { judge, refusal } from '../../support/schema-judge.js'

const point = {
  type: 'object',
  properties: { x: { type: 'integer' }, y: { type: 'integer' } },
  required: ['x', 'y'],
}

test.each([
  [
    { type: 'array', items: { type: 'object' }, uniqueItems: true },
    'SCHEMA_UNSUPPORTED',
    '"uniqueItems" at #/uniqueItems',
  ],
  [
    { properties: { a: { $ref: 'http://elsewhere.example/x' } } },
    'SCHEMA_UNSUPPORTED',
    '"$ref" at #/properties/a/$ref',
  ],
  [{ pattern: 'a(?=b)' }, 'SCHEMA_UNSUPPORTED', 'look-ahead'],
  [{ pattern: '(a' }, 'SCHEMA_UNSUPPORTED', '"pattern" at #/pattern'],
  [{ type: 'object', minProperties: 65 }, 'SCHEMA_UNSUPPORTED', '"minProperties" at #/minProperties'],
  [{ $ref: '#' }, 'SCHEMA_UNSUPPORTED', '"$ref"'],
  [{ $ref: '#/$defs/none' }, 'SCHEMA_UNSUPPORTED', '"#/$defs/none" is not in the schema'],
  [{ type: 'text' }, 'SCHEMA_INVALID', 'at #/type'],
  [{ minimum: 'a' }, 'SCHEMA_INVALID', 'at #/minimum'],
  [{ properties: { a: 3 } }, 'SCHEMA_INVALID', 'at #/properties/a'],
  ['{"type": "string",}', 'SCHEMA_INVALID', 'line 1, column 19'],
  ['{"maximum": 1e500}', 'SCHEMA_INVALID', '1e500'],
  ['{"const": "open', 'SCHEMA_INVALID', 'a broken string at line 1, column 11'],
  ['{"const": "open\\', 'SCHEMA_INVALID', 'a broken string at line 1, column 11'],
  ['{"const": "\\x"}', 'SCHEMA_INVALID', 'a broken string at line 1, column 11'],
  ['{"const": "\\u12"}', 'SCHEMA_INVALID', 'a broken string at line 1, column 11'],
  ['{"const":\n "a\tb"}', 'SCHEMA_INVALID', 'a broken string at line 2, column 2'],
  [false, 'SCHEMA_EMPTY', 'No value'],
  [{ type: 'integer', minimum: 3, maximum: 2 }, 'SCHEMA_EMPTY', 'No value'],
  [{ type: 'object', properties: { a: false }, required: ['a'] }, 'SCHEMA_EMPTY', 'No value'],
  [{ type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }, 'SCHEMA_EMPTY', 'No value'],
  [{ enum: [1, 2], type: 'string' }, 'SCHEMA_EMPTY', 'No value'],
])('refuses %j', (schema, code, part) => {
  const told = refusal(schema)
  expect(told).toContain(code)
  expect(told).toContain(part)
})

test('a string of many megabytes with an escape in it is read', () => {
  const long = 'x'.repeat(12_000_000)
  const builder = new IrBuilder()
  jsonSchema(`{"type": "null", "description": "${long}\\n${long}"}`).lower(builder)
  expect(judge('{"const": "a\\"b\\u00e9"}').accepts('"a\\"bé"')).toBe(true)
})

test('a million alternatives are refused, not tried', () => {
  const anyOf = Array.from({ length: 40 }, (_, index) => ({ required: [`k${index}`] }))
  const schema = {
    allOf: Array.from({ length: 5 }, (_, index) => ({ anyOf: anyOf.slice(index * 8, index * 8 + 8) })),
  }
  expect(refusal(schema)).toContain('CONSTRAINT_TOO_COMPLEX')
})

/** Definitions that each refer to the next; `link` says how. */
function chain(length: number, link: (reference: string) => object): object {
  const names = Array.from({ length }, (_, index) => `d${index}`)
  const $defs = Object.fromEntries(names.map((name, index) => [name, link(`#/$defs/d${index + 1}`)]))
  return { $defs: { ...$defs, [`d${length}`]: { type: 'null' } }, $ref: '#/$defs/d0' }
}

test('long chains of references neither overflow the stack nor pass unnoticed', () => {
  expect(refusal(chain(5000, ($ref) => ({ $ref })))).toContain('CONSTRAINT_TOO_COMPLEX')
  const builder = new IrBuilder()
  jsonSchema(chain(3000, ($ref) => ({ properties: { n: { $ref } } }))).lower(builder)
  expect(refusal(`${'{"items":'.repeat(5000)}{}${'}'.repeat(5000)}`)).toContain('more than 512 levels')
})

test('keys that JavaScript objects treat specially are ordinary ones', () => {
  const { accepts } = judge(
    '{"type":"object","properties":{"__proto__":{"type":"null"}},"required":["__proto__","constructor"]}',
  )
  expect(accepts('{"__proto__":null,"constructor":1}')).toBe(true)
  expect(accepts('{"__proto__":1,"constructor":1}')).toBe(false)
  expect(accepts('{"__proto__":null}')).toBe(false)
})

test('white space: compact, pretty as JSON.stringify has it, flexible as anybody may', () => {
  const value = { a: [1, { b: [] }], c: {} }
  expect(judge(true).accepts(JSON.stringify(value))).toBe(true)
  expect(judge(true).accepts('[1, 2]')).toBe(false)
  expect(judge(true, { whitespace: 'pretty' }).accepts(JSON.stringify(value, null, 2))).toBe(true)
  expect(judge(true, { whitespace: 'pretty' }).accepts('{"a":1}')).toBe(false)
  const flexible = judge(true, { whitespace: 'flexible' })
  for (const text of ['{"a": [1, 2]}', '{ "a" :\n\t[1 ,2 ] }', '[ ]', '{}', '{"a":1}']) {
    expect([text, flexible.accepts(text)]).toEqual([text, true])
  }
})

const spacedText = '{"a": [1, {"b": []}], "c": {}, "d": {"e": "x,y:z"}}'
const exact = { const: { a: [1, { b: [] }], c: {}, d: { e: 'x,y:z' } } }
test.each<[string, object | boolean]>([
  ['anything', true],
  ['a known value', exact],
  ['a list of known values', { enum: [exact.const, 1] }],
  ['members', { type: 'object', properties: { a: { type: 'array' }, c: true, d: { required: ['e'] } } }],
])('white space: spaced has one space behind commas and colons: %s', (_name, schema) => {
  for (const order of ['declared', 'any'] as const) {
    const { accepts } = judge(schema, { whitespace: 'spaced', order })
    expect(accepts(spacedText)).toBe(true)
    for (const other of [', ', ': ']) expect(accepts(spacedText.replace(other, other.trim()))).toBe(false)
    for (const other of ['{', '[', ',']) expect(accepts(spacedText.replace(other, `${other} `))).toBe(false)
    const constraint = jsonSchema(schema, { whitespace: 'spaced', order })
    expect(constraint.format(JSON.parse(spacedText) as never)).toBe(spacedText)
  }
})

test('members in any order where asked, each of them once where it is required', () => {
  const any = judge({ ...point, additionalProperties: false }, { order: 'any' })
  expect(any.accepts('{"y":1,"x":2}')).toBe(true)
  expect(any.accepts('{"x":2,"y":1}')).toBe(true)
  expect(any.accepts('{"x":2,"x":1}')).toBe(false)
  expect(any.accepts('{"y":2}')).toBe(false)
  expect(judge(point).accepts('{"y":1,"x":2}')).toBe(false)
  const known = judge({ const: { a: 1, b: [2] } }, { order: 'any' })
  expect(['{"a":1,"b":[2]}', '{"b":[2],"a":1}'].filter((text) => known.accepts(text))).toHaveLength(2)
  expect(known.accepts('{"a":1,"b":[2],"a":1}')).toBe(false)
})

test('lenient ignores a keyword while the text grows and checks the finished value', () => {
  const schema = { type: 'array', items: { type: 'array' }, uniqueItems: true }
  const constraint = jsonSchema(schema, { lenient: true })
  expect(judge(schema, { lenient: true }).accepts('[["a"],["a"]]')).toBe(true)
  expect(constraint.parse('[["a"],["b"]]')).toEqual([['a'], ['b']])
  expect(() => constraint.parse('[["a"],["a"]]')).toThrow('must NOT have duplicate items')
})

test('unknown formats are told, not applied', () => {
  const constraint = jsonSchema({ type: 'string', format: 'slug' })
  expect(judge({ type: 'string', format: 'slug' }).accepts('"anything at all"')).toBe(true)
  constraint.lower(new IrBuilder())
  expect(constraint.notices).toEqual(['The format "slug" at #/format is unknown and was not applied.'])
})

test('Zod schemas give the grammar and the value its type', () => {
  const schema = z.object({ name: z.string().min(1), age: z.int().min(0).optional() })
  const constraint = jsonSchema(schema)
  const value: { name: string; age?: number | undefined } = constraint.parse('{"name":"a","age":3}')
  expect(value).toEqual({ name: 'a', age: 3 })
  expect(judge(schema).accepts('{"name":"a","age":3}')).toBe(true)
  expect(judge(schema).accepts('{"name":"","age":3}')).toBe(false)
  expect(() => constraint.parse('{"name":""}')).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
})

test('a schema library without a JSON Schema is told so', () => {
  const schema = { '~standard': { version: 1, vendor: 'other', validate: (value: unknown) => ({ value }) } }
  expect(() => jsonSchema(schema)).toThrow('has no "~standard.jsonSchema"')
})

test.each([[3], [null], [[]], [undefined], [() => 1]])('%p is no schema', (schema) => {
  expect(() => jsonSchema(schema as never)).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }))
})

test.each([[{ whitespace: 'wide' }], [{ order: 'random' }], [{ lenient: 1 }]])(
  '%j is no option',
  (options) => {
    expect(() => jsonSchema({}, options as never)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    )
  },
)

test('values are written as the option says', () => {
  expect(jsonSchema(point).format({ x: 1, y: 2 })).toBe('{"x":1,"y":2}')
  expect(jsonSchema(point, { whitespace: 'pretty' }).format({ x: 1 })).toBe('{\n  "x": 1\n}')
  expect(() => jsonSchema(point).format(undefined)).toThrow(
    expect.objectContaining({ code: 'VALUE_INVALID' }),
  )
  expect(() => jsonSchema(point).parse('{')).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
})
