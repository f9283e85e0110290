// What the local engine needs to know of a model's vocabulary, and that of a native one: what is asked of single tokens
// all the time is answered from a table, made when first needed; every other call goes through, as do ids out of range.
import type { ConstraintIr } from '../../../constraint/ir/ir.js'
import type { NativeConstraint, NativeVocab, VocabTable } from '../../../native/addon.js'

export interface Vocabulary {
  readonly size: number
  readonly bos: number | null
  readonly addsBos: boolean
  /** Whether tokens at the beginning and behind a special token begin with a space that is no part of the text. */
  readonly addsSpace: boolean
  tokenBytes(token: number): Uint8Array
  isSpecial(token: number): boolean
  /** What is told of every token, for whoever asks that of many; nobody may write to it. */
  table(): VocabTable
  /** UTF-8 of the text a chat template writes for a special token; empty for any other token. */
  specialText(token: number): Uint8Array
  isEog(token: number): boolean
  tokenize(bytes: Uint8Array, options?: { special?: boolean }): Int32Array
  canExtend(bytes: Uint8Array): boolean
  compile(ir: ConstraintIr): NativeConstraint
}

export function vocabularyOf(native: NativeVocab): Vocabulary {
  const { size, bos, addsBos, addsSpace } = native
  let made: VocabTable | null = null
  const table = (): VocabTable => {
    made ??= native.table()
    return made
  }
  const has = (token: number): boolean => Number.isInteger(token) && token >= 0 && token < size
  return {
    size,
    bos,
    addsBos,
    addsSpace,
    table,
    // A view, as it is asked for each token of every text; nobody may write to it.
    tokenBytes: (token) => {
      if (!has(token)) return native.tokenBytes(token)
      const { bytes, starts } = table()
      return bytes.subarray(starts[token], starts[token + 1])
    },
    isSpecial: (token) => (has(token) ? table().special[token] === 1 : native.isSpecial(token)),
    specialText: (token) => native.specialText(token),
    isEog: (token) => (has(token) ? table().eog[token] === 1 : native.isEog(token)),
    tokenize: (bytes, options) => native.tokenize(bytes, options),
    canExtend: (bytes) => native.canExtend(bytes),
    compile: ({ words, bytes }) => native.compile(words, bytes),
  }
}
