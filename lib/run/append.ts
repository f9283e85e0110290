// Known text becomes tokens. Decides that long text does so slice by slice, with turns for others in between, and no
// further than the context reaches. The tokens are those of the whole text: appending makes canonical tokens of what
// was canonical, wherever the text is cut.
import type { Vocabulary } from '../engine/engine.js'
import type { Edit } from './boundary.js'
import { partCost } from './pace.js'
import type { Piece } from './pieces.js'
import type { RunContext } from './scope.js'
import { splitAtSpecial } from './special-texts.js'
import { appendPiece, commonLength, type TokenList, type TranscriptState } from './transcript.js'

/** Code units tokenised at once: a share of what is done, since text without a seam is tokenised from its start. */
const sliceLength = 1 << 14
const sliceLengthMax = 1 << 17
const sliceShare = 4
/** A beginning may have a few tokens more than it has within the whole: what it ends with is tokenised again. */
const slack = 256

/** The transcript with known text after it; null where that has far more than so many tokens. */
export async function appendText(
  run: RunContext,
  state: TranscriptState,
  piece: Piece,
  tokensMax: number,
): Promise<TranscriptState | null> {
  const { engine, boundary, pace } = run
  const known = run.opening.find(state, piece.text)
  if (known !== null) return { ...state, ...known, pieces: state.pieces.with(piece) }
  let next = state
  for (const slice of piecesOf(engine.vocabulary, piece)) {
    const turn = pace.take(slice.text.length + partCost)
    if (turn !== null) await turn
    next = appendPiece(engine.vocabulary, boundary, next, slice)
    if (next.tokens.length > tokensMax + slack) return null
  }
  const { generatedUntil } = piece.kind === 'generated' ? { generatedUntil: next.tokens.length } : next
  return { ...next, generatedUntil, pieces: state.pieces.with(piece) }
}

/** As an edit of the transcript's tokens; null where it has far more than so many. */
export async function editFor(
  run: RunContext,
  state: TranscriptState,
  piece: Piece,
  tokensMax: number,
): Promise<Edit | null> {
  const next = await appendText(run, state, piece, tokensMax)
  if (next === null) return null
  const keep = commonLength(state.tokens, next.tokens)
  return { keep, added: next.tokens.slice(keep) }
}

/** The piece in slices. In a long mark, special tokens are no part of what is cut. */
function* piecesOf(vocabulary: Vocabulary, piece: Piece): Generator<Piece> {
  if (piece.kind !== 'mark') {
    for (const text of slicesOf(piece.text)) yield { ...piece, text }
  } else if (piece.text.length <= sliceLength) yield piece
  else {
    for (const { text, isSpecial } of splitAtSpecial(vocabulary, piece.text)) {
      if (isSpecial) yield { ...piece, text }
      else for (const slice of slicesOf(text)) yield { ...piece, kind: 'literal', text: slice }
    }
  }
}

/** The text in slices that end between two code points; one slice at least. `first`: the length of the first. */
export function* slicesOf(text: string, first = sliceLength): Generator<string> {
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

/** What appending a long text came to, for whoever appends it again to the same tokens. */
export class Appended {
  readonly #known: { readonly before: TranscriptState; readonly text: string; readonly after: Tokens }[] = []

  keep(before: TranscriptState, text: string, { tokens, origins, digest, overrun }: TranscriptState): void {
    if (text.length > sliceLength)
      this.#known.push({ before, text, after: { tokens, origins, digest, overrun } })
  }

  find({ tokens, overrun, generatedUntil }: TranscriptState, text: string): Tokens | null {
    for (const { before, text: known, after } of this.#known) {
      if (known !== text || before.overrun !== overrun || before.tokens.length !== tokens.length) continue
      if (before.generatedUntil !== generatedUntil) continue
      if (commonLength(before.tokens, tokens) === tokens.length) return after
    }
    return null
  }
}

type Tokens = Pick<TokenList, 'tokens' | 'origins' | 'digest'> & { readonly overrun: number }
