// What counts as evaluated, for unevaluatedProperties and unevaluatedItems: small random schemas of the keywords that
// evaluate, each with every small value, against a validator. What the grammar takes, the validator must take too.
import { Validator } from '@cfworker/json-schema'
import { readerOf } from '../support/schema-reader.js'

const documentsMax = Number(process.env.ESPALIER_FUZZ_SCHEMAS ?? 40)
const seed = Number(process.env.ESPALIER_FUZZ_SEED ?? 1)
type Draft = '2019-09' | '2020-12'
const uris = {
  '2019-09': 'https://json-schema.org/draft/2019-09/schema',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
}

class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  below(max: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0
    return Math.floor(((this.#state >>> 8) / 2 ** 24) * max)
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}

type Schema = Record<string, unknown> | boolean

function conditional(condition: Schema, met: Schema): Record<string, unknown> {
  return Object.fromEntries([
    ['if', condition],
    ['then', met],
  ])
}

function objectSchema(chance: Chance, depth: number): Schema {
  const inner = (): Schema => objectSchema(chance, depth + 1)
  const key = (): string => chance.of(['a', 'b', 'c'])
  const leaf = (): Schema => ({ properties: { [key()]: chance.of([true, { const: 1 }]) } })
  if (depth > 2) return leaf()
  switch (chance.below(13)) {
    case 0:
      return { allOf: [inner(), inner()] }
    case 1:
    case 2:
      return { anyOf: [inner(), inner(), ...(chance.below(2) ? [inner()] : [])] }
    case 3:
      return { oneOf: [inner(), inner()] }
    case 4:
      return { not: { not: inner() } }
    case 5:
      return { if: inner() }
    case 6:
      return conditional(inner(), inner())
    case 7:
      return { ...conditional({ required: [key()] }, inner()), else: inner() }
    case 8:
      return { dependentSchemas: { [key()]: inner() } }
    case 9:
      return { required: [key()], ...(leaf() as object) }
    case 10:
      return { patternProperties: { [`^${key()}`]: true } }
    case 11:
      return { $ref: '#/$defs/d', ...(inner() as object) }
    default:
      return leaf()
  }
}

function arraySchema(chance: Chance, depth: number): Schema {
  const inner = (): Schema => arraySchema(chance, depth + 1)
  const item = (): Schema => chance.of([true, { const: 1 }, { const: 2 }, { enum: [1, 3] }])
  const leaf = (): Schema =>
    chance.of([
      { prefixItems: [item()] },
      { prefixItems: [item(), item()] },
      { contains: item() },
      { contains: item(), minContains: 0 },
      { contains: item(), minContains: 2 },
    ])
  if (depth > 2) return leaf()
  switch (chance.below(9)) {
    case 0:
      return { allOf: [inner(), inner()] }
    case 1:
      return { anyOf: [inner(), inner()] }
    case 2:
      return { not: { not: inner() } }
    case 3:
      return { if: inner() }
    case 4:
      return conditional(inner(), inner())
    case 5:
      return { $ref: '#/$defs/d', ...(inner() as object) }
    default:
      return leaf()
  }
}

const members = (): string[] => {
  const choices = [null, 1, 2]
  const made: string[] = []
  for (const a of choices)
    for (const b of choices)
      for (const c of choices) {
        const entries = Object.entries({ a, b, c }).filter(([, value]) => value !== null)
        made.push(JSON.stringify(Object.fromEntries(entries)))
      }
  return made
}

const lists = (): string[] => {
  const made = [[], [1], [2], [3]] as number[][]
  for (const list of [[1], [2], [3]]) for (const next of [1, 2, 3]) made.push([...list, next])
  made.push([1, 2, 3], [2, 1, 3], [3, 2, 1], [1, 1, 1], [2, 2, 1])
  return made.map((list) => JSON.stringify(list))
}

/** In the words of the older draft, whose lists of items are called `items`. */
function worded(text: string, draft: Draft): string {
  return draft === '2020-12' ? text : text.replaceAll('"prefixItems"', '"items"')
}

test.each([
  ['properties', objectSchema, members()],
  ['items', arraySchema, lists()],
] as const)(`no wrong acceptance of unevaluated %s among ${documentsMax} schemas`, (kind, make, texts) => {
  const chance = new Chance(seed)
  const counts = { valid: 0, refused: 0, unsupported: 0 }
  const wrong: string[] = []
  for (let count = 0; count < documentsMax; count++) {
    const draft: Draft = count % 4 === 0 ? '2019-09' : '2020-12'
    const keyword = kind === 'items' ? 'unevaluatedItems' : 'unevaluatedProperties'
    const rest = chance.below(4) === 0 ? { const: 2 } : false
    const schema = {
      $schema: uris[draft],
      ...(make(chance, 0) as object),
      [keyword]: rest,
      $defs: { d: make(chance, 1) },
    }
    const text = worded(JSON.stringify({ type: kind === 'items' ? 'array' : 'object', ...schema }), draft)
    let reads: (text: string) => boolean
    try {
      reads = readerOf(text, { order: 'any' })
    } catch {
      counts.unsupported++
      continue
    }
    const validator = new Validator(JSON.parse(text), draft)
    for (const each of texts) {
      const isValid = validator.validate(JSON.parse(each)).valid
      // In the older draft what `contains` matches is not evaluated, which this validator overlooks.
      if (isValid && draft === '2019-09' && text.includes('"contains"')) continue
      if (isValid) counts.valid++
      if (reads(each) === isValid) continue
      if (isValid) counts.refused++
      wrong.push(`${isValid ? 'refused' : 'ACCEPTED'} ${each} of ${text}`)
    }
  }
  if (process.env.ESPALIER_FUZZ_SCHEMAS) console.log(counts, wrong.join('\n'))
  expect(wrong.filter((each) => each.startsWith('ACCEPTED'))).toEqual([])
  expect(counts.refused).toBe(0)
  expect(counts.unsupported).toBeLessThan(documentsMax * 0.1)
})

test('more alternatives than are followed together', () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  const anyOf = keys.map((key) => ({ required: [key], properties: { [key]: { const: 1 } } }))
  const nested = [{ anyOf }, { allOf: [{ anyOf }] }, { $defs: { d: { anyOf } }, $ref: '#/$defs/d' }]
  for (const each of nested) {
    const schema = { type: 'object', ...each, unevaluatedProperties: false }
    const reads = readerOf(schema)
    const validator = new Validator(schema as object, '2020-12')
    for (let chosen = 0; chosen < 64; chosen++) {
      for (const value of [1, 2]) {
        const entries = keys.filter((_, index) => chosen & (1 << index)).map((key) => [key, value])
        const text = JSON.stringify(Object.fromEntries(entries))
        if (reads(text)) expect([text, validator.validate(JSON.parse(text)).valid]).toEqual([text, true])
      }
    }
    expect(keys.every((key) => reads(`{"${key}":1}`))).toBe(true)
  }
})
