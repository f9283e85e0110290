// Known values of random schemas against ajv and the grammar: a value has a text where the schema has the value, in
// whatever order its members come, and the text is one the grammar takes.
import { isDeepStrictEqual } from 'node:util'
import { jsonSchema } from '../../lib/constraint/json-schema.js'
import { validatorOf } from '../support/ajv-verdict.js'
import { RandomSchemas, type Schema } from '../support/random-schemas.js'
import { type Judge, judge } from '../support/schema-judge.js'
import { isTakenByAnother } from '../support/second-verdict.js'

const schemasMax = Number(process.env.ESPALIER_FUZZ_SCHEMAS ?? 150)
const seed = Number(process.env.ESPALIER_FUZZ_SEED ?? 7)
const valuesPerSchema = 8

/** The same value with the members of its objects the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turned(item)]),
  )
}

const layouts = ['compact', 'pretty', 'spaced'] as const

function judgeOf(schema: Schema, whitespace: (typeof layouts)[number]): Judge | null {
  try {
    return judge(schema, { whitespace })
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'SCHEMA_EMPTY' || code === 'SCHEMA_UNSUPPORTED' || code === 'CONSTRAINT_TOO_COMPLEX')
      return null
    throw error
  }
}

test(`known values of ${schemasMax} random schemas`, () => {
  const random = new RandomSchemas(seed)
  const wrong: unknown[] = []
  const counts = { known: 0, valid: 0, refused: 0, unspelled: 0 }
  for (let index = 0; index < schemasMax; index++) {
    const schema = random.document()
    const whitespace = layouts[index % layouts.length]!
    const grammar = judgeOf(schema, whitespace)
    if (grammar === null) continue
    const validate = validatorOf(schema)
    const constraint = jsonSchema(schema, { whitespace })
    for (let count = 0; count < valuesPerSchema; count++) {
      const value = turned(JSON.parse(random.text(random.near(schema))))
      const isValid = validate(value)
      if (isValid === null) continue
      const text = constraint.textOf!(value)
      if (isValid) counts.valid++
      if (text === null) {
        if (isValid && isTakenByAnother(schema, value)) counts.refused++
        continue
      }
      counts.known++
      if (!isDeepStrictEqual(constraint.parse(text), value)) wrong.push({ schema, value, text })
      if (!grammar.accepts(text)) counts.unspelled++
      if (!isValid) wrong.push({ schema, value })
    }
  }
  if (process.env.ESPALIER_FUZZ_SCHEMAS) console.log(counts, JSON.stringify(wrong.slice(0, 5)))
  // ajv contradicts itself on nested `contains`: see json-schema.test.ts.
  expect(wrong.length).toBeLessThanOrEqual(counts.known * 0.001)
  expect(counts.known).toBeGreaterThan(100)
  expect(counts.refused).toBeLessThan(counts.valid * 0.01)
  // Numbers with more digits than are told apart while they are written.
  expect(counts.unspelled).toBeLessThan(counts.known * 0.01)
})
