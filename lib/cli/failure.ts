// What becomes of an error: the exit code and what is printed. Decides that it is one line without a stack, which
// "--debug" adds; and what is the caller's to change (2) beside work that failed (1).
import { inspect } from 'node:util'
import {
  CapabilityError,
  ConstraintError,
  EspalierError,
  InternalError,
  ModelError,
  PromptError,
  UsageError,
} from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import { oneLine } from './safe-text.js'

export interface Failure {
  /** 2: the caller has to change something. 1: the work failed. */
  readonly exitCode: 1 | 2
  /** One line. */
  readonly message: string
  /** As "--json" prints it. */
  readonly json: Readonly<Record<string, unknown>>
  /** With those of its causes. */
  readonly stack: string
}

const callers = [UsageError, PromptError, ConstraintError, CapabilityError]

export function failureOf(error: unknown): Failure {
  const isOurs = error instanceof EspalierError
  const isBug = !isOurs || error instanceof InternalError
  const said = oneLine(error instanceof Error ? error.message : saidBy(error))
  const message = isBug ? `${said} (not expected: please report it with what "--debug" prints)` : said
  const plain = isOurs ? error.toJSON() : { name: 'Error', code: 'UNEXPECTED' }
  return {
    exitCode: isCallers(error) ? 2 : 1,
    message,
    json: { ...plain, message },
    stack: inspect(error),
  }
}

/** A file that is no model and a device that is not there were named by the caller. */
function isCallers(error: unknown): boolean {
  if (error instanceof ModelError) return /^(MODEL|DEVICE)_/.test(error.code)
  return callers.some((kind) => error instanceof kind)
}
