// Opposites of patternProperties and additionalProperties against ajv, with keys given twice: what the grammar takes is
// valid as JSON.parse reads it, and every valid value has an order of its members that the grammar takes, in which a
// known value is written, too.
import { jsonSchema } from '../../lib/constraint/json-schema.js'
import { validatorOf } from '../support/ajv-verdict.js'
import { RandomSchemas } from '../support/random-schemas.js'
import { type Judge, judge, refusal } from '../support/schema-judge.js'

type Schema = { readonly [keyword: string]: unknown }

const seed = Number(process.env.ESPALIER_FUZZ_SEED ?? 1)
const schemasMax = Number(process.env.ESPALIER_FUZZ_SCHEMAS ?? 25)
const keys = ['a', 'b', 'ab', 'xa', 'z']
const patterns = ['^a', 'b$', 'a', '^[ab]+$']
const values = [0, 5, 'a', 'bb', true, null, {}, { a: 1 }, []]
const parts: readonly (Schema | boolean)[] = [
  { type: 'string' },
  { type: 'integer' },
  { type: ['integer', 'boolean'] },
  { const: 5 },
  { enum: [0, 'a', null] },
  { minimum: 3 },
  { maxLength: 1 },
  { required: ['a'] },
  { not: { type: 'string' } },
  { properties: { a: { type: 'string' } } },
  false,
  true,
]

class Groups {
  readonly random: RandomSchemas

  constructor(random: RandomSchemas) {
    this.random = random
  }

  #part(): Schema | boolean {
    return this.random.pick(parts)
  }

  group(): Schema {
    const { random } = this
    const group: { [keyword: string]: unknown } = {}
    const map = (list: readonly string[]): object =>
      Object.fromEntries(list.filter(() => random.chance(0.4)).map((key) => [key, this.#part()]))
    if (random.chance(0.7)) group.patternProperties = { [random.pick(patterns)]: this.#part() }
    if (random.chance(0.6)) group.additionalProperties = this.#part()
    if (random.chance(0.4)) group.properties = map(keys)
    if (random.chance(0.2)) group.required = [random.pick(keys)]
    if (random.chance(0.15)) group.minProperties = random.below(3)
    return group
  }

  schema(): Schema {
    const around: readonly (() => Schema)[] = [
      () => ({ not: this.group() }),
      () => ({ oneOf: [this.group(), this.group()] }),
      () => conditional(this.group(), this.group(), this.group()),
      () => ({ ...this.group(), not: this.group() }),
      () => ({ not: { anyOf: [this.group(), this.group()] } }),
      () => ({ not: { not: this.group() } }),
      () => ({ maxProperties: 2, not: this.group() }),
      () => ({ ...this.group(), not: { properties: { a: this.group() } } }),
    ]
    return { type: 'object', ...this.random.pick(around)() }
  }
}

function conditional(...branches: readonly Schema[]): Schema {
  return Object.fromEntries(['if', 'then', 'else'].map((keyword, index) => [keyword, branches[index]]))
}

const random = new RandomSchemas(seed)
const groups = new Groups(random)
const counts = { schemas: 0, refused: 0, empty: 0, texts: 0, valid: 0, unordered: 0, unwritten: 0 }

test.each<[text: string, isTaken: boolean]>([
  ['{"a":1}', true],
  ['{"b":"x","a":1}', true],
  // Valid, but the one that is no text must be the last.
  ['{"a":1,"b":"x"}', false],
  ['{"a":"x","a":1}', true],
  ['{"a":1,"a":"x"}', false],
  ['{"a":1,"k":1,"a":"x"}', false],
  ['{"k":"x"}', true],
  ['{"k":"x","k":"y"}', false],
  ['{}', false],
])('some undeclared key is no text, or k is no integer: %s', (text, isTaken) => {
  const schema = {
    type: 'object',
    not: { properties: { k: { type: 'integer' } }, additionalProperties: { type: 'string' } },
  }
  for (const order of ['declared', 'any'] as const)
    expect(judge(schema, { order }).accepts(text)).toBe(isTaken)
})

test('what takes two members of one kind is refused by name, not as empty', () => {
  const [string, other] = [{ type: 'string' }, { not: { type: 'string' } }]
  const schema = { not: { anyOf: [{ additionalProperties: string }, { additionalProperties: other }] } }
  expect(refusal({ type: 'object', ...schema })).toMatch(
    /SCHEMA_UNSUPPORTED .*additionalProperties.*one member/,
  )
})

test(`no wrong acceptance among ${schemasMax} opposites, and every value in some order`, () => {
  for (let index = 0; index < schemasMax; index++) {
    const schema = groups.schema()
    counts.schemas++
    const judges = judgesOf(schema)
    if (judges === null) counts.refused++
    else if (judges.length === 0) counts.empty++
    const isValid = validatorOf(schema)
    for (let count = 0; count < 5 && judges !== null; count++) look(schema, judges, isValid)
  }
  if (process.env.ESPALIER_FUZZ_SCHEMAS) console.log(counts)
  expect(counts.refused).toBeLessThan(counts.schemas * 0.1)
  // Two needs of one region, each met by a member of its own.
  expect(counts.unordered).toBeLessThanOrEqual(counts.valid * 0.03)
  expect(counts.unwritten).toBeLessThanOrEqual(counts.unordered)
})

function look(schema: Schema, judges: readonly Judge[], isValid: (value: unknown) => boolean | null): void {
  const members = keys
    .filter(() => random.chance(0.45))
    .slice(0, 3)
    .map((key): Member => [key, random.pick(values)])
  const again: Member[] =
    members.length > 0 && random.chance(0.5) ? [[random.pick(members)[0], random.pick(values)]] : []
  const isAccepted = (list: readonly Member[]): boolean => {
    const text = `{${list.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`
    const isTaken = judges.map((each) => each.accepts(text)).includes(true)
    counts.texts++
    if (isTaken && !isValid(JSON.parse(text))) throw new Error(`${JSON.stringify(schema)} takes ${text}`)
    return isTaken
  }
  for (const order of permutations([...members, ...again])) isAccepted(order)
  const value = Object.fromEntries(members)
  if (!isValid(value)) return
  counts.valid++
  if (!permutations(members).map(isAccepted).includes(true)) counts.unordered++
  const text = judges.length === 0 ? null : jsonSchema(schema).textOf?.(value)
  if (typeof text !== 'string') counts.unwritten++
  else if (!judges[0]!.accepts(text)) throw new Error(`${JSON.stringify(schema)} refuses its own ${text}`)
}

type Member = readonly [key: string, value: unknown]

/** Both orders; null where the schema is refused, none where it has no values. */
function judgesOf(schema: Schema): Judge[] | null {
  try {
    return (['declared', 'any'] as const).map((order) => judge(schema, { order }))
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'SCHEMA_EMPTY') return []
    if (code === 'SCHEMA_UNSUPPORTED' || code === 'CONSTRAINT_TOO_COMPLEX') return null
    throw error
  }
}

function permutations<T>(items: readonly T[]): (readonly T[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((first, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  )
}
