// What happened during a run, with times, for people and programs that ask afterwards. Decides only what is kept:
// tokens one by one are not, their texts are.
import type { Listener, RunEvent } from '../run/report/event.js'

/** What happened in a run, and when; without single tokens and unfinished values, which only a stream tells. */
export type TraceEvent = Exclude<RunEvent, { readonly type: 'token' | 'partial' }> & {
  /** Milliseconds since the run began. */
  readonly at: number
}

/** A listener that keeps what passes, and passes it on. */
export function tracing(next: Listener | null): {
  readonly listener: Listener
  readonly trace: readonly TraceEvent[]
} {
  const began = performance.now()
  const trace: TraceEvent[] = []
  const listener: Listener = {
    emit: (event) => {
      if (event.type !== 'token' && event.type !== 'partial')
        trace.push({ ...event, at: performance.now() - began })
      next?.emit(event)
    },
    ready: next?.ready ?? null,
    wantsTokens: next?.wantsTokens ?? false,
  }
  return { listener, trace }
}
