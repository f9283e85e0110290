// How large a known value is, judged before it is written: what is small to hold and endless to spell is told at once.
import { jsonSizeAtLeast } from '../../../lib/run/given/json-size.js'

const shared = (levels: number): unknown => {
  let value: unknown = ['x']
  for (let level = 0; level < levels; level++) value = [value, value]
  return value
}
const holed: unknown[] = []
holed.length = 100_000_000

test.each([
  ['parts shared forty levels deep', shared(40)],
  ['an array of holes', holed],
  ['a long text inside', { a: [{ b: 'x'.repeat(2000) }] }],
  ['many names', Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`name${at}`, 0]))],
])('%s is more than may be', (_, value) => {
  expect(jsonSizeAtLeast(value, 1000)).toBeGreaterThan(1000)
})

test('where any length may be, it ends all the same, however often parts are shared', () => {
  expect(jsonSizeAtLeast(shared(40), Number.POSITIVE_INFINITY)).toBeGreaterThan(2 ** 40)
  const wide = Array.from({ length: 400_000 }, (_, at) => ({ at }))
  expect(jsonSizeAtLeast(wide, Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(JSON.stringify(wide).length)
})

test('it is never more than the text', () => {
  const values = [
    { a: 1, b: ['x', null, true], c: { d: 'text' } },
    [],
    {},
    'text',
    7,
    null,
    [[[]]],
    new Date(0),
  ]
  for (const value of values)
    expect(jsonSizeAtLeast(value, 1e6)).toBeLessThanOrEqual(JSON.stringify(value).length)
})

test('what holds itself, and what throws, is left to who writes it', () => {
  const circle: unknown[] = []
  circle.push(circle, circle)
  const throwing = {
    get a(): unknown {
      throw new Error('mine')
    },
  }
  for (const most of [1000, Number.POSITIVE_INFINITY]) expect(jsonSizeAtLeast(circle, most)).toBe(0)
  expect(jsonSizeAtLeast(throwing, 1000)).toBe(0)
})
