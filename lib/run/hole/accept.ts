// A value the model wrote that a hole keeps: who is told of it, and what the run remembers beside the value. Decides
// what its end is called; never judges it.
import type { Drawn, ValueEnd } from '../../engine/fill.js'
import type { AskLogprobs } from '../../engine/logprobs.js'
import type { HoleEnd } from '../report/results.js'
import { pathOf } from '../state/scope.js'
import {
  type HoleResult,
  type HoleTask,
  logprobsWanted,
  startOf,
  taskPath,
  type WrittenValue,
  withValue,
} from './hole-task.js'

/** What an engine says of a value. */
type Written = WrittenValue & { readonly drawn: Drawn }

/** A value that was drawn. */
export async function acceptDrawn(
  task: HoleTask,
  written: Written & { readonly logprobs: AskLogprobs | null; readonly end: ValueEnd },
  value: unknown,
  rejected: string | null = null,
): Promise<HoleResult> {
  const { run } = task.scope
  if (written.logprobs !== null) run.logprobs.set(taskPath(task), await written.logprobs(run.signal))
  const end = endIn(written.end)
  return accept(task, written, value, rejected === null ? end : { ...end, rejected })
}

export function accept(task: HoleTask, written: Written, value: unknown, end: HoleEnd): HoleResult {
  const { run, prefix } = task.scope
  const { text, behind = '', drawn } = written
  const hole = taskPath(task)
  run.ends.set(hole, end)
  run.listener.emit({ type: 'hole-end', hole, value, text, end })
  if (behind !== '') run.listener.emit({ type: 'text', path: prefix, hole: null, text: behind })
  return { value, text, transcript: withValue(task, written), drawn }
}

/** A value the caller knew: how probable it is, where that was asked for. */
export async function tellKnown(
  task: Pick<HoleTask, 'scope' | 'hole' | 'transcript'>,
  text: string,
): Promise<void> {
  const best = logprobsWanted(task)
  if (best === 0 || text === '') return
  const { scope, hole, transcript } = task
  const { session, signal, logprobs } = scope.run
  const path = pathOf(scope, hole.name)
  const request = { path, options: [text], end: '', best, start: startOf(hole), signal } as const
  const scored = await session.score(transcript.position, { ...request, scores: 'after', against: null })
  logprobs.set(path, scored.logprobs(0))
}

function endIn(end: ValueEnd): HoleEnd {
  if (end.kind === 'end-of-text') return { reason: 'end' }
  return end.kind === 'stop' ? { reason: 'stop', stop: end.stop } : { reason: end.kind }
}
