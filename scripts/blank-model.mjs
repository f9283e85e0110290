// @ts-check
// Writes a model to which every token is as probable as any other: its weights are zeros, so that no rounding tells one
// batch from another, and draws are those of masks, options and seeds alone. A decode of it costs next to nothing.
// Over a real vocabulary, large enough for draws to be shared out among threads. Decides its shape; kept in the cache
// folder.
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { rawMetadata } from './gguf-metadata.mjs'
import { u64, writeGguf } from './gguf-writer.mjs'
import { prepareLlamaHeaders } from './llama-headers.mjs'
import { computedFill } from './random-weights.mjs'

const width = 32
/** Raise when the file changes. */
const version = 2

/** @typedef {import('./gguf-writer.mjs').MetadataValue} MetadataValue */
/** @typedef {import('./gguf-writer.mjs').Tensor} Tensor */

/** Tokens of the vocabulary that no file has. */
const wide = 262_144

/**
 * @param {'refact' | 'llama-bpe' | 'qwen2' | 'wide'} [name] whose vocabulary; 49,216, 128,256 or 151,936 tokens; 'wide'
 *   are qwen2's with 110,208 pairs of them behind. Default refact
 * @returns {string}
 */
export function blankModelPath(name = 'refact') {
  const file = path.join(cacheFolder(), 'tiny-models', `llama-blank-${name}-${version}.gguf`)
  if (existsSync(file)) return file
  const source = path.join(
    prepareLlamaHeaders(),
    'models',
    `ggml-vocab-${name === 'wide' ? 'qwen2' : name}.gguf`,
  )
  const found = rawMetadata(readFileSync(source), 'tokenizer.')
  const vocabulary = name === 'wide' ? widened(found) : found
  const tokens = vocabulary['tokenizer.ggml.tokens']?.length ?? 0
  mkdirSync(path.dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}.fresh`
  writeGguf(fresh, { metadata: { ...shape, ...vocabulary }, tensors: tensorsOf(tokens) })
  renameSync(fresh, file)
  return file
}

/**
 * With pairs of its tokens as further ones, which no text is split into, but every mask and draw has to look at.
 * @param {ReturnType<typeof rawMetadata>} found
 */
function widened(found) {
  const { 'tokenizer.ggml.tokens': tokens, 'tokenizer.ggml.token_type': types } = found
  if (tokens === undefined || types === undefined)
    throw new Error('The vocabulary has no tokens or no types of them.')
  const { bytes, length } = tokens
  const texts = []
  // Behind the kinds of array and items, and their count: texts with their lengths.
  for (let at = 16; at < bytes.length; ) {
    const size = Number(bytes.readBigUInt64LE(at))
    texts.push(bytes.toString('utf8', at + 8, at + 8 + size))
    at += 8 + size
  }
  const known = new Set(texts)
  for (let pair = 0; known.size < wide; pair++) {
    const [first, second] = [texts[1000 + (pair % 10_000)], texts[1000 + ((pair * 7919) % 20_011)]]
    known.add(`${first}${second}`)
  }
  const more = [...known].slice(length).map((text) => Buffer.from(text))
  const strings = more.flatMap((text) => [u64(text.length), text])
  const kinds = Buffer.alloc(more.length * 4)
  for (let at = 0; at < kinds.length; at += 4) kinds.writeInt32LE(1, at)
  return {
    ...found,
    'tokenizer.ggml.tokens': longer(tokens, strings),
    'tokenizer.ggml.token_type': longer(types, [kinds]),
  }
}

/** @param {{ readonly bytes: Buffer }} array @param {readonly Buffer[]} items */
function longer({ bytes }, items) {
  const all = Buffer.concat([bytes, ...items])
  all.writeBigUInt64LE(BigInt(wide), 8)
  return { kind: /** @type {const} */ ('raw'), bytes: all, length: wide }
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
