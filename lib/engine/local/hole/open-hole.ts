// Opens a hole behind a text: compiles what may stand in it, and finds where its tokens begin. The end of a literal or
// an input may be spelled anew together with the value (healing); text the model wrote, or all that is before a hole
// that starts apart, may not.
import { PromptError } from '../../../base/errors.js'
import type { Ban, NativeConstraint, NativeMatcher } from '../../../native/addon.js'
import type { HoleRequest } from '../../fill.js'
import type { ScoreRequest } from '../../options.js'
import type { MatcherStart } from '../serve/draw-key.js'
import type { SessionContext } from '../session-context.js'
import type { TokenList } from '../text/tokens.js'
import { openHole } from '../tokens/boundary.js'
import { banOf } from './banned.js'
import { endsOf, type HoleEnds } from './ends.js'

export interface OpenHole {
  readonly ends: HoleEnds
  readonly native: NativeConstraint
  /** What may stand in it while it can't end yet; null where it may end at once. */
  readonly unended: { readonly native: NativeConstraint; readonly start: MatcherStart } | null
  /** Tokens that stay before the hole. */
  readonly keep: number
  /** Bytes of the tokens that don't: the value's tokens have to spell them first. */
  readonly prefix: Uint8Array
  /** null: nothing is banned. */
  readonly ban: Ban | null
  readonly start: MatcherStart
}

/** The caller disposes it. */
export function matcherOf({ native, prefix, ends, ban }: OpenHole): NativeMatcher {
  return native.matcher(prefix, ends.suffix, ban)
}

/** Throws ConstraintError, PromptError START_EMPTY where there is nothing to draw after, AbortError. */
export async function openedHole(
  { constraints, vocabulary }: SessionContext,
  before: TokenList,
  request: HoleRequest,
): Promise<OpenHole> {
  const ends = endsOf(request)
  const { suffix } = ends
  const { native, fingerprint } = await constraints.prepared(ends.constraint, request.signal)
  const keepMin = tokensKept(request.start, before)
  const opened = openHole(vocabulary, before.tokens, { constraint: native, suffix, keepMin })
  // The engine needs a token to start from, so the only one is never given up.
  const { keep, prefix } =
    opened.keep > 0 ? opened : { keep: before.tokens.length, prefix: new Uint8Array(0) }
  if (keep === 0) {
    throw new PromptError(
      'START_EMPTY',
      `Hole ${request.path} stands at the very start and the model has no token to begin with; put text before it.`,
    )
  }
  const ban = banOf(vocabulary, before.tokens, request, ends)
  const start = { fingerprint, prefix, suffix, ban, from: keep }
  if (request.tokensMin === 0) return { ends, native, unended: null, keep, prefix, ban, start }
  const unended = await constraints.prepared(ends.unended, request.signal)
  const unendedStart = { ...start, fingerprint: unended.fingerprint, suffix: null }
  return { ends, native, unended: { native: unended.native, start: unendedStart }, keep, prefix, ban, start }
}

/** So many tokens before a hole stay as they are, whatever its value begins with. */
export function tokensKept(start: ScoreRequest['start'], { tokens, generatedUntil }: TokenList): number {
  return start === 'apart' ? tokens.length : generatedUntil
}
