// Whatever one request asks or does, nobody else pays: the others give what they give without it, what was cached stays
// cached, the books agree, and the engine goes on. Method: each offender runs beside the same three others.
import type { EspalierError } from '../../lib/base/errors.js'
import type { GenerateRequest } from '../../lib/engine/local/serve/token-engine.js'
import type { StepFailure } from '../../lib/native/addon.js'
import { greedy } from '../support/greedy.js'
import type { OracleOptions } from '../support/oracle.js'
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'
import { generateAlone } from '../support/oracle-reference.js'
import { fixedMatcher } from '../support/oracle-vocabulary.js'

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: EspalierError) => (error.code ? `${error.name} ${error.code}` : error.message),
  )
const shared = tokensOf(60, 9)
/** A value that nobody's types allow. */
const bad = <T>(value: unknown): T => value as T

type Opened = ReturnType<typeof openOracle>
interface Offender {
  readonly name: string
  readonly expected: RegExp
  readonly oracle?: OracleOptions
  readonly run: (opened: Opened) => Promise<unknown>
}

const own = (more: Partial<GenerateRequest>) => requestFor(Int32Array.of(...shared, 7), 9, more)
const victim = fixedMatcher(9)
const failing = (failure: StepFailure, at: number): OracleOptions => ({
  failDraw: ({ matcher }) => (matcher.tokenCount() === at && matcher === victim ? failure : null),
})
const planted = (kind: string, code: string): StepFailure => ({ kind, code, message: 'planted' })
const drawWith = (more: object) => own({ draw: { ...greedy, ...more } })

const offenders: readonly Offender[] = [
  ...[
    ['ConstraintError', 'CONSTRAINT_TOO_COMPLEX'],
    ['EngineError', 'LOGITS_NOT_FINITE'],
    ['CapacityError', 'OUT_OF_MEMORY'],
    ['InternalError', 'ODD'],
  ].flatMap(([kind, code]) =>
    [0, 1, 5].map(
      (at): Offender => ({
        name: `draw ${at} fails with ${code}`,
        expected: new RegExp(`^${kind} ${code}$`),
        oracle: failing(planted(kind!, code!), at),
        run: ({ engine }) => {
          victim.rollback(victim.tokenCount())
          return engine.generate(own({ matcher: victim }))
        },
      }),
    ),
  ),
  {
    name: 'log-probabilities can not be told',
    expected: /^EngineError LOGITS_NOT_FINITE$/,
    oracle: {
      failTargets: ({ tokens }, offset) =>
        tokens[offset] === 255 ? planted('EngineError', 'LOGITS_NOT_FINITE') : null,
    },
    run: ({ engine }) =>
      engine.score({
        tokens: shared,
        continuations: [Int32Array.of(255, 1), Int32Array.of(3)],
        signal: null,
      }),
  },
  {
    name: 'a part of the plan is refused',
    expected: /^InternalError NATIVE$/,
    oracle: {
      refusesPlan: ({ generations }) =>
        generations.some(({ matcher }) => matcher === victim) ? new Error('no') : null,
    },
    run: ({ engine }) => {
      victim.rollback(victim.tokenCount())
      return engine.generate(own({ matcher: victim }))
    },
  },
  {
    name: 'a listener throws',
    expected: /not today/,
    run: ({ engine }) =>
      engine.generate(
        own({
          onTokens: () => {
            throw new RangeError('not today')
          },
        }),
      ),
  },
  {
    name: 'a listener rejects later',
    expected: /not today/,
    run: ({ engine }) => {
      const onTokens = async () => Promise.reject(new RangeError('not today'))
      return engine.generate(own({ matcher: fixedMatcher(60), tokensMax: 60, onTokens }))
    },
  },
  {
    name: 'one matcher in two requests',
    expected: /^UsageError BUSY$/,
    run: async ({ engine }) => {
      const matcher = fixedMatcher(9)
      const [first, second] = [own({ matcher }), own({ matcher })].map((one) => engine.generate(one))
      await Promise.all([first, second].map((one) => one!.catch(() => undefined)))
      await first
      return second
    },
  },
  {
    name: 'a forbidden path that is a list',
    expected: /^UsageError ARGUMENT_INVALID$/,
    run: ({ engine }) => engine.generate(own({ forbidden: bad([[1, 2], null]) })),
  },
  {
    name: 'forbidden paths that are none',
    expected: /iterable|ARGUMENT_INVALID/,
    run: ({ engine }) => engine.generate(own({ forbidden: bad(null) })),
  },
  {
    name: 'a lineage of its own making',
    expected: /^UsageError ARGUMENT_INVALID$/,
    run: ({ engine }) => engine.generate(own({ lineage: bad({ number: 1 }) })),
  },
  {
    name: 'a lineage that is a number, for a prefill',
    expected: /^UsageError ARGUMENT_INVALID$/,
    run: ({ engine }) => engine.prefill(tokensOf(9), null, bad(7)),
  },
  {
    name: 'no draw options',
    expected: /ARGUMENT_INVALID/,
    run: ({ engine }) => engine.generate(own({ draw: bad(null) })),
  },
  {
    name: 'draw options that throw when read',
    expected: /read/,
    run: ({ engine }) =>
      engine.generate(
        drawWith({}) &&
          own({
            draw: bad({
              get seed() {
                throw new Error('read')
              },
            }),
          }),
      ),
  },
  {
    name: 'a bias that is a list',
    expected: /ARGUMENT_INVALID/,
    run: ({ engine }) => engine.generate(drawWith({ bias: [] })),
  },
  {
    name: 'a window that is a list',
    expected: /ARGUMENT_INVALID/,
    run: ({ engine }) => engine.generate(drawWith({ penaltyWindow: [1] })),
  },
  {
    name: 'a signal that is none',
    expected: /addEventListener/,
    run: ({ engine }) => engine.generate(own({ signal: bad({ aborted: false }) })),
  },
  { name: 'no tokens', expected: /TOKENS_EMPTY/, run: ({ engine }) => engine.prefill(bad(null), null) },
  {
    name: '300,000 tokens',
    expected: /PROMPT_TOO_LONG/,
    run: ({ engine }) => engine.prefill(new Int32Array(300_000), null),
  },
  {
    name: 'to draw more than there is',
    expected: /CONTEXT_FULL/,
    run: ({ engine }) => engine.generate(own({ tokensMax: Number.MAX_SAFE_INTEGER })),
  },
  {
    name: 'to draw no number of tokens',
    expected: /COUNT_INVALID/,
    run: ({ engine }) => engine.generate(own({ tokensMax: Number.NaN })),
  },
  {
    name: 'what a caller changes meanwhile',
    expected: /no error/,
    run: ({ engine }) => {
      const forbidden = [Int32Array.of(1, 2, 3)]
      const request = own({ forbidden, onTokens: () => forbidden.splice(0, 1, bad(null)) })
      return engine.generate(request)
    },
  },
]

