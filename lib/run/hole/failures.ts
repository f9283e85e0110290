// How a hole fails for good: attempts spent, nothing left, or no end within its tokens. Each tells what was tried.
import { counted } from '../../base/counted.js'
import { FillError } from '../../base/errors.js'
import { quoted } from '../../base/seen.js'
import { attemptsAt } from '../state/scope.js'
import { textOf } from '../state/transcript.js'
import { type HoleTask, taskPath } from './hole-task.js'

/** Banned texts told in one sentence. */
const shownMax = 5

export function deadEndReason({ scope, hole }: HoleTask): string {
  const ban = hole.options.ban ?? scope.run.sampling.ban ?? []
  const reason = 'no token is left that the constraint allows and that was not tried'
  if (ban.length === 0) return reason
  const more = ban.length > shownMax ? `, ${ban.length - shownMax} more` : ''
  return `${reason}, with ${ban.slice(0, shownMax).map(quoted).join(', ')}${more} banned`
}

export function attemptsSpent(task: HoleTask): FillError {
  const path = taskPath(task)
  const attempts = attemptsAt(task.scope, path)
  const last = attempts.at(-1)!
  return new FillError(
    'ATTEMPTS_SPENT',
    `Hole ${path} was given up after ${counted(attempts.length, 'attempt')}, the last one ` +
      `${JSON.stringify(last.text)}: ${last.reason.replace(/\.$/, '')}.`,
    { hole: path, attempts: [...attempts], partialText: textOf(task.transcript) + last.text },
  )
}

export function deadEnd(task: HoleTask, text: string): FillError {
  const path = taskPath(task)
  const attempts = attemptsAt(task.scope, path)
  const reason = deadEndReason(task)
  attempts.push({ text, reason })
  return new FillError('DEAD_END', `Hole ${path} can't go on after ${JSON.stringify(text)}: ${reason}.`, {
    hole: path,
    attempts: [...attempts],
    partialText: textOf(task.transcript) + text,
  })
}

/** `tokens`: how many the unfinished value has. */
export function tokensSpent(task: HoleTask, text: string, tokens: number): FillError {
  const path = taskPath(task)
  const attempts = attemptsAt(task.scope, path)
  const reason = `the value is not finished after ${counted(tokens, 'token')}`
  attempts.push({ text, reason })
  return new FillError('TOKENS_MAX', `Hole ${path} holds ${JSON.stringify(text)} and ${reason}.`, {
    hole: path,
    attempts: [...attempts],
    partialText: textOf(task.transcript) + text,
  })
}
