// Work that goes on side by side: branches, items, candidates, beams. Decides how much goes at once, over all runs of a
// model: as much as can share steps, so that the engine's queue never overflows and what an item needs is still cached
// when its next hole comes. Results stand in the order of their indexes, whoever ended first.
import { AsyncResource } from 'node:async_hooks'
import { linked } from './signal.js'

/** Permission to work beside others, first come, first served. */
export class Turns {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /** Calls `start` once with a turn, at once where one is free; returns how to withdraw. */
  ask(start: () => void): () => void {
    if (this.#free > 0) {
      this.#free -= 1
      start()
      return () => undefined
    }
    // Who gives the turn back is another run; what is found by context is found as where it was asked for.
    const bound = AsyncResource.bind(start)
    this.#waiting.add(bound)
    return () => void this.#waiting.delete(bound)
  }

  giveBack(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}

/**
 * Does `work` for 0 .. count-1, each with a signal that also ends when another one fails. The first failure is the
 * caller's, once all have ended. One piece of work at a time goes on in the caller's own turn, so that nested calls
 * never wait for each other.
 */
export async function sideBySide<T>(
  { turns, signal }: { readonly turns: Turns; readonly signal: AbortSignal },
  count: number,
  work: (index: number, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const link = linked(signal)
  const results: T[] = []
  const failures: unknown[] = []
  const beside = new Set<Promise<void>>()
  let next = 0
  let withdraw: () => void = () => undefined
  const isOver = (): boolean => next >= count || failures.length > 0
  const one = async (): Promise<void> => {
    const index = next
    next += 1
    try {
      results[index] = await work(index, link.signal)
    } catch (error) {
      failures.push(error)
      link.abort(error)
    }
  }
  const ask = (): void => {
    if (isOver()) return
    withdraw = turns.ask(() => {
      if (isOver()) return turns.giveBack()
      const working = one().finally(() => {
        beside.delete(working)
        turns.giveBack()
      })
      beside.add(working)
      ask()
    })
  }
  const own = (async () => {
    while (!isOver()) await one()
  })()
  ask()
  await own
  withdraw()
  while (beside.size > 0) await Promise.all(beside)
  link.release()
  if (failures.length > 0) throw failures[0]
  return results
}
