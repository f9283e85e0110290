// The tokens of one text as an immutable value: their ids, who wrote each, and whose cells they may have. Undoing
// something is keeping the value from before.
//
// Invariant: the bytes of the tokens are the bytes of the text, plus `overrun` bytes of the literal that comes next
// (a sampled token may run past its hole's end), and the space in front of a text where the vocabulary adds one.
// Special tokens have text but no bytes. Once tokens were dropped from the middle, the text tells what was said and the
// tokens what is left of it.
import type { Lineage } from '../../../kv/lineage.js'
import { TokenDigest } from '../tokens/token-digest.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

export const origin = { given: 0, forced: 1, sampled: 2 } as const

/** Tokens and what is known about them, while they grow together. */
export interface TokenList {
  readonly tokens: Int32Array
  /** One of `origin` for each token. */
  readonly origins: Uint8Array
  /** Tokens that stay when others are dropped for room; 0: none were named. */
  readonly head: number
  /** Tokens up to here hold text the model wrote, and are never spelled anew; behind it others' text alone. */
  readonly generatedUntil: number
  /** Whose cells the tokens may have; null where nothing was dropped and no adapters compute. */
  readonly lineage: Lineage | null
  /** Of the tokens. */
  readonly digest: TokenDigest
}

/** Nothing but the model's first token, where it wants one. */
export function firstTokens(vocabulary: Vocabulary, lineage: Lineage | null): TokenList {
  const tokens = vocabulary.addsBos && vocabulary.bos !== null ? [vocabulary.bos] : []
  return {
    tokens: Int32Array.from(tokens),
    origins: new Uint8Array(tokens.length),
    head: 0,
    generatedUntil: 0,
    lineage,
    digest: new TokenDigest(),
  }
}

/** The first `keep` tokens and then `added` ones of one origin. */
export function editTokens(list: TokenList, keep: number, added: Int32Array, from: number): TokenList {
  if (added.length === 0) return cutTokens(list, keep)
  const tokens = new Int32Array(keep + added.length)
  tokens.set(list.tokens.subarray(0, keep))
  tokens.set(added, keep)
  const origins = new Uint8Array(tokens.length)
  origins.set(list.origins.subarray(0, keep))
  origins.fill(from, keep)
  const { head, lineage } = list
  const generatedUntil = Math.min(list.generatedUntil, keep)
  return { tokens, origins, head, generatedUntil, lineage, digest: list.digest.cut(keep) }
}

/** The first `keep` tokens; shares what it keeps, since no list ever changes. */
function cutTokens(list: TokenList, keep: number): TokenList {
  if (keep === list.tokens.length) return list
  return {
    tokens: list.tokens.subarray(0, keep),
    origins: list.origins.subarray(0, keep),
    head: list.head,
    generatedUntil: Math.min(list.generatedUntil, keep),
    lineage: list.lineage,
    digest: list.digest.cut(keep),
  }
}

/**
 * The list, which ends with a value the model wrote and `overrun` bytes of the literal that comes next: tokens of that
 * literal alone are not the model's text, though the model drew them.
 */
export function withGenerated(
  vocabulary: Vocabulary,
  list: TokenList,
  value: string,
  overrun: number,
): TokenList {
  if (value === '') return list
  let until = list.tokens.length
  for (let left = overrun; left > 0; until -= 1) {
    left -= vocabulary.tokenBytes(list.tokens[until - 1]!).length
    if (left < 0) break
  }
  return { ...list, generatedUntil: until }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes as text; a byte order mark is a character like any other. */
export function textIn(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}
