// Errors as plain data and back, for threads and processes: a structured clone keeps of an error no more than message,
// stack and cause. Decides which class a name stands for; holds nothing of the stack.
import {
  AbortError,
  type EspalierError,
  type FillAttempt,
  FillError,
  plainErrors,
  UsageError,
} from './errors.js'
import { own } from './own.js'
import { isArray, isReadable, shown } from './seen.js'

type PlainError = (typeof plainErrors)[keyof typeof plainErrors]

/**
 * The error that `toJSON` made this of, in this thread: its class, code, message, cause, and what a FillError or an
 * AbortError tells besides. Throws UsageError ARGUMENT_INVALID for anything else.
 *
 * @example
 * ```ts
 * try {
 *   await model.run(prompt`Hello ${gen('x', { tokensMax: 4, retries: 0, check: () => 'not nice' })}`)
 * } catch (error) {
 *   const sent = JSON.stringify(error) // or error.toJSON(), which postMessage takes
 *   console.log(errorFrom(JSON.parse(sent)).code)
 * }
 * ```
 */
export function errorFrom(json: unknown): EspalierError {
  const { name, code, message, cause, hole, attempts, partialText, reason } = membersOf(json)
  const options = cause === undefined ? {} : { cause: causeFrom(cause) }
  if (typeof name === 'string' && typeof code === 'string' && typeof message === 'string') {
    const Class = own<PlainError>(plainErrors, name)
    if (Class !== undefined) return new Class(code, message, options)
    if (name === 'AbortError') return new AbortError(causeFrom(reason))
    if (name === 'FillError' && isArray(attempts)) {
      const detail = {
        hole: String(hole),
        attempts: attempts as FillAttempt[],
        partialText: String(partialText),
      }
      return new FillError(code, message, detail, options)
    }
  }
  throw new UsageError(
    'ARGUMENT_INVALID',
    `errorFrom() got ${shown(json)}; expected what toJSON() of an error gave.`,
  )
}

function membersOf(json: unknown): Readonly<Record<string, unknown>> {
  return isReadable(json) ? (json as Readonly<Record<string, unknown>>) : {}
}

/** An error of this library, any other error, or the value itself. */
function causeFrom(json: unknown): unknown {
  const { name, code, message } = membersOf(json)
  if (typeof name !== 'string' || typeof message !== 'string') return json
  const isOurs = Object.hasOwn(plainErrors, name) || name === 'FillError' || name === 'AbortError'
  if (isOurs && typeof code === 'string') return errorFrom(json)
  return Object.assign(new Error(message), { name })
}
