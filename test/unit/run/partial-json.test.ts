// Goal: a beginning of JSON text gives what can be read so far, and never a wrong value. Method: a list, and every
// beginning of random JSON compared with the whole.
import fc from 'fast-check'
import { PartialJson } from '../../../lib/run/hole/partial-json.js'
import { partialJson } from '../../support/partial-json.js'
import { slowPartialJson } from '../../support/slow-partial-json.js'

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

test('read on in pieces, it gives what reading anew gives, and changes nothing it gave', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 4 }),
      fc.array(fc.nat({ max: 5 })),
      fc.nat({ max: 2 }),
      (value, cuts, pad) => {
        const escaped = JSON.stringify(value, null, pad).replace(/[a-f\u0080-\uffff]/g, (unit, at: number) =>
          at % 2 === 0 && !isInEscape(JSON.stringify(value, null, pad), at) ? spelt(unit) : unit,
        )
        const text = isSame(escaped, value) ? escaped : JSON.stringify(value, null, pad)
        const json = new PartialJson()
        const given: [unknown, string][] = []
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const next = at + 1 + (cuts[turn % Math.max(1, cuts.length)] ?? 0)
          json.push(text.slice(at, next))
          at = next
          const part = json.value()
          expect(part).toEqual(slowPartialJson(text.slice(0, at)))
          given.push([part, JSON.stringify(part)])
        }
        for (const [part, told] of given) expect(JSON.stringify(part)).toBe(told)
      },
    ),
    { numRuns: 500 },
  )
})

function spelt(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function isInEscape(text: string, at: number): boolean {
  return text.slice(Math.max(0, at - 5), at).includes('\\')
}

/** Outside of strings an escape is no JSON. */
function isSame(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value)
  } catch {
    return false
  }
}

test('members named __proto__, and names that come twice', () => {
  for (const text of ['{"__proto__": {"a": 1}, "b": 2}', '{"a": 1, "b": 2, "a": "x"}']) {
    for (let end = 0; end <= text.length; end += 1) {
      expect(JSON.stringify(partialJson(text.slice(0, end)))).toBe(
        JSON.stringify(slowPartialJson(text.slice(0, end))),
      )
    }
  }
})

test('a value of 200 KB is read token by token', () => {
  const text = JSON.stringify(
    Array.from({ length: 5_000 }, (_, index) => ({ name: `number ${index}`, index })),
  )
  const json = new PartialJson()
  for (let at = 0; at < text.length; at += 4) {
    json.push(text.slice(at, at + 4))
    json.value()
  }
  expect(json.value()).toEqual(JSON.parse(text))
})
