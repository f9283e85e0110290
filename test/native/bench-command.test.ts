// "espalier bench" in its smallest setting: every figure is there and positive, for each kind of memory those that it
// allows; an interrupt leaves what was measured. No time is judged.
import type { BenchResult } from '../../lib/cli/bench/bench.js'
import { espalier, widest } from '../support/fake-terminal.js'
import { TINY_MODELS, type TinyModel, tinyModelPath } from '../support/tiny-models.js'
import { demoFile } from './demo.js'

const small = ['--quick', '--context', '512', '--threads', '1', '--gpu', 'off']

async function measured(file: string): Promise<BenchResult> {
  const { status, out, err } = await espalier(['bench', file, ...small, '--json'])
  expect([status, err]).toEqual([0, ''])
  return JSON.parse(out) as BenchResult
}

function expectSound({ figures, rounds, isComplete }: BenchResult): void {
  expect([isComplete, rounds >= 3]).toEqual([true, true])
  for (const { median, low, high, samples, of } of figures) {
    expect([of, Number.isFinite(median) && median > 0, low <= median && median <= high]).toEqual([
      of,
      true,
      true,
    ])
    expect(samples).toBe(rounds)
  }
}

const named = ({ figures }: BenchResult, group: string) =>
  figures.filter((figure) => figure.group === group).map(({ of }) => of)

test('the demo model: all figures, and where they were measured', async () => {
  const result = await measured(demoFile)
  expectSound(result)
  expect(named(result, 'rows')).toEqual([1, 2, 4, 8, 16, 64, '256 of one text'])
  expect(named(result, 'prefill')).toEqual([128, 256])
  expect(named(result, 'drawing')).toEqual([1, 4, 16])
  expect(named(result, 'cells')).toEqual(['fork', 'truncate'])
  expect(named(result, 'moving')).toEqual(['plain copy', 'park', 'restore'])
  expect(named(result, 'masks')).toHaveLength(4)
  expect(result).toMatchObject({
    host: { node: process.version, threads: expect.any(Number) },
    llama: { devices: [{ type: 'cpu' }] },
    model: { file: demoFile, memory: 'full', gpuLayers: 0 },
    context: { tokens: 512, threads: 1 },
  })
})

test.each(Object.keys(TINY_MODELS) as TinyModel[])('%s: what its memory allows', async (name) => {
  const result = await measured(tinyModelPath(name))
  expectSound(result)
  const isFull = TINY_MODELS[name] === 'full'
  expect(named(result, 'cells')).toEqual(isFull ? ['fork', 'truncate'] : ['fork'])
  expect(named(result, 'moving')).toHaveLength(isFull ? 3 : 0)
  for (const group of ['rows', 'prefill', 'drawing', 'masks'])
    expect(named(result, group).length).toBeGreaterThan(0)
})

test('for people: how long it takes said beside it, tables in 80 columns', async () => {
  const { status, out, err } = await espalier(['bench', demoFile, ...small])
  expect(status).toBe(0)
  expect(err).toMatch(/^\d rounds, about [\d.,]+ s\. Ctrl-C ends it with what is measured by then\.\n$/)
  expect(widest(out)).toBeLessThanOrEqual(80)
  for (const words of ['One llama_decode', 'Reading a text', 'side by side', 'plain copy', 'Medians of'])
    expect(out).toContain(words)
})

test('an interrupt in the middle prints what was measured, as unfinished', async () => {
  const ended = new AbortController()
  const { status, out } = await espalier(['bench', demoFile, ...small], {
    signal: ended.signal,
    onProgress: (what, part) => {
      if (what === 'measuring' && part !== undefined && part > 0.3) ended.abort(new Error('enough'))
    },
  })
  expect(status).toBe(130)
  expect(out).toMatch(/Medians of [12] samples? at most, ended early/)
  expect(widest(out)).toBeLessThanOrEqual(80)
})

test('interrupted before anything is measured it prints no figures', async () => {
  const ended = new AbortController()
  const { status, out } = await espalier(['bench', demoFile, ...small, '--json'], {
    signal: ended.signal,
    onProgress: () => ended.abort(new Error('enough')),
  })
  expect([status, out]).toEqual([130, ''])
})

test('what can not be measured is one sentence', async () => {
  const { status, out, err } = await espalier(['bench', 'none.gguf', ...small])
  expect([status, out]).toEqual([2, ''])
  expect(err).toMatch(/^espalier: There is no model file at /)
})
