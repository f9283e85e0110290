// A native vocabulary in the shape the engine contract has, made once: what is remembered by vocabulary stays so.
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import { vocabularyOf as make } from '../../lib/engine/local/tokens/vocabulary.js'
import type { NativeVocab } from '../../lib/native/addon.js'

const made = new WeakMap<NativeVocab, Vocabulary>()

export function vocabularyOf(vocab: NativeVocab): Vocabulary {
  const vocabulary = made.get(vocab) ?? make(vocab)
  made.set(vocab, vocabulary)
  return vocabulary
}
