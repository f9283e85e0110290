// What comes without a draw, in the plainest way: a matcher is asked for its forced bytes, and whether some token runs
// past them is tried out on a fork of it, byte by byte. The judge of what the addon does with tries and automata.

import { forcedTokens } from '../../lib/engine/local/tokens/boundary.js'
import { tokenTable } from '../../lib/engine/local/tokens/table.js'
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import type { DrawOptions, NativeMatcher } from '../../lib/native/addon.js'

/** Tokens of the forced bytes that are canonical whatever follows them. */
export function forcedRun(vocabulary: Vocabulary, tokens: Int32Array, matcher: NativeMatcher): Int32Array {
  return forcedTokens(vocabulary, tokens, matcher.forced()).added
}

/** The token that comes next whatever the logits are; null where that is for them to say. */
export function sureToken(
  vocabulary: Vocabulary,
  tokens: Int32Array,
  matcher: NativeMatcher,
  draw: Pick<DrawOptions, 'bias'>,
  banned: readonly number[],
): number | null {
  if (matcher.canEnd()) return null
  const forced = matcher.forced()
  if (forced.length === 0) return null
  const past = placesToRunPast(vocabulary, matcher, forced)
  const { added } = forcedTokens(vocabulary, tokens, forced, (from) => past.has(from))
  const token = added[0]
  if (token === undefined || draw.bias.has(token) || banned.includes(token)) return null
  return matcher.allows(token) ? token : null
}

/** Whether the constraint allows more than one way on: bytes that differ, or a token past those that don't. */
export function hasChoice(vocabulary: Vocabulary, matcher: NativeMatcher): boolean {
  const forced = matcher.forced()
  if (forced.length === 0) return true
  return placesToRunPast(vocabulary, matcher, forced).size > 0
}

/** Places in the forced bytes where an allowed token begins that runs past their end. */
function placesToRunPast(
  vocabulary: Vocabulary,
  matcher: NativeMatcher,
  forced: Uint8Array,
): ReadonlySet<number> {
  const places = new Set<number>()
  const probe = matcher.fork()
  const longest = tokenTable(vocabulary).bytesMax
  for (const [from, byte] of forced.entries()) {
    const mask = forced.length - from < longest ? probe.mask() : []
    for (const [index, word] of mask.entries()) {
      for (let bit = 0; bit < 32; bit++) {
        if (((word >> bit) & 1) === 0) continue
        if (vocabulary.tokenBytes(index * 32 + bit).length > forced.length - from) places.add(from)
      }
    }
    const [next] = vocabulary.tokenize(Uint8Array.of(byte))
    if (!probe.accept(next!)) throw new Error(`the matcher forces byte ${byte} and refuses it`)
  }
  probe.dispose()
  return places
}
