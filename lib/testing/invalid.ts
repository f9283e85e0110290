// The error for an answer that its hole can't hold: which hole, what the script says, why not, what may stand there.
// Shows an answer as JSON where it has such a text, since whoever wrote it looks for a member in it.
import { UsageError } from '../base/errors.js'
import { quoted, shown } from '../base/seen.js'
import { type Answer, type Asked, opening } from './script.js'

const shownMax = 100

/** `where`: which of the script's answers it is, where that is not plain from the hole. */
export function invalid(asked: Asked, answer: Answer, why: string, where = ''): UsageError {
  return new UsageError(
    'ANSWER_INVALID',
    `${opening(asked)}, and the script answers ${said(answer)}${where}: ${why} It may hold ${asked.expects}.`,
  )
}

/** An answer in a sentence. */
export function said(answer: Answer): string {
  if (typeof answer === 'string') return quoted(answer)
  const text = typeof answer === 'object' && answer !== null ? jsonOf(answer) : null
  if (text === null) return shown(answer)
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}...`
}

function jsonOf(value: object): string | null {
  try {
    return JSON.stringify(value) ?? null
  } catch {
    return null
  }
}
