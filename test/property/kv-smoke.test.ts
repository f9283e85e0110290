// First contact: one engine over the oracle, a few requests, equal to lone runs.
import { LocalEngine } from '../../lib/engine/local/local-engine.js'
import { OracleContext } from '../support/oracle.js'
import { generateAlone, greedy, scoreAlone } from '../support/oracle-reference.js'
import { eos, fixedMatcher, freeMatcher, oracleVocabulary } from '../support/oracle-vocabulary.js'

const open = (options: ConstructorParameters<typeof OracleContext>[0] = {}) => {
  const context = new OracleContext({ isEog: (token) => token === eos, ...options })
  const engine = new LocalEngine({
    context,
    vocabulary: oracleVocabulary,
    chatTemplate: null,
    checksIntegrity: true,
  })
  return { context, engine }
}
const tokensOf = (count: number, salt = 0) =>
  Int32Array.from({ length: count }, (_, i) => (i * 7 + salt * 31) % 250)

test('a generation equals a lone run and is reused by the next request', async () => {
  const { context, engine } = open()
  const tokens = tokensOf(40)
  const common = { tokens, draw: greedy, tokensMax: 8, forbidden: [], signal: null, onTokens: null }
  const first = await engine.generate({ ...common, matcher: fixedMatcher(8) })
  const alone = await generateAlone({ ...common, matcher: fixedMatcher(8) })
  expect([...first.tokens]).toEqual(alone.tokens)
  expect(first.usage.decoded).toEqual([{ from: 0, until: 47 }])
  const more = Int32Array.of(...tokens, ...first.tokens, 1, 2, 3)
  const second = await engine.generate({ ...common, tokens: more, matcher: freeMatcher() })
  expect([...second.tokens]).toEqual(
    (await generateAlone({ ...common, tokens: more, matcher: freeMatcher() })).tokens,
  )
  expect(second.usage.reused).toBe(47)
  expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
})

test('a fan-out decodes unique tokens only', async () => {
  const { context, engine } = open({ batch: 128 })
  const trunk = tokensOf(500)
  await Promise.all(
    Array.from({ length: 16 }, async (_, branch) => {
      const tokens = Int32Array.of(...trunk, ...tokensOf(16, branch + 1))
      const request = { tokens, draw: greedy, tokensMax: 1, forbidden: [], signal: null, onTokens: null }
      const result = await engine.generate({ ...request, matcher: fixedMatcher(1) })
      expect([...result.tokens]).toEqual(
        (await generateAlone({ ...request, matcher: fixedMatcher(1) })).tokens,
      )
    }),
  )
  expect(context.rowsDecoded).toBe(500 + 16 * 16)
})

test('scores equal lone runs and share beginnings', async () => {
  const { context, engine } = open()
  const tokens = tokensOf(30)
  const continuations = [[1, 2, 3], [1, 2, 4], [1, 5], [6], [7, 8, 9, 10]].map((c) => Int32Array.from(c))
  const result = await engine.score({ tokens, continuations, signal: null })
  for (const [index, continuation] of continuations.entries()) {
    expect([...result.logprobs[index]!]).toEqual(await scoreAlone(tokens, continuation))
  }
  expect(context.stepCount).toBe(1)
  expect(result.scored).toBe(5)
})
