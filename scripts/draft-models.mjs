// @ts-check
// Writes models for drafts to be measured and tested on, all with the demo model's vocabulary: one that says what the
// demo model says at many times its cost, and one that says something else at the demo model's. Kept in the cache
// folder; used only where their bytes are the pinned ones.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from './cache-folder.mjs'
import { rawMetadata, rawTensors } from './gguf-metadata.mjs'
import { writeGguf } from './gguf-writer.mjs'
import { keptFile } from './kept-content.mjs'
import { computedFill, randomFill, seedFor } from './random-weights.mjs'

const demo = fileURLToPath(new URL('../models/espalier-demo-q8_0.gguf', import.meta.url))
const LAYERS = 6
const LAYERS_DEEP = 72
const SEED = 20

/** @typedef {import('./gguf-writer.mjs').Tensor} Tensor */

/** Of the files. */
const SHA256 = {
  deep: 'c27efb8a70e36565385cf8c2d9df0f233ac2cfc2af7dbaeacf95e26367947be5',
  stranger: 'db5b57fc113c961c6be4433d5b5a3059cf278ae3eec36f20d8decf7d6868bc9b',
}

/**
 * The demo model with further layers, whose last matrices are zeros: they are computed and add nothing.
 * @returns {string} the path
 */
export function deepModelPath() {
  const own = rawTensors(readFileSync(demo))
  const last = own.filter(({ name }) => name.startsWith(`blk.${LAYERS - 1}.`))
  const zeros = (/** @type {Buffer} */ bytes) => void bytes.fill(0)
  const added = Array.from({ length: LAYERS_DEEP - LAYERS }, (_, index) =>
    last.map((tensor) => {
      const name = tensor.name.replace(/^blk\.\d+/, `blk.${LAYERS + index}`)
      return { ...tensor, name, fill: /attn_output|ffn_down/.test(name) ? zeros : tensor.fill }
    }),
  )
  return written('deep', LAYERS_DEEP, [...own, ...added.flat()])
}

/** The demo model's shape with random weights. @returns {string} the path */
export function strangerModelPath() {
  const tensors = rawTensors(readFileSync(demo)).map((tensor) => {
    const { name, type, shape } = tensor
    if (shape.length === 1) return { ...tensor, fill: computedFill('F32', () => 1) }
    const deviation = name === 'token_embd.weight' ? 1 : 1 / Math.sqrt(shape[0] ?? 1)
    return { ...tensor, fill: randomFill(type, seedFor(SEED, name), deviation) }
  })
  return written('stranger', LAYERS, tensors)
}

/** @param {'deep' | 'stranger'} name @param {number} layers @param {readonly Tensor[]} tensors */
function written(name, layers, tensors) {
  const metadata = {
    ...rawMetadata(readFileSync(demo), ''),
    'llama.block_count': { kind: /** @type {const} */ ('u32'), value: layers },
  }
  const key = createHash('sha256').update(SHA256[name]).digest('hex').slice(0, 12)
  const path = join(cacheFolder(), 'bench-models', `demo-${name}-${key}.gguf`)
  return keptFile(path, SHA256[name], (fresh) => writeGguf(fresh, { metadata, tensors }))
}
