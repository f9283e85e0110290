// What a step of several rows costs on this machine: rows of as many sequences, all after one shared beginning. Decides
// only the order: the counts take turns, so that a slow moment hits all of them.
import { median } from './bench-engine.mjs'
import { textOf } from './bench-text.mjs'

export async function measureRowCosts(bench, { prefixTokens, counts, repetitions }) {
  const { vocabulary } = bench
  const context = await bench.createContext()
  try {
    const tokens = vocabulary.tokenize(new TextEncoder().encode(textOf(vocabulary, prefixTokens)))
    await context.decode(0, tokens.slice(0, context.capabilities.batch))
    const position = Math.min(tokens.length, context.capabilities.batch)
    const times = new Map(counts.map((count) => [count, []]))
    for (let repetition = 0; repetition <= repetitions; repetition += 1) {
      for (const count of counts) {
        const micros = await step(context, tokens[0], position, count)
        // The first round only warms up.
        if (repetition > 0) times.get(count).push(micros / 1000)
      }
    }
    return Object.fromEntries([...times].map(([count, samples]) => [count, median(samples)]))
  } finally {
    await context.dispose()
  }
}

/** One decode of `count` rows; the cells are as before afterwards. */
async function step(context, token, position, count) {
  const ids = Array.from({ length: count }, (_, index) => index)
  const copies = ids.slice(1).map((to) => ({ kind: 'copy', from: 0, to, until: position }))
  const chunks = ids.map((id) => ({ sequences: [id], position, tokens: Int32Array.of(token), output: true }))
  const result = await context.step({ ops: copies, chunks, generations: [], decodesMax: 1 })
  if (result.status !== 'ok')
    throw new Error(`A step of ${count} rows came back ${result.status}: ${result.message}`)
  const undo = ids.map((id) => ({ kind: 'truncate', sequence: id, from: id === 0 ? position : 0 }))
  await context.step({ ops: undo, chunks: [], generations: [], decodesMax: 1 })
  return result.decodeMicros
}
