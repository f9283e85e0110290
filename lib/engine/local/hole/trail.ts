// The tokens of one attempt as whoever looks at a run sees them: where each came from, and what was seen when it was
// drawn. Nothing is computed for it.
import type { TokenLogprobs as Seen } from '../../../native/addon.js'
import type { SeenDraw, Trail } from '../../fill.js'
import { origin, type TokenList } from '../text/tokens.js'
import type { Told } from './told.js'

export interface TrailParts {
  /** Behind the value. */
  readonly list: Pick<TokenList, 'tokens' | 'origins'>
  readonly told: Told
  /** Tokens before the hole, and tokens there were before it. */
  readonly keep: number
  readonly before: number
  /** Of the hole's tokens, those that an earlier attempt left. */
  readonly kept: number
}

export function trailOf({ list, told, keep, before, kept }: TrailParts): Trail {
  const tokens = list.tokens.slice(keep)
  return {
    from: keep,
    healed: before - keep,
    tokens,
    kinds: Array.from(tokens, (_, index) => {
      if (index < kept) return 'kept'
      return list.origins[keep + index] === origin.sampled ? 'drawn' : 'forced'
    }),
    seen: Array.from(tokens, (_, index) => seenOf(told[index] ?? null)),
  }
}

function seenOf(seen: Seen | null): SeenDraw | null {
  if (seen === null) return null
  const { logprob, allowed, top, mayCome } = seen
  const best = top.map((one, index) => ({ ...one, isAllowed: mayCome[index] === 1 }))
  return { logprob, allowed, best }
}
