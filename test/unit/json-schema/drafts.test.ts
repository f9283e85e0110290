// What a draft has and what it has not: a keyword of another draft asks nothing, under `not` and `oneOf` neither, and
// up to draft 7 nothing counts beside $ref. The judge of finished values reads every schema the same way.
import { IrBuilder } from '../../../lib/constraint/ir/ir-builder.js'
import { type JsonSchemaOptions, jsonSchema } from '../../../lib/constraint/json-schema.js'
import { refusal } from '../../support/schema-judge.js'
import { readerOf } from '../../support/schema-reader.js'

const drafts = {
  4: 'http://json-schema.org/draft-04/schema#',
  6: 'http://json-schema.org/draft-06/schema#',
  7: 'http://json-schema.org/draft-07/schema#',
  2019: 'https://json-schema.org/draft/2019-09/schema',
  2020: 'https://json-schema.org/draft/2020-12/schema',
}
type Draft = keyof typeof drafts
const all = Object.keys(drafts).map(Number) as Draft[]
const from = (first: Draft, last: Draft = 2020): Draft[] =>
  all.filter((each) => first <= each && each <= last)

/** A keyword, a value it refuses, a value it takes, the drafts that have it. */
const keywords: [keyword: string, schema: object, refused: string, taken: string, has: Draft[]][] = [
  ['const', { const: 1 }, '2', '1', from(6)],
  ['contains', { type: 'array', contains: { enum: [1] } }, '[2]', '[1]', from(6)],
  ['propertyNames', { type: 'object', propertyNames: { maxLength: 1 } }, '{"ab":1}', '{"a":1}', from(6)],
  ['exclusiveMinimum', { type: 'integer', exclusiveMinimum: 3 }, '3', '4', from(6)],
  [
    'if',
    JSON.parse('{"if":{"type":"integer"},"then":{"minimum":5},"else":{"type":"string"}}'),
    '1',
    '5',
    from(7),
  ],
  ['else', { if: { type: 'integer' }, else: { type: 'string' } }, 'null', '""', from(7)],
  [
    'dependentRequired',
    { type: 'object', dependentRequired: { a: ['b'] } },
    '{"a":1}',
    '{"b":1}',
    from(2019),
  ],
  [
    'dependentSchemas',
    { type: 'object', dependentSchemas: { a: { maxProperties: 1 } } },
    '{"a":1,"b":1}',
    '{"b":1,"c":1}',
    from(2019),
  ],
  [
    'minContains',
    { type: 'array', items: { type: 'integer' }, contains: { minimum: 1 }, minContains: 2 },
    '[1]',
    '[1,1]',
    from(2019),
  ],
  ['unevaluatedItems', { type: 'array', unevaluatedItems: false }, '[1]', '[]', from(2019)],
  ['unevaluatedProperties', { type: 'object', unevaluatedProperties: false }, '{"a":1}', '{}', from(2019)],
  ['prefixItems', { type: 'array', prefixItems: [{ enum: [1] }] }, '[2]', '[1]', from(2020)],
  ['items', { type: 'array', items: [{ enum: [1] }] }, '[2]', '[1]', from(4, 2019)],
  [
    'additionalItems',
    { type: 'array', items: [{ enum: [1] }], additionalItems: false },
    '[1,2]',
    '[1]',
    from(4, 2019),
  ],
  ['dependencies', { type: 'object', dependencies: { a: ['b'] } }, '{"a":1}', '{"b":1}', all],
  [
    '$recursiveRef',
    { type: 'array', maxItems: 1, items: { $recursiveRef: '#' } },
    '[1]',
    '[[]]',
    from(2019, 2019),
  ],
  ['$dynamicRef', { type: 'array', maxItems: 1, items: { $dynamicRef: '#' } }, '[1]', '[[]]', from(2020)],
]

const readers = new Map<string, (text: string) => boolean>()

function accepts(schema: object, text: string, options: JsonSchemaOptions = {}): boolean {
  const key = JSON.stringify([schema, options])
  const reads = readers.get(key) ?? readerOf(schema, options)
  readers.set(key, reads)
  return reads(text)
}

test.each(keywords)('%s', (keyword, schema, refused, taken, has) => {
  for (const draft of all) {
    const isKnown = has.includes(draft)
    const named = { $schema: drafts[draft], ...schema }
    if (
      !isKnown &&
      (keyword === 'exclusiveMinimum' || keyword === 'items' || keyword === 'additionalItems')
    ) {
      // Another form of a keyword that is there.
      expect(refusal(named)).toMatch(/^SCHEMA_INVALID .*(exclusiveMinimum|items) is/)
      continue
    }
    expect([draft, accepts(named, refused)]).toEqual([draft, !isKnown])
    expect([draft, accepts(named, taken)]).toEqual([draft, true])
    const told = jsonSchema(named)
    told.lower(new IrBuilder())
    expect([draft, told.notices.length > 0]).toEqual([draft, !isKnown])
  }
})

