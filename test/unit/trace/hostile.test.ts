// Traces that others wrote are shown in bounded time and length, whatever is in them, once they were read. Method: each
// of these has a few numbers or many small lines that a look would have to go over again and again; a test that has
// to is stopped by its time limit.
import type { Trace, TraceLine } from '../../../lib/index.js'
import { readTrace, traceText } from '../../../lib/trace/entry.js'
import type { RunEnd, RunHappening, TracedText } from '../../../lib/trace/trace.js'

const model = { name: 'm', description: '', fingerprint: '', contextTokens: null, memory: 'full' }

const traced = (lines: readonly TraceLine[]): Trace =>
  readTrace({ format: 'espalier-trace', version: 1, espalier: '1', began: '', model, dropped: 0, lines })

const told = (event: RunHappening['event']): TraceLine => ({ at: 1, type: 'event', run: 0, event })

const ended = (texts: readonly TracedText[], more: Partial<RunEnd> = {}): TraceLine => ({
  at: 1,
  type: 'end',
  run: 0,
  outcome: 'done',
  error: null,
  texts,
  ledger: null,
  values: {},
  kept: [],
  choices: {},
  votes: {},
  ...more,
})

const counted = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

const many = 30_000
const text = (text: string) => told({ type: 'text', path: '', hole: null, text })
const node = (id: number, parent: number | null, from: number) =>
  ({ id, parent, from, length: 1, state: 'live', held: false, tokensFrom: 0, tokens: [1] }) as const
const long = 'x< \n'.repeat(200_000)
const option = { tokens: 1, sum: 0, mean: 0, unconditional: null, calibrated: null, probability: 1 }
const choice = (name: string) => ({ options: [{ option: name, ...option }], by: 'sum' as const, margin: 1 })
const names = counted(many, (index) => `h${index}`)

const hostile: readonly (readonly [string, () => readonly TraceLine[]])[] = [
  [
    'a text of 16 million tokens that no line tells',
    () => {
      const kept = { run: 9, pieces: 1, tokens: 1 << 24 }
      return [ended([{ branch: null, kept, pieces: [], tokens: [], costs: [['cached', 1 << 24]] }])]
    },
  ],
  [
    'texts written anew',
    () => names.flatMap((_, at) => [text('a'), told({ type: 'rewrite', kept: at + 1 })]),
  ],
  [
    'values given up from the last one on',
    () => {
      const end = { reason: 'complete' } as const
      return [
        ...names.map((hole) => told({ type: 'hole-end', hole, value: 1, text: 'abc', end })),
        ...[...names].reverse().map((hole) => told({ type: 'rollback', hole, text: 'abc', reason: 'r' })),
      ]
    },
  ],
  [
    'attempts given up at one place',
    () => [
      ...names.map((hole) => told({ type: 'hole-start', hole, attempt: 0 })),
      ...names.map((hole) => told({ type: 'rollback', hole, text: 'abc', reason: 'r' })),
    ],
  ],
  ['branches at one place', () => names.map((branch) => told({ type: 'branch-start', branch }))],
  [
    'a long candidate that is kept',
    () => [
      ...counted(3 * many, () => told({ type: 'text', path: '', hole: null, text: 'a', candidate: [0] })),
      told({ type: 'kept', path: '', fill: 0 }),
    ],
  ],
  [
    'nodes that were joined one into the other',
    () => {
      const joined = counted(many, (id) => node(id, id === 0 ? null : id - 1, id))
      const below = counted(many, (id) => node(many + id, many - 1, many))
      const gone = joined.map(({ id }) => ({ id, why: 'joined' }) as const)
      return [{ at: 1, type: 'tree', nodes: [...joined, ...below], gone }]
    },
  ],
  [
    'choices and votes',
    () => {
      const votes = { options: [{ key: 'a', votes: 1 }], winner: 'a', abstained: 0 }
      return [
        ended([], {
          choices: Object.fromEntries(names.map((name) => [name, choice(name)])),
          votes: Object.fromEntries(names.map((name) => [name, votes])),
        }),
      ]
    },
  ],
  [
    'long names',
    () => [
      told({ type: 'branch-start', branch: long }),
      told({ type: 'hole-start', hole: long, attempt: 0 }),
      told({ type: 'rollback', hole: long, text: long, reason: long }),
      told({ type: 'warning', hole: long, message: long }),
      ended(
        [
          {
            branch: null,
            kept: null,
            pieces: [{ kind: 'generated', hole: long, text: long }],
            tokens: [],
            costs: [],
          },
        ],
        {
          error: { code: long, message: long },
          choices: { [long]: choice(long) },
          values: { [long]: long },
        },
      ),
    ],
  ],
]

test.each(hostile)('%s', (_, lines) => {
  const trace = traced(lines())
  for (const colors of ['none', 'ansi'] as const) {
    expect(traceText(trace, { colors }).length).toBeLessThan(50_000)
  }
})
