// Random-weight models of every memory kind, a few hundred kilobytes each, written once to the cache folder.
// Decides shapes, hyperparameters and seeds. What they say means nothing; that cached equals uncached on them does.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cacheFolder } from '../../scripts/cache-folder.mjs'
import { type MetadataValue, type Tensor, type TensorType, writeGguf } from '../../scripts/gguf-writer.mjs'
import { keptFile } from '../../scripts/kept-content.mjs'
import { computedFill, randomFill, seedFor } from '../../scripts/random-weights.mjs'
import { tinyVocabulary } from './tiny-vocabulary.js'

/** Name of a tiny model, and the memory kind llama.cpp gives it. */
export const TINY_MODELS = {
  llama: 'full',
  'llama-q8': 'full',
  gemma3: 'window',
  mamba: 'recurrent',
  jamba: 'hybrid',
  lfm2: 'hybrid',
} as const

export type TinyModel = keyof typeof TINY_MODELS

export const WIDTH = 64
export const HEADS = 4
const HEADS_KV = 2
const HEAD_WIDTH = WIDTH / HEADS
export const FEED_FORWARD = 128
const CONTEXT_TRAINED = 2048
const CHAT_TEMPLATE =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}' +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'

/** Of the files. Weights are fixed by seeds, so they are the same on every machine; a changed recipe changes them. */
const SHA256: Readonly<Record<TinyModel, string>> = {
  llama: '7486e09f034bb317ae155125f4dffa0defc625ef1f8b39c065f0b6f96fff00f2',
  'llama-q8': '812216ec08e53a7440a807e34ea3d77d1fedfa32128ee3a1ad9f660b10866d8b',
  gemma3: '8e43a2e545f01a3fc537311859f64cf9e05ad363f45df3b04fc7c4429f6eb4e4',
  mamba: '356d962914755b70a9fa70a426bba9b2a5477d960198269867677fda812f5103',
  jamba: '568d97ab325fa01c26b3036e779ba04e61d69a9d73706f1c9fa19213aad50784',
  lfm2: 'f1b10197d69a50fe01f61cf11fadb6545dc36805775bd791f36a3e9fb0760a42',
}

/** Raise when the bytes of a model change for a reason its recipe does not show. */
const RECIPE_VERSION = 1

/** Path of the model's GGUF file; writes it where it is not what it should be. Safe in several processes at once. */
export function tinyModelPath(model: TinyModel): string {
  return recipePath(model, recipe(model), SHA256[model])
}

export function recipePath(name: string, content: Recipe, sha256: string): string {
  const shapes = content.tensors.map(({ name, type, shape }) => [name, type, shape])
  const hash = createHash('sha256')
    .update(JSON.stringify([RECIPE_VERSION, content.metadata, shapes]))
    .digest('hex')
    .slice(0, 12)
  const path = join(cacheFolder(), 'tiny-models', `${name}-${hash}.gguf`)
  return keptFile(path, sha256, (fresh) => writeGguf(fresh, content))
}

/** What the model's file holds, for files made of it. */
export const tinyRecipe = (model: TinyModel): Recipe => recipe(model)

export interface Recipe {
  readonly metadata: Record<string, MetadataValue>
  readonly tensors: Tensor[]
}

function recipe(model: TinyModel): Recipe {
  switch (model) {
    case 'llama':
      return llama('F32')
    case 'llama-q8':
      return llama('Q8_0')
    case 'gemma3':
      return gemma3()
    case 'mamba':
      return mamba()
    case 'jamba':
      return jamba()
    case 'lfm2':
      return lfm2()
  }
}

/** Collects tensors; the deviation keeps every layer's output near that of its input. */
export class Tensors {
  readonly list: Tensor[] = []
  readonly #seed: number
  readonly #matrixType: TensorType
  constructor(seed: number, matrixType: TensorType) {
    this.#seed = seed
    this.#matrixType = matrixType
  }

