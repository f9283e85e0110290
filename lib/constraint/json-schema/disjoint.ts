// Cheap proofs that two alternatives have no value in common, so that oneOf may be read as anyOf. Decides true only
// with a proof; false means nothing (the caller then excludes by negation).
import type { Expression, Expressions } from './expression.js'
import { keyExpression, type ShapeSource, valueFits } from './fits.js'
import { jsonKey } from './json-value.js'
import { meetShapes, type ObjectShape, type Shape } from './shapes.js'

export interface DisjointSource extends ShapeSource {
  readonly expressions: Expressions
  isInProgress(expression: Expression): boolean
}

const depthMax = 3

export function disjoint(a: Expression, b: Expression, source: DisjointSource, depth = 0): boolean {
  if (a.kind === 'false' || b.kind === 'false') return true
  if (a === b || a.kind === 'true' || b.kind === 'true') return false
  if (source.isInProgress(a) || source.isInProgress(b)) return false
  const left = source.shapes(a)
  const right = source.shapes(b)
  if (left.length * right.length > 400) return false
  source.spend(left.length * right.length)
  return left.every((x) => right.every((y) => disjointShapes(x, y, source, depth)))
}

function disjointShapes(a: Shape, b: Shape, source: DisjointSource, depth: number): boolean {
  if (a.type === 'values' || b.type === 'values') {
    const [listed, other] = a.type === 'values' ? [a, b] : [b as Shape & { type: 'values' }, a]
    source.spend(listed.values.length)
    return !listed.values.some((value) => valueFits(other, value, source))
  }
  if (a.type !== b.type) return true
  if (!meetShapes(a, b, source.expressions)) return true
  if (a.type === 'object' && b.type === 'object') {
    return disjointObjects(a, b, source, depth) || disjointObjects(b, a, source, depth)
  }
  if (a.type === 'array' && b.type === 'array' && depth < depthMax) {
    const certain = Math.max(a.min, b.min)
    const known = Math.min(certain, Math.max(a.prefix.length, b.prefix.length) + 1)
    for (let index = 0; index < known; index++) {
      if (disjoint(a.prefix[index] ?? a.rest, b.prefix[index] ?? b.rest, source, depth + 1)) return true
    }
  }
  return false
}

/** A member that `a` requires and that cannot satisfy both. */
function disjointObjects(a: ObjectShape, b: ObjectShape, source: DisjointSource, depth: number): boolean {
  return a.required.some((key) => {
    const other = keyExpression(b, key, source)
    if (other.kind === 'false') return true
    return depth < depthMax && disjoint(keyExpression(a, key, source), other, source, depth + 1)
  })
}

/** Pairs of alternatives, by index, that may have a value in common. */
export function overlaps(
  parts: readonly Expression[],
  source: DisjointSource,
): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = []
  const others: number[] = []
  const holders = new Map<string, number[]>()
  parts.forEach((part, index) => {
    const keys = listedKeys(part, source)
    if (keys === null) others.push(index)
    else {
      for (const key of keys) {
        const before = holders.get(key)
        if (before === undefined) holders.set(key, [index])
        else {
          source.spend(before.length)
          for (const other of before) pairs.push([other, index])
          before.push(index)
        }
      }
    }
  })
  // Alternatives that list their values are compared with each other above.
  const areOther = new Set(others)
  for (const index of others) {
    source.spend(parts.length)
    for (let at = 0; at < parts.length; at++) {
      if (at === index || (areOther.has(at) && at < index)) continue
      const pair = at < index ? ([at, index] as const) : ([index, at] as const)
      if (!disjoint(parts[pair[0]]!, parts[pair[1]]!, source)) pairs.push(pair)
    }
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
