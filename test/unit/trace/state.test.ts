// What lines come to: a moment is the same whatever comes later, whatever is missing, and the texts, reasons and nodes
// are the ones that were made.
import fc from 'fast-check'
import { segmentsOf, strandsOf } from '../../../lib/trace/state/strands.js'
import { TraceState } from '../../../lib/trace/state.js'
import type { Trace, TraceLine } from '../../../lib/trace/trace.js'
import { TraceMaker } from '../../support/made-trace.js'
import { chat, fanOut, large, treeOfThought, triage } from '../../support/made-traces.js'

const traces: readonly [string, Trace][] = [
  ['triage', triage()],
  ['tree of thought', treeOfThought()],
  ['fan-out', fanOut(4)],
  ['chat', chat(4)],
]

/** All there is to know of a moment. */
function everything(state: TraceState, moment: number) {
  const tree = state.tree(moment)
  return {
    steps: state.steps.slice(0, state.stepsBefore(moment)),
    nodes: [...tree.nodes.values()].map(({ tokens, ...node }) => ({ ...node, tokens: tokens() })),
    children: [...tree.children],
    runs: state.runs(moment).map((run) => {
      const at = state.run(run, moment)!
      return { ...at, strands: strandsOf(at) }
    }),
  }
}

test.each(traces)('%s: a moment is what its lines come to', (_, { lines }) => {
  const all = TraceState.of(lines)
  for (let moment = 0; moment <= lines.length; moment += 1) {
    expect(everything(all, moment)).toEqual(everything(TraceState.of(lines.slice(0, moment)), moment))
  }
})

test('any lines in any order: a moment is what its lines come to, and nothing throws', () => {
  const lines = traces.flatMap(([, trace]) => trace.lines)
  const some = fc.array(fc.nat(lines.length - 1), { maxLength: 60 })
  fc.assert(
    fc.property(some, fc.nat(60), (picked, at) => {
      const list = picked.map((index) => lines[index]!)
      const moment = Math.min(at, list.length)
      const all = TraceState.of(list)
      expect(everything(all, moment)).toEqual(everything(TraceState.of(list.slice(0, moment)), moment))
      for (const run of all.runs(list.length)) {
        const state = all.run(run, list.length)!
        const strands = strandsOf(state)
        for (const { id } of strands) all.passage(state, strands, id)
      }
    }),
    { numRuns: 200 },
  )
})

test.each(traces)('%s: every text is made of its tokens, before it is over and after', (_, { lines }) => {
  const state = TraceState.of(lines)
  for (const run of state.runs(lines.length)) {
    for (let moment = 1; moment <= lines.length; moment += 1) {
      const at = state.run(run, moment)
      if (at === null) continue
      const strands = strandsOf(at)
      const final = state.finalText(run, null)!
      const { cells, asides } = state.passage(at, strands, 0)
      const text = cells.map((cell) => cell.text).join('')
      const whole = final.pieces.map((piece) => piece.text).join('')
      // An attempt stands there until the next line gives it up.
      expect(whole.startsWith(text) || lines[moment]?.type === 'given-up').toBe(true)
      if (at.outcome === 'done') expect(text).toBe(whole)
      expect(asides.every(({ before }) => before <= cells.length)).toBe(true)
      for (const { token, text: own } of cells) if (token !== null) expect(state.textOf(token)).toBe(own)
    }
  }
})

test('what was rolled back stands where it was, with its reason, and what counts was drawn', () => {
  const { lines } = triage()
  const state = TraceState.of(lines)
  const run = state.run(0, lines.length)!
  const { cells, asides } = state.passage(run, strandsOf(run), 0)
  const [aside] = asides
  expect(aside!.givenUp.map((index) => run.fills[index]!.givenUp!.reason)).toEqual([
    'a customer who was charged twice is never low',
    'nobody answered: it has waited too long',
  ])
  expect(cells[aside!.before]).toMatchObject({ text: 'high', hole: 'priority', cost: 'drawn' })
  const drawn = cells.filter((cell) => cell.kind === 'generated')
  expect(drawn.every((cell) => cell.drawn !== null)).toBe(true)
  expect(cells.map((cell) => cell.text).join('')).toContain('<script>alert("pwned")</script>')
})

