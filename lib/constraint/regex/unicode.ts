// What the running JavaScript engine says about code points: properties, and what the flag i makes equal. Decides how
// the engine is asked, which is costly, and that it is asked once; never keeps a table of Unicode of its own.
import {
  type CodePointRange,
  type CodePointSet,
  contains,
  joined,
  surrogates,
  unionOf,
} from '../ir/code-point-set.js'

/**
 * Where characters differ from their neighbours, surrogates left out. In the other planes nothing is assigned, or all
 * of it to private use; so all but the two noncharacters at the end of each are alike.
 */
const told: readonly CodePointRange[] = [
  [0, 0xd7ff],
  [0xe000, 0x3ffff],
  [0xe0000, 0xeffff],
]
const alikePlanes = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16]

const properties = new Map<string, CodePointSet>()
let texts: readonly string[] | null = null

/** The code points of \p{name}. Throws the engine's SyntaxError for what is no property of characters. */
export function property(name: string): CodePointSet {
  let set = properties.get(name)
  if (set === undefined) {
    set = askedFor(name)
    properties.set(name, set)
  }
  return set
}

function askedFor(name: string): CodePointSet {
  const one = new RegExp(`^\\p{${name}}$`, 'u')
  const run = new RegExp(`\\p{${name}}+`, 'gu')
  const has = (codePoint: number): boolean => one.test(String.fromCodePoint(codePoint))
  const found: [number, number][] = []
  texts ??= told.map(([from, to]) => textOf(from, to))
  texts.forEach((text, index) => {
    const base = told[index]![0]
    for (let match = run.exec(text); match !== null; match = run.exec(text)) {
      found.push([pointAt(base, match.index), pointAt(base, run.lastIndex) - 1])
    }
  })
  for (let unit = surrogates[0]; unit <= surrogates[1]; unit += 1) if (has(unit)) found.push([unit, unit])
  for (const plane of alikePlanes) {
    const from = plane << 16
    if (has(from)) found.push([from, from + 0xfffd])
    for (const last of [from + 0xfffe, from + 0xffff]) if (has(last)) found.push([last, last])
  }
  return joined(found.sort(([a], [b]) => a - b))
}

/** All code points of a range as text. */
function textOf(from: number, to: number): string {
  const bytes = Buffer.alloc((to - from + 1) * 4)
  let at = 0
  for (let codePoint = from; codePoint <= to; codePoint += 1) {
    if (codePoint > 0xffff) {
      at = bytes.writeUInt16LE(0xd800 + ((codePoint - 0x10000) >> 10), at)
      at = bytes.writeUInt16LE(0xdc00 + (codePoint & 0x3ff), at)
    } else at = bytes.writeUInt16LE(codePoint, at)
  }
  return bytes.toString('utf16le', 0, at)
}

/** The code point that begins at a unit of the text that begins with `base`. */
function pointAt(base: number, unit: number): number {
  const units = Math.max(0, 0x10000 - base)
  return unit <= units ? base + unit : base + units + ((unit - units) >> 1)
}

/** What the flag i makes equal: each code point with partners, sorted, and beside it all of its class. */
export interface CaseClasses {
  readonly members: readonly number[]
  readonly groups: readonly (readonly number[])[]
}

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
    const all = [...a, ...b]
    for (const member of all) classOf.set(member, all)
  }
  const twice = /^(.)\1$/isu
  const areEqual = (left: number, right: number): boolean =>
    left !== right && twice.test(String.fromCodePoint(left, right))
  for (let codePoint = 0; codePoint <= 0x1ffff; codePoint += 1) {
    if (codePoint >= surrogates[0] && codePoint <= surrogates[1]) continue
    const text = String.fromCodePoint(codePoint)
    for (const other of [text.toLowerCase(), text.toUpperCase()]) {
      if (other === text) continue
      const partner = other.codePointAt(0)!
      if (String.fromCodePoint(partner) === other && areEqual(codePoint, partner)) join(codePoint, partner)
    }
  }
  for (const [left, right] of foldedApart) if (areEqual(left, right)) join(left, right)
  return indexByMember(new Set(classOf.values()))
}

function indexByMember(classes: Iterable<readonly number[]>): CaseClasses {
  const index: (readonly [member: number, group: readonly number[]])[] = []
  for (const group of classes) if (group.length > 1) for (const member of group) index.push([member, group])
  index.sort(([a], [b]) => a - b)
  return { members: index.map(([member]) => member), groups: index.map(([, group]) => group) }
}

/** The set with every code point that is equal to a member under the case classes; `spend` hears of the work. */
export function closeOverCase(
  set: CodePointSet,
  { members, groups }: CaseClasses,
  spend: (steps: number) => void,
): CodePointSet {
  const extra: CodePointRange[] = []
  let at = 0
  for (const [from, to] of set) {
    at = firstFrom(members, from, at)
    const first = at
    for (; at < members.length && members[at]! <= to; at += 1) {
      for (const other of groups[at]!) if (!contains(set, other)) extra.push([other, other])
    }
    spend(at - first)
  }
  spend(set.length + extra.length)
  return extra.length === 0 ? set : unionOf([set, ...extra.map((range) => [range])])
}

/** Index of the first number that is `least` or more, from an index on. */
function firstFrom(sorted: readonly number[], least: number, from: number): number {
  let until = sorted.length
  while (from < until) {
    const middle = (from + until) >> 1
    if (sorted[middle]! < least) from = middle + 1
    else until = middle
  }
  return from
}
