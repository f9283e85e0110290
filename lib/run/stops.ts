// Free text that ends at a stop of its own. The model has to write the stop for the text to end, so the stop is part
// of the constraint; the value ends before it. Decides what happens to the stop's tokens: they stay where the literal
// after the hole begins with them, and are cut off otherwise.
import { type Constraint, regularText } from '../constraint/constraint-type.js'
import { until } from '../constraint/text.js'
import { literalStop } from '../constraint/until.js'
import type { Engine } from '../engine/engine.js'
import type { Hole } from '../prompt/part.js'
import type { TokenBoundary } from './boundary.js'
import { excluding } from './exclude.js'
import { bytesOf, editTokens, origin, type TokenList } from './transcript.js'

export function stopsOf(hole: Hole): readonly string[] {
  return 'stops' in hole.language ? hole.language.stops : []
}

/** Text up to a stop, stop included. The literal after the hole ends it too. */
export function stoppedText(
  stops: readonly string[],
  after: string,
  except: readonly string[],
): Constraint<string> {
  const ends = after === '' ? stops : [...stops, literalStop(after)]
  const before = excluding(until(ends), except)
  return regularText({
    kind: 'until',
    lowerRegular: (builder) =>
      builder.concat(
        before.lowerRegular(builder),
        builder.optional(builder.alt(...ends.map((end) => builder.literal(end)))),
      ),
    describe: () => before.describe(),
  })
}

interface Whole {
  readonly text: string
  readonly tokens: TokenList
  readonly overrun: number
}

/** Takes the stop off the end of a value. */
export function cutStop(
  run: { readonly engine: Engine; readonly boundary: TokenBoundary },
  whole: Whole,
  stops: readonly string[],
  after: string,
  opening: { readonly keep: number; readonly prefixLength: number },
): Whole {
  const ends = after === '' ? stops : [...stops, literalStop(after)]
  const found = ends.map((end) => whole.text.indexOf(end)).filter((index) => index >= 0)
  if (found.length === 0) return whole
  const text = whole.text.slice(0, Math.min(...found))
  const stop = whole.text.slice(text.length)
  const bytesAfter = new TextEncoder().encode(stop).length
  if (after.startsWith(stop)) return { text, tokens: whole.tokens, overrun: bytesAfter }
  return { text, tokens: cutBytes(run, whole.tokens, opening.keep, bytesAfter), overrun: 0 }
}

/** The tokens without their last `count` bytes; half a token that is left is tokenised again. */
function cutBytes(
  run: { readonly engine: Engine; readonly boundary: TokenBoundary },
  list: TokenList,
  keepMin: number,
  count: number,
): TokenList {
  const { vocabulary } = run.engine
  let keep = list.tokens.length
  let cut = 0
  while (cut < count && keep > keepMin) {
    keep -= 1
    cut += vocabulary.tokenBytes(list.tokens[keep]!).length
  }
  const left = bytesOf(vocabulary, list.tokens, keep).subarray(0, cut - count)
  const kept = editTokens(list, keep, new Int32Array(0), origin.sampled)
  if (left.length === 0) return kept
  const edit = run.boundary.appendLiteral(vocabulary, kept.tokens, left, { isSpelled: true })
  return editTokens(kept, edit.keep, edit.added, origin.sampled)
}
