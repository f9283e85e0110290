// Cheap proofs that two alternatives have no value in common, so that oneOf may be read as anyOf. Decides true only
// with a proof; false means nothing (the caller then excludes by negation).
import { areApart } from './apart.js'
import type { Expression, Expressions } from './expression.js'
import { keyExpression, type ShapeSource, valueFits } from './fits.js'
import { meetShapes } from './meet-shapes.js'
import type { ObjectShape, Shape } from './shapes.js'

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
  if (a.type === 'string' && b.type === 'string') {
    return a.rules.some((rule) => b.rules.some((other) => areApart(rule, other)))
  }
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
