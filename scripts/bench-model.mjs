// @ts-check
// Writes the benchmarks' model: the shape of a 135-million-parameter llama, random Q8_0 weights, a real vocabulary.
// Decides shape and scale. What it says means nothing; what it costs is what such a model costs. Kept in the cache
// folder and never in the repository; used only where its bytes are the pinned ones.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cacheFolder } from './cache-folder.mjs'
import { rawMetadata } from './gguf-metadata.mjs'
import { writeGguf } from './gguf-writer.mjs'
import { keptFile } from './kept-content.mjs'
import { prepareLlamaHeaders } from './llama-headers.mjs'
import { computedFill, randomFill, seedFor } from './random-weights.mjs'

/** SmolLM-135M's shape; the context is longer, so that thousands of idle cells fit. */
const SHAPE = {
  layers: 30,
  width: 576,
  heads: 9,
  headsKv: 3,
  feedForward: 1536,
  contextTrained: 32768,
  ropeBase: 10000,
  seed: 135,
  logitDeviation: 1.2,
}

/** Raise when the bytes change for a reason the shape does not show. */
const RECIPE_VERSION = 1

/** @typedef {import('./gguf-writer.mjs').MetadataValue} MetadataValue */

/** Byte-level vocabularies of 49,216 and of 128,256 tokens. */
const pinnedVocabulary = (/** @type {string} */ name) =>
  join(prepareLlamaHeaders(), 'models', `ggml-vocab-${name}.gguf`)

/** Of the files with these vocabularies. The weights are fixed by a seed, so they are the same on every machine. */
const MODEL_SHA256 = {
  refact: 'd9c3baec9778a8c6469f89d04c0cbcf8cb74c938e03703dfb8175e96d63c8c6a',
  'llama-bpe': '718894230ed4193679bfa2d1b36f8fc84301c498eb028c1ae8216b84177ed211',
}

/**
 * Path of the model; writes it where it is not there (some seconds, 145 MB). With another vocabulary than the pinned
 * one nobody can say what the file should be, so that it is written anew at each call.
 * @param {string} [vocabularyPath] a GGUF file whose vocabulary the model gets
 * @returns {string}
 */
export function benchModelPath(vocabularyPath) {
  if (vocabularyPath === undefined) return modelWith(pinnedVocabulary('refact'), MODEL_SHA256.refact)
  return modelWith(vocabularyPath)
}

/** The same with a vocabulary of 128,256 tokens (200 MB). */
export const wideModelPath = () => modelWith(pinnedVocabulary('llama-bpe'), MODEL_SHA256['llama-bpe'])

/**
 * @param {string} vocabularyPath
 * @param {string} [sha256] what the file has to be; without it, it is written anew
 * @returns {string}
 */
function modelWith(vocabularyPath, sha256) {
  const vocabulary = rawMetadata(readFileSync(vocabularyPath), 'tokenizer.')
  const digest = createHash('sha256').update(JSON.stringify([RECIPE_VERSION, SHAPE]))
  for (const [key, entry] of Object.entries(vocabulary)) digest.update(key).update(entry.bytes)
  const path = join(cacheFolder(), 'bench-models', `llama-135m-${digest.digest('hex').slice(0, 12)}.gguf`)
  const make = (/** @type {string} */ fresh) => {
    const tokenCount = vocabulary['tokenizer.ggml.tokens']?.length
    if (!tokenCount)
      throw new Error(`${vocabularyPath} has no list of tokens; expected tokenizer.ggml.tokens.`)
    writeGguf(fresh, { metadata: { ...shapeMetadata(), ...vocabulary }, tensors: tensors(tokenCount) })
  }
  if (sha256 !== undefined) return keptFile(path, sha256, make)
  mkdirSync(dirname(path), { recursive: true })
  make(path)
  return path
}

/** @returns {Record<string, MetadataValue>} */
function shapeMetadata() {
  return {
    'general.architecture': { kind: 'string', value: 'llama' },
    'general.name': { kind: 'string', value: 'espalier random 135M' },
    'general.file_type': { kind: 'u32', value: 7 },
    'llama.context_length': { kind: 'u32', value: SHAPE.contextTrained },
    'llama.embedding_length': { kind: 'u32', value: SHAPE.width },
    'llama.block_count': { kind: 'u32', value: SHAPE.layers },
    'llama.feed_forward_length': { kind: 'u32', value: SHAPE.feedForward },
    'llama.attention.head_count': { kind: 'u32', value: SHAPE.heads },
    'llama.attention.head_count_kv': { kind: 'u32', value: SHAPE.headsKv },
    'llama.attention.layer_norm_rms_epsilon': { kind: 'f32', value: 1e-5 },
    'llama.rope.freq_base': { kind: 'f32', value: SHAPE.ropeBase },
    'llama.rope.dimension_count': { kind: 'u32', value: SHAPE.width / SHAPE.heads },
  }
}

/** @param {number} tokenCount @returns {import('./gguf-writer.mjs').Tensor[]} */
function tensors(tokenCount) {
  const { width, layers, feedForward } = SHAPE
  const widthKv = (width / SHAPE.heads) * SHAPE.headsKv
  /** @type {import('./gguf-writer.mjs').Tensor[]} */
  const list = []
  const matrix = (
    /** @type {string} */ name,
    /** @type {number} */ from,
    /** @type {number} */ to,
    scale = 1,
  ) => {
    const fill = randomFill('Q8_0', seedFor(SHAPE.seed, name), scale / Math.sqrt(from))
    list.push({ name, type: 'Q8_0', shape: [from, to], fill })
  }
  const norm = (/** @type {string} */ name) => {
    list.push({ name, type: 'F32', shape: [width], fill: computedFill('F32', () => 1) })
  }
  matrix('token_embd.weight', width, tokenCount, SHAPE.logitDeviation)
  norm('output_norm.weight')
  for (let layer = 0; layer < layers; layer++) {
    const blk = `blk.${layer}`
    norm(`${blk}.attn_norm.weight`)
    matrix(`${blk}.attn_q.weight`, width, width)
    matrix(`${blk}.attn_k.weight`, width, widthKv)
    matrix(`${blk}.attn_v.weight`, width, widthKv)
    matrix(`${blk}.attn_output.weight`, width, width)
    norm(`${blk}.ffn_norm.weight`)
    matrix(`${blk}.ffn_gate.weight`, width, feedForward)
    matrix(`${blk}.ffn_up.weight`, width, feedForward)
    matrix(`${blk}.ffn_down.weight`, feedForward, width)
  }
  return list
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(benchModelPath(process.argv[2]))
}
