// Turns what the addon throws into this library's errors. Decides which class a kind becomes; the code and the
// sentence come from where it happened.
import {
  CapabilityError,
  CapacityError,
  ConstraintError,
  EngineError,
  EspalierError,
  InternalError,
  ModelError,
  UsageError,
} from '../base/errors.js'

const classes = {
  CapabilityError,
  CapacityError,
  ConstraintError,
  EngineError,
  InternalError,
  ModelError,
  UsageError,
} as const

/** The error to throw for something the addon threw. */
export function translated(thrown: unknown): Error {
  if (thrown instanceof EspalierError) return thrown
  const { kind, code, message } = (thrown ?? {}) as { kind?: unknown; code?: unknown; message?: unknown }
  const text = typeof message === 'string' ? message : String(thrown)
  if (typeof kind === 'string' && typeof code === 'string' && kind in classes) {
    return new classes[kind as keyof typeof classes](code, text)
  }
  return new InternalError('NATIVE', `The native layer failed in a way it should not: ${text}`, {
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
