// What the addon takes without a draw, on real vocabularies, against the slow twin in TypeScript:
//   node test/fuzz/forced.mjs [--runs 300] [--seed N] FILE.gguf ...
// Makes a tiny random model of each file's vocabulary. Prints one JSON line for each; code 1: a violation.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { register } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { rawMetadata } from '../../scripts/gguf-metadata.mjs'
import { writeGguf } from '../../scripts/gguf-writer.mjs'
import { computedFill, randomFill, seedFor } from '../../scripts/random-weights.mjs'
import { randomBelow } from '../support/random-below.mjs'

register('./typescript-hook.mjs', import.meta.url)
const { ForcedCases, judgeForced } = await import('../support/forced-judge.ts')
const { greedy } = await import('../support/greedy.ts')
const { vocabularyOf } = await import('../../lib/engine/local/tokens/vocabulary.ts')
const { openModel } = await import('../../lib/native/native.ts')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
})
const width = 32
const cells = 4096

function tinyModel(file, vocabularyFile) {
  const vocabulary = rawMetadata(readFileSync(vocabularyFile), 'tokenizer.')
  const u32 = (value) => ({ kind: 'u32', value })
  const metadata = {
    'general.architecture': { kind: 'string', value: 'llama' },
    'llama.context_length': u32(cells),
    'llama.embedding_length': u32(width),
    'llama.block_count': u32(1),
    'llama.feed_forward_length': u32(width),
    'llama.attention.head_count': u32(1),
    'llama.attention.layer_norm_rms_epsilon': { kind: 'f32', value: 1e-5 },
    'llama.rope.dimension_count': u32(width),
  }
  const tensors = []
  const matrix = (name, from, to) =>
    tensors.push({ name, type: 'Q8_0', shape: [from, to], fill: randomFill('Q8_0', seedFor(1, name), 0.2) })
  const norm = (name) =>
    tensors.push({ name, type: 'F32', shape: [width], fill: computedFill('F32', () => 1) })
  matrix('token_embd.weight', width, vocabulary['tokenizer.ggml.tokens'].length)
  for (const name of ['output_norm', 'blk.0.attn_norm', 'blk.0.ffn_norm']) norm(`${name}.weight`)
  for (const name of ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'])
    matrix(`blk.0.${name}.weight`, width, width)
  writeGguf(file, { metadata: { ...metadata, ...vocabulary }, tensors })
}

async function check(label, file) {
  const model = await openModel(file, { gpu: false })
  const { vocab } = model
  const vocabulary = vocabularyOf(vocab)
  const below = randomBelow(Number(values.seed))
  const cases = new ForcedCases(below)
  const counts = { drawn: 0, forced: 0, sure: 0, left: 0, stops: {} }
  let failed = 0
  for (const batch of [512, 16]) {
    const context = await model.createContext({ cells, batch, sequences: 4, threads: 1 })
    for (let run = 0; run < Number(values.runs); run++) {
      const text = cases.text(below(10) === 0 ? 200 : 8)
      const all = vocab.tokenize(Buffer.from(`|${text}`))
      // Tokens no tokenizer would give are before it, too.
      const before =
        below(2) === 0 ? all : Int32Array.from(all, (token) => (below(20) === 0 ? below(256) + 300 : token))
      const few = below(4) === 0 ? before.slice(-(below(20) + 1)) : before
      const make = cases.matchers(vocab)
      const matcher = make()
      const draw = { ...greedy, temperature: below(2), seed: below(1000) }
      for (let from = 0; from + batch < before.length; from += batch)
        await context.decode(0, before.slice(from, from + batch))
      const position = (context.positions(0)?.last ?? -1) + 1
      const result = await context.step({
        ops: [],
        chunks: [{ sequences: [0], position, tokens: before.slice(position), output: true }],
        generations: [{ chunk: 0, sequence: 0, matcher, draw, tokensMax: 40, forbidden: [], before: few }],
        decodesMax: 1000,
      })
      const [one] = result.generations
      counts.stops[one.stop] = (counts.stops[one.stop] ?? 0) + 1
      for (const kind of one.kinds) counts[['drawn', 'forced', 'sure'][kind]]++
      // Too little is known of what stands before.
      if (one.stop === 'forced' && few !== before) counts.left++
      const isToldAll = few === before
      const wrong = judgeForced({ vocabulary, before, matcher: make(), draw, cells, isToldAll }, one)
      if (wrong !== null) {
        failed++
        console.error(
          `${label} seed ${values.seed} run ${run}: ${wrong} after ${JSON.stringify(text.slice(-40))}`,
        )
      }
      await context.clear()
    }
    await context.dispose()
  }
  await model.dispose()
  console.log(JSON.stringify({ vocabulary: label, seed: Number(values.seed), ...counts, failed }))
  if (failed > 0) process.exitCode = 1
}

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-forced-'))
try {
  for (const file of positionals) {
    const tiny = path.join(folder, path.basename(file))
    tinyModel(tiny, file)
    await check(path.basename(file), tiny)
  }
} finally {
  rmSync(folder, { recursive: true })
}
