// A native vocabulary in the shape the engine contract has. Decides nothing.
import type { Vocabulary } from '../../lib/engine/engine.js'
import type { NativeVocab } from '../../lib/native/addon.js'

const made = new WeakMap<NativeVocab, Vocabulary>()

export function vocabularyOf(vocab: NativeVocab): Vocabulary {
  let vocabulary = made.get(vocab)
  if (vocabulary === undefined) {
    vocabulary = {
      size: vocab.size,
      bos: vocab.bos,
      addsBos: vocab.addsBos,
      addsSpace: vocab.addsSpace,
      tokenBytes: (token) => vocab.tokenBytes(token),
      isSpecial: (token) => vocab.isSpecial(token),
      isEog: (token) => vocab.isEog(token),
      tokenize: (bytes, options) => vocab.tokenize(bytes, options),
      canExtend: (bytes) => vocab.canExtend(bytes),
      compile: ({ words, bytes }) => vocab.compile(words, bytes),
    }
    made.set(vocab, vocabulary)
  }
  return vocabulary
}
