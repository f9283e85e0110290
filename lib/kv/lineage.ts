// Who may find cells that were shifted. Such a cell remembers tokens that are no longer before it, so it is not what a
// fresh decode of the same tokens would give: decides that only requests which carry its lineage see it.
//
//   shared ─ [kept] ─┬─ [dropped] ─ [tail]     everyone's
//                    └─ [tail] lineage 7       requests of lineage 7, and of lineages that begin within its tail

/** Marks what came out of one shift. Opaque for callers; holding it keeps its cells findable. */
export class Lineage {
  readonly number: number
  /** Position of the first shifted cell. */
  readonly from: number
  /** The lineage whose shifted cells lie before `from`; null where everything before is everyone's. */
  readonly parent: Lineage | null

  constructor(number: number, from: number, before: Lineage | null) {
    this.number = number
    this.from = from
    // What begins at or behind our own beginning is replaced, not built upon: chains stay short.
    let parent = before
    while (parent !== null && parent.from >= from) parent = parent.parent
    this.parent = parent
  }
}

/** Whether a request of this lineage may find a node of that number. */
export function sees(lineage: Lineage | null, number: number | null): boolean {
  if (number === null) return true
  for (let at = lineage; at !== null; at = at.parent) if (at.number === number) return true
  return false
}
