// Half-open ranges of whole numbers: what several of them cover, and what they leave out.

export interface Range {
  readonly from: number
  readonly until: number
}

/** The parts of [from, until) that none of the ranges covers, in rising order. */
export function gapsIn(ranges: readonly Range[], from: number, until: number): Range[] {
  const gaps: Range[] = []
  let at = from
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    if (at >= until) break
    if (range.from > at) gaps.push({ from: at, until: Math.min(range.from, until) })
    at = Math.max(at, range.until)
  }
  if (at < until) gaps.push({ from: at, until })
  return gaps
}

/** Numbers by the ranges they come in; cheap where new ones touch the last. */
export class RangeSet {
  /** Disjoint, in rising order, with gaps between. */
  readonly #ranges: { from: number; until: number }[] = []

  get size(): number {
    return this.#ranges.reduce((sum, { from, until }) => sum + until - from, 0)
  }

  add(from: number, until: number): void {
    if (from >= until) return
    const ranges = this.#ranges
    let first = ranges.length
    while (first > 0 && ranges[first - 1]!.until >= from) first -= 1
    let last = first
    const joined = { from, until }
    while (last < ranges.length && ranges[last]!.from <= until) {
      joined.from = Math.min(joined.from, ranges[last]!.from)
      joined.until = Math.max(joined.until, ranges[last]!.until)
      last += 1
    }
    ranges.splice(first, last - first, joined)
  }
}
