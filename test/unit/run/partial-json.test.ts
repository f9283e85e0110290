// Goal: a beginning of JSON text gives what can be read so far, and never a wrong value. Method: a list, and every
// beginning of random JSON compared with the whole.
import fc from 'fast-check'
import { partialJson } from '../../../lib/run/partial-json.js'

const cases: readonly [string, unknown][] = [
  ['', undefined],
  ['{', {}],
  ['{"na', {}],
  ['{"name"', {}],
  ['{"name": ', {}],
  ['{"name": "A', { name: 'A' }],
  ['{"name": "A\\', { name: 'A' }],
  ['{"name": "A\\u00e', { name: 'A' }],
  ['{"name": "A", "age": 3', { name: 'A' }],
  ['{"name": "A", "age": 36,', { name: 'A', age: 36 }],
  ['{"tags": ["a", "b', { tags: ['a', 'b'] }],
  ['[1, 2', [1]],
  ['[1, 2]', [1, 2]],
  ['[tru', []],
  ['[[], {"a": [1, {"b": null}', [[], { a: [1, { b: null }] }]],
  ['nonsense {', undefined],
]

test.each(cases)('%s', (text, value) => {
  expect(partialJson(text)).toEqual(value)
})

/** Whether a partial value is the beginning of the whole one. */
function begins(part: unknown, whole: unknown): boolean {
  if (typeof part === 'string') return typeof whole === 'string' && whole.startsWith(part)
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) &&
      part.length <= whole.length &&
      part.every((item, index) => begins(item, whole[index]))
    )
  }
  if (typeof part === 'object' && part !== null) {
    if (typeof whole !== 'object' || whole === null) return false
    return Object.entries(part).every(([name, value]) =>
      begins(value, (whole as Record<string, unknown>)[name]),
    )
  }
  return Object.is(part, whole)
}

test('every beginning of a JSON text is the beginning of its value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.boolean(), (value, cut, isPretty) => {
      const text = JSON.stringify(value, null, isPretty ? 2 : 0)
      const whole: unknown = JSON.parse(text)
      const part = partialJson(text.slice(0, cut % (text.length + 1)))
      if (part !== undefined) expect(begins(part, whole)).toBe(true)
      if (typeof whole === 'object' && whole !== null) expect(partialJson(text)).toEqual(whole)
    }),
    { numRuns: 500 },
  )
})
