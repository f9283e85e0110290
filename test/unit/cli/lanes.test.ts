// Events of branches side by side, brought into one order: every lane whole, in the order they began, nothing lost.
// Judged by lists, and by random interleavings of lanes that were in order before.
import fc from 'fast-check'
import { Lanes, type Shown } from '../../../lib/cli/lanes.js'
import type { RunEvent } from '../../../lib/run/report/event.js'

function ordered(events: readonly RunEvent[]): readonly Shown[] {
  const shown: Shown[] = []
  const lanes = new Lanes((event) => shown.push(event))
  for (const event of events) lanes.take(event)
  lanes.end()
  return shown
}

const text = (path: string, said: string): RunEvent => ({ type: 'text', path, hole: null, text: said })
const token = (hole: string, said: string): RunEvent => ({ type: 'token', hole, tokens: [], text: said })
const start = (branch: string): RunEvent => ({ type: 'branch-start', branch })
const end = (branch: string): RunEvent => ({ type: 'branch-end', branch, text: '' })

const told = (events: readonly Shown[]): string =>
  events
    .map((event) => {
      if (event.type === 'branch-start') return `<${event.branch}`
      if (event.type === 'branch-end') return `${event.branch}>`
      if (event.type === 'dropped') return `-${event.count}`
      return 'text' in event ? event.text : event.type
    })
    .join(' ')

test('the first branch comes as it comes, the second when the first is over', () => {
  const shown: Shown[] = []
  const lanes = new Lanes((event) => shown.push(event))
  for (const event of [start('a'), start('b'), text('b.', 'b1'), text('a.', 'a1')]) lanes.take(event)
  expect(told(shown)).toBe('<a a1')
  lanes.take(end('a'))
  expect(told(shown)).toBe('<a a1 a> <b b1')
  for (const event of [token('b.x', 'b2'), end('b'), text('', 'on')]) lanes.take(event)
  expect(told(shown)).toBe('<a a1 a> <b b1 b2 b> on')
})

test('a branch within a branch comes where it stands, and names that begin alike are told apart', () => {
  const events = [
    start('a'),
    start('ab'),
    text('ab.', 'ab1'),
    start('a.x[0]'),
    start('a.x[1]'),
    token('a.x[1].h', 'x1'),
    token('a.x[0].h', 'x0'),
    end('ab'),
    end('a.x[1]'),
    end('a.x[0]'),
    text('a.', 'a1'),
    end('a'),
  ]
  expect(told(ordered(events))).toBe('<a <a.x[0] x0 a.x[0]> <a.x[1] x1 a.x[1]> a1 a> <ab ab1 ab>')
})

test('of candidates the one that is kept is shown, and how many were not', () => {
  const events = [
    { ...text('', 'x'), candidate: [0] },
    { ...text('', 'y'), candidate: [1] },
    { ...text('', 'z'), candidate: [2] },
    { type: 'kept', path: '', fill: 1 } as const,
    text('', 'on'),
  ]
  expect(told(ordered(events))).toBe('y -2 on')
})

test('candidates of branches side by side are told apart', () => {
  const events = [
    start('a'),
    start('b'),
    { ...text('a.', 'a0'), candidate: [0] },
    { ...text('b.', 'b0'), candidate: [0] },
    { ...text('b.', 'b1'), candidate: [1] },
    { ...text('a.', 'a1'), candidate: [1] },
    { type: 'kept', path: 'b.', fill: 1 } as const,
    { type: 'kept', path: 'a.', fill: 0 } as const,
    end('b'),
    end('a'),
  ]
  expect(told(ordered(events))).toBe('<a a0 -1 a> <b b1 -1 b>')
})

test('what waits when a run ends early is shown', () => {
  expect(told(ordered([start('a'), start('b'), text('b.', 'b1')]))).toBe('<a <b b1')
})

/** Lanes of lanes, and what they say. */
interface Tree {
  readonly said: number
  readonly inner: readonly Tree[]
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    said: fc.nat({ max: 3 }),
    inner: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant([]),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }),
}))

/** Each list in its order, mixed by the numbers. */
function mixed(lists: RunEvent[][], numbers: number[]): RunEvent[] {
  const left = lists.map((list) => [...list])
  const events: RunEvent[] = []
  for (let turn = 0; left.some((list) => list.length > 0); turn += 1) {
    const open = left.filter((list) => list.length > 0)
    events.push(open[(numbers[turn % numbers.length] ?? 0) % open.length]!.shift()!)
  }
  return events
}

function run(
  branch: string,
  { said, inner }: Tree,
  numbers: number[],
  mix: 'mixed' | 'in order',
): RunEvent[] {
  const names = inner.map((_, index) => `${branch}.${index}`)
  const bodies = inner.map((one, index) => run(names[index]!, one, numbers, mix))
  // Branches begin together, in their order.
  const begun =
    mix === 'mixed'
      ? [
          ...names.map(start),
          ...mixed(
            bodies.map((body) => body.slice(1)),
            numbers,
          ),
        ]
      : bodies.flat()
  const own = Array.from({ length: said }, (_, index) => text(`${branch}.`, `${branch}:${index}`))
  return [start(branch), ...own, ...begun, end(branch)]
}

test('any mixture of branches comes out as if they had run one after the other', () => {
  fc.assert(
    fc.property(tree, fc.array(fc.nat(), { minLength: 1 }), (root, numbers) => {
      expect(ordered(run('r', root, numbers, 'mixed'))).toEqual(run('r', root, numbers, 'in order'))
    }),
  )
})
