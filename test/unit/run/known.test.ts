// Known values: each is written down and judged once a run however often it is asked for, and refused before any work
// where no context could hold it.
import { choice } from '../../../lib/constraint/choice.js'
import type { Constraint } from '../../../lib/constraint/constraint-type.js'
import { jsonSchema } from '../../../lib/constraint/json-schema.js'
import { gen, hole, select } from '../../../lib/prompt/hole.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const speak = answers({ 'A: ': 'good\n' })

function counting<V>(constraint: Constraint<V>): {
  readonly counted: Constraint<V>
  readonly calls: () => number
} {
  let calls = 0
  const counted = {
    ...constraint,
    format: (value: V) => {
      calls += 1
      return constraint.format(value)
    },
  }
  return { counted, calls: () => calls }
}

test('a known value is written down once a run', async () => {
  const { counted, calls } = counting(choice(['yes', 'no']))
  const { model } = fakeModel(speak)
  const template = prompt`A: ${gen('a')}
${hole('b', counted)}${hole('c', counted)}`
  for (const run of [1, 2, 3]) {
    const { values } = await model.run(template, { b: 'yes', c: 'no' })
    expect(values).toEqual({ a: 'good', b: 'yes', c: 'no' })
    expect(calls()).toBe(2 * run)
  }
})

test.each([
  ['free text', gen('b')],
  ['JSON', hole('b', jsonSchema({ type: 'string' }))],
  ['JSON of a length', hole('b', jsonSchema({ type: 'string', maxLength: 1_000_000 }))],
])('a known value no context holds is refused: %s', async (_name, part) => {
  const { model, engine } = fakeModel(speak, { contextTokens: 100 })
  const run = model.run(
    prompt`A: ${gen('a')}
${part}`,
    { b: 'x'.repeat(100_000) },
  )
  await expect(run).rejects.toMatchObject({ name: 'CapacityError', code: 'PROMPT_TOO_LONG' })
  expect(engine.generates).toEqual([])
})

test('a value that breaks its constraint is shown by its beginning', async () => {
  const { model } = fakeModel(speak)
  const run = model.run(prompt`A: ${hole('b', jsonSchema({ type: 'string', maxLength: 3 }))}`, {
    b: 'x'.repeat(2000),
  })
  await expect(run).rejects.toMatchObject({ code: 'KNOWN_VALUE_INVALID' })
  await run.catch((error: Error) => expect(error.message.length).toBeLessThan(500))
})

test('a known value is judged as a value and written as the model would have', async () => {
  const { model } = fakeModel(speak)
  const schema = {
    type: 'object',
    properties: { a: { type: 'integer' }, b: { type: 'number', minimum: 0, maximum: 1 } },
    required: ['a', 'b'],
    additionalProperties: false,
  } as const
  const template = prompt`A: ${hole('v', jsonSchema<{ a: number; b: number }>(schema))}
`
  const run = await model.run(template, { v: { b: 1e-7, a: 2 } })
  expect(run.values.v).toEqual({ a: 2, b: 1e-7 })
  expect(run.text).toBe('A: {"a":2,"b":1e-7}\n')
  await expect(model.run(template, { v: { b: 1.5, a: 2 } })).rejects.toMatchObject({
    code: 'KNOWN_VALUE_INVALID',
  })
  await expect(model.run(template, { v: { b: Number.NaN, a: 2 } })).rejects.toMatchObject({
    code: 'KNOWN_VALUE_INVALID',
  })
})

test('a known value that a lenient schema left out is judged, too', async () => {
  const { model } = fakeModel(speak)
  const unique = jsonSchema<string[]>(
    { type: 'array', items: { type: 'string' }, uniqueItems: true },
    { lenient: true },
  )
  const template = prompt`A: ${hole('v', unique)}
`
  expect((await model.run(template, { v: ['a', 'b'] })).values.v).toEqual(['a', 'b'])
  await expect(model.run(template, { v: ['a', 'a'] })).rejects.toMatchObject({ code: 'KNOWN_VALUE_INVALID' })
})

test('an empty option is chosen, known, and not scored', async () => {
  const { model } = fakeModel(answers({ 'A: ': '.\n' }))
  const template = prompt`A: ${select('v', ['', 'yes'])}.
`
  expect((await model.run(template)).text).toBe('A: .\n')
  expect((await model.run(template, { v: '' })).values.v).toBe('')
  expect(() => select('v', ['', 'yes'], { by: 'logprob' })).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }),
  )
})
