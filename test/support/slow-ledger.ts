// The books of a run, one node a token: plain and slow, to judge the fast ones. The classes are those of
// lib/engine/local/account/books.ts, which tells what they mean.
import { assert } from '../../lib/base/assert.js'
import type { Ledger } from '../../lib/engine/ledger.js'
import type { Usage } from '../../lib/engine/local/serve/token-engine.js'
import { origin, type TokenList } from '../../lib/engine/local/text/tokens.js'

/** What the books need of a list of tokens. */
type Tokens = Pick<TokenList, 'tokens' | 'origins'>

interface Node {
  readonly children: Map<number, Node>
  origin: number
  decodedCount: number
  isReused: boolean
  isRestored: boolean
  isRedecoded: boolean
  isRejected: boolean
  isKept: boolean
}

export class SlowLedger {
  readonly #root = makeNode(0)
  #scored = 0
  #uncached = 0
  #guessed = 0
  #confirmed = 0
  readonly #decodeCalls = new Set<number>()

  get decodeCalls(): number {
    return this.#decodeCalls.size
  }

  /** Takes the report on one request: `list` are its tokens and then the drawn ones. */
  record(list: Tokens, usage: Usage, requestTokens: number): void {
    this.#guessed += usage.guessed
    this.#confirmed += usage.confirmed
    for (const { from, until } of usage.decodeCalls) {
      for (let call = from; call < until; call += 1) this.#decodeCalls.add(call)
    }
    const nodes = this.#path(list)
    // How often each was computed for this request: twice where its cells were lost in the middle of it.
    const computed = new Uint32Array(nodes.length)
    for (const { from, until } of usage.decoded) {
      assert(from >= 0 && until <= nodes.length, 'an engine decodes only tokens of the request')
      for (let index = from; index < until; index += 1) computed[index]! += 1
    }
    let again = 0
    const fresh: Node[] = []
    for (const [index, node] of nodes.entries()) {
      const times = computed[index]!
      if (times === 0) continue
      const isFresh = node.decodedCount === 0
      if (index < requestTokens) again += isFresh ? times - 1 : times
      node.decodedCount += times
      if (isFresh && index < requestTokens) fresh.push(node)
    }
    this.#flag(nodes, computed, requestTokens, usage)
    // What the engine computed again beyond what this run saw computed: lost by earlier runs, or without logits.
    for (const node of fresh.slice(0, Math.max(0, usage.redecoded - again))) node.isRedecoded = true
  }

  #flag(nodes: readonly Node[], computed: Uint32Array, requestTokens: number, usage: Usage): void {
    for (let index = requestTokens; index < Math.min(usage.heldUntil, nodes.length); index += 1) {
      if (computed[index] === 0) nodes[index]!.isReused = true
    }
    let restored = usage.restored
    // Restored tokens come last among the found ones: they were parked below what was still in cells.
    for (let index = requestTokens - 1; index >= 0; index -= 1) {
      const node = nodes[index]!
      if (computed[index] !== 0) continue
      if (restored > 0) {
        restored -= 1
        node.isRestored = true
      } else node.isReused = true
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
    for (const node of this.#known(list).slice(from)) node.isRejected = true
  }

  /** The totals, if `kept` are the texts that count; `dropped` as far as the run had to do with them. */
  total(kept: readonly Tokens[], dropped: readonly Tokens[] = []): Ledger {
    for (const list of kept) for (const node of this.#path(list)) node.isKept = true
    for (const list of dropped) for (const node of this.#known(list)) node.isKept = true
    const sum = {
      reused: 0,
      restored: 0,
      prefilled: 0,
      forced: 0,
      sampled: 0,
      healed: 0,
      rolledBack: this.#scored,
      redecoded: 0,
      decoded: this.#scored,
      uncached: this.#uncached,
      spared: 0,
      guessed: this.#guessed,
      confirmed: this.#confirmed,
    }
    this.#add(this.#root, sum)
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

  #add(root: Node, sum: { -readonly [K in keyof Ledger]: number }): void {
    const pending = [...root.children.values()]
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      for (const child of node.children.values()) pending.push(child)
      const kind = classOf(node)
      sum[kind] += 1
      sum.decoded += node.decodedCount
      if (node.decodedCount > 1) sum.redecoded += node.decodedCount - 1
      if (node.decodedCount === 0 && kind !== 'reused' && kind !== 'restored') sum.spared += 1
      node.isKept = false
    }
  }

  /** As far as the tokens were part of a request. */
  #known(list: { readonly tokens: Int32Array }): Node[] {
    const nodes: Node[] = []
    let node: Node | undefined = this.#root
    for (const token of list.tokens) {
      node = node.children.get(token)
      if (node === undefined) break
      nodes.push(node)
    }
    return nodes
  }

  #path(list: Tokens): Node[] {
    let node = this.#root
    const nodes: Node[] = []
    for (let index = 0; index < list.tokens.length; index += 1) {
      const token = list.tokens[index]!
      let next = node.children.get(token)
      if (next === undefined) {
        next = makeNode(list.origins[index]!)
        node.children.set(token, next)
      }
      nodes.push(next)
      node = next
    }
    return nodes
  }
}

const byOrigin = {
  [origin.given]: 'prefilled',
  [origin.forced]: 'forced',
  [origin.sampled]: 'sampled',
} as const

function classOf(node: Node): Exclude<keyof Ledger, 'decoded' | 'uncached' | 'spared'> {
  if (!node.isKept) return node.isRejected ? 'rolledBack' : 'healed'
  if (node.decodedCount > 0) return node.isRedecoded ? 'redecoded' : byOrigin[node.origin as 0 | 1 | 2]
  if (node.isRestored) return 'restored'
  return node.isReused ? 'reused' : byOrigin[node.origin as 0 | 1 | 2]
}

function makeNode(from: number): Node {
  return {
    children: new Map(),
    origin: from,
    decodedCount: 0,
    isReused: false,
    isRestored: false,
    isRedecoded: false,
    isRejected: false,
    isKept: false,
  }
}
