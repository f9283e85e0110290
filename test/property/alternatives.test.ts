// Alternatives of small objects that overlap, against ajv on every object there is: what is said of each member of each
// alternative is weighed against all others, and much of that is cut short where it says nothing new.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { judge } from '../support/schema-judge.js'

const schemasMax = Number(process.env.ESPALIER_FUZZ_SCHEMAS ?? 60)
const seed = Number(process.env.ESPALIER_FUZZ_SEED ?? 3)

/** Whole numbers below the bound, always the same for a seed. */
function numbers(start: number): (below: number) => number {
  let state = start >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const keys = ['a', 'b', 'c']
const values = [undefined, 1, 2, 'x']
const members: object[] = [
  { const: 1 },
  { const: 2 },
  { enum: [1, 2] },
  { type: 'integer', description: 'said otherwise' },
  { type: 'integer' },
  { type: 'string' },
  { $ref: '#/$defs/one' },
  { $ref: '#/$defs/one', title: 'said otherwise' },
  { $ref: '#/$defs/text' },
  { not: { const: 1 } },
  {},
  { title: 'anything' },
]
const $defs = { one: { const: 1 }, text: { type: 'string' } }

const objects = values.flatMap((a) => values.flatMap((b) => values.map((c) => ({ a, b, c }))))
const texts = objects.map((object) => JSON.stringify(object))

function objectSchema(below: (bound: number) => number): object {
  const properties = Object.fromEntries(
    keys.filter(() => below(3) > 0).map((key) => [key, members[below(members.length)]!]),
  )
  const required = keys.filter(() => below(4) === 0)
  const closed = [{ additionalProperties: false }, {}, { additionalProperties: true }][below(3)]!
  return {
    ...(below(4) === 0 ? {} : { type: 'object' }),
    properties,
    ...(required.length > 0 ? { required } : {}),
    ...closed,
  }
}

function schemaOf(below: (bound: number) => number): object {
  const some = Array.from({ length: 2 + below(4) }, () => objectSchema(below))
  const combined = [
    { oneOf: some },
    { anyOf: some },
    { allOf: some },
    { not: { anyOf: some } },
    { not: { oneOf: some } },
  ][below(5)]!
  const beside = below(2) === 0 ? {} : objectSchema(below)
  return { $defs, ...beside, ...combined }
}

test(`${schemasMax} schemas of alternatives take what they should`, () => {
  const below = numbers(seed)
  const wrong: unknown[] = []
  let judged = 0
  for (let index = 0; index < schemasMax; index++) {
    const schema = schemaOf(below)
    const validate = new Ajv2020({ strict: false, logger: false }).compile(schema)
    let accepts: (text: string) => boolean = () => false
    try {
      accepts = judge(schema, { order: 'any' }).accepts
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === 'SCHEMA_UNSUPPORTED' || code === 'CONSTRAINT_TOO_COMPLEX') continue
      if (code !== 'SCHEMA_EMPTY') throw error
    }
    judged++
    for (const text of texts) {
      const isTaken = accepts(text)
      if (isTaken !== validate(JSON.parse(text))) wrong.push([JSON.stringify(schema), text, isTaken])
    }
  }
  expect(wrong).toEqual([])
  expect(judged).toBeGreaterThan(schemasMax / 2)
})
