// Lenient mode: whatever strict mode refuses is left out while the text grows and judged when it is finished; what
// nobody could judge is refused before the first token. And no compilation knows of another one.
import { z } from 'zod'
import { IrBuilder } from '../../../lib/constraint/ir/ir-builder.js'
import { jsonSchema } from '../../../lib/constraint/json-schema.js'
import { judge, refusal } from '../../support/schema-judge.js'

function keys<T>(count: number, make: (key: string, index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(`k${index}`, index))
}

/** What compiling says, again and again for one constraint. */
function refusals(schema: object, options = {}): (string | null)[] {
  const constraint = jsonSchema(schema, options)
  return [1, 2, 3].map(() => {
    try {
      constraint.lower(new IrBuilder())
      return null
    } catch (error) {
      return (error as Error).message
    }
  })
}

const deep = (levels: number): object =>
  levels === 0 ? { $ref: '#/$defs/none' } : { anyOf: [deep(levels - 1)] }

test.each<[string, object]>([
  ['a reference that leads nowhere', { properties: { a: { $ref: 'other.json' } } }],
  ['one deep inside of combinators', { $ref: '#/$defs/a', $defs: { a: { allOf: [deep(20), deep(5)] } } }],
  ['one that leads to itself', { $ref: '#' }],
  ['a marked shape', { type: 'object', not: { unevaluatedProperties: false } }],
  ['a pattern', { properties: { a: { type: 'string', pattern: '(?=a)b' } } }],
  ['a pattern of keys', { patternProperties: { '(?=a)b': { type: 'null' } } }],
  ['multiples', { type: 'integer', multipleOf: 17 }],
  ['a schema without values', { allOf: [{ type: 'string' }, { type: 'integer' }] }],
  ['invalid members', { properties: { a: { minimum: 'x' }, b: { $ref: '#/properties/a' } } }],
])('a refusal is the same every time: %s', (_name, schema) => {
  const told = refusals(schema)
  expect(told[0]).not.toBeNull()
  expect(new Set(told).size).toBe(1)
})

test.each<[string, object]>([
  [
    'comparisons',
    {
      oneOf: keys(300, (key, index) => ({
        type: 'object',
        required: [key],
        properties: { [key]: { const: index } },
      })),
    },
  ],
  [
    'combinations',
    { allOf: [1, 2].map(() => ({ anyOf: keys(500, (key) => ({ type: 'object', required: [key] })) })) },
  ],
])('what one compilation has spent is not missing in the next: %s', (_name, schema) => {
  const told = refusals(schema)
  expect(told[0]).not.toBeNull()
  expect(new Set(told).size).toBe(1)
})

const leftOut: [schema: object, taken: string, bad: string][] = [
  [{ type: 'string', pattern: '^(?=.*a)[a-z]+$' }, '"cab"', '"cob"'],
  [{ type: 'string', pattern: '^(?!x)[a-z]+$' }, '"cab"', '"xab"'],
  [{ type: 'string', pattern: '(?<=a)b' }, '"ab"', '"cb"'],
  [{ type: 'string', pattern: '(?<!a)b' }, '"cb"', '"ab"'],
  [{ type: 'string', pattern: '^(a|b)\\1$' }, '"bb"', '"ab"'],
  [{ type: 'string', pattern: '^(?<x>a|b)\\k<x>$' }, '"bb"', '"ab"'],
  [{ type: 'string', pattern: '\\bcat\\b' }, '"a cat"', '"acat"'],
  [{ type: 'string', pattern: 'a\\Bb' }, '"ab"', '"a b"'],
  [{ type: 'string', pattern: '^(a$|b){9}$' }, '"bbbbbbbbb"', '"abbbbbbbb"'],
  [{ type: 'string', not: { pattern: '\\bcat\\b' } }, '"acat"', '"a cat"'],
  [{ type: 'string', minLength: 2, pattern: '(?=a)', maxLength: 3 }, '"ba"', '"bb"'],
  [{ patternProperties: { '^(?=.*a)': { type: 'integer' } } }, '{"ca":1}', '{"ca":"1"}'],
  [
    { patternProperties: { '\\bx': { type: 'integer' } }, additionalProperties: false },
    '{"x y":1}',
    '{"y":1}',
  ],
  [
    {
      patternProperties: { '\\bx': { type: 'integer' }, '^y': { type: 'null' } },
      additionalProperties: { type: 'string' },
    },
    '{"x":1,"y":null,"z":"a"}',
    '{"x":"a"}',
  ],
  [{ type: 'object', propertyNames: { pattern: '^(?!_)' } }, '{"a":1}', '{"_a":1}'],
  [{ type: 'object', not: { propertyNames: { pattern: '^(?!_)' } } }, '{"_a":1}', '{"a":1}'],
  [{ type: 'object', not: { patternProperties: { '(?=a)': false } } }, '{"a":1}', '{"b":1}'],
  [{ type: 'integer', multipleOf: 17 }, '34', '35'],
  [{ type: 'integer', not: { multipleOf: 17 } }, '35', '34'],
  [{ type: 'array', items: { type: 'array' }, uniqueItems: true }, '[["a"],["b"]]', '[["a"],["a"]]'],
  [
    { type: 'array', items: [{ type: 'string', pattern: '(?=a)' }], additionalItems: false },
    '["a"]',
    '["b"]',
  ],
  [{ oneOf: [{ pattern: '(?=a)' }, { pattern: 'b', type: 'string' }] }, '"b"', '"ab"'],
]

