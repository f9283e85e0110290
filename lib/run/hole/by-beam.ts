// Fills one hole by beam search: of the values the engine finds, the most probable one that the check takes.
import { ConstraintError, FillError } from '../../base/errors.js'
import type { Found, Searched } from '../../engine/options.js'
import { retriesDefault } from '../../prompt/options.js'
import { meaningOf } from '../given/meaning.js'
import type { RankedFill } from '../report/results.js'
import { attemptsAt } from '../state/scope.js'
import { textOf } from '../state/transcript.js'
import { acceptDrawn } from './accept.js'
import { attemptsSpent, deadEnd } from './failures.js'
import { type HoleResult, type HoleTask, holeRequest, taskPath } from './hole-task.js'
import { judge } from './judge.js'

/** Searches in a row that came to nothing new. */
const repeatsMax = 64

/** Throws FillError ATTEMPTS_SPENT, DEAD_END or TOKENS_MAX, CapacityError CONTEXT_FULL. */
export async function fillByBeam(task: HoleTask): Promise<HoleResult> {
  const { scope, hole, transcript } = task
  const { listener, session } = scope.run
  const path = taskPath(task)
  const attempts = attemptsAt(scope, path)
  const { retries = retriesDefault } = hole.options
  let tries = 0
  /** Searches in a row that came to nothing new: they only closed ways to what was rejected. */
  let repeats = 0
  listener.emit({ type: 'hole-start', hole: path, attempt: attempts.length })
  for (;;) {
    const closed = scope.tried.closed.length
    const found = await searchAmongLeft(task)
    // A grammar may spell one text in several ways.
    const { texts } = scope.tried.rejectedAt(transcript)
    const isNew = ({ text }: Found, index: number): boolean =>
      !texts.includes(text) && found.findIndex((other) => other.text === text) === index
    const left = found.filter(isNew)
    scope.run.ranked.set(path, await rankedIn(task, left))
    for (const one of found) if (texts.includes(one.text)) scope.tried.close(one.drawn)
    const isOver = scope.tried.closed.length === closed || repeats >= repeatsMax
    if (left.length === 0 && isOver) throw deadEnd(task, '')
    repeats = left.length === 0 ? repeats + 1 : 0
    for (const one of left) {
      const verdict = await judge(task, one.text)
      if ('value' in verdict) return acceptDrawn(task, one, verdict.value)
      const { reason } = verdict
      attempts.push({ text: one.text, reason })
      scope.tried.addText(transcript, one.text)
      scope.tried.close(one.drawn)
      session.reject(one.drawn, transcript.position)
      listener.emit({ type: 'rollback', hole: path, text: one.text, reason })
      if (tries >= retries) throw attemptsSpent(task)
      tries += 1
      listener.emit({ type: 'hole-start', hole: path, attempt: attempts.length })
    }
  }
}

/** What was found, the best first, as far as it means something. */
async function rankedIn(task: HoleTask, found: readonly Found[]): Promise<readonly RankedFill[]> {
  const { scope, hole } = task
  const ranked: RankedFill[] = []
  for (const { text, logprob } of found) {
    try {
      const value = await meaningOf(scope, hole, text)
      ranked.push({ score: logprob, text, values: { [hole.name]: value } })
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error
    }
  }
  return ranked
}

/** What a search finds that was not rejected before. Throws FillError DEAD_END, TOKENS_MAX. */
export async function searchAmongLeft(
  task: HoleTask,
  width = task.hole.method.kind === 'beam' ? task.hole.method.width : 1,
): Promise<readonly Found[]> {
  const { scope } = task
  const { run } = scope
  // A search draws the most probable ways: the seed only has to be the same for all of them.
  const request = { ...holeRequest(task, run.seed), width }
  const attempts = attemptsAt(scope, taskPath(task))
  let searched: Searched
  try {
    searched = await run.session.search(task.transcript.position, request)
  } catch (error) {
    if (!(error instanceof ConstraintError) || attempts.length === 0) throw error
    // All values there are were rejected: what is left of the constraint allows nothing.
    throw deadEnd(task, '')
  }
  scope.tried.close(...searched.closed)
  if (searched.found !== 'unfinished') return searched.found
  const path = taskPath(task)
  throw new FillError(
    'TOKENS_MAX',
    `No beam of hole ${path} was finished after ${request.tokensMax} tokens.`,
    {
      hole: path,
      attempts: [...attempts],
      partialText: textOf(task.transcript),
    },
  )
}
