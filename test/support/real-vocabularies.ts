// The real vocabularies that tests use: BPE with 128k and 151k tokens, SentencePiece with 32k; refact has no token for
// some bytes. They come out of llama.cpp's source bundle, fetched by scripts/llama-headers.mjs before the tests run.
// Decides their names only.
import path from 'node:path'
import { loadVocab, type Vocab } from '../../lib/constraint/constraint.js'
import { prepareLlamaHeaders } from '../../scripts/llama-headers.mjs'

export const vocabularyNames = ['llama-bpe', 'qwen2', 'llama-spm'] as const
export type VocabularyName = (typeof vocabularyNames)[number] | 'gpt-2' | 'refact'

export function vocabularyPath(name: VocabularyName): string {
  return path.join(prepareLlamaHeaders(), 'models', `ggml-vocab-${name}.gguf`)
}

const loaded = new Map<VocabularyName, Promise<Vocab>>()

export function realVocabulary(name: VocabularyName): Promise<Vocab> {
  let vocab = loaded.get(name)
  if (vocab === undefined) {
    vocab = loadVocab(vocabularyPath(name))
    loaded.set(name, vocab)
  }
  return vocab
}

/** For afterAll: a vocabulary holds some 40 MB that the garbage collector knows nothing of. */
export async function disposeVocabularies(): Promise<void> {
  for (const vocab of loaded.values()) (await vocab).dispose()
  loaded.clear()
}
