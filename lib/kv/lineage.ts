// Who may find which cells. A shifted cell remembers tokens that are no longer before it, so it is not what a fresh
// decode of the same tokens would give: decides that only requests which carry its lineage see it. Cells of a set of
// adapters hang below a root of their own, and a lineage says below which.
//
//   shared ─ [kept] ─┬─ [dropped] ─ [tail]     everyone's
//                    └─ [tail] lineage 7       requests of lineage 7, and of lineages that begin within its tail

import { whenCollected } from '../base/collected.js'
import { type AdapterSet, noSet } from './adapter-set.js'

/**
 * Marks what came out of one shift, or what a set of adapters computes. Opaque for callers; holding it keeps its cells
 * findable.
 */
export class Lineage {
  readonly number: number
  /** Position of the first shifted cell; 0: nothing was shifted. */
  readonly from: number
  /** The lineage whose shifted cells lie before `from`; null where everything before is everyone's. */
  readonly parent: Lineage | null
  /** Null: no adapters. */
  readonly set: AdapterSet | null

  constructor(number: number, from: number, before: Lineage | null, set = before?.set ?? null) {
    this.number = number
    this.from = from
    // What begins at or behind our own beginning is replaced, not built upon: chains stay short.
    let parent = before
    while (parent !== null && parent.from >= from) parent = parent.parent
    this.parent = parent
    this.set = set
  }

  get isShifted(): boolean {
    return this.from > 0
  }

  /** Of what is computed alike and was never shifted; null where no adapters compute. */
  get unshifted(): Lineage | null {
    let at: Lineage | null = this
    while (at?.isShifted) at = at.parent
    return at
  }
}

/** Number of the set of adapters that computes cells for it. */
export function setOf(lineage: Lineage | null): number {
  return lineage?.set?.number ?? noSet
}

/** Whether a request of this lineage may find a node of that number. */
export function sees(lineage: Lineage | null, number: number | null): boolean {
  if (number === null) return true
  for (let at = lineage; at !== null; at = at.parent) if (at.number === number) return true
  return false
}

/** Tells the number of a lineage that nobody holds any more, while `by` is there. */
export function forgetCollected(lineage: Lineage, by: { forget(number: number): void }): void {
  const { number } = lineage
  const held = new WeakRef(by)
  whenCollected(lineage, () => held.deref()?.forget(number))
}
