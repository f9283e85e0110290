// What a rejected attempt leaves for the next one to read: text that stands before the hole while it is attempted, and
// nowhere afterwards. Decides what that text is, and that a value found behind it is written behind the text without
// it. Never judges a value.
import { settleOrAbort } from '../../async/signal.js'
import { PromptError } from '../../base/errors.js'
import { shown } from '../../base/seen.js'
import type { Filled } from '../../engine/fill.js'
import type { TokenLogprobs } from '../../engine/logprobs.js'
import type { Position } from '../../engine/position.js'
import { isPrompt } from '../../prompt/shape.js'
import { appended, type TranscriptState } from '../state/transcript.js'
import { type HoleTask, logprobsWanted, startOf, taskPath } from './hole-task.js'

/** The text before the hole with the reason behind it; the text alone where the hole gives no feedback. */
export async function withFeedback(task: HoleTask, reason: string): Promise<TranscriptState> {
  const { scope, hole, transcript } = task
  const { feedback } = hole.options
  if (feedback === undefined) return transcript
  const { session, signal } = scope.run
  const told: unknown = await settleOrAbort(signal, () => feedback(reason))
  return appended(session, transcript, { kind: 'literal', hole: null, text: textIn(task, told) }, signal)
}

function textIn(task: HoleTask, told: unknown): string {
  if (typeof told === 'string') return told
  const parts = isPrompt(told) ? told.parts : null
  const texts = parts?.map((part) => (part.kind === 'text' ? part.text : null)) ?? [null]
  if (!texts.includes(null)) return texts.join('')
  throw new PromptError(
    'FEEDBACK_INVALID',
    `feedback of hole ${taskPath(task)} gave ${shown(told)}; expected text, or a prompt that holds text alone.`,
  )
}

/** Where the value stands without the feedback before it. Its tokens there are computed when somebody needs them. */
export async function withoutFeedback(
  task: HoleTask,
  filled: Filled,
): Promise<Pick<Filled, 'position' | 'logprobs'>> {
  const { scope, transcript } = task
  const { session, signal } = scope.run
  session.reject(filled.position, transcript.position)
  const { text, behind } = filled
  // As a known value is: its tokens were drawn elsewhere, so what follows may join them.
  const written = { text: text + behind, as: 'given' } as const
  const position = await session.append(transcript.position, written, signal)
  const asks = filled.logprobs === null || text === '' ? null : () => scored(task, transcript.position, text)
  return { position, logprobs: asks }
}

async function scored(task: HoleTask, before: Position, text: string): Promise<readonly TokenLogprobs[]> {
  const { session, signal } = task.scope.run
  const best = logprobsWanted(task)
  const request = { path: taskPath(task), options: [text], end: '', best, start: startOf(task.hole), signal }
  const told = await session.score(before, { ...request, scores: 'after', against: null })
  return told.logprobs(0).map((one) => ({ ...one, origin: 'drawn' }))
}