test.each(leftOut)('%j takes %s and judges %s at the end', (schema, taken, bad) => {
  expect(refusal(schema)).toContain('SCHEMA_UNSUPPORTED')
  const { accepts } = judge(schema, { lenient: true })
  expect([taken, accepts(taken)]).toEqual([taken, true])
  const constraint = jsonSchema(schema, { lenient: true })
  constraint.lower(new IrBuilder())
  expect(constraint.notices.join()).toContain('only checked at the end')
  expect(constraint.parse(taken)).toEqual(JSON.parse(taken))
  expect(() => constraint.parse(bad)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
})

test('a minimum over undeclared keys is judged at the end, as keys can be told apart only by their classes', () => {
  const schema = { type: 'object', minProperties: 2 }
  const alike = '{"name":1,"nope":1}'
  expect(judge(schema).accepts('{"name":1,"age":1}')).toBe(true)
  expect(judge(schema).accepts(alike)).toBe(false)
  expect(judge(schema, { lenient: true }).accepts(alike)).toBe(true)
  expect(jsonSchema(schema, { lenient: true }).parse(alike)).toEqual(JSON.parse(alike))
  const twice = '{"name":1,"name":2}'
  expect(judge(schema).accepts(twice)).toBe(false)
  expect(() => jsonSchema(schema, { lenient: true }).parse(twice)).toThrow(
    expect.objectContaining({ code: 'VALUE_INVALID' }),
  )
})

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'])(
  'the key %s is not found on a prototype',
  (key) => {
    const ahead = { type: 'string', pattern: '(?=a)' }
    const schemas = [
      { type: 'object', properties: { a: ahead }, required: [key] },
      { type: 'object', properties: { a: ahead }, dependentRequired: { [key]: ['b'] } },
      {
        type: 'object',
        properties: Object.fromEntries([
          ['a', ahead],
          [key, { type: 'integer' }],
        ]),
      },
      { type: 'object', properties: Object.fromEntries([[key, ahead]]) },
    ]
    const constraints = schemas.map((schema) => {
      const constraint = jsonSchema(JSON.stringify(schema), { lenient: true })
      constraint.lower(new IrBuilder())
      return constraint
    })
    const isTaken = (text: string): boolean[] =>
      constraints.map((constraint) => {
        try {
          constraint.parse(text)
          return true
        } catch {
          return false
        }
      })
    expect(isTaken('{}')).toEqual([false, true, true, true])
    expect(isTaken(`{"${key}":1}`)).toEqual([true, false, true, false])
    expect(isTaken(`{"${key}":"b"}`)).toEqual([true, false, false, false])
  },
)

test.each<[string, object]>([
  ['a reference out of the schema', { properties: { a: { $ref: 'other.json' } } }],
  ['no pattern of JavaScript', { type: 'string', pattern: '(?i)abc' }],
])('what could not be judged at the end is refused at once: %s', (_name, schema) => {
  expect(refusal(schema, { lenient: true })).toMatch(/^SCHEMA_/)
})

