// Known text becomes tokens. Long text does so slice by slice, with turns for others in between, and no further than
// the context reaches. The tokens are those of the whole text: appending makes canonical tokens of what was canonical,
// wherever the text is cut.
import { partCost } from '../../../async/pace.js'
import type { Written } from '../../position.js'
import type { SessionContext } from '../session-context.js'
import type { Spelled } from '../text/position.js'
import { editTokens, origin } from '../text/tokens.js'
import { appendLiteral } from '../tokens/boundary.js'
import { splitAtSpecial } from '../tokens/special-texts.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

/** Code units tokenised at once: a share of what is done, since text without a seam is tokenised from its start. */
const sliceLength = 1 << 14
const sliceLengthMax = 1 << 17
const sliceShare = 4
/** A beginning may have a few tokens more than it has within the whole: what it ends with is tokenised again. */
const slack = 256

const encoder = new TextEncoder()

/** With the text behind it; null where that has far more than so many tokens. */
export async function appendText(
  { vocabulary, pace, appended }: Pick<SessionContext, 'vocabulary' | 'pace' | 'appended'>,
  before: Spelled,
  written: Written,
  tokensMax: number,
): Promise<Spelled | null> {
  const known = appended.find(before, written.text)
  if (known !== null && written.as === 'given') return { ...before, ...known }
  let next = before
  for (const slice of slicesOf(vocabulary, written)) {
    const turn = pace.take(slice.text.length + partCost)
    if (turn !== null) await turn
    next = appendSlice(vocabulary, next, slice)
    if (next.tokens.length > tokensMax + slack) return null
  }
  if (written.as === 'given') appended.keep(before, written.text, next)
  return written.as === 'generated' ? { ...next, generatedUntil: next.tokens.length } : next
}

/** With a short text behind it. */
function appendSlice(vocabulary: Vocabulary, before: Spelled, { text, as }: Written): Spelled {
  const bytes = encoder.encode(text)
  const written = Math.min(before.overrun, bytes.length)
  const left = bytes.subarray(written)
  const overrun = before.overrun - written
  if (left.length === 0) return { ...before, overrun }
  const options = { special: as === 'mark', keepMin: before.generatedUntil }
  const edit = appendLiteral(vocabulary, before.tokens, left, options)
  return { ...before, ...editTokens(before, edit.keep, edit.added, origin.given), overrun }
}

/** The text in slices. In a long mark, special tokens are no part of what is cut. */
function* slicesOf(vocabulary: Vocabulary, written: Written): Generator<Written> {
  if (written.as !== 'mark') {
    for (const text of textSlices(written.text)) yield { ...written, text }
  } else if (written.text.length <= sliceLength) yield written
  else {
    for (const { text, isSpecial } of splitAtSpecial(vocabulary, written.text)) {
      if (isSpecial) yield { ...written, text }
      else for (const slice of textSlices(text)) yield { text: slice, as: 'given' }
    }
  }
}

/** The text in slices that end between two code points; one slice at least. `first`: the length of the first. */
export function* textSlices(text: string, first = sliceLength): Generator<string> {
  let from = 0
  do {
    const length = Math.max(first, Math.min(sliceLengthMax, Math.floor(from / sliceShare)))
    let until = Math.min(text.length, from + length)
    const isCut = until < text.length && /[\uD800-\uDBFF]/.test(text[until - 1]!)
    if (isCut) until += 1
    yield text.slice(from, until)
    from = until
  } while (from < text.length)
}
