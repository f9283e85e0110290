// Ranges of code points as the flat form has them: sorted, disjoint, joined, without surrogates. Decides nothing about
// nodes; regex-set.ts has the sets of JavaScript's regular expressions, which may hold surrogates.
import type { CodePointRange } from './ir.js'

const codePointMax = 0x10ffff
const surrogates: CodePointRange = [0xd800, 0xdfff]

/** Sorted, disjoint ranges over the same code points, without surrogates (they have no UTF-8). */
export function mergeRanges(ranges: readonly CodePointRange[]): readonly CodePointRange[] {
  if (areMerged(ranges)) return ranges
  const sorted = [...ranges].filter(([from, to]) => from <= to).sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [from, to] of sorted) {
    const last = merged.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged.flatMap(([from, to]): CodePointRange[] => {
    if (to < surrogates[0] || from > surrogates[1]) return [[from, to]]
    const kept: CodePointRange[] = []
    if (from < surrogates[0]) kept.push([from, surrogates[0] - 1])
    if (to > surrogates[1]) kept.push([surrogates[1] + 1, to])
    return kept
  })
}

function areMerged(ranges: readonly CodePointRange[]): boolean {
  let next = 0
  for (const [from, to] of ranges) {
    if (from < next || to < from || (to >= surrogates[0] && from <= surrogates[1])) return false
    // Ranges that touch are one.
    next = to + 2
  }
  return true
}

/** All code points outside of the ranges. */
export function complementRanges(ranges: readonly CodePointRange[]): readonly CodePointRange[] {
  const gaps: CodePointRange[] = []
  let next = 0
  for (const [from, to] of mergeRanges(ranges)) {
    if (from > next) gaps.push([next, from - 1])
    next = to + 1
  }
  if (next <= codePointMax) gaps.push([next, codePointMax])
  return mergeRanges(gaps)
}
