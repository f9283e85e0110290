// Checks of our own invariants. A failure is our bug and becomes an InternalError; a caller's mistake never
// comes through here.
import { InternalError } from './errors.js'

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError('INVARIANT', `Invariant broken: ${message}.`)
}
