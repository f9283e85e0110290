// Goal: with one space behind commas and colons every JSON text is what Python's json.dumps writes: nested and empty
// objects and arrays, values given by a caller, and those that do not fit, which are told by where they stop fitting.
// Method: random values against a writer that knows nothing of schemas.
import fc from 'fast-check'
import { jsonSchema } from '../../../lib/constraint/constraint.js'
import { recogniserOf } from '../../../lib/constraint/recogniser-of.js'
import { json, prompt } from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import '../../support/property-seed.js'

type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value }

function spaced(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${spaced(one)}`)
    .join(', ')}}`
}

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -7, 'x', ', ', ':', ',\n ', '{}', ''),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b ', ', ', '": "'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}))

test('any value is written and read with its spaces, and with no others', () => {
  const any = jsonSchema<Value>({}, { whitespace: 'spaced' })
  fc.assert(
    fc.property(value, (one) => {
      const text = spaced(one)
      expect(any.format(one)).toBe(text)
      expect(any.parse(text)).toEqual(one)
      const recogniser = recogniserOf(any)
      expect(recogniser.has(text)).toBe(true)
      const compact = JSON.stringify(one)
      expect(recogniser.has(compact)).toBe(compact === text)
    }),
    { numRuns: 300 },
  )
})

test('a value that the schema does not have is written with spaces, too', () => {
  const none = jsonSchema<Value>({ type: 'string' }, { whitespace: 'spaced' })
  fc.assert(
    fc.property(
      value.filter((one) => typeof one !== 'string'),
      (one) => {
        expect(none.format(one)).toBe(spaced(one))
      },
    ),
    { numRuns: 200 },
  )
})

test('known values stand in the text with spaces, and what does not fit is told by its place', async () => {
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'array', items: { type: 'integer' } },
      o: { type: 'object' },
      b: { type: 'boolean' },
    },
    required: ['a', 'o', 'b'],
    additionalProperties: false,
  }
  const form = prompt`${json('data', schema, { whitespace: 'spaced' })}\n`
  const known = { a: [1, 2], o: { x: {}, y: [] }, b: true }
  const text = '{"a": [1, 2], "o": {"x": {}, "y": []}, "b": true}\n'
  expect((await scripted({}).run(form, { data: known })).text).toBe(text)
  expect((await scripted({ data: known }).run(form)).text).toBe(text)
  await expect(scripted({ data: { ...known, b: 5 } }).run(form)).rejects.toMatchObject({
    code: 'ANSWER_INVALID',
    message: expect.stringMatching(/stops fitting at \/b/),
  })
  await expect(scripted({}).run(form, { data: { ...known, b: 5 } as never })).rejects.toMatchObject({
    code: 'KNOWN_VALUE_INVALID',
  })
})
