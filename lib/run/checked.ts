// A prompt with a check on all its values together. Decides when it is walked again and what of it must not come again;
// never judges a single hole.
import { type FillAttempt, FillError } from '../base/errors.js'
import type { Prompt } from '../prompt/part.js'
import { attemptsAt, spelled } from './attempts.js'
import { writeIfTaken } from './chat-write.js'
import { type Checkpoint, undo } from './checkpoint.js'
import type { FollowPart } from './follow.js'
import { adopt, apart, deeper, type Scope } from './scope.js'
import { settleOrAbort } from './signal.js'
import { origin, type TranscriptState, textBehind, textOf } from './transcript.js'
import { Values } from './values.js'
import { type WalkState, walk } from './walk.js'

/** A nested prompt with a check on all it captured: it is walked again until the check is content. */
export async function walkChecked(
  scope: Scope,
  state: WalkState,
  prompt: Prompt,
  { check, retries }: NonNullable<Prompt['check']>,
  after: Iterable<FollowPart>,
): Promise<WalkState> {
  const attempts: FillAttempt[] = []
  const inside = { ...deeper(scope), outer: state.values.all(scope.outer) }
  // Holes that may be undone because all that can follow them was rejected: each rejection closes so many at most.
  let undoable = 0
  for (;;) {
    const holes: Checkpoint[] = []
    const run = apart(scope.run)
    let end: WalkState
    try {
      const walked = await walk(
        { ...inside, run },
        { ...state, values: Values.none },
        prompt.parts,
        after,
        holes,
      )
      end = await writeIfTaken(run, scope.prefix, walked)
    } catch (error) {
      const last = holes.at(-1)
      const isClosed = error instanceof FillError && error.code === 'DEAD_END' && undoable > 0
      if (last === undefined || !isClosed) throw error
      undoable -= 1
      for (const branch of run.kept) run.ledger.reject(branch, state.transcript.tokens.length)
      undo(scope, last, `all that can follow it was tried: ${error.hole} is at a dead end`)
      continue
    }
    const text = textBehind(state.transcript, end.transcript)
    const verdict: unknown = await settleOrAbort(scope.run.signal, () => check(end.values.all(), text))
    if (verdict === true) {
      adopt(scope.run, run)
      return { ...end, values: state.values.withAll(end.values) }
    }
    const reason =
      typeof verdict === 'string' ? verdict : `the check returned ${spelled(verdict)} instead of true`
    attempts.push({ text, reason })
    rejectAll(scope, state, end, run.kept, reason)
    undoable += holes.length
    const last = holes.at(-1)
    if (last !== undefined) scope.tried.addText(last.state.transcript, last.text)
    if (attempts.length > retries) {
      throw new FillError(
        'ATTEMPTS_SPENT',
        `The prompt was rejected ${attempts.length} times, the last time because: ${reason}.`,
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
  for (const branch of branches) run.ledger.reject(branch, before.transcript.tokens.length)
  scope.tried.rounds += 1
  const { origins, tokens } = end.transcript
  run.ledger.reject(end.transcript, before.transcript.tokens.length)
  const last = origins.lastIndexOf(origin.sampled)
  if (last >= before.transcript.tokens.length) scope.tried.add(tokens.slice(0, last + 1))
}