test('a reason may come before or behind what it is for', () => {
  const lines = triage().lines
  const swapped = lines.map((line, index): TraceLine => {
    const isPair = (at: number) => lines[at]?.type === 'given-up'
    if (isPair(index)) return lines[index + 1]!
    return isPair(index - 1) ? lines[index - 1]! : line
  })
  const reasons = (list: readonly TraceLine[]) =>
    TraceState.of(list)
      .run(0, list.length)!
      .fills.map(({ givenUp }) => givenUp)
  expect(reasons(swapped)).toEqual(reasons(lines))
  expect(reasons(lines).filter((one) => one !== null)).toHaveLength(2)
})

test('branches part where they do, and their texts are theirs', () => {
  const { lines } = treeOfThought()
  const state = TraceState.of(lines)
  const run = state.run(0, lines.length)!
  const strands = strandsOf(run)
  expect(strands.map(({ path }) => path).slice(0, 5)).toEqual([
    '',
    'thoughts[0]',
    'thoughts[1]',
    'thoughts[2]',
    'thoughts[0].next[0]',
  ])
  expect(strands[4]!.parent).toBe(1)
  const text = state
    .passage(run, strands, 4)
    .cells.map((cell) => cell.text)
    .join('')
  expect(text).toContain('First: 10 - 4 = 6')
  expect(text).toContain('Then: 13 - 9 = 4')
  expect(text).not.toContain('The best was')
})

test('fills of a choice are told apart by what happened, and the kept one is the text', () => {
  const event = (of: object) => ({ at: 0, type: 'event', run: 0, event: of }) as TraceLine
  const fill = (number: number, text: string) => {
    const base = { at: 0, type: 'fill', run: 0, fill: number, hole: 'c', since: 0, from: 1, healed: 0 }
    const drawn = { tokens: [number], kinds: 'd', logprobs: [0], allowed: [0], alternatives: [null], text }
    return { ...base, ...drawn, end: 'stop', takes: 'any text' } as TraceLine
  }
  const end = (text: string, candidate: number) =>
    event({
      type: 'hole-end',
      hole: 'c',
      value: text,
      text,
      end: { reason: 'stop', stop: '.' },
      candidate: [candidate],
    })
  const lines: TraceLine[] = [
    event({ type: 'text', path: '', hole: null, text: 'A: ' }),
    event({ type: 'hole-start', hole: 'c', attempt: 0, candidate: [0] }),
    event({ type: 'hole-start', hole: 'c', attempt: 0, candidate: [1] }),
    fill(0, 'second'),
    fill(1, 'first'),
    end('second', 1),
    end('first', 0),
    { at: 0, type: 'given-up', run: 0, fills: [0, 1] },
    event({ type: 'kept', path: '', fill: 1 }),
    event({ type: 'text', path: '', hole: null, text: '!' }),
  ]
  const state = TraceState.of(lines)
  const run = state.run(0, lines.length)!
  const strands = strandsOf(run)
  const texts = strands.map(({ id }) =>
    state
      .passage(run, strands, id)
      .cells.map((cell) => cell.text)
      .join(''),
  )
  expect(texts).toEqual(['A: second!', 'A: first', 'A: second'])
  expect(strands.map((strand) => strand.state)).toEqual(['open', 'not kept', 'kept'])
  expect(segmentsOf(strands, 1)).toHaveLength(2)
})

