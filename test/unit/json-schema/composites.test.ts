// Arrays, objects, combinators and references: each row is a schema, texts that are members, texts that are not.
import { judge } from '../../support/schema-judge.js'

type Row = readonly [schema: object | string, members: string[], others: string[]]

const ab = { properties: { a: { type: 'integer' }, b: { type: 'string' } } }

const manyWords = Array.from({ length: 24 }, (_, index) => `w${index}`)

const objects: Row[] = [
  [
    { type: 'object', ...ab, additionalProperties: false },
    ['{}', '{"a":1}', '{"b":""}', '{"a":1,"b":""}'],
    ['{"b":"","a":1}', '{"c":1}', '{"a":"x"}', '{"a":1,"a":2}', '{"a":1,}'],
  ],
  // A declared key never comes back as an undeclared one.
  [
    { type: 'object', ...ab },
    ['{"a":1,"z":null}', '{"z":1,"y":2}'],
    ['{"a":1,"a":"x"}', '{"z":1,"a":"x"}', '{"\\u0061":"x"}'],
  ],
  [
    { type: 'object', properties: { é: { type: 'null' } } },
    ['{"é":null}', '{"e":1}'],
    ['{"é":1}', '{"\\u00e9":1}', '{"\\u00E9":1}'],
  ],
  [{ type: 'object', ...ab, required: ['b'] }, ['{"b":"x"}', '{"a":1,"b":"x"}'], ['{}', '{"a":1}']],
  [{ required: ['a'] }, ['1', '[]', '{"a":1}', '{"a":1,"b":2}'], ['{}', '{"b":1}']],
  [
    {
      type: 'object',
      patternProperties: { '^x': { type: 'integer' } },
      additionalProperties: { type: 'null' },
    },
    ['{"x":1,"y":null}', '{}'],
    ['{"x":null}', '{"y":1}'],
  ],
  [
    {
      type: 'object',
      properties: { xa: { minimum: 3 } },
      patternProperties: { '^x': { type: 'integer' } },
      additionalProperties: false,
    },
    ['{"xa":3}', '{"xb":1}'],
    ['{"xa":1}', '{"xa":"s"}', '{"y":1}'],
  ],
  [
    { type: 'object', patternProperties: { '^a': { type: 'integer' }, b$: { minimum: 5 } } },
    ['{"ab":5,"a":1}', '{"b":"x"}'],
    ['{"ab":4}', '{"ab":"x"}', '{"b":1}'],
  ],
  [
    { type: 'object', propertyNames: { pattern: '^[a-c]$' } },
    ['{"a":1,"c":2}', '{}'],
    ['{"d":1}', '{"aa":1}'],
  ],
  [
    { type: 'object', propertyNames: { enum: ['a', 'b'] }, minProperties: 2 },
    ['{"a":1,"b":2}'],
    ['{"a":1}', '{"a":1,"a":2}', '{"a":1,"c":2}'],
  ],
  [
    { type: 'object', ...ab, minProperties: 1, maxProperties: 1 },
    ['{"a":1}', '{"z":1}'],
    ['{}', '{"a":1,"b":""}', '{"a":1,"z":1}'],
  ],
  [
    { type: 'object', dependentRequired: { a: ['b'] }, ...ab },
    ['{"a":1,"b":""}', '{"b":""}', '{}'],
    ['{"a":1}'],
  ],
  [{ dependencies: { a: { required: ['c'] } }, ...ab }, ['{"a":1,"c":0}', '3'], ['{"a":1}']],
  [
    '{"type":"object","properties":{"b":{},"1":{}},"required":["b","1"],"additionalProperties":false}',
    ['{"b":0,"1":0}'],
    ['{"1":0,"b":0}'],
  ],
  [
    {
      allOf: [
        { properties: { a: { type: 'integer' } }, additionalProperties: false },
        { properties: { b: {} } },
      ],
    },
    ['{"a":1}', '{}', '1'],
    ['{"a":1,"b":1}', '{"b":1}'],
  ],
  [
    {
      $ref: '#/$defs/base',
      unevaluatedProperties: false,
      properties: { c: {} },
      $defs: { base: { type: 'object', properties: { a: {} } } },
    },
    ['{"a":1,"c":1}', '{"c":1}'],
    ['{"b":1}'],
  ],
]

