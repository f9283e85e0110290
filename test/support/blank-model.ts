// A model to which every token is as probable as any other: its weights are zeros, so that no rounding tells one batch
// from another, and draws are those of masks, options and seeds alone. Over a real vocabulary of 49,216 tokens, which
// is large enough for draws to be shared out among threads. Decides its shape; kept in the cache folder.
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder } from '../../scripts/cache-folder.mjs'
import { rawMetadata } from '../../scripts/gguf-metadata.mjs'
import { type MetadataValue, type Tensor, writeGguf } from '../../scripts/gguf-writer.mjs'
import { computedFill } from '../../scripts/random-weights.mjs'
import { vocabularyPath } from './real-vocabularies.js'

const width = 32

export function blankModelPath(): string {
  const file = path.join(cacheFolder(), 'tiny-models', 'llama-blank-refact-1.gguf')
  if (existsSync(file)) return file
  const vocabulary = rawMetadata(readFileSync(vocabularyPath('refact')), 'tokenizer.')
  const tokens = vocabulary['tokenizer.ggml.tokens']!.length!
  mkdirSync(path.dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}.fresh`
  writeGguf(fresh, { metadata: { ...shape, ...vocabulary }, tensors: tensorsOf(tokens) })
  renameSync(fresh, file)
  return file
}

const u32 = (value: number): MetadataValue => ({ kind: 'u32', value })
const shape: Record<string, MetadataValue> = {
  'general.architecture': { kind: 'string', value: 'llama' },
  'llama.context_length': u32(4096),
  'llama.embedding_length': u32(width),
  'llama.block_count': u32(1),
  'llama.feed_forward_length': u32(width),
  'llama.attention.head_count': u32(1),
  'llama.attention.layer_norm_rms_epsilon': { kind: 'f32', value: 1e-5 },
}

function tensorsOf(tokens: number): Tensor[] {
  const zeros = (name: string, ...sides: number[]): Tensor => ({
    name,
    type: 'F16',
    shape: sides,
    fill: computedFill('F16', () => 0),
  })
  const norm = (name: string): Tensor => ({
    name,
    type: 'F32',
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
