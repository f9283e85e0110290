// What happens at the end of the context: which tokens are dropped where a caller agreed to losing some, and that
// nothing is dropped where nobody did. The cells are moved by whoever serves the request.
//
//   | keep | dropped, about half of the rest | tail |   ->   | keep | tail |        the text of the run stays whole
import { CapacityError, UsageError } from '../../../base/errors.js'
import { isReadable, shown } from '../../../base/seen.js'
import type { Overflow, TokenRange } from '../../engine.js'
import type { Written } from '../../position.js'
import type { TokenEngine } from '../serve/token-engine.js'
import type { SessionContext } from '../session-context.js'
import type { Dropped, Spelled } from '../text/position.js'
import type { TokenList } from '../text/tokens.js'
import { appendText } from './append.js'

/** Tokens that stay at the start when others are dropped. */
export function keptTokens(overflow: Overflow, head: number, contextTokens: number): number {
  if (overflow !== 'shift') return overflow.keep
  return Math.max(1, Math.min(head, Math.floor(contextTokens / 2)))
}

/**
 * Where `needed` more tokens have no room: what to drop, tokens from `hold` on excepted. Null: nothing, or it would not
 * be enough.
 */
export function rangeToDrop(
  { contextTokens, overflow }: SessionContext,
  list: TokenList,
  needed: number,
  hold = list.tokens.length - 1,
): TokenRange | null {
  const excess = list.tokens.length + needed - contextTokens
  if (excess <= 0 || overflow === null) return null
  const from = keptTokens(overflow, list.head, contextTokens)
  const droppable = Math.min(hold, list.tokens.length - 1) - from
  const count = Math.max(excess, Math.ceil(droppable / 2))
  return count > droppable ? null : { from, until: from + count }
}

/** The list without the range. Lossy where something follows it. Throws UsageError RANGE_INVALID, CapabilityError. */
export async function dropTokens(
  engine: TokenEngine,
  list: TokenList,
  range: TokenRange,
  signal: AbortSignal | null,
): Promise<TokenList> {
  if (!isReadable(range))
    throw new UsageError('RANGE_INVALID', `The range is ${shown(range)}, expected { from, until }.`)
  const { from, until } = range
  const { tokens, origins } = list
  const isTail = until === tokens.length && Number.isSafeInteger(from) && from >= 1 && from < until
  const lineage = isTail
    ? list.lineage
    : await engine.shift({ tokens, from, until, lineage: list.lineage, signal })
  const left = new Uint8Array(origins.length - (until - from))
  left.set(origins.subarray(0, from))
  left.set(origins.subarray(until), from)
  const { generatedUntil } = list
  const isBehind = generatedUntil >= until
  return {
    tokens: without(tokens, range),
    origins: left,
    head: Math.min(list.head, from),
    generatedUntil: isBehind ? generatedUntil - (until - from) : Math.min(generatedUntil, from),
    lineage,
    digest: list.digest.cut(from),
  }
}

export function without(tokens: Int32Array, { from, until }: TokenRange): Int32Array {
  const left = new Int32Array(tokens.length - (until - from))
  left.set(tokens.subarray(0, from))
  left.set(tokens.subarray(until), from)
  return left
}

/** The text with room for `needed` more tokens, if it can be made; else as it is. */
export async function withRoom(
  context: SessionContext,
  before: Spelled,
  needed: number,
  signal: AbortSignal,
): Promise<Spelled> {
  const range = rangeToDrop(context, before, needed)
  if (range === null) return before
  const list = await dropTokens(context.engine, before, range, signal)
  return { ...list, overrun: before.overrun, dropped: droppedAlso(context, before.dropped, before) }
}

/** The tokens before a drop count in this session's books, whatever others dropped before. */
export function droppedAlso(
  { id: session }: SessionContext,
  before: Dropped | null,
  list: TokenList,
): Dropped {
  return { session, list, before: before?.session === session ? before : null }
}

/** With known text behind it. Throws CapacityError CONTEXT_FULL. */
export async function appendWithRoom(
  context: SessionContext,
  before: Spelled,
  written: Written,
  signal: AbortSignal,
): Promise<Spelled> {
  const { contextTokens, overflow } = context
  const most = overflow === null ? contextTokens : before.tokens.length + contextTokens
  let next = await appendText(context, before, written, most)
  if (next !== null && next.tokens.length > contextTokens) {
    const shorter = await withRoom(context, before, next.tokens.length - before.tokens.length + 1, signal)
    next = await appendText(context, shorter, written, most)
  }
  if (next !== null && next.tokens.length <= contextTokens) return next
  throw contextFull(contextTokens, next)
}

/** `next`: what would be; null where that is too long to be known. */
export function contextFull(contextTokens: number, next: TokenList | null): CapacityError {
  const seen = next === null ? `more than ${contextTokens}` : next.tokens.length
  return new CapacityError(
    'CONTEXT_FULL',
    `The transcript would have ${seen} tokens, and the context holds ${contextTokens}; shorten the prompt, load the ` +
      "model with more contextTokens, or give the run overflow: 'shift'.",
  )
}