const arrays: Row[] = [
  [{ type: 'array', items: { type: 'integer' } }, ['[]', '[1]', '[1,2,3]'], ['["a"]', '[1,"a"]', '[1,,2]']],
  [
    { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false },
    ['[]', '[1]', '[1,"a"]'],
    ['[1,"a",2]', '["a"]'],
  ],
  [
    { type: 'array', items: [{ type: 'integer' }], additionalItems: { type: 'null' } },
    ['[1,null,null]', '[]'],
    ['[null]', '[1,2]'],
  ],
  [
    { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 4 },
    ['[1,2]', '[1,2,3,4]'],
    ['[1]', '[1,2,3,4,5]'],
  ],
  [
    { type: 'array', items: { const: 0 }, minItems: 40, maxItems: 90 },
    [list(40), list(63), list(90)],
    [list(39), list(91)],
  ],
  [{ type: 'array', contains: { type: 'integer' } }, ['[1]', '["a",1,"b"]'], ['[]', '["a"]']],
  [
    { type: 'array', contains: { const: 1 }, minContains: 2, maxContains: 2, maxItems: 4 },
    ['[1,1]', '[1,2,1,3]'],
    ['[1]', '[1,1,1]', '[1,1,2,3,4]'],
  ],
  [
    { type: 'array', items: { enum: ['a', 'b', 1] }, uniqueItems: true },
    ['[]', '["a",1,"b"]', '["b"]'],
    ['["a","a"]', '[1,"a",1]', '[1,1.0]'],
  ],
  [
    { type: 'array', items: { enum: manyWords }, uniqueItems: true, minItems: 2 },
    ['["w1","w2"]', `["${manyWords.join('","')}"]`, '["w10","w1","w11"]'],
    ['["w1"]', '["w1","w1"]', '["w1","w2","w1"]', '["w24","w1"]'],
  ],
  [{ type: 'array', items: { const: 1 }, uniqueItems: true }, ['[]', '[1]'], ['[1,1]', '[1,1.0]', '[1.0]']],
  [
    {
      prefixItems: [{ type: 'string' }, { type: 'integer' }],
      items: false,
      uniqueItems: true,
      type: 'array',
    },
    ['["a",1]'],
    ['["a",1,1]'],
  ],
  [{ not: { items: { type: 'integer' } } }, ['["a"]', '[1,"a"]'], ['[1]', '[]', '1']],
]

