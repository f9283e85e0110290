// The reference matcher: what lib/native/addon.ts says about NativeMatcher, done naively over bytes. The judge of the
// native one; correct, never fast. Where a position has two readings (the value goes on, or the suffix has begun),
// both are kept until the value can't go on or the whole suffix was read, whichever is first.
import type { ConstraintIr } from '../../lib/constraint/ir/ir.js'
import { type GrammarState, ReferenceGrammar } from './reference-grammar.js'

/** What the reference needs of a vocabulary. */
export interface ReferenceVocab {
  readonly size: number
  tokenBytes(token: number): Uint8Array
  isEog(token: number): boolean
}

interface Position {
  readonly consumed: number
  /** The reading where the value goes on; null where it can't. */
  readonly value: GrammarState | null
  /** Readings where the value has ended: its length, and suffix bytes consumed since (at least 1). */
  readonly suffixes: readonly { readonly valueLength: number; readonly taken: number }[]
}

const suffixBytesMax = 64

export class ReferenceMatcher {
  readonly #vocab: ReferenceVocab
  readonly #grammar: ReferenceGrammar
  readonly #prefix: Uint8Array
  readonly #suffix: Uint8Array | null
  #history: readonly Position[]

  constructor(
    vocab: ReferenceVocab,
    ir: ConstraintIr | ReferenceGrammar,
    prefix: Uint8Array = new Uint8Array(0),
    suffix: Uint8Array | null = null,
  ) {
    this.#vocab = vocab
    this.#grammar = ir instanceof ReferenceGrammar ? ir : new ReferenceGrammar(ir)
    this.#prefix = prefix
    this.#suffix = suffix === null || suffix.length === 0 ? null : suffix.subarray(0, suffixBytesMax)
    this.#history = [{ consumed: 0, value: this.#grammar.start, suffixes: [] }]
  }

  get #now(): Position {
    return this.#history.at(-1)!
  }

  /** The whole suffix was read behind a complete value: nothing follows, even if the value could have gone on. */
  #isClosed(position: Position): boolean {
    return position.suffixes.some(({ taken }) => taken === this.#suffix!.length)
  }

  #advance(position: Position, byte: number): Position | null {
    const { consumed, value, suffixes } = position
    if (this.#isClosed(position)) return null
    if (consumed < this.#prefix.length) {
      return byte === this.#prefix[consumed] ? { ...position, consumed: consumed + 1 } : null
    }
    const readings = suffixes.filter(({ taken }) => this.#suffix![taken] === byte)
    const next = readings.map(({ valueLength, taken }) => ({ valueLength, taken: taken + 1 }))
    if (value !== null && this.#suffix?.[0] === byte && this.#grammar.isMember(value)) {
      next.push({ valueLength: consumed - this.#prefix.length, taken: 1 })
    }
    const grown = value && this.#grammar.advance(value, byte)
    if (grown === null && next.length === 0) return null
    return { consumed: consumed + 1, value: grown, suffixes: next }
  }

  #after(bytes: Uint8Array): Position | null {
    let position: Position | null = this.#now
    for (const byte of bytes) position = position && this.#advance(position, byte)
    return position
  }

  /** Whether the ordinary token may come next, or the end-of-generation token may end the value. */
  allows(token: number): boolean {
    if (this.#vocab.isEog(token)) return this.canEnd()
    const bytes = this.#vocab.tokenBytes(token)
    return bytes.length > 0 && this.#after(bytes) !== null
  }

  /** Takes an ordinary token; end-of-generation tokens are the caller's business. */
  accept(token: number): boolean {
    const bytes = this.#vocab.tokenBytes(token)
    const position = bytes.length > 0 ? this.#after(bytes) : null
    if (position === null) return false
    this.#history = [...this.#history, position]
    return true
  }

  mask(): Uint32Array {
    const words = new Uint32Array((this.#vocab.size + 31) >> 5)
    for (let token = 0; token < this.#vocab.size; token += 1) {
      if (this.allows(token)) words[token >> 5]! |= 1 << (token & 31)
    }
    return words
  }

  canEnd(): boolean {
    const { consumed, value } = this.#now
    if (consumed < this.#prefix.length || this.#isClosed(this.#now)) return false
    return value !== null && this.#grammar.isMember(value)
  }

  isEnded(): boolean {
    if (this.#now.consumed < this.#prefix.length) return false
    if (this.#isClosed(this.#now)) return true
    return this.#now.value === null || (this.#suffix === null && this.#nextBytes(this.#now).length === 0)
  }

  #nextBytes(position: Position): number[] {
    if (position.consumed < this.#prefix.length) return [this.#prefix[position.consumed]!]
    const next: number[] = []
    for (let byte = 0; byte < 256; byte += 1) if (this.#advance(position, byte) !== null) next.push(byte)
    return next
  }

  forced(): Uint8Array {
    const forced: number[] = []
    let position = this.#now
    while (true) {
      const isPast = position.consumed >= this.#prefix.length
      const isMember = isPast && position.value !== null && this.#grammar.isMember(position.value)
      if (isMember && this.#suffix === null) break
      const next = this.#nextBytes(position)
      if (next.length !== 1) break
      forced.push(next[0]!)
      position = this.#advance(position, next[0]!)!
    }
    return Uint8Array.from(forced)
  }

  /** Bytes of the value; where it ended in more than one way (the suffix overlaps itself), the shortest. */
  valueLength(): number {
    const { consumed, suffixes } = this.#now
    if (!this.isEnded()) return Math.max(0, consumed - this.#prefix.length)
    return Math.min(consumed - this.#prefix.length, ...suffixes.map(({ valueLength }) => valueLength))
  }

  rollback(tokens: number): void {
    this.#history = this.#history.slice(0, this.#history.length - tokens)
  }

  tokenCount(): number {
    return this.#history.length - 1
  }

  fork(): ReferenceMatcher {
    const forked = new ReferenceMatcher(this.#vocab, this.#grammar, this.#prefix, this.#suffix)
    forked.#history = this.#history
    return forked
  }
}
