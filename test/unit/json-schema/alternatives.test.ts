// Alternatives of oneOf that a member tells apart: as many as a schema may have, whatever else they hold. Those that
// may have a value in common are told apart by it, too.
import { judge, refusal } from '../../support/schema-judge.js'

const tagged = (kind: object, more: object = {}, required: string[] = ['kind']) => ({
  type: 'object',
  properties: { kind, ...more },
  required,
  additionalProperties: false,
})

test('a thousand objects told apart by a constant', () => {
  const oneOf = Array.from({ length: 1000 }, (_, index) =>
    tagged({ const: `k${index}` }, { a: { type: 'integer' } }),
  )
  const { accepts } = judge({ oneOf })
  for (const text of ['{"kind":"k0"}', '{"kind":"k999","a":1}'])
    expect([text, accepts(text)]).toEqual([text, true])
  for (const text of ['{"kind":"k1000"}', '{"a":1}', '{"kind":"k1","a":"x"}'])
    expect([text, accepts(text)]).toEqual([text, false])
})

test('what two alternatives share is in neither', () => {
  const oneOf = [
    tagged({ enum: ['a', 'b'] }, { x: { type: 'integer' } }),
    tagged({ enum: ['b', 'c'] }, { x: { minimum: 3 } }),
    tagged({ enum: ['d'] }),
    { type: 'object', properties: { kind: { const: 'd' } }, required: ['kind'], maxProperties: 1 },
  ]
  const { accepts } = judge({ oneOf })
  for (const text of ['{"kind":"a"}', '{"kind":"c","x":3}', '{"kind":"b","x":1}', '{"kind":"b","x":3.5}'])
    expect([text, accepts(text)]).toEqual([text, true])
  for (const text of ['{"kind":"b"}', '{"kind":"b","x":3}', '{"kind":"d"}'])
    expect([text, accepts(text)]).toEqual([text, false])
})

test('alternatives that refer to the whole', () => {
  const node = { $ref: '#/$defs/node' }
  const schema = {
    ...node,
    $defs: {
      node: {
        oneOf: [
          tagged({ const: 'leaf' }),
          tagged({ const: 'pair' }, { left: node, right: node }, ['kind', 'left', 'right']),
          tagged({ const: 'one' }, { only: { allOf: [node] } }, ['kind', 'only']),
        ],
      },
    },
  }
  const { accepts } = judge(schema)
  const leaf = '{"kind":"leaf"}'
  expect(accepts(`{"kind":"pair","left":${leaf},"right":{"kind":"one","only":${leaf}}}`)).toBe(true)
  expect(accepts(`{"kind":"pair","left":${leaf}}`)).toBe(false)
})

test('more alternatives than can be compared one by one are refused', () => {
  const oneOf = Array.from({ length: 900 }, (_, index) =>
    tagged({ type: 'object', properties: { of: { const: index } }, required: ['of'] }),
  )
  expect(refusal({ oneOf })).toMatch(/^CONSTRAINT_TOO_COMPLEX /)
})
