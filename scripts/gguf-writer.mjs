// @ts-check
// Writes GGUF files (version 3, little endian): the test models and the benchmark model come from here.
// Decides the byte layout only; what the tensors hold is the caller's. Never reads models, never ships in the package.
//
//   magic  version  tensor count  metadata count | metadata | tensor infos | padding | tensor, padding, tensor, ...
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/**
 * @typedef {'F32' | 'F16' | 'Q8_0'} TensorType
 * @typedef {{ kind: 'u32' | 'i32' | 'f32', value: number }
 *   | { kind: 'raw', bytes: Buffer }
 *   | { kind: 'bool', value: boolean }
 *   | { kind: 'string', value: string }
 *   | { kind: 'u32s' | 'i32s' | 'f32s', value: readonly number[] }
 *   | { kind: 'bools', value: readonly boolean[] }
 *   | { kind: 'strings', value: readonly string[] }} MetadataValue
 * @typedef {{
 *   name: string,
 *   type: TensorType,
 *   shape: readonly number[],
 *   fill: (bytes: Buffer) => void,
 * }} Tensor
 *   `shape` is in llama.cpp's order: the first number is the length of a row. `fill` writes all bytes of the tensor.
 */

const TENSOR_TYPES = {
  F32: { id: 0, valuesPerBlock: 1, bytesPerBlock: 4 },
  F16: { id: 1, valuesPerBlock: 1, bytesPerBlock: 2 },
  Q8_0: { id: 8, valuesPerBlock: 32, bytesPerBlock: 34 },
}

const VALUE_IDS = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 }

/** Start of the tensor bytes and of each tensor is a multiple of this. */
const ALIGNMENT = 32

/** @param {number} size */
const padding = (size) => (ALIGNMENT - (size % ALIGNMENT)) % ALIGNMENT

/** @param {Pick<Tensor, 'name' | 'type' | 'shape'>} tensor @returns {number} */
export function tensorBytes({ name, type, shape }) {
  const { valuesPerBlock, bytesPerBlock } = TENSOR_TYPES[type]
  const values = shape.reduce((product, length) => product * length, 1)
  if (!Number.isSafeInteger(values) || values <= 0 || (shape[0] ?? 0) % valuesPerBlock !== 0) {
    throw new RangeError(
      `Tensor ${name}: a ${type} row must be a multiple of ${valuesPerBlock}, not ${shape}.`,
    )
  }
  return (values / valuesPerBlock) * bytesPerBlock
}

/** @param {number} value */
export function u32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** @param {number} value */
export function u64(value) {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

/** @param {string} text */
function lengthPrefixed(text) {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([u64(bytes.length), bytes])
}

/** @param {'u32' | 'i32' | 'f32' | 'bool' | 'string'} kind @param {any} value */
function scalar(kind, value) {
  if (kind === 'string') return lengthPrefixed(value)
  if (kind === 'bool') return Buffer.from([value ? 1 : 0])
  const bytes = Buffer.alloc(4)
  if (kind === 'u32') bytes.writeUInt32LE(value)
  else if (kind === 'i32') bytes.writeInt32LE(value)
  else bytes.writeFloatLE(value)
  return bytes
}

/** @param {string} key @param {MetadataValue} entry */
function metadataBytes(key, entry) {
  if (entry.kind === 'raw') return Buffer.concat([lengthPrefixed(key), entry.bytes])
  const { kind, value } = entry
  if (!Array.isArray(value)) {
    const id = VALUE_IDS[/** @type {'u32'} */ (kind)]
    return Buffer.concat([lengthPrefixed(key), u32(id), scalar(/** @type {'u32'} */ (kind), value)])
  }
  const item = /** @type {'u32'} */ (kind.slice(0, -1))
  return Buffer.concat([
    lengthPrefixed(key),
    u32(VALUE_IDS.array),
    u32(VALUE_IDS[item]),
    u64(value.length),
    ...value.map((one) => scalar(item, one)),
  ])
}

/**
 * Writes the file under a temporary name and renames it: another process sees a whole file or none.
 * Holds one tensor in memory at a time.
 * @param {string} path
 * @param {{ metadata: Readonly<Record<string, MetadataValue>>, tensors: readonly Tensor[] }} content
 */
export function writeGguf(path, { metadata, tensors }) {
  const head = [Buffer.from('GGUF', 'latin1'), u32(3), u64(tensors.length), u64(Object.keys(metadata).length)]
  for (const [key, entry] of Object.entries(metadata)) head.push(metadataBytes(key, entry))
  let offset = 0
  for (const tensor of tensors) {
    const size = tensorBytes(tensor)
    head.push(lengthPrefixed(tensor.name), u32(tensor.shape.length), ...tensor.shape.map(u64))
    head.push(u32(TENSOR_TYPES[tensor.type].id), u64(offset))
    offset += size + padding(size)
  }
  const start = Buffer.concat(head)
  const partial = `${path}.${process.pid}.partial`
  const file = openSync(partial, 'w')
  try {
    writeWhole(file, start)
    writeWhole(file, Buffer.alloc(padding(start.length)))
    for (const tensor of tensors) {
      const bytes = Buffer.alloc(tensorBytes(tensor))
      tensor.fill(bytes)
      writeWhole(file, bytes)
      writeWhole(file, Buffer.alloc(padding(bytes.length)))
    }
  } catch (error) {
    closeSync(file)
    rmSync(partial, { force: true })
    throw error
  }
  closeSync(file)
  renameSync(partial, path)
}

/** @param {number} file @param {Buffer} bytes */
function writeWhole(file, bytes) {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}
