// The tokens of bytes that a constraint leaves no choice about. Decides how many of them the matcher takes,
// and whose they are.
import { assert } from '../../../base/assert.js'
import type { NativeMatcher } from '../../../native/addon.js'
import { origin, type TokenList } from '../text/tokens.js'
import { forcedTokens } from '../tokens/boundary.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

/**
 * Accepts them, and returns them. A last token that might run past the bytes is left to the mask, unless nothing else
 * would move the attempt on (`hasMoved`).
 */
export function takeForced(
  vocabulary: Vocabulary,
  { tokens }: TokenList,
  matcher: NativeMatcher,
  { hasMoved }: { readonly hasMoved: boolean },
): Int32Array {
  const forced = matcher.forced()
  let { added } = forcedTokens(vocabulary, tokens, forced)
  if (added.length === 0 && !hasMoved) added = vocabulary.tokenize(forced)
  let accepted = 0
  while (accepted < added.length && matcher.accept(added[accepted]!)) accepted += 1
  assert(accepted > 0 || hasMoved, 'forced bytes have a token the matcher accepts')
  return added.slice(0, accepted)
}

/** What was forced behind the value is text of the prompt, whoever spelled it. Changes the origins from `from` on. */
export function giveLiteral(
  vocabulary: Vocabulary,
  { tokens, origins }: TokenList,
  from: number,
  matcher: NativeMatcher,
): void {
  let left = matcher.suffixLength()
  for (let at = tokens.length - 1; at >= from && origins[at] === origin.forced; at -= 1) {
    left -= vocabulary.tokenBytes(tokens[at]!).length
    if (left < 0) return
    origins[at] = origin.given
  }
}
