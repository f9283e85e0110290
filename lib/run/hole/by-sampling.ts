// Fills one hole for good: attempt after attempt until a value passes its check. Decides which value is rejected, what
// stays of it, and when to give up. No rejected draw is made again in this namespace.
import { ConstraintError, FillError } from '../../base/errors.js'
import type { Drawn, Filled, FillListener, FillRequest, Rejection, ValueEnd } from '../../engine/fill.js'
import { retriesDefault, type TextHoleOptions } from '../../prompt/options.js'
import { attemptsAt } from '../state/scope.js'
import type { TranscriptState } from '../state/transcript.js'
import { acceptDrawn } from './accept.js'
import { attemptsSpent, deadEnd, deadEndReason, tokensSpent } from './failures.js'
import { withFeedback, withoutFeedback } from './feedback.js'
import { type HoleResult, type HoleTask, holeRequest, taskPath } from './hole-task.js'
import { judge, judgePartial } from './judge.js'
import { newsOf } from './news.js'
import { attemptSeed } from './seed.js'

/** Attempts after a rejected one draw at least at this temperature. */
const retryTemperature = 0.7

/** Dead ends in a row, without a value to judge, that are backed up from: there may be more than anybody can try. */
const deadEndsMax = 1000

/** A value that its check rejected, and from where on. */
interface Bad {
  readonly filled: Filled & { readonly end: ValueEnd }
  readonly value: unknown
  readonly reason: string
  readonly from: number
  readonly at: TranscriptState
}

/**
 * Throws FillError ATTEMPTS_SPENT, DEAD_END or TOKENS_MAX, unless the least bad value is to be kept; the transcript it
 * was given is unchanged. `writes`: whether the value is the model's text, or a choice between texts that are written
 * later.
 */
export async function fillBySampling(
  task: HoleTask,
  writes: FillRequest['writes'] = 'value',
): Promise<HoleResult> {
  const rejected: Bad[] = []
  try {
    return await attempts(task, writes, rejected)
  } catch (error) {
    const [first, ...others] = rejected
    const isLeft = task.hole.options.best === 'least bad' && error instanceof FillError
    if (first === undefined || !isLeft) throw error
    const best = others.reduce((least, one) => (one.from > least.from ? one : least), first)
    return keep(task, best.filled, best.at, best.value, best.reason)
  }
}

/** Until a value passes its check. `rejected` takes those that did not. */
async function attempts(task: HoleTask, writes: FillRequest['writes'], rejected: Bad[]): Promise<HoleResult> {
  const { scope, hole, transcript } = task
  const path = taskPath(task)
  const tried = attemptsAt(scope, path)
  const retries = hole.options.retries ?? retriesDefault
  let kept: Drawn | null = null
  let tries = 0
  /** Since the last value that was new; as many cost no retry as the value has tokens to change. */
  let repeats = 0
  /** Since the last value. */
  let deadEnds = 0
  /** Where the next attempt begins. */
  let at = transcript
  for (;;) {
    scope.run.listener.emit({ type: 'hole-start', hole: path, attempt: tried.length })
    const filled: Filled = await attempt(task, at, kept, writes)
    tell(task, filled)
    const { end, text, drawn } = filled
    if (end.kind === 'unfinished') throw tokensSpent(task, text, end.tokens)
    if (end.kind === 'dead-end') {
      if (++deadEnds > deadEndsMax) throw deadEnd(task, text)
      kept = backUp(task, filled, end.why)
      continue
    }
    deadEnds = 0
    // Only a grammar can come to a rejected text again, by other tokens; nobody needs to judge it twice.
    const { texts } = scope.tried.rejectedAt(transcript)
    if (end.kind !== 'rejected' && texts.includes(text) && repeats < drawn.steps) {
      repeats += 1
      kept = giveUpLast(task, filled, 'it was rejected before')
      continue
    }
    repeats = 0
    let rejection: Rejection
    if (end.kind === 'rejected') rejection = end.rejection
    else {
      const verdict = await judge(task, text)
      if ('value' in verdict) return keep(task, { ...filled, end }, at, verdict.value)
      rejection = verdict
      const { wrong, reason, from } = verdict
      if (wrong !== undefined) {
        rejected.push({ filled: { ...filled, end }, value: wrong.value, reason, from: from ?? 0, at })
      }
    }
    kept = reject(task, filled, rejection)
    if (tries >= retries) throw attemptsSpent(task)
    tries += 1
    if (hole.options.feedback === undefined) continue
    at = await withFeedback(task, rejection.reason)
    kept = null
  }
}

