// The reference matcher as a whole NativeMatcher: adds the lengths and a dispose that is checked.
import type { NativeConstraint, NativeMatcher } from '../../lib/native/addon.js'
import { bannedMatcher } from './banned-text.js'
import type { GrammarState, ReferenceGrammar } from './reference-grammar.js'
import { ReferenceMatcher, type ReferenceVocab } from './reference-matcher.js'

export class FakeMatcher implements NativeMatcher {
  readonly #vocab: ReferenceVocab
  readonly #inner: ReferenceMatcher
  readonly #prefixLength: number
  #lengths: readonly number[]
  #isDisposed = false

  constructor(
    vocab: ReferenceVocab,
    inner: ReferenceMatcher,
    prefixLength: number,
    lengths: readonly number[],
  ) {
    this.#vocab = vocab
    this.#inner = inner
    this.#prefixLength = prefixLength
    this.#lengths = lengths
  }

  static open(
    vocab: ReferenceVocab,
    grammar: ReferenceGrammar,
    prefix?: Uint8Array,
    suffix?: Uint8Array | null,
  ) {
    const inner = new ReferenceMatcher(vocab, grammar, prefix, suffix ?? null)
    return new FakeMatcher(vocab, inner, prefix?.length ?? 0, [])
  }

  get #open(): ReferenceMatcher {
    if (this.#isDisposed) throw new Error('a disposed matcher was used')
    return this.#inner
  }

  get #consumed(): number {
    return this.#lengths.reduce((sum, length) => sum + length, 0)
  }

  accept(token: number): boolean {
    if (!this.#open.accept(token)) return false
    this.#lengths = [...this.#lengths, this.#vocab.tokenBytes(token).length]
    return true
  }

  allows(token: number): boolean {
    return this.#open.allows(token)
  }

  mask(): Uint32Array {
    return this.#open.mask()
  }

  canEnd(): boolean {
    return this.#open.canEnd()
  }

  isEnded(): boolean {
    return this.#open.isEnded()
  }

  forced(): Uint8Array {
    return this.#open.forced()
  }

  valueLength(): number {
    return this.#open.valueLength()
  }

  suffixLength(): number {
    if (!this.#open.isEnded()) return 0
    return Math.max(0, this.#consumed - this.#prefixLength - this.valueLength())
  }

  tokenCount(): number {
    return this.#open.tokenCount()
  }

  rollback(tokens: number): void {
    this.#open.rollback(tokens)
    this.#lengths = this.#lengths.slice(0, this.#lengths.length - tokens)
  }

  fork(): FakeMatcher {
    return new FakeMatcher(this.#vocab, this.#open.fork(), this.#prefixLength, this.#lengths)
  }

  dispose(): void {
    this.#isDisposed = true
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** What `compile` gives where constraints run on the reference. `open` sees every matcher made. */
export function referenceConstraint(
  vocab: ReferenceVocab,
  grammar: ReferenceGrammar,
  open: (matcher: FakeMatcher) => NativeMatcher = (matcher) => matcher,
): NativeConstraint {
  return {
    matcher(prefix, suffix, ban) {
      const inner = open(FakeMatcher.open(vocab, grammar, prefix, suffix))
      return ban == null ? inner : bannedMatcher(inner, ban, prefix?.length ?? 0, vocab)
    },
    has(bytes) {
      let state: GrammarState | null = grammar.start
      for (const byte of bytes) state = state && grammar.advance(state, byte)
      return state !== null && grammar.isMember(state)
    },
  }
}
