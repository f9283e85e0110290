// A native vocabulary in the shape the engine contract has. Decides that what is asked of single tokens all the time is
// answered from a table, made when first needed; every other call goes through, as do ids out of range.
import type { NativeVocab } from '../../native/addon.js'
import type { Vocabulary } from '../engine.js'
import { TokenBytes } from './token-bytes.js'

export function vocabularyOf(native: NativeVocab): Vocabulary {
  let made: TokenBytes | null = null
  const table = (): TokenBytes => {
    made ??= new TokenBytes(native)
    return made
  }
  return {
    size: native.size,
    bos: native.bos,
    addsBos: native.addsBos,
    addsSpace: native.addsSpace,
    tokenBytes: (token) => (table().has(token) ? table().bytesOf(token) : native.tokenBytes(token)),
    isSpecial: (token) => (table().has(token) ? table().isSpecial(token) : native.isSpecial(token)),
    specialText: (token) => native.specialText(token),
    isEog: (token) => native.isEog(token),
    tokenize: (bytes, options) => native.tokenize(bytes, options),
    canExtend: (bytes) => native.canExtend(bytes),
    compile: ({ words, bytes }) => native.compile(words, bytes),
  }
}
