// @ts-check
// Fills tensors with seeded random numbers, block-wise and fast. Decides only the distribution: zero mean, a given
// standard deviation. The same seed gives the same bytes on every machine.

/**
 * A generator of 32-bit numbers (Marsaglia's xorshift, whitened seed).
 * @param {number} seed
 */
export function randomWords(seed) {
  let state = Math.imul((seed ^ 0x9e3779b9) >>> 0, 0x85ebca6b) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
}

/**
 * A seed for one tensor out of the model's seed and the tensor's name.
 * @param {number} seed @param {string} name
 */
export function seedFor(seed, name) {
  let hash = (seed ^ 0x811c9dc5) >>> 0
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  return hash
}

/**
 * Uniform numbers of the given standard deviation, in the tensor's own format.
 * @param {import('./gguf-writer.mjs').TensorType} type
 * @param {number} seed
 * @param {number} deviation
 * @returns {(bytes: Buffer) => void}
 */
export function randomFill(type, seed, deviation) {
  const next = randomWords(seed)
  if (type === 'Q8_0') return (bytes) => fillQ8(bytes, next, deviation)
  const span = deviation * Math.sqrt(12)
  const draw = () => (next() / 4294967296 - 0.5) * span
  return (bytes) => {
    const stride = type === 'F32' ? 4 : 2
    for (let at = 0; at < bytes.length; at += stride) {
      if (type === 'F32') bytes.writeFloatLE(draw(), at)
      else bytes.writeUInt16LE(halfBits(draw()), at)
    }
  }
}

/**
 * @param {'F32' | 'F16'} type @param {(index: number) => number} value
 * @returns {(bytes: Buffer) => void}
 */
export function computedFill(type, value) {
  return (bytes) => {
    const stride = type === 'F32' ? 4 : 2
    for (let index = 0; index * stride < bytes.length; index++) {
      if (type === 'F32') bytes.writeFloatLE(value(index), index * stride)
      else bytes.writeUInt16LE(halfBits(value(index)), index * stride)
    }
  }
}

/** Blocks of a half-precision scale and 32 signed bytes; -128 is left out, as quantizing leaves it out. */
function fillQ8(
  /** @type {Buffer} */ bytes,
  /** @type {() => number} */ next,
  /** @type {number} */ deviation,
) {
  const scale = halfBits(deviation / Math.sqrt((127 * 128) / 3))
  for (let at = 0; at < bytes.length; at += 34) {
    bytes.writeUInt16LE(scale, at)
    for (let i = at + 2; i < at + 34; i += 4) {
      const word = next()
      bytes[i] = word & 255
      bytes[i + 1] = (word >>> 8) & 255
      bytes[i + 2] = (word >>> 16) & 255
      bytes[i + 3] = word >>> 24
    }
    for (let i = at + 2; i < at + 34; i++) if (bytes[i] === 128) bytes[i] = 0
  }
}

const single = new Float32Array(1)
const singleBits = new Uint32Array(single.buffer)

/** Bits of the nearest half-precision number; below the normal range it becomes zero. @param {number} value */
export function halfBits(value) {
  single[0] = value
  const bits = singleBits[0] ?? 0
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 255) - 112
  if (exponent <= 0) return sign
  const rounded = ((exponent << 10) | ((bits >>> 13) & 0x3ff)) + ((bits >>> 12) & 1)
  return sign | Math.min(rounded, 0x7bff)
}
