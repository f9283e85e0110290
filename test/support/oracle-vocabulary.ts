// A vocabulary of 300 tokens and small matchers over it, for tests that need no model. Decides tokens and masks in the
// plainest way; never used to judge speed.
//
// Ids 0-255: the single bytes. 256-295: pairs of letters. 296: bos. 297: eos (ends generation). 298-299: special.

import { ConstraintError } from '../../lib/base/errors.js'
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import type { NativeMatcher } from '../../lib/native/addon.js'
import { tableOf } from './vocab-table.js'

export const vocabularySize = 300
export const bos = 296
export const eos = 297
const pairs = Array.from({ length: 40 }, (_, index) => {
  const [a, b] = [index % 8, (index * 3 + 1) % 26]
  return Uint8Array.of(97 + a, 97 + b)
})

const empty = new Uint8Array()
const bytesOf = (token: number): Uint8Array => {
  if (token < 256) return Uint8Array.of(token)
  return pairs[token - 256] ?? empty
}
const isEog = (token: number): boolean => token === eos

export const oracleVocabulary: Vocabulary = {
  size: vocabularySize,
  bos,
  addsBos: true,
  addsSpace: false,
  tokenBytes: bytesOf,
  isSpecial: (token) => token >= 296,
  table: () => tableOf(oracleVocabulary),
  specialText: () => empty,
  isEog,
  tokenize: (bytes) => {
    const tokens: number[] = []
    for (let at = 0; at < bytes.length; ) {
      const pair = pairs.findIndex((p) => p[0] === bytes[at] && p[1] === bytes[at + 1])
      tokens.push(pair === -1 ? bytes[at]! : 256 + pair)
      at += pair === -1 ? 1 : 2
    }
    return Int32Array.from(tokens)
  },
  canExtend: (bytes) => bytes.length === 1 && pairs.some((p) => p[0] === bytes[0]),
  compile: () => {
    throw new ConstraintError(
      'NO_COMPILER',
      'The oracle vocabulary compiles nothing; expected a ready matcher.',
    )
  },
}

/** Any ordinary tokens, by their number alone. */
class CountMatcher implements NativeMatcher {
  readonly #countMax: number
  readonly #canEnd: boolean
  #tokens: number[]
  constructor(countMax: number, canEnd: boolean, tokens: number[]) {
    this.#countMax = countMax
    this.#canEnd = canEnd
    this.#tokens = tokens
  }
  allows(token: number): boolean {
    return isEog(token) ? this.canEnd() : token < 296 && !this.isEnded()
  }
  accept(token: number): boolean {
    if (isEog(token) || !this.allows(token)) return false
    this.#tokens.push(token)
    return true
  }
  mask(): Uint32Array {
    const words = new Uint32Array(Math.ceil(vocabularySize / 32))
    if (!this.isEnded()) for (let token = 0; token < 296; token++) words[token >> 5]! |= 1 << (token & 31)
    if (this.canEnd()) words[eos >> 5]! |= 1 << (eos & 31)
    return words
  }
  canEnd(): boolean {
    return this.#canEnd && this.#tokens.length > 0
  }
  isEnded(): boolean {
    return this.#tokens.length >= this.#countMax
  }
  forced(): Uint8Array {
    return empty
  }
  valueLength(): number {
    return this.#tokens.reduce((sum, token) => sum + bytesOf(token).length, 0)
  }
  suffixLength(): number {
    return 0
  }
  tokenCount(): number {
    return this.#tokens.length
  }
  rollback(tokens: number): void {
    this.#tokens.length -= tokens
  }
  fork(): NativeMatcher {
    return new CountMatcher(this.#countMax, this.#canEnd, [...this.#tokens])
  }
  dispose(): void {}

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** Any ordinary tokens; may end at any time. */
export function freeMatcher(): NativeMatcher {
  return new CountMatcher(Infinity, true, [])
}

/** Exactly `count` tokens. */
export function fixedMatcher(count: number): NativeMatcher {
  return new CountMatcher(count, false, [])
}

const allBytes = Array.from({ length: vocabularySize }, (_, token) => bytesOf(token))
const startsWith = (whole: Uint8Array, part: Uint8Array, at = 0): boolean => {
  for (let index = 0; index < part.length; index++) if (whole[at + index] !== part[index]) return false
  return true
}

/** One of the given byte strings. `history` holds the value's length after each token. */
class ChoiceMatcher implements NativeMatcher {
  readonly #options: readonly Uint8Array[]
  readonly #history: { readonly open: readonly Uint8Array[]; readonly length: number }[]
  constructor(options: readonly Uint8Array[], history: { open: readonly Uint8Array[]; length: number }[]) {
    this.#options = options
    this.#history = history
  }
  get #state() {
    return this.#history.at(-1) ?? { open: this.#options, length: 0 }
  }
  allows(token: number): boolean {
    if (isEog(token)) return this.canEnd()
    const bytes = allBytes[token]!
    const { open, length } = this.#state
    return bytes.length > 0 && open.some((option) => startsWith(option, bytes, length))
  }
  accept(token: number): boolean {
    if (isEog(token) || !this.allows(token)) return false
    const bytes = allBytes[token]!
    const { open, length } = this.#state
    const left = open.filter((option) => startsWith(option, bytes, length))
    this.#history.push({ open: left, length: length + bytes.length })
    return true
  }
  mask(): Uint32Array {
    const words = new Uint32Array(Math.ceil(vocabularySize / 32))
    const { open, length } = this.#state
    for (let token = 0; token < vocabularySize; token++) {
      const bytes = allBytes[token]!
      if (bytes.length === 0) continue
      for (const option of open)
        if (startsWith(option, bytes, length)) words[token >> 5]! |= 1 << (token & 31)
    }
    if (this.canEnd()) words[eos >> 5]! |= 1 << (eos & 31)
    return words
  }
  canEnd(): boolean {
    return this.#state.open.some((option) => option.length === this.#state.length)
  }
  isEnded(): boolean {
    return this.#state.open.every((option) => option.length === this.#state.length)
  }
  forced(): Uint8Array {
    const { open, length } = this.#state
    return open.length === 1 ? open[0]!.slice(length) : empty
  }
  valueLength(): number {
    return this.#state.length
  }
  suffixLength(): number {
    return 0
  }
  tokenCount(): number {
    return this.#history.length
  }
  rollback(tokens: number): void {
    this.#history.length -= tokens
  }
  fork(): NativeMatcher {
    return new ChoiceMatcher(this.#options, [...this.#history])
  }
  dispose(): void {}

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** One of the texts; ends once nothing longer is possible. */
export function choiceMatcher(texts: readonly string[]): NativeMatcher {
  return new ChoiceMatcher(
    texts.map((text) => new TextEncoder().encode(text)),
    [],
  )
}
