// LoRA files for the tiny models, and the same models with such files worked into their weights: two ways to one
// result. Decides ranks, seeds and how strong an adapter is; writes where it is told to.
import { type MetadataValue, type Tensor, writeGguf } from '../../scripts/gguf-writer.mjs'
import { computedFill, randomWords, seedFor } from '../../scripts/random-weights.mjs'
import { type TinyModel, tinyRecipe } from './tiny-models.js'

const text = (value: string): MetadataValue => ({ kind: 'string', value })

export interface TinyAdapter {
  readonly seed: number
  readonly rank: number
  /** Left out: none in the file, and the scale alone counts. */
  readonly alpha?: number
  /** Weights that are changed; those of attention and one of the feed-forward by default. */
  readonly weights?: RegExp
}

const weightsDefault =
  /attn_(q|v|output)\.weight|ffn_down\.weight|ssm_(in|out)\.weight|shortconv\.in_proj\.weight/

/** Numbers of one of the two factors: row `row` of `columns`. */
function factor(seed: number, name: string, count: number, deviation: number): Float32Array {
  const next = randomWords(seedFor(seed, name))
  return Float32Array.from({ length: count }, () => (next() / 4294967296 - 0.5) * deviation * Math.sqrt(12))
}

function factorsOf({ name, shape }: Tensor, { seed, rank }: TinyAdapter) {
  const [inner, outer] = shape as [number, number]
  return {
    inner,
    outer,
    a: factor(seed, `${name}.a`, inner * rank, 1 / Math.sqrt(inner)),
    b: factor(seed, `${name}.b`, outer * rank, 1 / Math.sqrt(rank)),
  }
}

function changed(model: TinyModel, { weights = weightsDefault }: TinyAdapter): readonly Tensor[] {
  return tinyRecipe(model).tensors.filter(({ name }) => weights.test(name))
}

export interface AdapterFile {
  readonly metadata: Record<string, MetadataValue>
  readonly tensors: Tensor[]
}

/** What the adapter's file holds. */
export function adapterRecipe(model: TinyModel, adapter: TinyAdapter): AdapterFile {
  const { rank, alpha } = adapter
  const { metadata } = tinyRecipe(model)
  const tensors = changed(model, adapter).flatMap((tensor): Tensor[] => {
    const { inner, outer, a, b } = factorsOf(tensor, adapter)
    const { name } = tensor
    return [
      { name: `${name}.lora_a`, type: 'F32', shape: [inner, rank], fill: computedFill('F32', (i) => a[i]!) },
      { name: `${name}.lora_b`, type: 'F32', shape: [rank, outer], fill: computedFill('F32', (i) => b[i]!) },
    ]
  })
  return {
    metadata: {
      'general.architecture': metadata['general.architecture']!,
      'general.type': text('adapter'),
      'adapter.type': text('lora'),
      ...(alpha === undefined ? {} : { 'adapter.lora.alpha': { kind: 'f32', value: alpha } as const }),
    },
    tensors,
  }
}

export function writeAdapter(file: string, model: TinyModel, adapter: TinyAdapter): string {
  writeGguf(file, adapterRecipe(model, adapter))
  return file
}

interface Change {
  readonly adapter: TinyAdapter
  readonly scale: number
}

/** The model with W + scale * (alpha / rank) * B A in place of each W. */
export function writeMerged(file: string, model: TinyModel, changes: readonly Change[]): string {
  const { metadata, tensors } = tinyRecipe(model)
  const merged = tensors.map((tensor): Tensor => {
    const own = changes.filter(({ adapter }) => (adapter.weights ?? weightsDefault).test(tensor.name))
    return { ...tensor, fill: mergedFill(tensor, own) }
  })
  writeGguf(file, { metadata, tensors: merged })
  return file
}

/** Of one tensor in single precision, which all these adapters change. */
export function mergedFill(tensor: Tensor, changes: readonly Change[]): Tensor['fill'] {
  return (bytes) => {
    tensor.fill(bytes)
    for (const { adapter, scale } of changes) merge(tensor, bytes, adapter, scale)
  }
}

function merge(tensor: Tensor, bytes: Buffer, adapter: TinyAdapter, scale: number): void {
  const { rank, alpha } = adapter
  const { inner, outer, a, b } = factorsOf(tensor, adapter)
  const strength = scale * (alpha === undefined ? 1 : alpha / rank)
  for (let row = 0; row < outer; row++) {
    for (let column = 0; column < inner; column++) {
      let sum = 0
      for (let k = 0; k < rank; k++) sum += b[row * rank + k]! * a[k * inner + column]!
      const at = 4 * (row * inner + column)
      bytes.writeFloatLE(bytes.readFloatLE(at) + strength * sum, at)
    }
  }
}
