// A native vocabulary in the shape the engine contract has. Decides nothing; what is asked of every token of a
// transcript again and again is asked natively once a token.
import type { NativeVocab } from '../../native/addon.js'
import type { Vocabulary } from '../engine.js'

export function vocabularyOf(native: NativeVocab): Vocabulary {
  /** By token: 0 not asked yet, 1 ordinary, 2 special. */
  const kinds = new Uint8Array(native.size)
  return {
    size: native.size,
    bos: native.bos,
    addsBos: native.addsBos,
    addsSpace: native.addsSpace,
    tokenBytes: (token) => native.tokenBytes(token),
    isSpecial: (token) => {
      const kind = kinds[token]
      if (kind === 1 || kind === 2) return kind === 2
      const isSpecial = native.isSpecial(token)
      kinds[token] = isSpecial ? 2 : 1
      return isSpecial
    },
    isEog: (token) => native.isEog(token),
    tokenize: (bytes, options) => native.tokenize(bytes, options),
    canExtend: (bytes) => native.canExtend(bytes),
    compile: ({ words, bytes }) => native.compile(words, bytes),
  }
}
