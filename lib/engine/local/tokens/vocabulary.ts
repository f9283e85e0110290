// What the local engine needs to know of a model's vocabulary, and that of a native one: what is asked of single tokens
// all the time is answered from a table, made when first needed; every other call goes through, as do ids out of range.
import type { ConstraintIr } from '../../../constraint/ir.js'
import type { NativeConstraint, NativeVocab } from '../../../native/addon.js'
import { TokenBytes } from './bytes.js'

export interface Vocabulary {
  readonly size: number
  readonly bos: number | null
  readonly addsBos: boolean
  /** Whether tokens at the beginning and behind a special token begin with a space that is no part of the text. */
  readonly addsSpace: boolean
  tokenBytes(token: number): Uint8Array
  isSpecial(token: number): boolean
  /** UTF-8 of the text a chat template writes for a special token; empty for any other token. */
  specialText(token: number): Uint8Array
  isEog(token: number): boolean
  tokenize(bytes: Uint8Array, options?: { special?: boolean }): Int32Array
  canExtend(bytes: Uint8Array): boolean
  compile(ir: ConstraintIr): NativeConstraint
}

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