// The opposites that can be held.
const opposites = keywords.filter(([keyword]) => !/^(uneval|\$)/.test(keyword))

test.each(opposites)('%s under not and oneOf', (keyword, schema, refused, taken, has) => {
  for (const draft of all) {
    // Some validators of later drafts read dependencies, and others do not.
    const isKnown = has.includes(draft) && !(keyword === 'dependencies' && draft >= 2019)
    if (!isKnown && /^(exclusiveMinimum|items|additionalItems)$/.test(keyword)) continue
    const type = (schema as { type?: string }).type ?? ['integer', 'null', 'string']
    const not = { $schema: drafts[draft], type, not: schema }
    expect([draft, accepts(not, refused)]).toEqual([draft, isKnown])
    expect([draft, accepts(not, taken)]).toEqual([draft, false])
    const oneOf = { $schema: drafts[draft], type, oneOf: [schema, { type }] }
    expect([draft, accepts(oneOf, refused)]).toEqual([draft, isKnown])
    expect([draft, accepts(oneOf, taken)]).toEqual([draft, false])
  }
})

// The keyword judged by ajv alone, because the pattern beside it is left out.
const ahead = { type: 'object', properties: { p: { pattern: '(?=a)' } } }
const judged = keywords.filter(([keyword]) => keyword !== '$recursiveRef' && keyword !== '$dynamicRef')

test.each(judged)('%s as finished values are judged', (keyword, schema, refused, taken, has) => {
  for (const draft of all) {
    const isKnown = has.includes(draft)
    if (!isKnown && /^(exclusiveMinimum|items|additionalItems)$/.test(keyword)) continue
    for (const inner of [{ properties: { v: schema } }, { properties: { v: { not: { not: schema } } } }]) {
      const named = { $schema: drafts[draft], allOf: [ahead, inner] }
      const constraint = jsonSchema(named, { lenient: true })
      constraint.lower(new IrBuilder())
      const isTaken = (text: string): boolean => {
        try {
          constraint.parse(`{"v":${text}}`)
          return true
        } catch (error) {
          expect(error).toMatchObject({ code: 'VALUE_INVALID' })
          return false
        }
      }
      expect([draft, isTaken(refused), isTaken(taken)]).toEqual([draft, !isKnown, true])
    }
  }
})

test.each(['https://example.com/draft-07/schema#', 'http://json-schema.org/schema#', 'urn:mine', undefined])(
  'a document of %s has the keywords of all drafts',
  ($schema) => {
    for (const [keyword, schema, refused, taken] of keywords) {
      const text = `${keyword} ${refused} ${taken}`
      expect([text, accepts({ $schema, ...schema }, refused)]).toEqual([text, false])
      expect([text, accepts({ $schema, ...schema }, taken)]).toEqual([text, true])
    }
    const sibling = { $schema, $defs: { a: { type: 'string' } }, $ref: '#/$defs/a', maxLength: 3 }
    expect(accepts(sibling, '"abcd"')).toBe(false)
    expect(accepts({ $schema, type: 'number', minimum: 3, exclusiveMinimum: true }, '3')).toBe(false)
  },
)

const text = { $ref: '#/definitions/text' }
const definitions = { text: { type: 'string', maxLength: 5 } }
const siblings: [schema: object, beside: string[], neither: string[]][] = [
  [{ ...text, maxLength: 3 }, ['"abcd"'], ['"abcdef"', '1']],
  [{ ...text, type: 'integer' }, ['""'], ['1']],
  [{ properties: { v: { ...text, enum: ['a'] } }, type: 'object' }, ['{"v":"b"}'], ['{"v":1}']],
  [{ type: 'array', items: { ...text, not: {} } }, ['["a"]'], ['[1]']],
  [{ allOf: [{ ...text, allOf: [false] }, { minLength: 1 }] }, ['"a"'], ['""']],
  [{ ...text, $defs: {}, $id: 'http://other.example/', dependencies: { a: ['b'] } }, ['"a"'], ['{}']],
]

test.each(siblings)('nothing counts beside $ref up to draft 7: %j', (schema, beside, neither) => {
  for (const draft of all) {
    const named = { $schema: drafts[draft], definitions, ...schema }
    if (draft > 7) continue
    for (const each of beside) expect([draft, each, accepts(named, each)]).toEqual([draft, each, true])
    for (const each of neither) expect([draft, each, accepts(named, each)]).toEqual([draft, each, false])
  }
})

