// A native vocabulary in the shape the engine contract has. Decides nothing: every call goes through.
import type { NativeVocab } from '../../native/addon.js'
import type { Vocabulary } from '../engine.js'

export function vocabularyOf(native: NativeVocab): Vocabulary {
  return {
    size: native.size,
    bos: native.bos,
    addsBos: native.addsBos,
    addsSpace: native.addsSpace,
    tokenBytes: (token) => native.tokenBytes(token),
    isSpecial: (token) => native.isSpecial(token),
    isEog: (token) => native.isEog(token),
    tokenize: (bytes, options) => native.tokenize(bytes, options),
    canExtend: (bytes) => native.canExtend(bytes),
    compile: ({ words, bytes }) => native.compile(words, bytes),
  }
}