test.each(offenders)('$name: nobody else pays', async ({ expected, oracle, run }) => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const opened = openOracle({ ...oracle, batch: 64, betweenDecodes: turn })
  const { context, engine } = opened
  await engine.prefill(shared, null)
  const requests = [1, 2, 3].map((salt) => requestFor(Int32Array.of(...shared, ...tokensOf(12, salt)), 20))
  const others = requests.map((request) => engine.generate(request))
  for (let turns = 0; turns < 3; turns++) await turn()
  expect(await codeOf(run(opened))).toMatch(expected)
  for (const [index, request] of requests.entries()) {
    const alone = await generateAlone({ ...request, matcher: fixedMatcher(20) })
    expect([...(await others[index]!).tokens]).toEqual(alone.tokens)
  }
  await engine.settled()
  engine.checkIntegrity()
  const { cellsLocked, cellsReserved, leasesWorking, requestsOpen, cellsLive } = engine.occupancy
  expect([cellsLocked, cellsReserved, leasesWorking, requestsOpen]).toEqual([0, 0, 0, 0])
  expect(cellsLive).toBe(context.cellsUsed)
  expect((await engine.prefill(Int32Array.of(...shared, 1), null)).reused).toBe(60)
})

test('several refused parts of one plan end one request each', async () => {
  const marked = new Set([1, 3, 4].map(() => fixedMatcher(6)))
  const { engine } = openOracle({
    refusesPlan: ({ generations }) =>
      generations.some(({ matcher }) => marked.has(matcher)) ? new Error('no such matcher') : null,
  })
  const good = [1, 2, 3].map((salt) => engine.generate(requestFor(tokensOf(20, salt), 30)))
  const wrong = [...marked].map((matcher, salt) =>
    codeOf(engine.generate(requestFor(tokensOf(20, salt + 5), 6, { matcher }))),
  )
  expect(await Promise.all(wrong)).toEqual(Array(3).fill('InternalError NATIVE'))
  for (const [index, one] of good.entries()) {
    const alone = await generateAlone(requestFor(tokensOf(20, index + 1), 30))
    expect([...(await one).tokens]).toEqual(alone.tokens)
  }
})

test('a failed step ends those that were in it; who only waited begins anew', async () => {
  const { context, engine } = openOracle({ failStep: 1, sequences: 2 })
  await engine.prefill(tokensOf(30, 4), null)
  const running = [1, 2, 3, 4].map((salt) => codeOf(engine.generate(requestFor(tokensOf(20, salt), 5))))
  expect(await Promise.all(running)).toEqual([
    'EngineError DECODE_FAILED',
    'EngineError DECODE_FAILED',
    'no error',
    'no error',
  ])
  await engine.settled()
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test('what a score decoded before one of its paths failed is on the books', async () => {
  const { context, engine } = openOracle({
    failTargets: ({ tokens }, offset) =>
      tokens[offset] === 255 ? planted('EngineError', 'LOGITS_NOT_FINITE') : null,
  })
  const continuations = [Int32Array.of(1, 2, 3), Int32Array.of(255, 4, 4), Int32Array.of(9, 9)]
  expect(await codeOf(engine.score({ tokens: shared, continuations, signal: null }))).toMatch(/FINITE/)
  expect(engine.totals.rowsUnclaimed).toBe(context.rowsDecoded)
})
