// A value the model wrote that a hole keeps: who is told of it, and what the run remembers beside the value. Decides
// what its end is called; never judges it.
import type { Drawn, TokenLogprobs, ValueEnd } from '../../engine/fill.js'
import type { HoleEnd } from '../report/results.js'
import { type HoleResult, type HoleTask, taskPath, type WrittenValue, withValue } from './hole-task.js'

/** What an engine says of a value. */
type Written = WrittenValue & { readonly drawn: Drawn }

/** A value that was drawn. */
export function acceptDrawn(
  task: HoleTask,
  written: Written & { readonly logprobs: readonly TokenLogprobs[]; readonly end: ValueEnd },
  value: unknown,
): HoleResult {
  const { logprobs } = written
  if (logprobs.length > 0) task.scope.run.logprobs.set(taskPath(task), logprobs)
  return accept(task, written, value, endIn(written.end))
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

function endIn(end: ValueEnd): HoleEnd {
  if (end.kind === 'end-of-text') return { reason: 'end' }
  return end.kind === 'stop' ? { reason: 'stop', stop: end.stop } : { reason: end.kind }
}
