// The one signal everything inside of a run listens to. Decides nothing; never aborts anything itself.
import { setMaxListeners } from 'node:events'

/** Aborts with the first of the signals. Any number of requests may listen: that is no leak, so nobody is warned. */
export function anyOf(...signals: readonly (AbortSignal | null)[]): AbortSignal {
  const joined = AbortSignal.any(signals.filter((signal) => signal !== null))
  setMaxListeners(0, joined)
  return joined
}
