// Known text in a dry walk: how many tokens each stretch has, and which of them are there already.
import type { Session } from '../../engine/engine.js'
import type { Position } from '../../engine/position.js'
import type { Piece } from '../state/pieces.js'
import { pathOf, type Scope } from '../state/scope.js'
import { appended, writtenAs } from '../state/transcript.js'
import type { WalkState } from '../state/walk-state.js'
import { waiting } from '../walk/messages.js'
import type { At } from './at.js'
import { type Cost, costOf, type Tally } from './tally.js'

const kinds = { literal: 'text', input: 'input', known: 'known', mark: 'mark', generated: 'known' } as const

/** The state with known text behind it; in a message it may wait. */
export async function written(scope: Scope, state: WalkState, piece: Piece): Promise<WalkState> {
  const { session, signal } = scope.run
  return (
    waiting(state, piece) ?? {
      ...state,
      transcript: await appended(session, state.transcript, piece, signal),
    }
  )
}

/** Tells what a walk wrote on the way from one state to another; where that was written anew, from there on. */
export async function told(scope: Scope, tally: Tally, from: At, to: WalkState): Promise<Cost> {
  const { transcript: before } = from.state
  const { pieces } = to.transcript
  const list = pieces.behind(before.pieces)
  if (list.length === 0) return costOf(0, 0)
  const { engine, session, signal } = scope.run
  let position = before.position
  if (pieces.length - list.length < before.pieces.length) position = kept(session, position, pieces.since(0))
  const start = position.length
  for (const piece of list) {
    const next = await session.append(position, { text: piece.text, as: writtenAs(piece) }, signal)
    const tokens = Math.max(0, next.length - position.length)
    const found = from.isExact ? engine.found(next) : { reused: 0, restored: 0 }
    const reused = within(found.reused - position.length, tokens)
    const restored = within(found.reused + found.restored - position.length - reused, tokens - reused)
    tally.add({
      kind: kinds[piece.kind],
      path: piece.hole ?? (scope.prefix === '' ? '' : pathOf(scope, '').slice(0, -1)),
      text: piece.text,
      timesMax: from.timesMax,
      reused,
      restored,
      prefilled: tokens - reused - restored,
    })
    position = next
  }
  return costOf(Math.max(0, position.length - start), 0)
}

/** As much of a position as spells the beginning of another text. */
function kept(session: Session, position: Position, pieces: readonly Piece[]): Position {
  return session.rewrite(
    position,
    pieces.map((piece) => ({ text: piece.text, as: writtenAs(piece) })),
  ).position
}

function within(count: number, max: number): number {
  return Math.min(Math.max(0, count), max)
}