test('a hostile pattern that was left out ends in an error, not in hours', () => {
  const constraint = jsonSchema({ type: 'string', pattern: '^(?=a)(a+)+$' }, { lenient: true })
  constraint.lower(new IrBuilder())
  expect(() => constraint.parse(`"${'a'.repeat(40)}b"`)).toThrow(
    expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }),
  )
})

test('parts that stand in more places than can be judged at the end are refused at once', () => {
  let part: object = { type: 'string', pattern: '(?=a)' }
  for (let level = 0; level < 40; level++) part = { type: 'object', properties: { a: part, b: part } }
  expect(refusal(part, { lenient: true })).toContain('CONSTRAINT_TOO_COMPLEX')
})

const formats: [string, z.ZodType, string][] = [
  ['email', z.email(), 'a@b.com'],
  ['uuid', z.uuid(), '123e4567-e89b-42d3-a456-426614174000'],
  ['guid', z.guid(), '123e4567-e89b-42d3-a456-426614174000'],
  ['url', z.url(), 'https://example.com/a'],
  ['httpUrl', z.httpUrl(), 'https://example.com/a'],
  ['hostname', z.hostname(), 'example.com'],
  ['emoji', z.emoji(), '😀'],
  ['nanoid', z.nanoid(), 'V1StGXR8_Z5jdHi6B-myT'],
  ['cuid', z.cuid(), 'cjld2cjxh0000qzrmn831i7rn'],
  ['cuid2', z.cuid2(), 'tz4a98xxat96iws9zmbrgj3a'],
  ['ulid', z.ulid(), '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
  ['xid', z.xid(), '9m4e2mr0ui3e8a215n4g'],
  ['ksuid', z.ksuid(), '0ujtsYcgvSTl8PAuAdqWYSMnLOv'],
  ['ipv4', z.ipv4(), '127.0.0.1'],
  ['ipv6', z.ipv6(), '::1'],
  ['mac', z.mac(), '00:1a:2b:3c:4d:5e'],
  ['cidrv4', z.cidrv4(), '10.0.0.0/8'],
  ['cidrv6', z.cidrv6(), 'fe80::/10'],
  ['base64', z.base64(), 'YWJj'],
  ['base64url', z.base64url(), 'YW-_'],
  ['e164', z.e164(), '+14155552671'],
  ['jwt', z.jwt(), 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.YWJj'],
  ['date', z.iso.date(), '2024-02-29'],
  ['time', z.iso.time(), '12:30:00'],
  ['datetime', z.iso.datetime(), '2024-02-29T12:30:00Z'],
  ['datetime with an offset', z.iso.datetime({ offset: true }), '2024-02-29T12:30:00+02:00'],
  ['duration', z.iso.duration(), 'P1Y2M3DT4H'],
  ['lowercase', z.string().lowercase(), 'abc'],
  ['includes', z.string().includes('a.b'), 'xa.by'],
  ['template literal', z.templateLiteral(['a', z.number()]), 'a12'],
  ['hash', z.hash('sha256'), 'a'.repeat(64)],
]

test.each(formats)('the format %s of Zod works leniently', (_name, schema, text) => {
  expect(refusal(schema, { lenient: true })).toBeNull()
  const { accepts } = judge(schema, { lenient: true })
  expect(accepts(JSON.stringify(text))).toBe(true)
  const constraint = jsonSchema(schema, { lenient: true })
  constraint.lower(new IrBuilder())
  expect(constraint.parse(JSON.stringify(text))).toBe(text)
  expect(() => constraint.parse('"\\u0000 no such thing ſ A"')).toThrow(
    expect.objectContaining({ code: 'VALUE_INVALID' }),
  )
})

test('what refers to the schema of draft 4 is judged by it', () => {
  const draft4 = 'http://json-schema.org/draft-04/schema'
  const properties = { p: { $ref: `${draft4}#/properties/exclusiveMaximum` }, s: { $ref: `${draft4}#` } }
  const constraint = jsonSchema({ $schema: `${draft4}#`, type: 'object', properties }, { lenient: true })
  constraint.lower(new IrBuilder())
  expect(constraint.parse('{"p":true,"s":{"type":"string","maxLength":3}}')).toBeDefined()
  for (const bad of [
    '{"p":1}',
    '{"s":{"type":"text"}}',
    '{"s":{"exclusiveMinimum":true}}',
    '{"s":{"required":[]}}',
  ]) {
    expect(() => constraint.parse(bad)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
  }
})