test('beside $ref under not and oneOf, and where alternatives are told apart', () => {
  for (const draft of all) {
    const isOld = draft <= 7
    const head = {
      $schema: drafts[draft],
      definitions: { ...definitions, o: { type: 'object', required: ['k'] } },
    }
    const short = { ...text, maxLength: 3 }
    expect(accepts({ ...head, type: 'string', not: short }, '"abcd"')).toBe(!isOld)
    expect(accepts({ ...head, type: 'string', not: short }, '"abc"')).toBe(false)
    expect(accepts({ ...head, oneOf: [short, { type: 'string' }] }, '"abcd"')).toBe(!isOld)
    const k = { $ref: '#/definitions/text' }
    const tagged = (tag: string): object => ({
      type: 'object',
      properties: { k: { ...k, enum: [tag] } },
      required: ['k'],
      additionalProperties: false,
    })
    // Were they told apart by what is ignored, each would be taken twice.
    const kinds = { ...head, oneOf: [tagged('a'), tagged('b')] }
    expect(accepts(kinds, '{"k":"a"}')).toBe(!isOld)
    const flat = {
      ...head,
      type: 'object',
      allOf: [{ properties: { v: short } }, { properties: { v: { minLength: 4 } } }],
    }
    expect(accepts({ ...flat, required: ['v'] }, '{"v":"abcd"}')).toBe(isOld)
  }
})

test('what names its own draft is read by it', () => {
  const inner = { definitions, allOf: [{ $ref: '#/definitions/text', maxLength: 3 }] }
  const old = { $id: 'http://x.example/old', $schema: drafts[7], ...inner }
  const unnamed = { $id: 'http://x.example/old', ...inner }
  const within = (each: object): object => ({
    $schema: drafts[2020],
    $defs: { old: each },
    $ref: 'http://x.example/old',
  })
  expect(accepts(within(old), '"abcd"')).toBe(true)
  expect(accepts(within(unnamed), '"abcd"')).toBe(false)
  // Without an identifier it is a part like any other.
  const part = { $schema: drafts[7], ...text, maxLength: 3 }
  expect(accepts({ $schema: drafts[2020], definitions, allOf: [part] }, '"abcd"')).toBe(false)
  const recent = { $id: 'http://x.example/new', $schema: drafts[2020], prefixItems: [{ type: 'string' }] }
  const outer = (each: object): object => ({ $schema: drafts[7], type: 'array', allOf: [each] })
  expect(accepts(outer(recent), '[1]')).toBe(false)
  expect(accepts(outer({ ...recent, $schema: undefined }), '[1]')).toBe(true)
  // Draft 4 names schemas by `id`, and its flags are no bounds.
  const four = { id: 'http://x.example/4', $schema: drafts[4], minimum: 3, exclusiveMinimum: true, const: 1 }
  const both = { $schema: drafts[2020], type: 'integer', $defs: { four }, $ref: 'http://x.example/4' }
  expect([accepts(both, '4'), accepts(both, '3')]).toEqual([true, false])
  expect(
    refusal({ ...both, properties: { p: { pattern: '(?=a)' } }, type: 'object' }, { lenient: true }),
  ).toMatch(/^SCHEMA_INVALID .*more than one draft/)
})

test('names that a draft does not have are none', () => {
  const anchored = { $defs: { a: { $anchor: 'a', type: 'string' } }, allOf: [{ $ref: '#a' }] }
  expect(refusal({ $schema: drafts[7], ...anchored })).toContain('is not in the schema itself')
  expect(accepts({ $schema: drafts[2019], ...anchored }, '""')).toBe(true)
  const inside = JSON.parse('{"then":{"id":"x","$id":"x","type":"string"},"allOf":[{"$ref":"x"}]}') as object
  expect(refusal({ $schema: drafts[6], ...inside })).toContain('is not in the schema itself')
  expect(accepts({ $schema: drafts[7], ...inside }, '""')).toBe(true)
  // A pointer leads anywhere.
  const pointed = { $defs: { a: { type: 'string' } }, allOf: [{ $ref: '#/$defs/a' }] }
  expect(accepts({ $schema: drafts[4], ...pointed }, '""')).toBe(true)
  expect(accepts({ $schema: drafts[4], ...pointed }, '1')).toBe(false)
})

test.each(['extends', 'disallow', 'divisibleBy', 'required'])(
  'draft 3 alone has %s so, which is refused',
  (keyword) => {
    const $schema = 'http://json-schema.org/draft-03/schema#'
    const value = { extends: { type: 'string' }, disallow: 'string', divisibleBy: 2, required: true }[keyword]
    const schema = { type: 'object', properties: { a: { type: 'number', [keyword]: value } } }
    for (const lenient of [true, false])
      expect(refusal({ $schema, ...schema }, { lenient })).toMatch(/^SCHEMA_UNSUPPORTED .* draft 3/)
    if (keyword === 'required') return
    expect(accepts({ $schema: drafts[4], ...schema }, '{"a":1}')).toBe(true)
    expect(accepts({ $schema, type: 'string', allOf: [false], minProperties: 3 }, '""')).toBe(true)
  },
)
