// The text of one branch as an immutable value: as it was written, piece by piece, and where the engine stands behind
// it. Undoing something is keeping the value from before.
import type { Session } from '../../engine/engine.js'
import type { Position } from '../../engine/position.js'
import { type Piece, Pieces } from './pieces.js'

export interface TranscriptState {
  readonly position: Position
  readonly pieces: Pieces
}

export function emptyTranscript(position: Position): TranscriptState {
  return { position, pieces: Pieces.none }
}

/** The transcript with known text after it. Rejects with CapacityError CONTEXT_FULL. */
export async function appended(
  session: Session,
  { position, pieces }: TranscriptState,
  piece: Piece,
  signal: AbortSignal,
): Promise<TranscriptState> {
  const written = { text: piece.text, as: writtenAs(piece) }
  return { position: await session.append(position, written, signal), pieces: pieces.with(piece) }
}

/** What a piece is to an engine. */
export function writtenAs({ kind }: Piece): 'given' | 'mark' | 'generated' {
  return kind === 'mark' || kind === 'generated' ? kind : 'given'
}

/** Text of the transcript. */
export function textOf({ pieces }: Pick<TranscriptState, 'pieces'>): string {
  return joinedText(pieces.since(0))
}

/** The text that came since an earlier state; where that was written anew, from the first difference on. */
export function textBehind(before: TranscriptState, { pieces }: TranscriptState): string {
  return joinedText(pieces.behind(before.pieces))
}

function joinedText(pieces: readonly Piece[]): string {
  let text = ''
  for (const piece of pieces) text += piece.text
  return text
}