test('a value and what follows it go when it is undone, a prompt’s text when its check rejects it', () => {
  const event = (of: object) => ({ at: 0, type: 'event', run: 0, event: of }) as TraceLine
  const text = (own: string) => event({ type: 'text', path: '', hole: null, text: own })
  const value = (hole: string, own: string) => [
    event({ type: 'hole-start', hole, attempt: 0 }),
    event({ type: 'hole-end', hole, value: own, text: own, end: { reason: 'complete' } }),
  ]
  const lines = [
    text('A: '),
    ...value('a', 'one'),
    text(' B: '),
    ...value('b', 'two'),
    event({ type: 'rollback', hole: 'a', text: 'one', reason: 'b was wrong' }),
    ...value('a', 'three'),
    text(' C: x'),
    event({ type: 'rollback', hole: '', text: 'three C: x', reason: 'all of it' }),
    text('D'),
  ]
  const state = TraceState.of(lines)
  const run = state.run(0, lines.length)!
  const { cells, asides } = state.passage(run, strandsOf(run), 0)
  expect(cells.map((cell) => cell.text).join('')).toBe('A: D')
  expect(asides.flatMap(({ undone }) => undone.map(({ reason }) => reason))).toEqual([
    'b was wrong',
    'all of it',
  ])
})

test('a long chat tells each turn once, and every text is whole', () => {
  const trace = chat(40)
  const state = TraceState.of(trace.lines)
  const first = state.finalText(0, null)!
  const last = state.finalText(39, null)!
  const text = (pieces: typeof last.pieces) => pieces.map((piece) => piece.text).join('')
  expect(text(last.pieces).startsWith(text(first.pieces))).toBe(true)
  expect(last.tokens).toHaveLength(last.costs.length)
  // Of a run that is not told any more a gap is left.
  const without = trace.lines.filter((line) => !(line.type === 'end' && line.run === 3))
  const cut = TraceState.of(without).finalText(39, null)!
  expect(text(cut.pieces).startsWith('…')).toBe(true)
  expect(cut.tokens.length + cut.first - 1).toBe(last.tokens.length)
})

test('what was given up in a turn of a chat stands in that turn, though all turns have the same holes', () => {
  const state = TraceState.of(chat(8).lines)
  const run = state.run(5, state.moment)!
  const { cells, inherited, asides } = state.passage(run, strandsOf(run), 0)
  expect(asides.map(({ givenUp }) => givenUp.length)).toEqual([1])
  const { before } = asides[0]!
  expect(cells[before]!.hole).toBe('answer')
  expect(cells[before - 1]!.hole).not.toBe('answer')
  expect(before).toBeGreaterThan(inherited)
  expect(cells.slice(before).every(({ drawn, hole }) => (hole === 'answer') === (drawn !== null))).toBe(true)
})

test('the tree splits, parks and frees, and says what was freed', () => {
  const maker = new TraceMaker()
  const [one, other] = [maker.tokens('a b c d'), maker.tokens('a b x')]
  maker.tree.cache(one)
  maker.step({ known: 4 })
  const before = maker.lines.length
  maker.tree.cache(other)
  maker.step({ known: 1 })
  maker.tree.drop(one, 'parked')
  maker.step({})
  maker.tree.drop(other, 'freed')
  maker.step({})
  const state = TraceState.of(maker.lines)
  const at = (moment: number) =>
    [...state.tree(moment).nodes.values()].map(({ parent, from, state: of, tokens }) => [
      parent,
      from,
      of,
      tokens(),
    ])
  expect(at(before)).toEqual([[null, 0, 'live', one]])
  expect(at(maker.lines.length)).toEqual([
    [null, 0, 'live', one.slice(0, 2)],
    [0, 2, 'parked', one.slice(2)],
    [0, 2, 'freed', other.slice(2)],
  ])
})

test('the cost of a moment is what it shows: 20,000 tokens and 256 branches', () => {
  const { lines } = large()
  const state = TraceState.of(lines)
  const run = state.run(0, lines.length)!
  const strands = strandsOf(run)
  expect(strands).toHaveLength(257)
  const { cells } = state.passage(run, strands, 0)
  expect(cells.length).toBeGreaterThan(20000)
  expect(state.tree(lines.length).nodes.size).toBeGreaterThan(256)
})
