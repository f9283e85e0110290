// A signal that a caller gave to something other than a run. Decides only whether it is one.
import { isSignal } from '../../async/signal.js'
import { UsageError } from '../../base/errors.js'
import { shown } from '../../base/seen.js'

/** Throws UsageError ARGUMENT_INVALID; null: there is none. */
export function checkSignal(signal: unknown): void {
  if (signal === null || isSignal(signal)) return
  throw new UsageError('ARGUMENT_INVALID', `signal is ${shown(signal)}; expected an AbortSignal.`)
}
