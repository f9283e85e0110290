// Who waits for which request, and how each is told of its end. Decides that every request is settled exactly once and
// its signal let go; never plans, and never touches cells. Holds nothing of a request that was settled.
import { AbortError, UsageError } from '../../../base/errors.js'
import type { NativeMatcher } from '../../../native/addon.js'
import type { Work } from '../../../schedule/work.js'

interface Waiter {
  readonly resolve: (work: Work) => void
  readonly reject: (error: unknown) => void
  readonly signal: AbortSignal | null
  /** Why it is given up, where that is not the signal. */
  reason: Error | null
}

export class Waiting {
  readonly #waiters = new Map<Work, Waiter>()
  readonly #matchers = new Set<NativeMatcher>()
  /** One listener for each signal, however many requests it is for. */
  readonly #signals = new Map<
    AbortSignal,
    { readonly works: Map<Work, () => void>; readonly onAbort: () => void }
  >()
  /** Made anew after a change. */
  #works: readonly Work[] | null = null

  get count(): number {
    return this.#waiters.size
  }

  /** In order of arrival. */
  get works(): readonly Work[] {
    this.#works ??= [...this.#waiters.keys()]
    return this.#works
  }

  has(work: Work): boolean {
    return this.#waiters.has(work)
  }

  /** Resolves or rejects once the work is settled; `onAbort` is called when the signal fires before that. */
  add(work: Work, signal: AbortSignal | null, onAbort: () => void): Promise<Work> {
    const matcher = work.generation?.matcher
    if (matcher !== undefined && this.#matchers.has(matcher)) {
      throw new UsageError(
        'BUSY',
        'The matcher belongs to a request that is open; wait for that one, or give this one a fork.',
      )
    }
    if (signal !== null) this.#listen(work, signal, onAbort)
    if (matcher !== undefined) this.#matchers.add(matcher)
    this.#works = null
    return new Promise<Work>((resolve, reject) => {
      this.#waiters.set(work, { resolve, reject, signal, reason: null })
    })
  }

  /** Takes the work out and returns how to tell its caller; null where that has been done. */
  settle(work: Work): Pick<Waiter, 'resolve' | 'reject'> | null {
    const waiter = this.#waiters.get(work)
    if (waiter === undefined) return null
    if (waiter.signal !== null) this.#letGo(work, waiter.signal)
    this.#waiters.delete(work)
    this.#works = null
    if (work.generation !== null) this.#matchers.delete(work.generation.matcher)
    return waiter
  }

  #listen(work: Work, signal: AbortSignal, onAbort: () => void): void {
    const known = this.#signals.get(signal)
    if (known !== undefined) {
      known.works.set(work, onAbort)
      return
    }
    const works = new Map([[work, onAbort]])
    const tellAll = (): void => {
      for (const tell of [...works.values()]) tell()
    }
    signal.addEventListener('abort', tellAll, { once: true })
    this.#signals.set(signal, { works, onAbort: tellAll })
  }

  #letGo(work: Work, signal: AbortSignal): void {
    const known = this.#signals.get(signal)
    known?.works.delete(work)
    if (known === undefined || known.works.size > 0) return
    signal.removeEventListener('abort', known.onAbort)
    this.#signals.delete(signal)
  }

  /** Gives the work up for this reason, as soon as it is not part of a step. */
  giveUp(work: Work, reason: Error): void {
    const waiter = this.#waiters.get(work)
    if (waiter !== undefined) waiter.reason ??= reason
    work.isAborted = true
  }

  /** Why the work was given up by its caller. */
  reasonOf(work: Work): Error {
    const waiter = this.#waiters.get(work)
    return waiter?.reason ?? new AbortError(waiter?.signal?.reason)
  }
}
