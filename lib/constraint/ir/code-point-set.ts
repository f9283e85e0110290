// Sets of code points: sorted lists of inclusive ranges that neither overlap nor touch. Decides membership only. A set
// may hold surrogates: in JavaScript's patterns without the flags u and v they stand for halves of characters; texts
// and the flat form have none (`withoutSurrogates`).

export type CodePointRange = readonly [from: number, to: number]
export type CodePointSet = readonly CodePointRange[]

export const codePointMax = 0x10ffff
export const surrogates: CodePointRange = [0xd800, 0xdfff]

/** The set of ranges in any order, which may overlap; those that end before they begin are left out. */
export function setOf(ranges: readonly CodePointRange[]): CodePointSet {
  if (isSet(ranges)) return ranges
  return joined(ranges.filter(([from, to]) => from <= to).sort((a, b) => a[0] - b[0]))
}

function isSet(ranges: readonly CodePointRange[]): boolean {
  let next = 0
  for (const [from, to] of ranges) {
    if (from < next || to < from) return false
    // Ranges that touch are one.
    next = to + 2
  }
  return true
}

/** Surrogates have no UTF-8. */
export function withoutSurrogates(set: CodePointSet): CodePointSet {
  return set.some(([from, to]) => from <= surrogates[1] && to >= surrogates[0])
    ? intersection(set, scalars)
    : set
}

/** What UTF-8 can spell. */
export const scalars: CodePointSet = [
  [0, surrogates[0] - 1],
  [surrogates[1] + 1, codePointMax],
]

/** Linear but for the ranges of short sets, which are sorted. */
export function unionOf(sets: readonly CodePointSet[]): CodePointSet {
  const short: CodePointRange[] = []
  const long = new Set<CodePointSet>()
  for (const set of sets) {
    if (set.length > shortMax) long.add(set)
    else for (const range of set) short.push(range)
  }
  const all = [joined(short.sort((a, b) => a[0] - b[0])), ...long]
  // In halves: each range is read as often as the sets can be halved.
  while (all.length > 1) {
    const half = all.length >> 1
    for (let index = 0; index < half; index += 1) all[index] = union(all[index]!, all.pop()!)
  }
  return all[0]!
}

/** Ranges of a set up to which it is sorted in with the others. */
const shortMax = 8

function union(left: CodePointSet, right: CodePointSet): CodePointSet {
  if (left.length === 0) return right
  const sorted: CodePointRange[] = []
  let r = 0
  for (const range of left) {
    while (r < right.length && right[r]![0] < range[0]) sorted.push(right[r++]!)
    sorted.push(range)
  }
  while (r < right.length) sorted.push(right[r++]!)
  return joined(sorted)
}

/** Ranges sorted by their beginnings, those that overlap or touch as one. */
export function joined(sorted: readonly CodePointRange[]): CodePointSet {
  const all: CodePointRange[] = []
  let [from, to] = [0, -2]
  for (const range of sorted) {
    if (range[0] <= to + 1) to = Math.max(to, range[1])
    else {
      if (to >= from) all.push([from, to])
      ;[from, to] = range
    }
  }
  if (to >= from) all.push([from, to])
  return all
}

/** Everything outside of a joined set, up to `max` (0xffff where patterns are about UTF-16 units). */
export function complement(set: CodePointSet, max: number): CodePointSet {
  const gaps: CodePointRange[] = []
  let next = 0
  for (const [from, to] of set) {
    if (from > next) gaps.push([next, from - 1])
    next = to + 1
  }
  if (next <= max) gaps.push([next, max])
  return gaps
}

export function intersection(left: CodePointSet, right: CodePointSet): CodePointSet {
  const common: CodePointRange[] = []
  for (let l = 0, r = 0; l < left.length && r < right.length; ) {
    const from = Math.max(left[l]![0], right[r]![0])
    const to = Math.min(left[l]![1], right[r]![1])
    if (from <= to) common.push([from, to])
    if (left[l]![1] < right[r]![1]) l += 1
    else r += 1
  }
  return common
}

export function contains(set: CodePointSet, codePoint: number): boolean {
  let from = 0
  let until = set.length
  while (from < until) {
    const middle = (from + until) >> 1
    if (set[middle]![1] < codePoint) from = middle + 1
    else until = middle
  }
  return from < set.length && set[from]![0] <= codePoint
}
