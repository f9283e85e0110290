// Sets of code points as JavaScript's regular expressions define them: \d \w \s, the dot, \p{...}, and what the flag
// i adds. Decides set membership only; never parses. A set is a sorted list of inclusive ranges and may hold
// surrogates (they stand for UTF-16 units where neither u nor v is set).
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

/** Sorted, disjoint, joined ranges; unlike the IR's own form it keeps surrogates. */
export function union(...sets: readonly CodePointSet[]): CodePointSet {
  return unionOf(sets)
}

/** As `union`, for any number of sets. */
export function unionOf(sets: readonly CodePointSet[]): CodePointSet {
  const sorted = sets.flat().sort((a, b) => a[0] - b[0])
  const joined: [number, number][] = []
  for (const [from, to] of sorted) {
    const last = joined.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
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

const properties = new Map<string, CodePointSet>()

/** The code points of \p{name}, taken from the running JavaScript engine. */
export function property(name: string): CodePointSet {
  let set = properties.get(name)
  if (set === undefined) {
    const pattern = new RegExp(`^\\p{${name}}$`, 'u')
    set = codePointsWhere((codePoint) => pattern.test(String.fromCodePoint(codePoint)))
    properties.set(name, set)
  }
  return set
}

function codePointsWhere(isMember: (codePoint: number) => boolean): CodePointSet {
  const ranges: CodePointRange[] = []
  let from = -1
  for (let codePoint = 0; codePoint <= codePointMax + 1; codePoint += 1) {
    const isInside = codePoint <= codePointMax && isMember(codePoint)
    if (isInside && from < 0) from = codePoint
    if (!isInside && from >= 0) {
      ranges.push([from, codePoint - 1])
      from = -1
    }
  }
  return ranges
}

/** What the flag i makes equal: each code point with partners -> all of its class, itself included. */
export type CaseClasses = ReadonlyMap<number, readonly number[]>

let foldedClasses: CaseClasses | null = null
let upperClasses: CaseClasses | null = null

/** Case classes under u or v: Unicode's simple case folding, asked of the engine pair by pair. */
export function unicodeCaseClasses(): CaseClasses {
  foldedClasses ??= classesByPairs()
  return foldedClasses
}

/** Case classes without u and v: equal toUpperCase, single units only, never from outside of ASCII into ASCII. */
export function unitCaseClasses(): CaseClasses {
  if (upperClasses !== null) return upperClasses
  const byUpper = new Map<number, number[]>()
  for (let unit = 0; unit <= 0xffff; unit += 1) {
    const text = String.fromCharCode(unit)
    const upper = text.toUpperCase()
    const code = upper.charCodeAt(0)
    const key = upper.length !== 1 || (unit >= 0x80 && code < 0x80) ? unit : code
    const members = byUpper.get(key)
    if (members) members.push(unit)
    else byUpper.set(key, [unit])
  }
  upperClasses = indexByMember(byUpper.values())
  return upperClasses
}

// Simple foldings whose characters have no one-character upper or lower case to find them by.
const foldedApart: readonly (readonly [number, number])[] = [
  [0x1fd3, 0x390],
  [0x1fe3, 0x3b0],
  [0xfb05, 0xfb06],
]

function classesByPairs(): CaseClasses {
  const classOf = new Map<number, number[]>()
  const join = (left: number, right: number): void => {
    const a = classOf.get(left) ?? [left]
    const b = classOf.get(right) ?? [right]
    if (a === b) return
    const joined = [...a, ...b]
    for (const member of joined) classOf.set(member, joined)
  }
  const areEqual = (left: number, right: number): boolean =>
    left !== right && new RegExp(`^\\u{${left.toString(16)}}$`, 'iu').test(String.fromCodePoint(right))
  for (let codePoint = 0; codePoint <= 0x1ffff; codePoint += 1) {
    if (codePoint >= surrogates[0] && codePoint <= surrogates[1]) continue
    const text = String.fromCodePoint(codePoint)
    for (const other of [text.toLowerCase(), text.toUpperCase()]) {
      const partner = other.codePointAt(0)!
      if (other === text || String.fromCodePoint(partner) !== other) continue
      if (areEqual(codePoint, partner)) join(codePoint, partner)
    }
  }
  for (const [left, right] of foldedApart) if (areEqual(left, right)) join(left, right)
  return indexByMember(new Set(classOf.values()))
}

function indexByMember(groups: Iterable<readonly number[]>): CaseClasses {
  const index = new Map<number, readonly number[]>()
  for (const group of groups) if (group.length > 1) for (const member of group) index.set(member, group)
  return index
}

/** The set with every code point that is equal to a member under the case classes. */
export function closeOverCase(set: CodePointSet, classes: CaseClasses): CodePointSet {
  const extra: CodePointRange[] = []
  const size = set.reduce((count, [from, to]) => count + to - from + 1, 0)
  if (size <= classes.size) {
    for (const [from, to] of set) {
      for (let member = from; member <= to; member += 1) addClass(extra, classes.get(member))
    }
  } else {
    for (const [member, group] of classes) if (contains(set, member)) addClass(extra, group)
  }
  return extra.length === 0 ? set : union(set, extra)
}

function addClass(ranges: CodePointRange[], group: readonly number[] | undefined): void {
  for (const member of group ?? []) ranges.push([member, member])
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
