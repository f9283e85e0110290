// A tiny model in two files, as llama.cpp's tools split them. Decides which file holds which tensors.
import path from 'node:path'
import { u32 as u32Bytes, writeGguf } from '../../scripts/gguf-writer.mjs'
import { tinyRecipe } from './tiny-models.js'

/** The files, in order; `name-00001-of-00002.gguf` and the other. */
export function writeSplitModel(folder: string, name: string): readonly [string, string] {
  const { metadata, tensors } = tinyRecipe('llama')
  // Sixteen bits, as llama.cpp asks for.
  const u16 = (value: number) => ({
    kind: 'raw' as const,
    bytes: Buffer.concat([u32Bytes(2), Buffer.from([value, 0])]),
  })
  const architecture = metadata['general.architecture']!
  const half = Math.floor(tensors.length / 2)
  const files = ['1', '2'].map((part) => path.join(folder, `${name}-0000${part}-of-00002.gguf`))
  for (const [index, file] of files.entries()) {
    writeGguf(file, {
      metadata: {
        ...(index === 0 ? metadata : { 'general.architecture': architecture }),
        'split.no': u16(index),
        'split.count': u16(2),
        'split.tensors.count': { kind: 'i32', value: tensors.length },
      },
      tensors: index === 0 ? tensors.slice(0, half) : tensors.slice(half),
    })
  }
  return files as [string, string]
}
