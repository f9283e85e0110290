// Schemas of other libraries: keys they would drop are never written, and what they promise to tell is waited for.
import { z } from 'zod'
import { jsonSchema } from '../../../lib/constraint/json-schema.js'
import { judge, refusal } from '../../support/schema-judge.js'

const a = z.object({ a: z.int() })
const b = z.object({ b: z.int() })
interface Tree {
  v: number
  next?: Tree | undefined
}
const tree: z.ZodType<Tree> = z.object({ v: z.int(), next: z.lazy(() => tree).optional() })

const rows: [name: string, schema: z.ZodType, members: string[], others: string[]][] = [
  ['an object', a, ['{"a":1}'], ['{"a":1,"b":2}', '{"b":2,"a":1}', '{}']],
  ['a strict one', z.strictObject({ a: z.int() }), ['{"a":1}'], ['{"a":1,"b":2}']],
  ['a loose one', z.looseObject({ a: z.int() }), ['{"a":1}', '{"a":1,"b":[]}'], ['{"b":2}']],
  ['passthrough', a.loose(), ['{"a":1,"b":[]}'], []],
  ['a catchall', a.catchall(z.boolean()), ['{"a":1,"b":true}'], ['{"a":1,"b":2}']],
  ['no members', z.object({}), ['{}'], ['{"a":1}']],
  ['an optional member', a.partial(), ['{}', '{"a":1}'], ['{"b":1}']],
  ['inside of an array', z.array(a), ['[{"a":1}]'], ['[{"a":1,"b":2}]']],
  [
    'inside of an object',
    z.object({ o: a }),
    ['{"o":{"a":1}}'],
    ['{"o":{"a":1,"b":2}}', '{"o":{"a":1},"p":1}'],
  ],
  ['in a tuple', z.tuple([a, b]), ['[{"a":1},{"b":1}]'], ['[{"a":1,"b":1},{"b":1}]']],
  ['a record', z.record(z.string(), z.int()), ['{"x":1,"y":2}'], ['{"x":""}']],
  [
    'a record of known keys',
    z.record(z.enum(['x', 'y']), z.int()),
    ['{"x":1,"y":2}'],
    ['{"x":1,"y":2,"z":3}'],
  ],
  ['a loose record', z.looseRecord(z.string().regex(/^S_/), z.int()), ['{"S_a":1,"b":[]}'], ['{"S_a":""}']],
  ['a union', z.union([a, b]), ['{"a":1}', '{"b":1}'], ['{"a":1,"b":1}', '{"a":1,"c":1}']],
  ['one of both', z.xor([a, b]), ['{"a":1}', '{"b":1}'], ['{"a":1,"b":1}']],
  [
    'a discriminated union',
    z.discriminatedUnion('k', [z.object({ k: z.literal('a'), x: z.int() }), z.object({ k: z.literal('b') })]),
    ['{"k":"a","x":1}', '{"k":"b"}'],
    ['{"k":"b","x":1}', '{"k":"a","x":1,"y":1}'],
  ],
  ['both', z.intersection(a, b), ['{"a":1,"b":1}'], ['{"a":1,"b":1,"c":1}', '{"a":1}']],
  ['both or one', z.union([z.intersection(a, b), a]), ['{"a":1,"b":1}', '{"a":1}'], ['{"a":1,"c":1}']],
  [
    'both, one of them a record',
    z.intersection(a, z.record(z.string(), z.int())),
    ['{"a":1,"b":1,"c":1}'],
    ['{"b":1}', '{"a":1,"b":""}'],
  ],
  ['itself', tree, ['{"v":1,"next":{"v":2}}'], ['{"v":1,"next":{"v":2,"w":1}}', '{"v":1,"w":1}']],
  ['anything', z.object({ u: z.unknown() }), ['{"u":{"x":1}}'], ['{"u":1,"v":1}', '{}']],
  ['any JSON', z.json(), ['{"x":{"y":1}}'], []],
  ['a default', z.object({ d: z.int().default(1) }), ['{}', '{"d":2}'], ['{"e":1}']],
  ['what may be null', a.nullable(), ['null', '{"a":1}'], ['{"a":1,"b":1}']],
  ['extended', a.extend({ c: z.int() }), ['{"a":1,"c":1}'], ['{"a":1,"c":1,"b":1}']],
]