/** `at`: where it was attempted. */
async function keep(
  task: HoleTask,
  filled: Filled & { readonly end: ValueEnd },
  at: TranscriptState,
  value: unknown,
  rejected: string | null = null,
): Promise<HoleResult> {
  const written = at === task.transcript ? filled : { ...filled, ...(await withoutFeedback(task, filled)) }
  return acceptDrawn(task, written, value, rejected)
}

async function attempt(
  task: HoleTask,
  at: TranscriptState,
  kept: Drawn | null,
  writes: FillRequest['writes'],
): Promise<Filled> {
  const { run } = task.scope
  try {
    return await run.session.fill(at.position, attemptRequest(task, at, kept, writes))
  } catch (error) {
    const isSpent = error instanceof ConstraintError && attemptsAt(task.scope, taskPath(task)).length > 0
    if (!isSpent) throw error
    // All values there are were rejected: what is left of the constraint allows nothing.
    throw deadEnd(task, '')
  }
}

function attemptRequest(
  task: HoleTask,
  at: TranscriptState,
  kept: Drawn | null,
  writes: FillRequest['writes'],
): FillRequest {
  const { scope, hole } = task
  const { run } = scope
  const path = taskPath(task)
  const number = attemptsAt(scope, path).length
  const request = holeRequest(
    task,
    attemptSeed(hole.options.seed ?? run.seed, scope.seedPrefix + path, number),
  )
  const isAnew = number > 0 && at === task.transcript && (kept === null || kept.steps === 0)
  // Greedy draws would only change the last token of what was rejected; a hole that keeps a beginning does differ.
  const temperature = Math.max(hole.options.temperature ?? run.sampling.temperature ?? 0, retryTemperature)
  const sampling = isAnew
    ? { ...request.sampling, hole: { ...request.sampling.hole, temperature } }
    : request.sampling
  return { ...request, sampling, kept, writes, listener: listenerOf(task), hook: hole.options.logits ?? null }
}

function listenerOf(task: HoleTask): FillListener {
  const { listener } = task.scope.run
  const { check, checkEvery } = task.hole.options as TextHoleOptions<unknown>
  if (check === undefined || checkEvery === undefined) {
    return { news: newsOf(task), ready: listener.ready, watch: null }
  }
  const isComplete = checkEvery === 'word' ? /\s/u : checkEvery === 'line' ? /\n/ : null
  return {
    news: newsOf(task),
    ready: listener.ready,
    watch: async (value) => {
      if (isComplete !== null && !isComplete.test(value.news)) return null
      return judgePartial(task, check, value.text())
    },
  }
}

function tell(task: HoleTask, { warnings, ties }: Filled): void {
  const { listener } = task.scope.run
  const hole = taskPath(task)
  for (const message of warnings) listener.emit({ type: 'warning', hole, message })
  if (ties.length > 0) listener.emit({ type: 'near-tie', hole, ties })
}

/** Notes the attempt and closes its draw; returns what of it stays. */
function reject(task: HoleTask, filled: Filled, { reason, from }: Rejection): Drawn | null {
  const { scope, transcript } = task
  const { text, drawn } = filled
  giveUp(task, filled, reason)
  // Other tokens may spell the same text; nothing that begins like a lost beginning is wanted.
  if (filled.end.kind === 'rejected') scope.tried.addBeginning(transcript, text)
  else scope.tried.addText(transcript, text)
  if (from === null) {
    scope.tried.close(drawn)
    return null
  }
  const { kept, closed } = drawn.cut(from)
  scope.tried.close(closed)
  return kept
}

/**
 * Every way on from here was tried: the last draw goes too, and the ones before it stay. No value was judged, so it
 * costs no retry; each time a beginning of what was tried is closed for good. Throws
 * FillError DEAD_END where the constraint leads nowhere by itself, or nothing is left to give up.
 */
function backUp(task: HoleTask, filled: Filled, why: 'closed' | 'nowhere'): Drawn {
  if (why === 'nowhere' || filled.drawn.steps === 0) throw deadEnd(task, filled.text)
  return giveUpLast(task, filled, deadEndReason(task))
}

/** Closes what was drawn; returns it without its last step. */
function giveUpLast(task: HoleTask, filled: Filled, reason: string): Drawn {
  const split = filled.drawn.shorter()
  if (split === null) throw deadEnd(task, filled.text)
  giveUp(task, filled, reason)
  task.scope.tried.close(split.closed)
  return split.kept
}

function giveUp(task: HoleTask, { text, drawn, position }: Filled, reason: string): void {
  const { run } = task.scope
  const since = task.transcript.position
  const hole = taskPath(task)
  attemptsAt(task.scope, hole).push({ text, reason })
  run.listener.emit({ type: 'rollback', hole, text, reason })
  run.session.reject(drawn, since)
  // What it was told goes with it.
  if (task.hole.options.feedback !== undefined) run.session.reject(position, since)
}
