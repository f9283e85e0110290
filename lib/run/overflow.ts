// What happens at the end of the context. Decides which tokens are dropped where a caller agreed to losing some, and
// that nothing is dropped where nobody did. Never looks at cells: the engine moves them.
//
//   | keep | dropped, about half of the rest | tail |   ->   | keep | tail |        the text of the run stays whole
import { CapabilityError, CapacityError, PromptError, UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isReadable, isRecord, shown } from '../base/seen.js'
import type { Engine, EngineCapabilities } from '../engine/engine.js'
import { appendText } from './append.js'
import type { Piece } from './pieces.js'
import type { RunContext } from './scope.js'
import type { TokenList, TranscriptState } from './transcript.js'

/**
 * 'shift' keeps what the first part wrote (at most half the context); `keep` says how many tokens to keep, 1 or more.
 */
export type Overflow = 'shift' | { readonly keep: number }

const overflowNames = optionNames<Exclude<Overflow, string>>('overflow', { keep: true })

/** Half-open range of token indexes. */
export interface TokenRange {
  readonly from: number
  readonly until: number
}

/** Throws PromptError OPTION_INVALID, CapabilityError NO_SHIFT. */
export function checkOverflow(value: unknown, capabilities: EngineCapabilities): Overflow | null {
  if (value === undefined) return null
  if (isRecord(value)) checkNames(value, overflowNames, 'overflow of the run')
  const keep: unknown = isRecord(value) ? (value as { keep?: unknown }).keep : undefined
  const { contextTokens, canShift, memory } = capabilities
  const isKeep = Number.isSafeInteger(keep) && (keep as number) >= 1 && (keep as number) <= contextTokens - 2
  if (value !== 'shift' && !isKeep) {
    const seen = typeof value === 'object' ? `{ keep: ${shown(keep)} }` : shown(value)
    throw new PromptError(
      'OPTION_INVALID',
      `overflow of the run is ${seen}; it must be 'shift' or { keep } ` +
        `with a whole number from 1 to ${contextTokens - 2}.`,
    )
  }
  if (!canShift) {
    throw new CapabilityError(
      'NO_SHIFT',
      `overflow needs a model whose memory can drop tokens from the middle, and this one's (${memory}) can't.`,
    )
  }
  return value as Overflow
}

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
  run: RunContext,
  list: TokenList,
  needed: number,
  hold = list.tokens.length - 1,
): TokenRange | null {
  const { contextTokens } = run.engine.capabilities
  const excess = list.tokens.length + needed - contextTokens
  if (excess <= 0 || run.overflow === null) return null
  const from = keptTokens(run.overflow, list.head, contextTokens)
  const droppable = Math.min(hold, list.tokens.length - 1) - from
  const count = Math.max(excess, Math.ceil(droppable / 2))
  return count > droppable ? null : { from, until: from + count }
}

/** The list without the range. Lossy where something follows it. Throws UsageError RANGE_INVALID, CapabilityError. */
export async function dropTokens<T extends TokenList>(
  engine: Engine,
  list: T,
  range: TokenRange,
  signal: AbortSignal | null,
): Promise<T> {
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
  const digest = list.digest.cut(from)
  const { generatedUntil } = list
  const isBehind = generatedUntil >= until
  return {
    ...list,
    tokens: without(tokens, range),
    origins: left,
    head: Math.min(list.head, from),
    generatedUntil: isBehind ? generatedUntil - (until - from) : Math.min(generatedUntil, from),
    lineage,
    digest,
  }
}

export function without(tokens: Int32Array, { from, until }: TokenRange): Int32Array {
  const left = new Int32Array(tokens.length - (until - from))
  left.set(tokens.subarray(0, from))
  left.set(tokens.subarray(until), from)
  return left
}

/** The transcript with room for `needed` more tokens, if it can be made; else as it is. */
export async function withRoom(
  run: RunContext,
  state: TranscriptState,
  needed: number,
): Promise<TranscriptState> {
  const range = rangeToDrop(run, state, needed)
  if (range === null) return state
  run.ledger.keep(state)
  return dropTokens(run.engine, state, range, run.signal)
}

/** `next`: what would be; null where that is too long to be known. */
export function contextFull(run: RunContext, next: TokenList | null): CapacityError {
  const { contextTokens } = run.engine.capabilities
  const seen = next === null ? `more than ${contextTokens}` : next.tokens.length
  return new CapacityError(
    'CONTEXT_FULL',
    `The transcript would have ${seen} tokens, and the context holds ${contextTokens}; shorten the prompt, load the ` +
      "model with more contextTokens, or give the run overflow: 'shift'.",
  )
}

/** The transcript with known text after it. Throws CapacityError CONTEXT_FULL. */
export async function appendWithRoom(
  run: RunContext,
  state: TranscriptState,
  piece: Piece,
): Promise<TranscriptState> {
  const { contextTokens } = run.engine.capabilities
  const most = run.overflow === null ? contextTokens : state.tokens.length + contextTokens
  let next = await appendText(run, state, piece, most)
  if (next !== null && next.tokens.length > contextTokens) {
    const shorter = await withRoom(run, state, next.tokens.length - state.tokens.length + 1)
    next = await appendText(run, shorter, piece, most)
  }
  if (next !== null && next.tokens.length <= contextTokens) return next
  throw contextFull(run, next)
}
