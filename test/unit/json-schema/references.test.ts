// What references mean, by draft, and what counts as evaluated: each row is a schema, members, texts that are not.
import { judge, refusal } from '../../support/schema-judge.js'

type Row = readonly [schema: object, members: string[], others: string[]]

const draft7 = 'http://json-schema.org/draft-07/schema#'
const draft2019 = 'https://json-schema.org/draft/2019-09/schema'
const draft2020 = 'https://json-schema.org/draft/2020-12/schema'

/** `#/allOf/0` refers to what a sibling `$id` would make another schema of. */
const siblingId = {
  $id: 'http://x.example/base/',
  definitions: {
    other: { $id: 'http://x.example/foo', type: 'string' },
    mine: { $id: 'foo', type: 'number' },
  },
  allOf: [{ $id: 'http://x.example/', $ref: 'foo' }],
}

const tree = {
  $id: 'http://x.example/strict',
  $dynamicAnchor: 'node',
  $ref: 'tree',
  unevaluatedProperties: false,
  $defs: {
    tree: {
      $id: 'tree',
      $dynamicAnchor: 'node',
      type: 'object',
      properties: { next: { $dynamicRef: '#node' } },
    },
  },
}

const references: Row[] = [
  [{ $schema: draft7, ...siblingId }, ['1'], ['"a"']],
  [{ $schema: draft2019, ...siblingId }, ['"a"'], ['1']],
  // Draft 4's `id`, although nothing says that it is draft 4: there is no other meaning.
  [
    {
      id: 'http://x.example/tree',
      properties: { next: { $ref: 'node' } },
      definitions: { n: { id: 'node', type: 'null' } },
    },
    ['{"next":null}'],
    ['{"next":1}'],
  ],
  // An identifier where no schema stands names nothing.
  [
    {
      $ref: 'http://x.example/a',
      $defs: { a: { unknown: [{ $id: 'http://x.example/a', type: 'null' }] } },
      properties: { b: { $id: 'http://x.example/a', type: 'string' } },
    },
    ['"a"'],
    ['null'],
  ],
  [
    { $ref: '#/unknown/b', unknown: { b: { $id: 'http://x.example/b', $ref: '#/c', c: { type: 'null' } } } },
    ['null'],
    ['1'],
  ],
  [tree, ['{}', '{"next":{"next":{}}}'], ['{"a":1}', '{"next":{"a":1}}', '{"next":1}']],
  [
    {
      $id: 'http://x.example/root',
      $dynamicAnchor: 'meta',
      properties: { foo: { const: 'pass' } },
      $ref: 'extended',
      $defs: {
        extended: { $id: 'extended', $dynamicAnchor: 'meta', properties: { bar: { $ref: 'bar' } } },
        bar: { $id: 'bar', properties: { baz: { $dynamicRef: 'extended#meta' } } },
      },
    },
    ['{"foo":"pass","bar":{"baz":{"foo":"pass"}}}'],
    ['{"foo":"pass","bar":{"baz":{"foo":"fail"}}}'],
  ],
  [
    {
      $id: 'http://x.example/r',
      $recursiveAnchor: true,
      anyOf: [
        {
          $id: 'inner',
          $recursiveAnchor: true,
          additionalProperties: { $recursiveRef: '#' },
          type: 'object',
        },
        { type: 'integer' },
      ],
    },
    ['1', '{"a":{"b":1}}'],
    ['"a"', '{"a":"b"}'],
  ],
]

const evaluated: Row[] = [
  // What a negation holds is not evaluated, even where it is negated twice.
  [
    {
      properties: { a: { type: 'string' } },
      not: { not: { properties: { b: { const: 1 } }, required: ['b'] } },
      unevaluatedProperties: false,
      type: 'object',
    },
    [],
    ['{"a":"","b":1}', '{"b":1}'],
  ],
  [
    {
      prefixItems: [{ const: 0 }],
      not: { not: { prefixItems: [true, { const: 1 }] } },
      unevaluatedItems: false,
    },
    ['[0]'],
    ['[0,1]'],
  ],
  [
    {
      type: 'object',
      anyOf: [
        { properties: { a: { const: 1 } }, required: ['a'] },
        { properties: { b: { const: 2 } }, required: ['b'] },
      ],
      unevaluatedProperties: false,
    },
    ['{"a":1}', '{"b":2}', '{"a":1,"b":2}'],
    ['{}', '{"a":1,"b":3}', '{"a":1,"c":2}'],
  ],
  [
    { $schema: draft2020, type: 'array', contains: { type: 'string' }, unevaluatedItems: { type: 'null' } },
    ['["a"]', '[null,"a",null]'],
    ['[]', '[null]', '["a",1]'],
  ],
  [
    { $schema: draft2019, type: 'array', contains: { type: 'string' }, unevaluatedItems: { maxLength: 1 } },
    ['["a"]', '[null,"a"]'],
    ['["a","ab"]'],
  ],
  [
    {
      $schema: draft2020,
      type: 'array',
      not: { not: { contains: { const: 1 } } },
      unevaluatedItems: { type: 'null' },
    },
    [],
    ['[1]', '[1,null]'],
  ],
]

test.each([...references, ...evaluated].map((row) => [JSON.stringify(row[0]), ...row] as const))(
  '%s',
  (_, schema, members, others) => {
    if (members.length === 0 && refusal(schema)?.startsWith('SCHEMA_EMPTY')) return
    const { accepts } = judge(schema)
    expect(members.filter((text) => !accepts(text))).toEqual([])
    expect(others.filter((text) => accepts(text))).toEqual([])
  },
)

test.each([
  [siblingId, '"$ref" at #/allOf/0/$ref'],
  [
    {
      $defs: {
        a: { $id: 'http://x.example/a', $defs: { t: { $dynamicAnchor: 't', type: 'null' } } },
        b: { $id: 'http://x.example/b', $dynamicAnchor: 't', $defs: { r: { $dynamicRef: '#t' } } },
      },
      $ref: 'http://x.example/b#/$defs/r',
    },
    '"$dynamicRef" at',
  ],
])('a reference with more than one meaning is refused: %j', (schema, part) => {
  const told = refusal(schema)
  expect(told).toContain('has more than one meaning')
  expect(told).toContain(part)
})
