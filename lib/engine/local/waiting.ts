// Who waits for which request, and how each is told of its end. Decides that every request is settled exactly once and
// its signal let go; never plans, and never touches cells.
import { AbortError } from '../../base/errors.js'
import type { Work } from '../../schedule/work.js'

interface Waiter {
  readonly resolve: (work: Work) => void
  readonly reject: (error: Error) => void
  readonly signal: AbortSignal | null
  readonly onAbort: () => void
}

export class Waiting {
  readonly #waiters = new Map<Work, Waiter>()

  get count(): number {
    return this.#waiters.size
  }

  /** In order of arrival. */
  get works(): readonly Work[] {
    return [...this.#waiters.keys()]
  }

  has(work: Work): boolean {
    return this.#waiters.has(work)
  }

  /** Resolves or rejects once the work is settled; `onAbort` is called when the signal fires before that. */
  add(work: Work, signal: AbortSignal | null, onAbort: () => void): Promise<Work> {
    return new Promise<Work>((resolve, reject) => {
      this.#waiters.set(work, { resolve, reject, signal, onAbort })
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Takes the work out and returns how to tell its caller; null where that has been done. */
  settle(work: Work): Pick<Waiter, 'resolve' | 'reject'> | null {
    const waiter = this.#waiters.get(work)
    if (waiter === undefined) return null
    waiter.signal?.removeEventListener('abort', waiter.onAbort)
    this.#waiters.delete(work)
    return waiter
  }

  /** Why the work was given up by its caller. */
  abortOf(work: Work): AbortError {
    return new AbortError(this.#waiters.get(work)?.signal?.reason)
  }
}
