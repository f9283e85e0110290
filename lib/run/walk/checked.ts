// A prompt with a check on all its values together. Decides when it is walked again and what of it must not come again;
// never judges a single hole.

import { settleOrAbort } from '../../async/signal.js'
import { counted } from '../../base/counted.js'
import { type FillAttempt, FillError } from '../../base/errors.js'
import type { Prompt } from '../../prompt/part.js'
import { writeIfTaken } from '../chat/chat-write.js'
import { spelled } from '../hole/judge.js'
import { adopt, apart } from '../state/run-context.js'
import { attemptsAt, deeper, type Scope } from '../state/scope.js'
import { type TranscriptState, textBehind, textOf } from '../state/transcript.js'
import type { FollowPart, Walk, WalkState } from '../state/walk-state.js'
import { type Checkpoint, undo } from './checkpoint.js'

/** A walk that notes the holes it fills on the way. */
export type WalkNoting = (...args: [...Parameters<Walk>, Checkpoint[]]) => Promise<WalkState>

/** A nested prompt with a check on all it captured: it is walked again until the check is content. */
export async function walkChecked(
  walk: WalkNoting,
  scope: Scope,
  state: WalkState,
  prompt: Prompt,
  { check, retries }: NonNullable<Prompt['check']>,
  after: Iterable<FollowPart>,
): Promise<WalkState> {
  const attempts: FillAttempt[] = []
  const inside = deeper(scope)
  // Holes that may be undone because all that can follow them was rejected: each rejection closes so many at most.
  let undoable = 0
  for (;;) {
    const holes: Checkpoint[] = []
    const run = apart(scope.run)
    let end: WalkState
    try {
      const walked = await walk({ ...inside, run }, state, prompt.parts, after, holes)
      end = await writeIfTaken(run, scope.prefix, walked)
    } catch (error) {
      const last = holes.at(-1)
      const isClosed = error instanceof FillError && error.code === 'DEAD_END' && undoable > 0
      if (last === undefined || !isClosed) throw error
      undoable -= 1
      for (const { transcript } of run.kept)
        run.session.reject(transcript.position, state.transcript.position)
      undo(scope, last, `all that can follow it was tried: ${error.hole} is at a dead end`)
      continue
    }
    const text = textBehind(state.transcript, end.transcript)
    const verdict: unknown = await settleOrAbort(scope.run.signal, () =>
      check(end.values.since(state.values), text),
    )
    if (verdict === true) {
      adopt(scope.run, run)
      return end
    }
    const reason =
      typeof verdict === 'string' ? verdict : `the check returned ${spelled(verdict)} instead of true`
    attempts.push({ text, reason })
    const branches = run.kept.map(({ transcript }) => transcript)
    rejectAll(scope, state, end, branches, reason)
    undoable += holes.length
    const last = holes.at(-1)
    if (last !== undefined) scope.tried.addText(last.from, last.text)
    if (attempts.length > retries) {
      throw new FillError(
        'ATTEMPTS_SPENT',
        `The prompt was rejected ${counted(attempts.length, 'time')}, the last time because: ${reason}.`,
        {
          hole: scope.prefix === '' ? '(prompt)' : scope.prefix.slice(0, -1),
          attempts,
          partialText: textOf(state.transcript) + text,
        },
      )
    }
  }
}

/** Makes the next walk draw anew: no hole of this one gets the same seed or the same tokens again. */
function rejectAll(
  scope: Scope,
  before: WalkState,
  end: WalkState,
  branches: readonly TranscriptState[],
  reason: string,
): void {
  const { run } = scope
  const text = textBehind(before.transcript, end.transcript)
  run.listener.emit({ type: 'rollback', hole: scope.prefix, text, reason })
  // The texts of branches need not stand in the transcript.
  const holes = new Map<string, string>()
  for (const { pieces } of [...branches, end.transcript]) {
    for (const { kind, hole, text: own } of pieces.behind(before.transcript.pieces)) {
      if (kind === 'generated' && hole !== null) holes.set(hole, own)
    }
  }
  for (const [hole, own] of holes) attemptsAt(scope, hole).push({ text: own, reason })
  for (const { position } of branches) run.session.reject(position, before.transcript.position)
  scope.tried.rounds += 1
  const drawn = run.session.reject(end.transcript.position, before.transcript.position)
  if (drawn !== null) scope.tried.close(drawn)
}
