// Models with the demo model's vocabulary and one difference, for tests of drafts. Written to a folder of the test's.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { rawMetadata, rawTensors } from '../../scripts/gguf-metadata.mjs'
import { type MetadataValue, writeGguf } from '../../scripts/gguf-writer.mjs'

const demo = path.join(__dirname, '..', '..', 'models', 'espalier-demo-q8_0.gguf')

/** The demo model with other metadata. */
export function writeDemoVariant(file: string, metadata: Readonly<Record<string, MetadataValue>>): string {
  const bytes = readFileSync(demo)
  writeGguf(file, { metadata: { ...rawMetadata(bytes, ''), ...metadata }, tensors: rawTensors(bytes) })
  return file
}

/** The demo model whose token of this id has another text, of the same length. */
export function writeDemoRenamed(file: string, token: number): string {
  const { bytes, ...rest } = rawMetadata(readFileSync(demo), '')['tokenizer.ggml.tokens']!
  const renamed = Buffer.from(bytes)
  let at = 16
  for (let id = 0; id < token; id++) at += 8 + Number(renamed.readBigUInt64LE(at))
  renamed.fill('~', at + 8, at + 8 + Number(renamed.readBigUInt64LE(at)))
  return writeDemoVariant(file, { 'tokenizer.ggml.tokens': { ...rest, bytes: renamed } })
}
