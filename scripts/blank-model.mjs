// @ts-check
// Writes a model to which every token is as probable as any other: its weights are zeros, so that no rounding tells one
// batch from another, and draws are those of masks, options and seeds alone. A decode of it costs next to nothing.
// Over a real vocabulary, large enough for draws to be shared out among threads. Decides its shape; kept in the cache
// folder.
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { rawMetadata } from './gguf-metadata.mjs'
import { writeGguf } from './gguf-writer.mjs'
import { prepareLlamaHeaders } from './llama-headers.mjs'
import { computedFill } from './random-weights.mjs'

const width = 32
/** Raise when the file changes. */
const version = 2

/** @typedef {import('./gguf-writer.mjs').MetadataValue} MetadataValue */
/** @typedef {import('./gguf-writer.mjs').Tensor} Tensor */

/**
 * @param {'refact' | 'llama-bpe' | 'qwen2'} [name] whose vocabulary; 49,216, 128,256 or 151,936 tokens. Default refact
 * @returns {string}
 */
export function blankModelPath(name = 'refact') {
  const file = path.join(cacheFolder(), 'tiny-models', `llama-blank-${name}-${version}.gguf`)
  if (existsSync(file)) return file
  const source = path.join(prepareLlamaHeaders(), 'models', `ggml-vocab-${name}.gguf`)
  const vocabulary = rawMetadata(readFileSync(source), 'tokenizer.')
  const tokens = vocabulary['tokenizer.ggml.tokens']?.length ?? 0
  mkdirSync(path.dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}.fresh`
  writeGguf(fresh, { metadata: { ...shape, ...vocabulary }, tensors: tensorsOf(tokens) })
  renameSync(fresh, file)
  return file
}

/** @param {number} value @returns {MetadataValue} */
const u32 = (value) => ({ kind: 'u32', value })
/** @type {Record<string, MetadataValue>} */
const shape = {
  'general.architecture': { kind: 'string', value: 'llama' },
  'llama.context_length': u32(131_072),
  'llama.embedding_length': u32(width),
  'llama.block_count': u32(1),
  'llama.feed_forward_length': u32(width),
  'llama.attention.head_count': u32(1),
  'llama.attention.layer_norm_rms_epsilon': { kind: 'f32', value: 1e-5 },
}

/** @param {number} tokens @returns {Tensor[]} */
function tensorsOf(tokens) {
  const zeros = (/** @type {string} */ name, /** @type {number[]} */ ...sides) => ({
    name,
    type: /** @type {const} */ ('F16'),
    shape: sides,
    fill: computedFill('F16', () => 0),
  })
  const norm = (/** @type {string} */ name) => ({
    name,
    type: /** @type {const} */ ('F32'),
    shape: [width],
    fill: computedFill('F32', () => 1),
  })
  const square = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down']
  return [
    zeros('token_embd.weight', width, tokens),
    norm('output_norm.weight'),
    norm('blk.0.attn_norm.weight'),
    norm('blk.0.ffn_norm.weight'),
    ...square.map((name) => zeros(`blk.0.${name}.weight`, width, width)),
  ]
}