const combined: Row[] = [
  [{ anyOf: [{ type: 'integer' }, { type: 'string', maxLength: 1 }] }, ['1', '"a"'], ['"ab"', 'null']],
  [{ oneOf: [{ type: 'integer' }, { minimum: 2 }] }, ['1', '2.5', '"a"'], ['3', '1.5']],
  [
    { oneOf: [{ required: ['a'] }, { required: ['b'] }], type: 'object', ...ab, additionalProperties: false },
    ['{"a":1}', '{"b":""}'],
    ['{}', '{"a":1,"b":""}'],
  ],
  [{ allOf: [{ minimum: 1 }, { maximum: 3 }, { type: 'integer' }] }, ['1', '3'], ['0', '4', '1.5']],
  [
    '{"type":"object","properties":{"a":{},"b":{}},"if":{"properties":{"a":{"const":1}},"required":["a"]},' +
      '"then":{"required":["b"]},"else":{"maxProperties":1}}',
    ['{"a":1,"b":""}', '{"a":2}', '{}'],
    ['{"a":1}', '{"a":2,"b":""}'],
  ],
  [{ not: { type: ['integer', 'object'] } }, ['1.5', '"a"', '[]', 'null'], ['1', '{}']],
  [{ not: { required: ['a'] } }, ['{}', '{"b":1}'], ['{"a":1}', '1']],
  [
    { type: 'object', not: { additionalProperties: false, properties: { a: {} } } },
    ['{"b":1}', '{"a":1,"b":1}'],
    ['{}', '{"a":1}'],
  ],
  [{ $ref: '#/$defs/a~1b%25', $defs: { 'a/b%': { type: 'null' } } }, ['null'], ['1']],
  [{ $defs: { n: { $anchor: 'n', type: 'integer' } }, $ref: '#n' }, ['1'], ['"a"']],
  [
    {
      $id: 'http://x.example/root.json',
      properties: { a: { $ref: 'item.json' } },
      $defs: { i: { $id: 'item.json', type: 'null' } },
    },
    ['{"a":null}'],
    ['{"a":1}'],
  ],
  [
    { type: 'object', properties: { next: { $ref: '#' } }, additionalProperties: false },
    ['{}', '{"next":{"next":{}}}'],
    ['{"next":1}', '{"next":{"a":1}}'],
  ],
  [
    {
      type: 'object',
      required: ['kind'],
      oneOf: [
        { properties: { kind: { const: 'a' }, x: { type: 'integer' } } },
        { properties: { kind: { const: 'b' }, x: { type: 'string' } } },
      ],
    },
    ['{"kind":"a","x":1}', '{"kind":"b","x":"1"}'],
    ['{"kind":"a","x":"1"}', '{"kind":"c"}'],
  ],
]

function list(count: number): string {
  return `[${Array.from({ length: count }, () => '0').join()}]`
}

test.each([...objects, ...arrays, ...combined].map((row) => [JSON.stringify(row[0]), ...row] as const))(
  '%s',
  (_, schema, members, others) => {
    const { accepts } = judge(schema)
    expect(members.filter((text) => !accepts(text))).toEqual([])
    expect(others.filter((text) => accepts(text))).toEqual([])
  },
)

/** Documents of so many versions; none of them says that its version is required, so that all of them overlap. */
function versions(count: number): object {
  const part = (index: number): object => ({
    type: 'array',
    items: { type: 'object', required: [`v${index}`] },
  })
  const parts = Array.from({ length: count }, (_, index) => [`part${index}`, part(index)] as const)
  const oneOf = parts.map((_, version) => ({
    properties: Object.fromEntries([
      ['version', { const: version }],
      ['about', { $ref: '#/$defs/about' }],
      ['title', { type: 'string', description: `The title in version ${version}.` }],
      ...parts.map(
        ([key, value], index) => [key, index % 3 === version % 3 ? value : { type: 'array' }] as const,
      ),
    ]),
    additionalProperties: false,
  }))
  return { $defs: { about: { type: 'object' } }, type: 'object', required: ['version'], oneOf }
}

test('what needs thousands of alternatives compiles, and takes what it should', () => {
  const { accepts } = judge(versions(6))
  expect(accepts('{"version":1}')).toBe(true)
  expect(accepts('{"version":1,"about":{},"title":"a","part1":[{"v1":1}],"part2":[1]}')).toBe(true)
  expect(accepts('{"version":1,"part1":[1]}')).toBe(false)
  expect(accepts('{"version":9}')).toBe(false)
  expect(accepts('{"version":2,"other":1}')).toBe(false)
})

test('alternatives that differ in what they are called only are one', () => {
  const called = (name: string): object => ({
    properties: { a: { type: 'string', title: name } },
    additionalProperties: false,
  })
  const { accepts } = judge({
    type: 'object',
    not: { anyOf: [called('x')] },
    ...called('y'),
    additionalProperties: true,
  })
  expect(['{"a":"1"}', '{"b":1}', '{}'].map(accepts)).toEqual([false, true, false])
})
