// Golden traces: one JSON line per step of three small programs on the oracle: operations, rows, draws. A change of
// plan shows as a diff. ESPALIER_GOLDEN=write makes the files anew.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { KvEngine } from '../../lib/engine/local/serve/kv-engine.js'
import type { StepPlan, StepResult } from '../../lib/native/addon.js'
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'

const programs: Record<string, (engine: KvEngine) => Promise<void>> = {
  'two-holes': async (engine) => {
    const first = await engine.generate(requestFor(tokensOf(10), 3))
    await engine.generate(requestFor(Int32Array.of(...tokensOf(10), ...first.tokens, 1, 2), 3))
  },
  'three-branches': async (engine) => {
    const trunk = tokensOf(20)
    await Promise.all([1, 2, 3].map((end) => engine.generate(requestFor(Int32Array.of(...trunk, end), 2))))
  },
  'attempt-and-park': async (engine) => {
    const tokens = tokensOf(30, 1)
    const { tokens: tried } = await engine.generate(requestFor(tokens, 4))
    await engine.generate(requestFor(tokens, 4, { forbidden: [tried] }))
    await engine.generate(requestFor(tokensOf(50, 2), 2))
    await engine.generate(requestFor(tokens, 2))
  },
}

const line = (plan: StepPlan, result: StepResult): string =>
  JSON.stringify({
    ops: plan.ops,
    chunks: plan.chunks.map(({ sequences, position, tokens, output }) => [
      sequences.join('+'),
      position,
      [...tokens].join(' '),
      output,
    ]),
    decodesMax: plan.decodesMax,
    draws: result.generations.map(({ tokens, stop }) => [[...tokens].join(' '), stop]),
  })

test.each(Object.keys(programs))('%s', async (name) => {
  const lines: string[] = []
  const onStep = (plan: StepPlan, result: StepResult) => lines.push(line(plan, result))
  const { engine } = openOracle({ cells: 64, batch: 16, onStep })
  await programs[name]!(engine)
  await engine.settled()
  const text = `${lines.join('\n')}\n`
  const file = path.join(__dirname, `kv-${name}.jsonl`)
  if (process.env.ESPALIER_GOLDEN === 'write') {
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  expect(existsSync(file)).toBe(true)
  expect(text).toBe(readFileSync(file, 'utf8'))
})
