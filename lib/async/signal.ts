// What ends a run before its time: its caller's signal, the end of its model, a failure beside it. Decides that a
// signal is listened to once, however many runs follow it, and only while they go on; and that nothing a caller
// promised is waited for past an abort. Never decides what an abort undoes.
import { setMaxListeners } from 'node:events'
import { AbortError, PromptError } from '../base/errors.js'
import { isReadable, shown } from '../base/seen.js'

/** A signal that follows others until it is released. */
export interface Link {
  readonly signal: AbortSignal
  abort(reason: unknown): void
  /** Lets go of the signals it follows; must be called once the work has ended. */
  release(): void
}

/** Aborts with the first of the signals. */
export function linked(...parents: readonly (AbortSignal | null)[]): Link {
  const controller = new AbortController()
  const { signal } = controller
  // Any number of requests may listen: that is no leak, so nobody is warned.
  setMaxListeners(0, signal)
  const undo: (() => void)[] = []
  for (const parent of parents) {
    if (parent === null) continue
    if (parent.aborted) controller.abort(parent.reason)
    else undo.push(follow(parent, () => controller.abort(parent.reason)))
  }
  return {
    signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const leave of undo.splice(0)) leave()
    },
  }
}

interface Followers {
  readonly stops: Set<() => void>
  readonly listener: () => void
}

// One listener for all: a server's signal may end thousands of runs, and AbortSignal.any would leave something of each.
const followed = new WeakMap<AbortSignal, Followers>()

function follow(signal: AbortSignal, stop: () => void): () => void {
  let followers = followed.get(signal)
  if (followers === undefined) {
    const stops = new Set<() => void>()
    const listener = (): void => {
      followed.delete(signal)
      for (const each of [...stops]) each()
    }
    followers = { stops, listener }
    followed.set(signal, followers)
    signal.addEventListener('abort', listener, { once: true })
  }
  const { stops, listener } = followers
  stops.add(stop)
  return () => {
    stops.delete(stop)
    if (stops.size > 0 || signal.aborted) return
    signal.removeEventListener('abort', listener)
    followed.delete(signal)
  }
}

/** Whether it is an AbortSignal that can be listened to: what only has its prototype, or is a proxy of one, can't. */
export function isSignal(value: unknown): value is AbortSignal {
  try {
    return value instanceof AbortSignal && typeof aborted.call(value) === 'boolean'
  } catch {
    return false
  }
}

const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get as () => unknown

export function refuseAborted(signal: AbortSignal | null): void {
  if (signal?.aborted === true) throw new AbortError(signal.reason)
}

/**
 * What a caller's function returns, or what it promises. Throws AbortError as soon as the signal is aborted, whether
 * the promise settles or not; what becomes of it later concerns nobody. What the function throws is the caller's.
 */
export async function settleOrAbort<T>(signal: AbortSignal, call: () => T | PromiseLike<T>): Promise<T> {
  refuseAborted(signal)
  const given = call()
  if (typeof given === 'object' && given !== null && !isReadable(given)) {
    throw new PromptError(
      'VALUE_UNREADABLE',
      `A function of the prompt returned ${shown(given)}, which can't be read.`,
    )
  }
  const promised = Promise.resolve(given)
  let stop: () => void = () => undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(new AbortError(signal.reason))
      signal.addEventListener('abort', stop, { once: true })
      // Now, not a turn later: the call itself may have aborted.
      if (signal.aborted) stop()
      promised.then(resolve, reject)
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
