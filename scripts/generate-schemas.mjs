// @ts-check
// Generates under real schemas with a model that knows nothing, and has ajv judge every finished value. Decides how the
// model draws (temperature 1, all tokens) and what counts as finished; never leaves a wrong value out.
//
//   node scripts/generate-schemas.mjs SAMPLE.jsonl [--seeds 2] [--tokens 200] [--only ID,ID] [--vocabulary FILE.gguf]
//
// The sample has one JSON object a line, with `id` and `schema` (text). Needs a build. Counts go to standard error
// after each schema. The exit code is 1 when a finished value is invalid.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { validator } from '../dist/constraint/json-schema/judge/lenient.js'
import { FillError, json, load, prompt } from '../dist/index.js'
import { cacheFolder } from './cache-folder.mjs'
import { rawMetadata } from './gguf-metadata.mjs'
import { writeGguf } from './gguf-writer.mjs'
import { prepareLlamaHeaders } from './llama-headers.mjs'
import { computedFill, randomFill, seedFor } from './random-weights.mjs'

const width = 64
const feedForward = 64

/** Path of a model of one layer with the vocabulary of a GGUF file; written anew, since nothing pins its bytes. */
function tinyModelPath(vocabularyPath) {
  const vocabulary = rawMetadata(readFileSync(vocabularyPath), 'tokenizer.')
  const tokenCount = vocabulary['tokenizer.ggml.tokens']?.length
  if (!tokenCount) throw new Error(`${vocabularyPath} has no list of tokens; expected tokenizer.ggml.tokens.`)
  const folder = join(cacheFolder(), 'bench-models')
  const path = join(folder, `one-layer-${width}-${tokenCount}.gguf`)
  mkdirSync(folder, { recursive: true })
  writeGguf(path, { metadata: { ...shapeMetadata(), ...vocabulary }, tensors: tensors(tokenCount) })
  return path
}

/** @returns {Record<string, import('./gguf-writer.mjs').MetadataValue>} */
function shapeMetadata() {
  return {
    'general.architecture': { kind: 'string', value: 'llama' },
    'general.name': { kind: 'string', value: 'espalier random, one layer' },
    'general.file_type': { kind: 'u32', value: 7 },
    'llama.context_length': { kind: 'u32', value: 4096 },
    'llama.embedding_length': { kind: 'u32', value: width },
    'llama.block_count': { kind: 'u32', value: 1 },
    'llama.feed_forward_length': { kind: 'u32', value: feedForward },
    'llama.attention.head_count': { kind: 'u32', value: 1 },
    'llama.attention.head_count_kv': { kind: 'u32', value: 1 },
    'llama.attention.layer_norm_rms_epsilon': { kind: 'f32', value: 1e-5 },
    'llama.rope.freq_base': { kind: 'f32', value: 10000 },
    'llama.rope.dimension_count': { kind: 'u32', value: width },
  }
}

/** @param {number} tokenCount @returns {import('./gguf-writer.mjs').Tensor[]} */
function tensors(tokenCount) {
  const matrix = (name, from, to, scale = 1) => {
    const fill = randomFill('Q8_0', seedFor(1, name), scale / Math.sqrt(from))
    return { name, type: /** @type {const} */ ('Q8_0'), shape: [from, to], fill }
  }
  const norm = (name) => ({
    name,
    type: /** @type {const} */ ('F32'),
    shape: [width],
    fill: computedFill('F32', () => 1),
  })
  return [
    matrix('token_embd.weight', width, tokenCount, 1.2),
    norm('output_norm.weight'),
    norm('blk.0.attn_norm.weight'),
    ...['q', 'k', 'v', 'output'].map((part) => matrix(`blk.0.attn_${part}.weight`, width, width)),
    norm('blk.0.ffn_norm.weight'),
    matrix('blk.0.ffn_gate.weight', width, feedForward),
    matrix('blk.0.ffn_up.weight', width, feedForward),
    matrix('blk.0.ffn_down.weight', feedForward, width),
  ]
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '2' },
    tokens: { type: 'string', default: '200' },
    only: { type: 'string' },
    vocabulary: { type: 'string' },
  },
})
const samplePath = positionals[0]
if (samplePath === undefined) {
  console.error('node scripts/generate-schemas.mjs SAMPLE.jsonl [--seeds N] [--tokens N] [--only ID,ID]')
  process.exit(2)
}
const wanted = options.only === undefined ? null : new Set(options.only.split(','))
const cases = readFileSync(samplePath, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .filter(({ id }) => wanted === null || wanted.has(id))

const vocabularyPath =
  options.vocabulary ?? join(prepareLlamaHeaders(), 'models', 'ggml-vocab-llama-bpe.gguf')
// One thread: a step is so small that more threads only wait for each other. Runs go side by side in its steps.
const model = await load(tinyModelPath(vocabularyPath), { threads: 1 })
const schemasAtOnce = 16
const counts = {
  schemas: cases.length,
  refused: 0,
  valid: 0,
  invalid: 0,
  unfinished: 0,
  unjudged: 0,
  failed: 0,
}

let next = 0
const begunMs = performance.now()
await Promise.all(Array.from({ length: schemasAtOnce }, judgeCases))
const { user, system } = process.cpuUsage()
console.error(
  `${Math.round(performance.now() - begunMs)} ms, ${Math.round((user + system) / 1000)} ms of CPU`,
)
await model.dispose()
console.log(JSON.stringify(counts))
process.exit(counts.invalid + counts.failed > 0 ? 1 : 0)

/** Takes one schema after the other until none is left. */
async function judgeCases() {
  while (next < cases.length) {
    const { id, schema } = cases[next++]
    for (let seed = 1; seed <= Number(options.seeds); seed++) {
      const outcome = await generated(schema, seed)
      counts[outcome.kind]++
      if (outcome.told !== undefined)
        console.log(`${outcome.kind} ${id} seed ${seed}: ${outcome.told.slice(0, 400)}`)
      if (outcome.kind === 'refused') break
    }
    console.error(`${id} ${JSON.stringify(counts)}`)
  }
}

/** @param {string} schema @param {number} seed @returns {Promise<{ kind: keyof typeof counts, told?: string }>} */
async function generated(schema, seed) {
  let template
  try {
    template = prompt`Value: ${json('value', schema, { tokensMax: Number(options.tokens) })}`
  } catch {
    return { kind: 'refused' }
  }
  let value
  try {
    const run = await model.run(template, {}, { seed, temperature: 1 })
    value = run.values.value
  } catch (error) {
    if (error.name === 'ConstraintError') return { kind: 'refused' }
    if (error instanceof FillError) return { kind: 'unfinished' }
    return { kind: 'failed', told: String(error.stack) }
  }
  try {
    validator(JSON.parse(schema))(value)
  } catch (error) {
    if (error.code === 'SCHEMA_INVALID') return { kind: 'unjudged', told: error.message }
    return { kind: 'invalid', told: `${error.message} ${JSON.stringify(value)}` }
  }
  return { kind: 'valid' }
}
