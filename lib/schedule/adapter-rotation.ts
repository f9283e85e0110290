// Which set of adapters the next step computes with, where requests of several are open: a step has one, and changing
// it makes the device lay out its computation anew. Decides how long a set goes on and who is next; no set waits longer
// than the others' turns. Knows no cells and no rows.
import { noSet } from '../kv/adapter-set.js'
import type { Work } from './work.js'

/** Calls with few rows each that are worth a change, which costs about as much as one of them. */
const callsInTurn = 8

export class AdapterRotation {
  #turn = noSet
  #left = callsInTurn
  #clock = 0
  /** When each set that has requests was last taken. */
  readonly #taken = new Map<number, number>()

  /** Sets that the works need, the one to be tried first at the beginning. */
  order(works: readonly Work[]): readonly number[] {
    const sets = new Set(works.map(({ set }) => set))
    for (const set of this.#taken.keys()) if (!sets.has(set)) this.#taken.delete(set)
    const rank = (set: number): number => {
      if (set === this.#turn && this.#left > 0) return -1
      return this.#taken.get(set) ?? 0
    }
    return [...sets].sort((a, b) => rank(a) - rank(b))
  }

  /** Calls that a set may make now, while others wait. */
  callsFor(set: number): number {
    return set === this.#turn && this.#left > 0 ? this.#left : callsInTurn
  }

  /** A step of so many calls was planned for the set; `share`: how full of rows its first one is, up to 1. */
  take(set: number, calls: number, share: number): void {
    if (set !== this.#turn || this.#left <= 0) this.#left = callsInTurn
    this.#turn = set
    this.#left -= Math.max(calls, Math.ceil(share * callsInTurn))
    this.#taken.set(set, ++this.#clock)
  }
}
