// The first facts of a GGUF file: what it is, which architecture, how it was quantised. Reads its first kilobytes and
// never more, so facts that stand behind the vocabulary stay unknown. Never judges whether a model can be run.
import { open } from 'node:fs/promises'

export interface Head {
  readonly architecture: string | null
  /** As its makers call it. */
  readonly name: string | null
  readonly quantisation: string | null
  /** 'model', 'adapter', 'mmproj', 'imatrix', ...; null where it does not say, as most models. */
  readonly type: string | null
  /** Whether it says how vectors of a text are made of its tokens', as models of generation don't. */
  readonly hasPooling: boolean
}

/** Or why there is none, as the end of a sentence. */
export type HeadRead = { readonly head: Head } | { readonly problem: string }

const headBytes = 1 << 16

/** Rejects where the file can't be read. */
export async function readHead(file: string): Promise<HeadRead> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return headOf(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

function headOf(bytes: Buffer): HeadRead {
  if (bytes.length === 0) return { problem: 'is empty' }
  if (bytes.toString('latin1', 0, 4) !== 'GGUF') return { problem: 'is no GGUF file' }
  if (bytes.length < 24) return { problem: 'is cut off' }
  const version = bytes.readUInt32LE(4)
  // Swapped, it would be a multiple of 65,536.
  if (version % 65_536 === 0) return { problem: 'is a GGUF file for big-endian machines' }
  if (version < 2) return { problem: `has the GGUF version ${version}; expected 2 or more` }
  return { head: factsOf(metadata(bytes)) }
}

function factsOf(values: ReadonlyMap<string, string | number>): Head {
  const text = (key: string): string | null => {
    const value = values.get(key)
    return typeof value === 'string' && value !== '' ? value : null
  }
  const architecture = text('general.architecture')
  const type = values.get('general.file_type')
  return {
    architecture,
    name: text('general.name'),
    quantisation: typeof type === 'number' ? (fileTypes[type & ~guessed] ?? null) : null,
    type: text('general.type'),
    hasPooling: values.has(`${architecture}.pooling_type`),
  }
}

/** Set where the type was made out from the tensors. */
const guessed = 1024

/** By llama.cpp's numbers (llama_ftype); those without a name are no longer written. */
const fileTypes: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  7: 'Q8_0',
  8: 'Q5_0',
  9: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K_S',
  12: 'Q3_K_M',
  13: 'Q3_K_L',
  14: 'Q4_K_S',
  15: 'Q4_K_M',
  16: 'Q5_K_S',
  17: 'Q5_K_M',
  18: 'Q6_K',
  19: 'IQ2_XXS',
  20: 'IQ2_XS',
  21: 'Q2_K_S',
  22: 'IQ3_XS',
  23: 'IQ3_XXS',
  24: 'IQ1_S',
  25: 'IQ4_NL',
  26: 'IQ3_S',
  27: 'IQ3_M',
  28: 'IQ2_S',
  29: 'IQ2_M',
  30: 'IQ4_XS',
  31: 'IQ1_M',
  32: 'BF16',
  36: 'TQ1_0',
  37: 'TQ2_0',
  38: 'MXFP4_MOE',
  39: 'NVFP4',
  40: 'Q1_0',
  41: 'Q2_0',
}

/** Bytes of one value, by GGUF's numbers for its types. */
const sizes: readonly (number | null)[] = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8]
const [uint32, string, array] = [4, 8, 9]

/** Texts and 32-bit numbers by key, as far as the bytes go. */
function metadata(bytes: Buffer): ReadonlyMap<string, string | number> {
  const reader = new Reader(bytes, 24)
  const values = new Map<string, string | number>()
  const count = bytes.readBigUInt64LE(16)
  for (let index = 0n; index < count; index += 1n) {
    const key = reader.text()
    const type = reader.uint32()
    if (key === null || type === null) break
    if (type === string) {
      const value = reader.text()
      if (value === null) break
      values.set(key, value)
    } else if (type === uint32) {
      const value = reader.uint32()
      if (value === null) break
      values.set(key, value)
    } else if (!skip(reader, type)) break
  }
  return values
}

/** Whether what comes next lies within the bytes. */
function skip(reader: Reader, type: number): boolean {
  if (type !== array) return reader.skip(sizes[type] ?? Number.POSITIVE_INFINITY)
  const of = reader.uint32()
  const count = reader.length()
  if (of === null || count === null) return false
  const size = sizes[of]
  if (typeof size === 'number') return reader.skip(size * count)
  if (of !== string) return false
  for (let index = 0; index < count; index += 1) if (reader.text() === null) return false
  return true
}

/** Reads one thing after the other; null where it would lie beyond the end. */
class Reader {
  readonly #bytes: Buffer
  #at: number
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  skip(count: number): boolean {
    if (count > this.#bytes.length - this.#at) return false
    this.#at += count
    return true
  }

  uint32(): number | null {
    const at = this.#at
    return this.skip(4) ? this.#bytes.readUInt32LE(at) : null
  }

  length(): number | null {
    const at = this.#at
    return this.skip(8) ? Number(this.#bytes.readBigUInt64LE(at)) : null
  }

  text(): string | null {
    const count = this.length()
    const at = this.#at
    return count !== null && this.skip(count) ? this.#bytes.toString('utf8', at, at + count) : null
  }
}