  matrix(name: string, shape: readonly [number, number], deviation = 1 / Math.sqrt(shape[0])): void {
    const type = this.#matrixType
    this.list.push({ name, type, shape, fill: randomFill(type, seedFor(this.#seed, name), deviation) })
  }

  /** Convolution kernels, biases and norms stay in single precision: llama.cpp's operators ask for it. */
  plain(name: string, shape: readonly number[], value: (index: number) => number): void {
    this.list.push({ name, type: 'F32', shape, fill: computedFill('F32', value) })
  }

  noise(name: string, shape: readonly number[], deviation: number): void {
    this.list.push({
      name,
      type: 'F32',
      shape,
      fill: randomFill('F32', seedFor(this.#seed, name), deviation),
    })
  }

  norm(name: string, width = WIDTH): void {
    this.plain(name, [width], () => 1)
  }

  attention(layer: number, headsKv = HEADS_KV): void {
    this.matrix(`blk.${layer}.attn_q.weight`, [WIDTH, WIDTH])
    this.matrix(`blk.${layer}.attn_k.weight`, [WIDTH, headsKv * HEAD_WIDTH])
    this.matrix(`blk.${layer}.attn_v.weight`, [WIDTH, headsKv * HEAD_WIDTH])
    this.matrix(`blk.${layer}.attn_output.weight`, [WIDTH, WIDTH])
  }

  queryAndKeyNorms(layer: number): void {
    this.norm(`blk.${layer}.attn_q_norm.weight`, HEAD_WIDTH)
    this.norm(`blk.${layer}.attn_k_norm.weight`, HEAD_WIDTH)
  }

  feedForward(layer: number): void {
    this.norm(`blk.${layer}.ffn_norm.weight`)
    this.matrix(`blk.${layer}.ffn_gate.weight`, [WIDTH, FEED_FORWARD])
    this.matrix(`blk.${layer}.ffn_up.weight`, [WIDTH, FEED_FORWARD])
    this.matrix(`blk.${layer}.ffn_down.weight`, [FEED_FORWARD, WIDTH])
  }

  /** A selective state space block as in Mamba: decay rates 1 .. state size, steps of about 0.05. */
  stateSpace(layer: number, ssm: StateSpace): void {
    const blk = `blk.${layer}`
    this.matrix(`${blk}.ssm_in.weight`, [WIDTH, 2 * ssm.inner])
    this.noise(`${blk}.ssm_conv1d.weight`, [ssm.kernel, ssm.inner], 0.5)
    this.plain(`${blk}.ssm_conv1d.bias`, [ssm.inner], () => 0)
    this.matrix(`${blk}.ssm_x.weight`, [ssm.inner, ssm.rank + 2 * ssm.state])
    this.noise(`${blk}.ssm_dt.weight`, [ssm.rank, ssm.inner], 0.1)
    this.plain(`${blk}.ssm_dt.bias`, [ssm.inner], (index) => -4 + (2 * index) / ssm.inner)
    this.plain(`${blk}.ssm_a`, [ssm.state, ssm.inner], (index) => -1 - (index % ssm.state))
    this.plain(`${blk}.ssm_d`, [ssm.inner], () => 1)
    this.matrix(`${blk}.ssm_out.weight`, [ssm.inner, WIDTH])
  }
}

interface StateSpace {
  readonly kernel: number
  readonly inner: number
  readonly state: number
  readonly rank: number
}

const SSM: StateSpace = { kernel: 4, inner: 2 * WIDTH, state: 8, rank: 4 }

export const u32 = (value: number): MetadataValue => ({ kind: 'u32', value })
export const f32 = (value: number): MetadataValue => ({ kind: 'f32', value })
export const bool = (value: boolean): MetadataValue => ({ kind: 'bool', value })
export const text = (value: string): MetadataValue => ({ kind: 'string', value })

/** What every architecture shares: general keys, vocabulary, embeddings (also the output) and the last norm. */
export function begin(
  architecture: string,
  options: { layers: number; seed: number; matrixType?: TensorType; addsBos?: boolean; lastNorm?: string },
): { metadata: Record<string, MetadataValue>; tensors: Tensors } {
  const { tokens, merges, controlFrom } = tinyVocabulary()
  const metadata: Record<string, MetadataValue> = {
    'general.architecture': text(architecture),
    'general.name': text(`espalier tiny ${architecture}`),
    [`${architecture}.context_length`]: u32(CONTEXT_TRAINED),
    [`${architecture}.embedding_length`]: u32(WIDTH),
    [`${architecture}.block_count`]: u32(options.layers),
    [`${architecture}.attention.layer_norm_rms_epsilon`]: f32(1e-5),
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text('gpt-2'),
    'tokenizer.ggml.tokens': { kind: 'strings', value: tokens },
    'tokenizer.ggml.token_type': { kind: 'i32s', value: tokens.map((_, id) => (id < controlFrom ? 1 : 3)) },
    'tokenizer.ggml.merges': { kind: 'strings', value: merges },
    'tokenizer.ggml.bos_token_id': u32(controlFrom),
    'tokenizer.ggml.eos_token_id': u32(controlFrom + 1),
    'tokenizer.ggml.add_bos_token': bool(options.addsBos ?? true),
    'tokenizer.chat_template': text(CHAT_TEMPLATE),
  }
  const tensors = new Tensors(options.seed, options.matrixType ?? 'F32')
  // Tied embeddings: this deviation is what the logits' deviation of about 1.2 comes from.
  tensors.matrix('token_embd.weight', [WIDTH, tokens.length], 1.2 / Math.sqrt(WIDTH))
  tensors.norm(options.lastNorm ?? 'output_norm.weight')
  return { metadata, tensors }
}

export function transformerKeys(
  architecture: string,
  headsKv: readonly number[] | number,
): Record<string, MetadataValue> {
  return {
    [`${architecture}.feed_forward_length`]: u32(FEED_FORWARD),
    [`${architecture}.attention.head_count`]: u32(HEADS),
    [`${architecture}.attention.head_count_kv`]:
      typeof headsKv === 'number' ? u32(headsKv) : { kind: 'i32s', value: headsKv },
  }
}

function stateSpaceKeys(architecture: string, ssm: StateSpace): Record<string, MetadataValue> {
  return {
    [`${architecture}.ssm.conv_kernel`]: u32(ssm.kernel),
    [`${architecture}.ssm.inner_size`]: u32(ssm.inner),
    [`${architecture}.ssm.state_size`]: u32(ssm.state),
    [`${architecture}.ssm.time_step_rank`]: u32(ssm.rank),
  }
}

function llama(matrixType: TensorType): Recipe {
  const layers = 3
  const { metadata, tensors } = begin('llama', { layers, seed: 11, matrixType })
  for (let layer = 0; layer < layers; layer++) {
    tensors.norm(`blk.${layer}.attn_norm.weight`)
    tensors.attention(layer)
    tensors.feedForward(layer)
  }
  return {
    metadata: {
      ...metadata,
      ...transformerKeys('llama', HEADS_KV),
      'llama.rope.dimension_count': u32(HEAD_WIDTH),
    },
    tensors: tensors.list,
  }
}

/** Every third layer sees everything, the others the last 32 tokens. */
function gemma3(): Recipe {
  const layers = 3
  const { metadata, tensors } = begin('gemma3', { layers, seed: 22 })
  for (let layer = 0; layer < layers; layer++) {
    tensors.norm(`blk.${layer}.attn_norm.weight`)
    tensors.attention(layer)
    tensors.queryAndKeyNorms(layer)
    tensors.norm(`blk.${layer}.post_attention_norm.weight`)
    tensors.feedForward(layer)
    tensors.norm(`blk.${layer}.post_ffw_norm.weight`)
  }
  return {
    metadata: {
      ...metadata,
      ...transformerKeys('gemma3', HEADS_KV),
      'gemma3.attention.key_length': u32(HEAD_WIDTH),
      'gemma3.attention.value_length': u32(HEAD_WIDTH),
      'gemma3.attention.sliding_window': u32(32),
      'gemma3.attention.sliding_window_pattern': u32(3),
      'gemma3.rope.freq_base': f32(10000),
    },
    tensors: tensors.list,
  }
}

function mamba(): Recipe {
  const layers = 3
  const { metadata, tensors } = begin('mamba', { layers, seed: 33, addsBos: false })
  for (let layer = 0; layer < layers; layer++) {
    tensors.norm(`blk.${layer}.attn_norm.weight`)
    tensors.stateSpace(layer, SSM)
  }
  return {
    metadata: {
      ...metadata,
      ...stateSpaceKeys('mamba', SSM),
      'mamba.feed_forward_length': u32(0),
      'mamba.attention.head_count': u32(0),
    },
    tensors: tensors.list,
  }
}

/** State space layers around one attention layer without positions. */
function jamba(): Recipe {
  const headsKv = [0, HEADS_KV, 0]
  const { metadata, tensors } = begin('jamba', { layers: headsKv.length, seed: 44 })
  headsKv.forEach((heads, layer) => {
    tensors.norm(`blk.${layer}.attn_norm.weight`)
    if (heads > 0) {
      tensors.attention(layer, heads)
    } else {
      tensors.stateSpace(layer, SSM)
      tensors.norm(`blk.${layer}.ssm_dt_norm.weight`, SSM.rank)
      tensors.norm(`blk.${layer}.ssm_b_norm.weight`, SSM.state)
      tensors.norm(`blk.${layer}.ssm_c_norm.weight`, SSM.state)
    }
    tensors.feedForward(layer)
  })
  return {
    metadata: { ...metadata, ...transformerKeys('jamba', headsKv), ...stateSpaceKeys('jamba', SSM) },
    tensors: tensors.list,
  }
}

/** Short convolutions around one attention layer; llama.cpp can roll its state back by a few tokens. */
function lfm2(): Recipe {
  const headsKv = [0, HEADS_KV, 0]
  const kernel = 3
  const lastNorm = 'token_embd_norm.weight'
  const { metadata, tensors } = begin('lfm2', { layers: headsKv.length, seed: 55, lastNorm })
  headsKv.forEach((heads, layer) => {
    const blk = `blk.${layer}`
    tensors.norm(`${blk}.attn_norm.weight`)
    if (heads > 0) {
      tensors.attention(layer, heads)
      tensors.queryAndKeyNorms(layer)
    } else {
      tensors.noise(`${blk}.shortconv.conv.weight`, [kernel, WIDTH], 0.5)
      tensors.matrix(`${blk}.shortconv.in_proj.weight`, [WIDTH, 3 * WIDTH])
      tensors.matrix(`${blk}.shortconv.out_proj.weight`, [WIDTH, WIDTH])
    }
    tensors.feedForward(layer)
  })
  return {
    metadata: {
      ...metadata,
      ...transformerKeys('lfm2', headsKv),
      'lfm2.shortconv.l_cache': u32(kernel),
      'lfm2.rope.freq_base': f32(10000),
    },
    tensors: tensors.list,
  }
}
