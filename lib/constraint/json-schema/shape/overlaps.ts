// Which of many alternatives may have a value in common. Decides which pairs need no proof of their own: those that
// list their values, and objects that a required member with listed values tells apart. So what many alternatives cost
// follows their number and not its square, where they are made to be told apart.

import { jsonKey } from '../value/json-value.js'
import { type DisjointSource, disjoint } from './disjoint.js'
import type { Expression } from './expression.js'
import { keyExpression } from './fits.js'

/** What a proof about two alternatives takes at least, in steps of work. */
const proofSteps = 40

type Pair = readonly [first: number, second: number]

/** Pairs of alternatives, by index, that may have a value in common. */
export function overlaps(parts: readonly Expression[], source: DisjointSource): Pair[] {
  const listed = new Map<number, ReadonlySet<string>>()
  const others: number[] = []
  parts.forEach((part, index) => {
    const keys = listedKeys(part, source)
    if (keys === null) others.push(index)
    else listed.set(index, keys)
  })
  const pairs = sharing(listed, source)
  const tags = commonTag(others, parts, source)
  const rest = others.filter((index) => !tags.has(index))
  const open = sharing(tags, source)
  for (const index of rest) for (const at of tags.keys()) open.push(inOrder(index, at))
  rest.forEach((index, before) => {
    for (let at = 0; at < before; at++) open.push([rest[at]!, index])
  })
  for (const index of others) for (const at of listed.keys()) open.push(inOrder(index, at))
  source.spend(open.length * proofSteps)
  for (const pair of open) if (!disjoint(parts[pair[0]]!, parts[pair[1]]!, source)) pairs.push(pair)
  return pairs
}

function inOrder(a: number, b: number): Pair {
  return a < b ? [a, b] : [b, a]
}

/** Pairs that have one of their keys in common. */
function sharing(keysOf: ReadonlyMap<number, ReadonlySet<string>>, source: DisjointSource): Pair[] {
  const pairs: Pair[] = []
  const holders = new Map<string, number[]>()
  for (const [index, keys] of keysOf) {
    const met = new Set<number>()
    for (const key of keys) {
      const before = holders.get(key)
      if (before === undefined) holders.set(key, [index])
      else {
        source.spend(before.length)
        for (const other of before) met.add(other)
        before.push(index)
      }
    }
    for (const other of met) pairs.push([other, index])
  }
  return pairs
}

/** What all values of an expression are told apart by; null where they are not listed one by one. */
function listedKeys(part: Expression, source: DisjointSource): ReadonlySet<string> | null {
  if (part.kind === 'true' || part.kind === 'false' || source.isInProgress(part)) return null
  const keys = new Set<string>()
  for (const shape of source.shapes(part)) {
    if (shape.type !== 'values' || shape.marks.length > 0) return null
    for (const value of shape.values) keys.add(jsonKey(value))
  }
  return keys
}

/** The values of that required member which most of the alternatives list, for those that do. */
function commonTag(
  indices: readonly number[],
  parts: readonly Expression[],
  source: DisjointSource,
): ReadonlyMap<number, ReadonlySet<string>> {
  const byKey = new Map<string, Map<number, ReadonlySet<string>>>()
  for (const index of indices) {
    for (const [key, values] of tagsOf(parts[index]!, source)) {
      const tagged = byKey.get(key) ?? new Map<number, ReadonlySet<string>>()
      byKey.set(key, tagged.set(index, values))
    }
  }
  let most: ReadonlyMap<number, ReadonlySet<string>> = new Map()
  for (const tagged of byKey.values()) if (tagged.size > most.size) most = tagged
  return most
}

/** Members that every value of the expression has, with the values they may have at most, where these are listed. */
function tagsOf(part: Expression, source: DisjointSource): ReadonlyMap<string, ReadonlySet<string>> {
  const tags = new Map<string, ReadonlySet<string>>()
  if (part.kind === 'true' || part.kind === 'false' || source.isInProgress(part)) return tags
  const [first, ...others] = source.shapes(part)
  // More than one shape is rare, and proved pair by pair; so is what depends on rules about names.
  if (first?.type !== 'object' || others.length > 0 || first.names.length > 0) return tags
  for (const key of first.required) {
    const values = listedAtMost(keyExpression(first, key, source))
    if (values !== null) tags.set(key, values)
  }
  return tags
}

/** Read off the schema itself: to work a member out might lead back to what is being worked out. */
function listedAtMost(expression: Expression): ReadonlySet<string> | null {
  if (expression.kind === 'values') return new Set(expression.values.map(jsonKey))
  if (expression.kind === 'all') {
    for (const part of expression.parts) {
      const values = listedAtMost(part)
      if (values !== null) return values
    }
  }
  if (expression.kind !== 'node') return null
  const constant = expression.node.get('const')
  if (constant !== undefined) return new Set([jsonKey(constant)])
  const values = expression.node.get('enum')
  return Array.isArray(values) ? new Set(values.map(jsonKey)) : null
}
