// @ts-check
// Reads metadata entries and tensors out of a trusted GGUF file as raw bytes, so that another file can carry them over.
// For build scripts and benchmarks only; what users open is checked by the library itself.

/** Bytes of one value by its kind: u8 i8 u16 i16 u32 i32 f32 bool; 8 is a string, 9 an array; u64 i64 f64. */
const SIZES = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]
const STRING = 8
const ARRAY = 9

/**
 * @param {Buffer} file
 * @param {string} prefix keys that start with it are returned
 * @returns {Record<string, { kind: 'raw', bytes: Buffer, length: number }>}
 *   `bytes`: kind and value as they stand in the file; `length`: items of an array, 1 for anything else.
 */
export function rawMetadata(file, prefix) {
  return read(file, prefix).found
}

/** Of rows of a tensor, by llama.cpp's numbers for formats. @type {Readonly<Record<number, 'F32' | 'F16' | 'Q8_0'>>} */
const FORMATS = { 0: 'F32', 1: 'F16', 8: 'Q8_0' }
const ALIGNMENT = 32

/** All tensors of a file whose alignment is the usual one, as writeGguf takes them. @param {Buffer} file */
export function rawTensors(file) {
  let { at } = read(file, '')
  const count = Number(file.readBigUInt64LE(8))
  const number = () => {
    at += 8
    return Number(file.readBigUInt64LE(at - 8))
  }
  const infos = Array.from({ length: count }, () => {
    const nameBytes = number()
    const name = file.toString('utf8', at, at + nameBytes)
    at += nameBytes + 4
    const shape = Array.from({ length: file.readUInt32LE(at - 4) }, number)
    at += 4
    const type = FORMATS[file.readUInt32LE(at - 4)]
    if (type === undefined) throw new Error(`Tensor ${name} is of a format that no script here knows.`)
    return { name, shape, type, from: number() }
  })
  const start = Math.ceil(at / ALIGNMENT) * ALIGNMENT
  return infos.map(({ from, ...tensor }) => {
    const fill = (/** @type {Buffer} */ bytes) => void file.copy(bytes, 0, start + from)
    return { ...tensor, fill }
  })
}

/** @param {Buffer} file @param {string} prefix */
function read(file, prefix) {
  if (file.toString('latin1', 0, 4) !== 'GGUF' || file.readUInt32LE(4) < 2) {
    throw new Error(`Not a GGUF file of version 2 or later: it starts with ${file.toString('hex', 0, 8)}.`)
  }
  const entryCount = Number(file.readBigUInt64LE(16))
  let at = 24
  const size = () => {
    at += 8
    return Number(file.readBigUInt64LE(at - 8))
  }
  const skip = (/** @type {number} */ kind) => {
    const bytes = kind === STRING ? size() : (SIZES[kind] ?? 0)
    at += bytes
  }
  /** @type {Record<string, { kind: 'raw', bytes: Buffer, length: number }>} */
  const found = {}
  for (let i = 0; i < entryCount; i++) {
    const keyBytes = size()
    const key = file.toString('utf8', at, at + keyBytes)
    at += keyBytes
    const start = at
    const kind = file.readUInt32LE(at)
    at += 4
    let length = 1
    if (kind === ARRAY) {
      const itemKind = file.readUInt32LE(at)
      at += 4
      length = size()
      for (let item = 0; item < length; item++) skip(itemKind)
    } else {
      skip(kind)
    }
    if (key.startsWith(prefix)) found[key] = { kind: 'raw', bytes: file.subarray(start, at), length }
  }
  return { found, at }
}
