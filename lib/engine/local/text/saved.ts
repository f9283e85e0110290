// A position's tokens as JSON has them, and back. Decides what of a position outlives its process: what the text is
// made of and who wrote it, never cells. What is read may be anybody's, so all of it is checked.
import { CapacityError, UsageError } from '../../../base/errors.js'
import { isArray, isRecord, shown } from '../../../base/seen.js'
import type { Lineage } from '../../../kv/lineage.js'
import { TokenDigest } from '../tokens/token-digest.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import type { Spelled } from './position.js'

/** Counts are tokens, `overrun` bytes. */
export interface SavedTokens {
  readonly tokens: readonly number[]
  /** Who wrote them, as numbers of tokens: given, forced, drawn, given, ... */
  readonly origins: readonly number[]
  readonly head: number
  readonly generatedUntil: number
  readonly overrun: number
}

const originCount = 3

export function savedTokens({ tokens, origins, head, generatedUntil, overrun }: Spelled): SavedTokens {
  return { tokens: Array.from(tokens), origins: counted(origins), head, generatedUntil, overrun }
}

/** Throws UsageError SAVED_INVALID, CapacityError CONTEXT_FULL. */
export function restoredTokens(
  vocabulary: Vocabulary,
  saved: unknown,
  { lineage, contextTokens }: { readonly lineage: Lineage | null; readonly contextTokens: number },
): Spelled {
  const { tokens, origins, head, generatedUntil, overrun } = (isRecord(saved) ? saved : {}) as Partial<
    Record<keyof SavedTokens, unknown>
  >
  const list = listOf('tokens', tokens, vocabulary.size - 1)
  if (list.length > contextTokens) {
    throw new CapacityError(
      'CONTEXT_FULL',
      `The saved transcript has ${list.length} tokens, and the context holds ${contextTokens}; ` +
        'load the model with more contextTokens.',
    )
  }
  const bytes = list.reduce((sum, token) => sum + vocabulary.tokenBytes(token).length, 0)
  return {
    tokens: list,
    origins: spread(listOf('origins', origins, list.length), list.length),
    head: within('head', head, list.length),
    generatedUntil: within('generatedUntil', generatedUntil, list.length),
    overrun: within('overrun', overrun, bytes),
    lineage,
    digest: new TokenDigest(),
    dropped: null,
  }
}

function counted(origins: Uint8Array): number[] {
  const counts: number[] = []
  for (let from = 0, origin = 0; from < origins.length; origin = (origin + 1) % originCount) {
    let until = from
    while (origins[until] === origin) until += 1
    counts.push(until - from)
    from = until
  }
  return counts
}

function spread(counts: Int32Array, length: number): Uint8Array {
  const origins = new Uint8Array(length)
  let from = 0
  for (const [index, count] of counts.entries()) {
    origins.fill(index % originCount, from, from + count)
    from += count
  }
  if (from !== length) throw invalid('origins', `${from} tokens`, `${length}`)
  return origins
}

function listOf(name: string, list: unknown, max: number): Int32Array {
  if (!isArray(list)) throw invalid(name, shown(list), 'a list of numbers')
  return Int32Array.from(list, (number) => within(name, number, max))
}

function within(name: string, value: unknown, max: number): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max) return value as number
  throw invalid(name, shown(value), `a whole number from 0 to ${max}`)
}

function invalid(name: string, seen: string, expected: string): UsageError {
  return new UsageError(
    'SAVED_INVALID',
    `${name} of the saved transcript has ${seen}; expected ${expected}, as toJSON() gave it.`,
  )
}
