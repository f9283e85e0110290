// Sets of code points as JavaScript's regular expressions define them, and what is done with sets. Decides membership
// only; never parses. What Unicode says about characters is asked of the engine, in regex-unicode.ts. A set is a sorted
// list of inclusive ranges and may hold surrogates (they stand for UTF-16 units where neither u nor v is set).
import type { CodePointRange } from './ir.js'

export type CodePointSet = readonly CodePointRange[]

export const codePointMax = 0x10ffff
export const surrogates: CodePointRange = [0xd800, 0xdfff]

export const digits: CodePointSet = [[0x30, 0x39]]
export const wordCharacters: CodePointSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
export const whitespace: CodePointSet = [
  [0x9, 0xd],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
export const lineTerminators: CodePointSet = [
  [0xa, 0xa],
  [0xd, 0xd],
  [0x2028, 0x2029],
]

/** Sorted, disjoint, joined ranges; unlike the IR's own form it keeps surrogates. Linear but for single ranges. */
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
