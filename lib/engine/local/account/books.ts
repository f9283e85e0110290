// Where every token of one run came from. Decides the classes; the engine reports, request by request, what it found
// and what it computed. Never guesses: the sums are checked whenever the ledger is read.
//
// All requests of a run form one trie of tokens, and each node of it is one token of the run:
//   kept, computed in this run        prefilled | forced | sampled   (by who wrote it)
//   kept, never computed in this run  reused | restored              (or the class above, where nobody needed it)
//   computed again after it was lost  redecoded
//   dropped at a joint                healed
//   dropped with a rejected attempt   rolledBack
//
//   sum of the eight classes = decoded + reused + restored + spared
import { assert } from '../../../base/assert.js'
import { type Ledger, noTokens, type TokenCost } from '../../ledger.js'
import type { Usage } from '../serve/token-engine.js'
import { origin, type TokenList } from '../text/tokens.js'
import { gapsIn, RangeSet } from './ranges.js'
import { TokenTrie } from './token-trie.js'

/** What the books need of a list of tokens. */
type Tokens = Pick<TokenList, 'tokens' | 'origins'>

// What is noted of a token; see TokenTrie.
const reused = 1
const restored = 2
const redecoded = 4
const rejected = 8
const kept = 16
/** Above the marks: the origin, and whether the token was decoded. */
const originShift = 5
const decodedBit = 128

export class Books {
  readonly #trie = new TokenTrie()
  #scored = 0
  #uncached = 0
  #guessed = 0
  #confirmed = 0
  readonly #decodeCalls = new RangeSet()

  get decodeCalls(): number {
    return this.#decodeCalls.size
  }

  /** Takes the report on one request: `list` are its tokens and then the drawn ones. */
  record(list: Tokens, usage: Usage, requestTokens: number): void {
    for (const { from, until } of usage.decodeCalls) this.#decodeCalls.add(from, until)
    this.#guessed += usage.guessed
    this.#confirmed += usage.confirmed
    const trie = this.#trie
    trie.enter(list)
    let again = 0
    const fresh: number[] = []
    for (const { from, until } of usage.decoded) {
      assert(from >= 0 && until <= trie.length, 'an engine decodes only tokens of the request')
      trie.each(from, until, ({ counts }, offset, index) => {
        if (index < requestTokens) {
          if (counts[offset] === 0) fresh.push(index)
          else again += 1
        }
        counts[offset]! += 1
      })
    }
    this.#flag(usage, requestTokens)
    // What the engine computed again beyond what this run saw computed: lost by earlier runs, or without logits.
    const lost = Math.max(0, usage.redecoded - again)
    if (lost === 0) return
    for (const index of fresh.sort((a, b) => a - b).slice(0, lost)) trie.mark(redecoded, index, index + 1)
  }

  #flag({ decoded, heldUntil, restored: parked }: Usage, requestTokens: number): void {
    const trie = this.#trie
    const found = gapsIn(decoded, requestTokens, Math.min(heldUntil, trie.length))
    for (const { from, until } of found) trie.mark(reused, from, until)
    let left = parked
    // Restored tokens come last among the found ones: they were parked below what was still in cells.
    for (const { from, until } of gapsIn(decoded, 0, requestTokens).reverse()) {
      const split = Math.max(from, until - left)
      left -= until - split
      trie.mark(restored, split, until)
      trie.mark(reused, from, split)
    }
  }

  /** Rows given to llama_decode to score continuations. They count as given up; the winner's are then found again. */
  recordScored(rows: number): void {
    this.#scored += rows
  }

  /** One attempt at one hole ended after `tokens` tokens that an engine without cache would have decoded. */
  countUncached(tokens: number): void {
    this.#uncached += tokens
  }

  /** Tokens from `from` on belong to something that was given up. */
  reject(list: { readonly tokens: Int32Array }, from: number): void {
    this.#trie.find(list.tokens)
    this.#trie.mark(rejected, from, this.#trie.length)
  }

  /**
   * The totals, if `lists` are the texts that count. `dropped`: what stood in them before some was dropped for room;
   * its tokens count as far as this run had to do with them.
   */
  total(lists: readonly Tokens[], dropped: readonly Tokens[] = []): Ledger {
    const trie = this.#trie
    for (const list of lists) {
      trie.enter(list)
      trie.mark(kept, 0, trie.length)
    }
    for (const { tokens } of dropped) {
      trie.find(tokens)
      trie.mark(kept, 0, trie.length)
    }
    const sum = {
      ...noTokens,
      rolledBack: this.#scored,
      decoded: this.#scored,
      uncached: this.#uncached,
      guessed: this.#guessed,
      confirmed: this.#confirmed,
    }
    this.#add(sum)
    trie.unmark(kept)
    const classes =
      sum.reused +
      sum.restored +
      sum.prefilled +
      sum.forced +
      sum.sampled +
      sum.healed +
      sum.rolledBack +
      sum.redecoded
    assert(classes === sum.decoded + sum.reused + sum.restored + sum.spared, 'the ledger adds up')
    return sum
  }

  /** What each of the tokens cost, if this is a text that counts. */
  costs(list: Tokens): readonly TokenCost[] {
    const trie = this.#trie
    trie.enter(list)
    const costs: TokenCost[] = []
    trie.each(0, trie.length, ({ marks, origins, counts }, offset) => {
      const decoded = counts[offset]! > 0 ? decodedBit : 0
      const kind = classOf(marks[offset]! | kept | (origins[offset]! << originShift) | decoded)
      costs.push(costOf[kind])
    })
    return costs
  }

  #add(sum: { -readonly [K in keyof Ledger]: number }): void {
    /** How many tokens are noted alike. */
    const alike = new Float64Array(256)
    for (const { marks, origins, counts, length } of this.#trie.all()) {
      for (let index = 0; index < length; index += 1) {
        const times = counts[index]!
        alike[marks[index]! | (origins[index]! << originShift) | (times > 0 ? decodedBit : 0)]! += 1
        if (times === 0) continue
        sum.decoded += times
        sum.redecoded += times - 1
      }
    }
    for (const [notes, count] of alike.entries()) {
      if (count === 0) continue
      const kind = classOf(notes)
      sum[kind] += count
      if ((notes & decodedBit) === 0 && kind !== 'reused' && kind !== 'restored') sum.spared += count
    }
  }
}

const costOf = {
  reused: 'cached',
  restored: 'restored',
  prefilled: 'prefilled',
  forced: 'forced',
  sampled: 'drawn',
  redecoded: 'again',
  healed: 'again',
  rolledBack: 'again',
} as const

const byOrigin = {
  [origin.given]: 'prefilled',
  [origin.forced]: 'forced',
  [origin.sampled]: 'sampled',
} as const

/** Figures beside the classes. */
type NotClass = 'decoded' | 'uncached' | 'spared' | 'guessed' | 'confirmed'

function classOf(notes: number): Exclude<keyof Ledger, NotClass> {
  const own = byOrigin[((notes >> originShift) & 3) as 0 | 1 | 2]
  if ((notes & kept) === 0) return (notes & rejected) === 0 ? 'healed' : 'rolledBack'
  if ((notes & decodedBit) !== 0) return (notes & redecoded) === 0 ? own : 'redecoded'
  if ((notes & restored) !== 0) return 'restored'
  return (notes & reused) === 0 ? own : 'reused'
}