test.each(rows)('%s', (_name, schema, members, others) => {
  for (const order of ['declared', 'any'] as const) {
    const { accepts } = judge(schema, { order })
    for (const text of members) expect([text, accepts(text)]).toEqual([text, true])
    for (const text of others) expect([text, accepts(text)]).toEqual([text, false])
  }
})

test.each(rows)('nothing that is written is dropped: %s', (_name, schema, members) => {
  for (const text of members) {
    const value: unknown = jsonSchema(schema).parse(text)
    expect({ ...(JSON.parse(text) as object), ...(value as object) }).toEqual({ ...(value as object) })
  }
})

/** A schema of some other library. */
function standard(schema: object, validate: (value: unknown) => unknown = (value) => ({ value })) {
  const jsonOf = { input: () => schema as Record<string, unknown> }
  return { '~standard': { version: 1, vendor: 'other', validate, jsonSchema: jsonOf } }
}

test('objects of any such schema are closed unless they say otherwise', () => {
  const properties = { a: { type: 'integer' } }
  const closed = judge(standard({ type: 'object', properties }))
  expect(['{}', '{"a":1}', '{"b":1}'].map(closed.accepts)).toEqual([true, true, false])
  const open = judge(standard({ type: 'object', properties, additionalProperties: true }))
  expect(open.accepts('{"b":1}')).toBe(true)
  const said = judge(standard({ type: 'object', properties, unevaluatedProperties: { type: 'null' } }))
  expect(['{"b":null}', '{"b":1}'].map(said.accepts)).toEqual([true, false])
  expect(judge(standard({ type: 'object' })).accepts('{"b":1}')).toBe(true)
  expect(judge({ type: 'object', properties }).accepts('{"b":1}')).toBe(true)
  const required = judge(standard({ type: 'object', properties, required: ['r'] }))
  expect(['{"r":1}', '{"a":1,"r":1}', '{"r":1,"s":1}'].map(required.accepts)).toEqual([true, true, false])
  const needed = standard({ type: 'object', properties, minProperties: 2 })
  expect(refusal(needed)).toContain('SCHEMA_EMPTY')
})

const even = z.object({ n: z.int() }).refine(async ({ n }) => n % 2 === 0, 'is odd')

test('a promised verdict is told by parseAsync', async () => {
  const constraint = jsonSchema(even)
  expect(() => constraint.parse('{"n":2}')).toThrow('parseAsync')
  await expect(constraint.parseAsync!('{"n":2}')).resolves.toEqual({ n: 2 })
  await expect(constraint.parseAsync!('{"n":1}')).rejects.toMatchObject({
    code: 'VALUE_INVALID',
    message: expect.stringContaining('is odd'),
  })
  await expect(constraint.parseAsync!('{"n":')).rejects.toMatchObject({ code: 'VALUE_INVALID' })
  const plain = jsonSchema(a)
  await expect(plain.parseAsync!('{"a":1}')).resolves.toEqual(plain.parse('{"a":1}'))
})

test('whatever can be waited for is a promise', async () => {
  // biome-ignore lint/suspicious/noThenProperty: what is tested.
  const later = { then: (tell: (result: unknown) => void) => tell?.({ value: 7 }) }
  const constraint = jsonSchema(standard({ type: 'integer' }, () => later) as never)
  expect(() => constraint.parse('1')).toThrow('parseAsync')
  await expect(constraint.parseAsync!('1')).resolves.toBe(7)
})
