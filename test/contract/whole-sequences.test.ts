// Memories that fork whole sequences only: what they share all the same, on real llama.cpp memory and on the oracle.
// Judges counts of decoded tokens; that the values are right is judged by memory-kinds.test.ts and the random programs.
import { IrBuilder } from '../../lib/constraint/ir.js'
import { text } from '../../lib/constraint/text.js'
import type { TokenEngine as Engine, Usage } from '../../lib/engine/local/serve/token-engine.js'
import type { MemoryKind, NativeMatcher } from '../../lib/native/addon.js'
import { greedy } from '../support/greedy.js'
import { openOracle, tokensOf } from '../support/oracle-engine.js'
import { freeMatcher } from '../support/oracle-vocabulary.js'
import { closeTinyModels, openTinyEngine } from '../support/tiny-engine.js'
import type { TinyModel } from '../support/tiny-models.js'

const rowsOf = (usage: Usage): number => usage.decoded.reduce((sum, { from, until }) => sum + until - from, 0)

interface Opened {
  readonly engine: Engine
  readonly matcher: () => NativeMatcher
}

async function tiny(model: TinyModel, sequences?: number): Promise<Opened> {
  const engine = await openTinyEngine(model, { cells: 512, batch: 64, ...(sequences && { sequences }) })
  const builder = new IrBuilder()
  const constraint = engine.vocabulary.compile(builder.finish(text().lower(builder)))
  return { engine, matcher: () => constraint.matcher() }
}

async function oracle(memory: MemoryKind, sequences?: number): Promise<Opened> {
  return { ...openOracle({ memory, ...(sequences && { sequences }) }), matcher: freeMatcher }
}

function generate({ engine, matcher }: Opened, tokens: Int32Array, tokensMax: number) {
  const request = { tokens, matcher: matcher(), draw: greedy, tokensMax, forbidden: [] }
  return engine.generate({ ...request, signal: null, onTokens: null })
}

afterAll(closeTinyModels)

const kinds: readonly [string, (sequences?: number) => Promise<Opened>][] = [
  ['oracle, recurrent', (sequences) => oracle('recurrent', sequences)],
  ['gemma3, window', (sequences) => tiny('gemma3', sequences)],
  ['mamba, recurrent', (sequences) => tiny('mamba', sequences)],
  ['jamba, hybrid', (sequences) => tiny('jamba', sequences)],
  ['lfm2, hybrid', (sequences) => tiny('lfm2', sequences)],
]

describe.each(kinds)('%s', (_, open) => {
  test.each([8, 40])('a score after %i tokens decodes shared beginnings once', async (count) => {
    const { engine } = await open()
    const tokens = tokensOf(count)
    const continuations = ['abc', 'abd', 'ae', 'f', 'ghij', 'abkk', 'abkll', 'abmc'].map((word) =>
      Int32Array.from(Buffer.from(word)),
    )
    const result = await engine.score({ tokens, continuations, signal: null })
    // a, ab, abk, abkl, abm, g, gh, ghi: each continuation's last token needs no row.
    expect(result.scored).toBe(8)
    expect(rowsOf(result.usage)).toBe(count)
    await engine.dispose()
  })

  test('who draws or scores where a prefill ended decodes the last token again, and no more', async () => {
    const opened = await open()
    const { engine } = opened
    const tokens = tokensOf(60)
    expect(rowsOf(await engine.prefill(tokens, null))).toBe(60)
    const { usage } = await generate(opened, tokens, 1)
    expect([rowsOf(usage), usage.reused, usage.redecoded]).toEqual([1, 59, 1])
    const scored = await engine.score({ tokens, continuations: [Int32Array.of(7)], signal: null })
    expect([rowsOf(scored.usage), scored.usage.redecoded]).toEqual([1, 1])
    expect((await engine.prefill(tokens, null)).reused).toBe(60)
    await engine.dispose()
  })

  test('a pin waits for a sequence to keep it, and whoever has none left is told so', async () => {
    const opened = await open(1)
    const { engine } = opened
    const tokens = tokensOf(10)
    const [drawn, { pin }] = await Promise.all([generate(opened, tokens, 5), engine.pin(tokens, null)])
    expect(drawn.tokens.length).toBe(5)
    await expect(engine.prefill(tokensOf(20, 3), null)).rejects.toMatchObject({ code: 'SEQUENCES_FULL' })
    pin.dispose()
    expect(rowsOf(await engine.prefill(tokensOf(20, 3), null))).toBe(20)
    await engine.dispose()
  })
})
