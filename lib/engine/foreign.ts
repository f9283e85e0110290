// What to throw for a position or a draw that another engine made: each engine reads its own alone.
import { UsageError } from '../base/errors.js'

export function ofAnotherEngine(what: 'position' | 'draw'): UsageError {
  return new UsageError(
    'ARGUMENT_INVALID',
    `The ${what} is of another engine; expected one of this engine: a text goes on with the engine it began with.`,
  )
}
