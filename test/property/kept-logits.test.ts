// Logits that are kept where a hole begins: no row is decoded a second time for them, within their part of the host
// memory, and what is drawn from them is what a lone run draws.
import type { Usage } from '../../lib/engine/local/serve/token-engine.js'
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'
import { generateAlone } from '../support/oracle-reference.js'
import { oracleVocabulary } from '../support/oracle-vocabulary.js'

const rowsOf = (usage: Usage): number => usage.decoded.reduce((sum, { from, until }) => sum + until - from, 0)

test('an attempt taken back draws from the logits that were kept where it begins', async () => {
  const { context, engine } = openOracle()
  const tokens = tokensOf(60)
  const first = await engine.generate(requestFor(tokens, 6))
  const before = context.rowsDecoded
  const forbidden = [first.tokens.slice(0, 1)]
  const second = await engine.generate(requestFor(tokens, 6, { forbidden }))
  expect([...second.tokens]).toEqual((await generateAlone(requestFor(tokens, 6, { forbidden }))).tokens)
  expect(second.usage).toMatchObject({ reused: 60, redecoded: 0, redrawn: 0 })
  expect(context.rowsDecoded - before).toBe(5)
})

test('who looks at a draw first and then makes it decodes its row once', async () => {
  const { context, engine } = openOracle()
  let tokens = tokensOf(60)
  for (let count = 60; count < 64; count++) {
    const { usage } = await engine.look(tokens, null)
    expect(rowsOf(usage)).toBe(count === 60 ? 60 : 1)
    const drawn = await engine.generate(requestFor(tokens, 1))
    expect(rowsOf(drawn.usage)).toBe(0)
    tokens = Int32Array.of(...tokens, ...drawn.tokens)
  }
  expect(context.rowsDecoded).toBe(63)
})

test('without host memory nothing is kept, and one token is decoded again and told', async () => {
  const { context, engine } = openOracle({}, { hostBytesMax: 0 })
  const tokens = tokensOf(60)
  const first = await engine.generate(requestFor(tokens, 6))
  const before = context.rowsDecoded
  const forbidden = [first.tokens.slice(0, 1)]
  const second = await engine.generate(requestFor(tokens, 6, { forbidden }))
  expect(second.usage).toMatchObject({ reused: 59, redecoded: 1 })
  expect(context.rowsDecoded - before).toBe(6)
  expect(engine.stats().logits).toEqual({ rows: 0, bytes: 0 })
})

test('logits are kept for the holes begun last, within a part of the host memory', async () => {
  const bytesPerRow = oracleVocabulary.size * 4
  const { context, engine } = openOracle({}, { hostBytesMax: 16 * 5 * bytesPerRow })
  const prompts = Array.from({ length: 8 }, (_, index) => tokensOf(20, index + 1))
  const drawn: Int32Array[] = []
  for (const tokens of prompts) drawn.push((await engine.generate(requestFor(tokens, 3))).tokens)
  expect(engine.stats().logits).toEqual({ rows: 5, bytes: 5 * bytesPerRow })
  const again = async (index: number): Promise<number> => {
    const before = context.rowsDecoded
    const forbidden = [drawn[index]!.slice(0, 1)]
    const { usage } = await engine.generate(requestFor(prompts[index]!, 1, { forbidden }))
    expect(usage.redecoded).toBe(context.rowsDecoded - before)
    return usage.redecoded
  }
  const rows: number[] = []
  for (const index of [7, 6, 5, 4, 3, 2, 1, 0]) rows.push(await again(index))
  expect(rows).toEqual([0, 0, 0, 0, 0, 1, 1, 1])
})
