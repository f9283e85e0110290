// Whether anybody listens to what OpenTelemetry would be told. Decides that nothing of it is loaded before: its package
// takes a third of the time and memory of this one, and most programs have no SDK.
import type { Listener } from '../../run/report/event.js'
import type { RunResult } from '../../run/request.js'
import type { AskedRun } from './measured.js'

/** Where copies of the API's version 1 leave for each other what an application registers. */
const registered = Symbol.for('opentelemetry.js.api.1')

/** Does the work, inside of a span where an application has registered something. */
export async function told(
  asked: AskedRun,
  listener: Listener,
  work: (listener: Listener) => Promise<RunResult>,
): Promise<RunResult> {
  if (!(registered in globalThis)) return work(listener)
  const { measured } = await import('./measured.js')
  return measured(asked, listener, work)
}
