// Where the words of one session came from, in the classes of a ledger. Nothing is forced, restored or lost: what a
// session had to compute is prefilled or sampled, by who wrote it, and what another one computed before is reused.
import { type Ledger, noTokens } from '../engine/ledger.js'
import type { Word } from './words.js'

interface Notes {
  isSampled: boolean
  isRejected: boolean
  /** 'computed': by this session. 'found': another one had. null: nobody needed it. */
  state: 'computed' | 'found' | null
}

export class Books {
  readonly #notes = new Map<Word, Notes>()
  #scored = 0
  #uncached = 0
  calls = 0

  /**
   * Words drawn behind `before`. All but the last are computed, since the next one is drawn behind each; an engine that
   * remembers nothing would compute what is before them, too.
   */
  draw(before: Word, last: Word): void {
    const words = last.path(before)
    for (const word of words) if (!this.#notes.has(word)) this.#notesOf(word).isSampled = true
    this.compute(words.length > 0 ? last.before! : before)
    this.#uncached += Math.max(before.length, last.length - 1)
  }

  /** So many words were computed behind a text to be compared, and given up. */
  score(before: Word, words: number): void {
    this.compute(before)
    this.#scored += words
    this.#uncached += before.length + words
  }

  prefill(last: Word): void {
    this.compute(last)
    this.#uncached += last.length
  }

  /** Computes what is missing up to a word. */
  compute(last: Word): void {
    const words: Word[] = []
    for (let word: Word | null = last; word?.before != null && !this.#isKnown(word); word = word.before) {
      words.push(word)
    }
    for (const word of words) {
      this.#notesOf(word).state = word.isCached ? 'found' : 'computed'
      word.isCached = true
    }
    if (words.length > 0) this.calls += 1
  }

  /** The last of them that was drawn; null: none was. */
  reject(words: readonly Word[]): Word | null {
    for (const word of words) this.#notesOf(word).isRejected = true
    return words.findLast((word) => this.#notesOf(word).isSampled) ?? null
  }

  /** `ends`: of the texts that count. */
  ledger(ends: readonly Word[]): Ledger {
    const kept = new Set(ends.flatMap((end) => end.path()))
    const sum = { ...noTokens, rolledBack: this.#scored, decoded: this.#scored, uncached: this.#uncached }
    for (const word of new Set([...kept, ...this.#notes.keys()])) {
      const { isSampled, isRejected, state } = this.#notes.get(word) ?? unknown
      const own = isSampled ? 'sampled' : 'prefilled'
      const kind = kept.has(word)
        ? state === 'found'
          ? 'reused'
          : own
        : isRejected
          ? 'rolledBack'
          : 'healed'
      sum[kind] += 1
      if (state === 'computed') sum.decoded += 1
      else if (kind !== 'reused') sum.spared += 1
    }
    return sum
  }

  #isKnown(word: Word): boolean {
    return (this.#notes.get(word)?.state ?? null) !== null
  }

  #notesOf(word: Word): Notes {
    let notes = this.#notes.get(word)
    if (notes === undefined) {
      notes = { ...unknown }
      this.#notes.set(word, notes)
    }
    return notes
  }
}

const unknown: Readonly<Notes> = { isSampled: false, isRejected: false, state: null }
