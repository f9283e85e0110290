// Turns what the addon throws into this library's errors. Decides which class a kind becomes; the code and the
// sentence come from where it happened.
import { EspalierError, InternalError, plainErrors } from '../base/errors.js'
import type { StepFailure } from './addon.js'
import type { AddonCodes } from './addon-codes.js'

/** By the kind that the addon names. An AbortError is none of them: whoever aborted throws it, see model.ts. */
type Classes = Record<
  Exclude<keyof AddonCodes, 'AbortError'>,
  new (
    code: string,
    message: string,
  ) => EspalierError
>
const classes: Classes = plainErrors

const isKind = (kind: string): kind is keyof Classes => Object.hasOwn(classes, kind)

/** The error for what went wrong in one part of a step. */
export function errorOf({ kind, code, message }: StepFailure): EspalierError {
  return isKind(kind) ? new classes[kind](code, message) : new InternalError(code, message)
}

/** What to throw for something the addon threw; what a caller's own getter or callback threw is that caller's. */
export function translated(thrown: unknown): unknown {
  if (thrown instanceof EspalierError || typeof thrown !== 'object' || thrown === null) return thrown
  // No test for its class: in a vm context the addon's errors are of another realm.
  const { kind, code, message } = thrown as { kind?: unknown; code?: unknown; message?: unknown }
  if (typeof kind !== 'string' || typeof code !== 'string' || !isKind(kind)) return thrown
  return errorOf({ kind, code, message: String(message) })
}

/** The same for what has no caller's code in it: an error that is none of this library's is a bug of ours. */
export function ourError(thrown: unknown): EspalierError {
  const error = translated(thrown)
  if (error instanceof EspalierError) return error
  const told = error instanceof Error ? error.message : String(error)
  return new InternalError('NATIVE', `The native layer failed in a way it should not: ${told}`, {
    cause: thrown,
  })
}

/** Calls the addon; what it throws is thrown as one of this library's errors. */
export function native<T>(call: () => T): T {
  try {
    return call()
  } catch (thrown) {
    throw translated(thrown)
  }
}
