// Random schemas and texts against ajv: what a grammar takes, the validator must take too. Wrong refusals are few and
// have known causes (the order of members, long numbers, bugs of the validator), so that they are only counted.
//
// ajv 8.20 contradicts itself on nested `contains`: it refuses [[10], []] where it takes [[], [10]], and [] under
// some schema and under its `not`. So what it alone refuses is judged again by another validator.
//
// ESPALIER_FUZZ_SCHEMAS and ESPALIER_FUZZ_SEED set how many and which; test/fuzz/json-schema.mjs runs many.
import { validatorOf } from '../support/ajv-verdict.js'
import { RandomSchemas, type Schema } from '../support/random-schemas.js'
import { type Judge, judge } from '../support/schema-judge.js'
import { isTakenByAnother } from '../support/second-verdict.js'

const schemasMax = Number(process.env.ESPALIER_FUZZ_SCHEMAS ?? 100)
const seed = Number(process.env.ESPALIER_FUZZ_SEED ?? 1)
const valuesPerSchema = 8

interface Case {
  readonly schema: Schema
  readonly text: string
}

test(`no wrong acceptance among ${schemasMax} random schemas`, () => {
  const random = new RandomSchemas(seed)
  const accepted: Case[] = []
  const refused: Case[] = []
  const counts = { schemas: 0, unsupported: 0, cases: 0, valid: 0, disputed: 0 }
  for (let index = 0; index < schemasMax; index++) {
    const schema = random.document()
    const validate = validatorOf(schema)
    const judges = judgesOf(schema)
    counts.schemas++
    if (judges === null) {
      counts.unsupported++
      continue
    }
    for (let count = 0; count < valuesPerSchema; count++) {
      const text = random.text(random.near(schema))
      const value = JSON.parse(text) as unknown
      const isValid = validate(value)
      if (isValid === null) continue
      const isAccepted = [text, JSON.stringify(value)].map((each) =>
        judges.some(({ accepts }) => accepts(each)),
      )
      counts.cases++
      if (isValid) counts.valid++
      if (isAccepted.includes(true) && !isValid) {
        if (isTakenByAnother(schema, value)) counts.disputed++
        else accepted.push({ schema, text })
      }
      if (!isAccepted.includes(true) && isValid) refused.push({ schema, text })
    }
  }
  if (process.env.ESPALIER_FUZZ_SCHEMAS) {
    console.log(
      counts,
      `wrong refusals: ${refused.length}`,
      refused.map((each) => JSON.stringify(each)).join('\n'),
    )
  }
  expect(accepted).toEqual([])
  expect(counts.disputed).toBeLessThanOrEqual(counts.cases * 0.001)
  expect(counts.unsupported).toBeLessThan(counts.schemas * 0.2)
  expect(refused.length).toBeLessThan(counts.valid * 0.01)
})

/** Both orders; null where the schema is refused, none where it has no values. */
function judgesOf(schema: Schema): Judge[] | null {
  try {
    return (['declared', 'any'] as const).map((order) => judge(schema, { order, whitespace: 'flexible' }))
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'SCHEMA_EMPTY') return []
    if (code === 'SCHEMA_UNSUPPORTED' || code === 'CONSTRAINT_TOO_COMPLEX') return null
    throw error
  }
}

test('the first validator contradicts itself, the other does not', () => {
  const some = { contains: { contains: { type: 'integer' } }, maxContains: 1 }
  const values = [
    [[10], []],
    [[], [10]],
  ]
  expect(values.map((value) => validatorOf(some)(value))).toEqual([false, true])
  expect(values.map((value) => isTakenByAnother(some, value))).toEqual([true, true])
})
