// Walks that run side by side: branches, items, candidates. Decides how many go at once, over all runs of a model: as
// many as can share steps, so that the engine's queue never overflows and what an item needs is still cached when its
// next hole comes. Never decides an outcome: results stand in the order of their indexes, whoever ended first.
import type { RunContext } from './scope.js'
import { linked } from './signal.js'

/** Ids that sequences of one context may have (llama.cpp); more walks than that could not share a step. */
const walksMax = 256

/** Permission to walk beside others, first come, first served. */
export class Turns {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(count = walksMax) {
    this.#free = count
  }

  /** Calls `start` once with a turn, at once where one is free; returns how to withdraw. */
  ask(start: () => void): () => void {
    if (this.#free > 0) {
      this.#free -= 1
      start()
    } else this.#waiting.add(start)
    return () => void this.#waiting.delete(start)
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
 * Does `work` for 0 .. count-1. The first failure stops the others and is the caller's, once all have ended. One piece
 * of work at a time goes on in the caller's own turn, so that nested calls never wait for each other.
 */
export async function sideBySide<T>(
  run: RunContext,
  count: number,
  work: (index: number, run: RunContext) => Promise<T>,
): Promise<T[]> {
  const link = linked(run.signal)
  const inner = { ...run, signal: link.signal }
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
      results[index] = await work(index, inner)
    } catch (error) {
      failures.push(error)
      link.abort(error)
    }
  }
  const ask = (): void => {
    if (isOver()) return
    withdraw = run.turns.ask(() => {
      if (isOver()) return run.turns.giveBack()
      const walking = one().finally(() => {
        beside.delete(walking)
        run.turns.giveBack()
      })
      beside.add(walking)
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
