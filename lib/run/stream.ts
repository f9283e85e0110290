// A run as a stream of events. Decides what is buffered and when the run waits: it draws no further while events lie
// unread. Leaving the loop aborts the run.
import type { Listener, RunEvent } from './event.js'

/** Events that may lie unread before the run waits. */
const unreadMax = 64

/** Runs `work` with a listener and yields what it hears, and at last what `work` returned as a 'done' event. */
export async function* streamRun<R>(
  work: (listener: Listener, signal: AbortSignal) => Promise<R>,
  signal: AbortSignal | null,
): AsyncGenerator<RunEvent | { readonly type: 'done'; readonly run: R }, void, void> {
  const unread: RunEvent[] = []
  const left = new AbortController()
  let wake: () => void = () => undefined
  let drained: () => void = () => undefined
  let whenDrained: Promise<void> | null = null
  const listener: Listener = {
    emit: (event) => {
      unread.push(event)
      wake()
    },
    ready: () => {
      if (unread.length < unreadMax) return Promise.resolve()
      whenDrained ??= new Promise((resolve) => {
        drained = resolve
      })
      return whenDrained
    },
    wantsTokens: true,
  }
  const combined = signal === null ? left.signal : AbortSignal.any([signal, left.signal])
  // An abort must reach a run that waits for a reader.
  combined.addEventListener('abort', () => drained(), { once: true })
  let outcome: { readonly run: R } | { readonly error: unknown } | null = null
  const settled = work(listener, combined).then(
    (run) => {
      outcome = { run }
      wake()
    },
    (error: unknown) => {
      outcome = { error }
      wake()
    },
  )
  try {
    for (;;) {
      const event = unread.shift()
      if (event !== undefined) {
        if (unread.length === 0 && whenDrained !== null) {
          whenDrained = null
          drained()
        }
        yield event
        continue
      }
      if (outcome !== null) break
      await new Promise<void>((resolve) => {
        wake = resolve
        if (unread.length > 0 || outcome !== null) resolve()
      })
    }
    const end = outcome as { readonly run: R } | { readonly error: unknown }
    if ('error' in end) throw end.error
    yield { type: 'done', run: end.run }
  } finally {
    left.abort(new Error('the reader left the stream'))
    drained()
    await settled
  }
}
