// Patterns that are told apart by how their texts begin or end, and by nothing else: one too many would make oneOf take
// what two alternatives match. Judged by JavaScript's own regular expressions.
import fc from 'fast-check'
import { jsonSchema } from '../../../lib/constraint/constraint.js'
import { recogniserOf } from '../../../lib/constraint/recogniser-of.js'
import { judge, refusal } from '../../support/schema-judge.js'

const patterns = [
  '^ab',
  '^a',
  'ab',
  '^b?a',
  '^(?:ab|b)',
  '^(ab)c$',
  'bc$',
  'c$',
  'b*c$',
  '^x.*c$',
  '^x.*d$',
  '^x|c$',
  '^😀',
  '^$',
  '^[a]b',
]
const texts = ['', 'a', 'ab', 'abc', 'b', 'ba', 'bc', 'c', 'xc', 'xd', 'x', '😀', '😃', 'xabc', 'abx', 'cx']
const pairs = patterns.flatMap((one) => patterns.map((other) => [one, other] as const))

test.each(pairs)('one of %s and %s', (one, other) => {
  const schema = { type: 'string', oneOf: [{ pattern: one }, { pattern: other }] }
  const expressions = [one, other].map((source) => new RegExp(source, 'u'))
  const members = texts.filter((text) => expressions.filter((each) => each.test(text)).length === 1)
  const refused = refusal(schema)
  if (refused !== null) {
    expect([refused.split(' ')[0], members]).toEqual(['SCHEMA_EMPTY', []])
    return
  }
  const { accepts } = judge(schema)
  expect(texts.filter((text) => accepts(JSON.stringify(text)))).toEqual(members)
})

test('beside many others a pattern has the keys that it alone matches', () => {
  const sets = fc.shuffledSubarray(patterns, { minLength: 5 })
  const check = (some: readonly string[]) => {
    const values = Object.fromEntries(some.map((pattern, index) => [pattern, { const: index }]))
    const { accepts } = judge({ type: 'object', patternProperties: values, additionalProperties: false })
    for (const text of texts) {
      const matching = some.flatMap((pattern, index) => (new RegExp(pattern, 'u').test(text) ? [index] : []))
      const taken = some.flatMap((_, index) => (accepts(JSON.stringify({ [text]: index })) ? [index] : []))
      expect([text, taken]).toEqual([text, matching.length === 1 ? matching : []])
    }
  }
  fc.assert(fc.property(sets, check), { numRuns: 30 })
})

const numbers = Array.from({ length: 200 }, (_, index) => index)

test('hundreds of patterns that begin otherwise are alternatives, for strings and for keys', () => {
  const strings = { oneOf: numbers.map((index) => ({ type: 'string', pattern: `^p${index}_` })) }
  const one = recogniserOf(jsonSchema(strings))
  expect(['"p0_"', '"p7_x"', '"p199_p7_"'].filter((text) => !one.has(text))).toEqual([])
  expect(['"p"', '"p7"', '"p200_"', '"x"'].filter((text) => one.has(text))).toEqual([])
  const types = numbers.map((index) => [`^p${index}_`, { type: index % 2 ? 'string' : 'integer' }])
  const keys = { patternProperties: Object.fromEntries(types), additionalProperties: false, type: 'object' }
  const object = recogniserOf(jsonSchema(keys))
  expect(['{"p1_":"x"}', '{"p2_a":1,"p3_":"y"}'].filter((text) => !object.has(text))).toEqual([])
  expect(['{"p1_":1}', '{"p200_":1}', '{"p2":1}'].filter((text) => object.has(text))).toEqual([])
})
