// Points a walk may go back to. Decides which one after a hole failed, and what undoing a value leaves behind: that it
// does not come again. Never walks.
import { FillError } from '../../base/errors.js'
import type { Drawn } from '../../engine/fill.js'
import { attemptsAt, type Scope } from '../state/scope.js'
import type { WalkPart, WalkState } from '../state/walk-state.js'
import type { Rest } from './rest.js'

/** A point the walk may go back to: just before a hole the model filled. */
export interface Checkpoint {
  readonly state: WalkState
  readonly rest: Rest<WalkPart>
  readonly drawn: Drawn
  readonly text: string
  readonly path: string
}

/** The checkpoint to go back to after a hole failed, if it may undo earlier ones; drops the ones after it. */
export function backtrackTarget(
  part: WalkPart,
  error: unknown,
  checkpoints: Checkpoint[],
  undone: Map<string, number>,
  mayUndo: (target: Checkpoint) => boolean,
): Checkpoint | null {
  if (!(error instanceof FillError) || (part.kind !== 'hole' && part.kind !== 'collect')) return null
  const { options } = part.kind === 'hole' ? part : part.hole
  const backtrack = options.backtrack ?? 0
  const times = (undone.get(part.name) ?? 0) + 1
  if (times > backtrack || times > checkpoints.length) return null
  undone.set(part.name, times)
  const target = checkpoints[checkpoints.length - times]!
  if (!mayUndo(target)) return null
  checkpoints.length -= times
  return target
}

/** Takes back the hole's value for good: its text does not come again there. */
export function undo(scope: Scope, target: Checkpoint, reason: string): void {
  const { run } = scope
  const { text } = target
  run.session.reject(target.drawn, target.state.transcript.position)
  scope.tried.close(target.drawn)
  scope.tried.addText(target.state.transcript, text)
  run.listener.emit({ type: 'rollback', hole: target.path, text, reason })
  attemptsAt(scope, target.path).push({ text, reason })
}
