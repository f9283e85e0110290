// A schema that was given before: what is made of it is there already, as long as nothing of it is other.
import { z } from 'zod'
import { jsonSchema } from '../../../lib/constraint/constraint.js'

const schema = () => ({ type: 'object', properties: { a: { enum: [1, 'x', null] }, b: { maximum: 0.5 } } })

test('equal schemas are one constraint, as texts and as objects', () => {
  expect(jsonSchema(schema())).toBe(jsonSchema(schema()))
  const text = JSON.stringify(schema())
  expect(jsonSchema(text)).toBe(jsonSchema(text))
  expect(jsonSchema(true)).toBe(jsonSchema(true))
  expect(jsonSchema({ maximum: 1.5 })).toBe(jsonSchema({ maximum: 1.5 }))
})

test.each<[string, object, object]>([
  ['another order of members', { properties: { a: {}, b: {} } }, { properties: { b: {}, a: {} } }],
  ['a number and its text', { const: 1 }, { const: '1' }],
  ['a list and its one item', { enum: [['a']] }, { enum: ['a'] }],
  ['lists that end elsewhere', { enum: [['a'], 'b'] }, { enum: [['a', 'b']] }],
  ['a key and a value', { const: { a: 'b' } }, { const: ['a', 'b'] }],
  ['nothing in an object and in a list', { const: {} }, { const: [] }],
  ['null and its text', { const: null }, { const: 'null' }],
  ['a key with a quote', { const: { 'a":1,"b': 2 } }, { const: { a: 1, b: 2 } }],
])('%s are two constraints', (_, one, other) => {
  expect(jsonSchema(one)).not.toBe(jsonSchema(other))
})

test.each([{ whitespace: 'spaced' }, { order: 'any' }, { lenient: true }, { openApiFormats: true }] as const)(
  'the same schema with %j is another constraint',
  (options) => {
    expect(jsonSchema(schema(), options)).not.toBe(jsonSchema(schema()))
    expect(jsonSchema(schema(), options)).toBe(jsonSchema(schema(), options))
  },
)

test('an object that was changed since is another schema', () => {
  const changing = { ...schema(), minProperties: 0 }
  const before = jsonSchema(changing)
  changing.minProperties = 1
  expect(jsonSchema(changing)).not.toBe(before)
  changing.minProperties = 0
  expect(jsonSchema(changing)).toBe(before)
})

test('what has code of its own is made anew', () => {
  const own = z.object({ a: z.string().refine((text) => text !== 'no') })
  expect(jsonSchema(own)).not.toBe(jsonSchema(own))
})

test('what is made of large schemas and of schemas long ago is not kept', () => {
  const large = { enum: Array.from({ length: 20_000 }, (_, index) => `value ${index}`) }
  expect(jsonSchema(large)).not.toBe(jsonSchema(large))
  const early = jsonSchema({ const: 'early' })
  for (let index = 0; index < 600; index++) jsonSchema({ const: index })
  expect(jsonSchema({ const: 'early' })).not.toBe(early)
})
