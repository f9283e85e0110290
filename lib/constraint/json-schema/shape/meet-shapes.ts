// Intersections of shapes. Decides when one is plainly empty. An intersection is exact: it never widens, and it never
// loses a Mark.
import type { Mark } from '../refusal.js'
import { compareDecimals } from '../value/decimal.js'
import type { Expression, Expressions } from './expression.js'
import { listHas } from './memo-set.js'
import type { ArrayShape, Bound, NumberShape, ObjectShape, Shape, StringShape } from './shapes.js'

/** The intersection of two shapes of one type that are not `values`; null where it is plainly empty. */
export function meetShapes(a: Shape, b: Shape, expressions: Expressions): Shape | null {
  if (a.type !== b.type) return null
  const marks = union(a.marks, b.marks)
  if (a.type === 'number' && b.type === 'number') return meetNumbers(a, b, marks)
  if (a.type === 'string' && b.type === 'string') return meetStrings(a, b, marks)
  if (a.type === 'array' && b.type === 'array') return meetArrays(a, b, marks, expressions)
  if (a.type === 'object' && b.type === 'object') return meetObjects(a, b, marks)
  if (a.type === 'null' || a.type === 'boolean') return { type: a.type, marks }
  return null
}

function meetNumbers(a: NumberShape, b: NumberShape, marks: readonly Mark[]): NumberShape | null {
  if (a.integer !== null && b.integer !== null && a.integer !== b.integer) return null
  const min = tighter(a.min, b.min, 1)
  const max = tighter(a.max, b.max, -1)
  if (min && max) {
    const order = compareDecimals(min.value, max.value)
    if (order > 0 || (order === 0 && (min.isExclusive || max.isExclusive))) return null
  }
  return {
    type: 'number',
    integer: a.integer ?? b.integer,
    min,
    max,
    multiples: union(a.multiples, b.multiples),
    notMultiples: union(a.notMultiples, b.notMultiples),
    excluded: union(a.excluded, b.excluded),
    pointer: a.multiples.length > 0 ? a.pointer : b.pointer,
    marks,
  }
}

function tighter(a: Bound | null, b: Bound | null, sign: 1 | -1): Bound | null {
  if (!a || !b) return a ?? b
  const order = compareDecimals(a.value, b.value) * sign
  if (order !== 0) return order > 0 ? a : b
  return a.isExclusive ? a : b
}

function meetStrings(a: StringShape, b: StringShape, marks: readonly Mark[]): StringShape | null {
  const min = Math.max(a.min, b.min)
  const max = leastMax(a.max, b.max)
  if (max !== null && max < min) return null
  const rules = union(a.rules, b.rules)
  for (const rule of rules) if (rules.some((other) => rule.contradicts(other))) return null
  return { type: 'string', min, max, rules, excluded: union(a.excluded, b.excluded), marks }
}

function meetArrays(
  a: ArrayShape,
  b: ArrayShape,
  marks: readonly Mark[],
  expressions: Expressions,
): ArrayShape | null {
  const length = Math.max(a.prefix.length, b.prefix.length)
  const prefix: Expression[] = []
  for (let index = 0; index < length; index++) {
    prefix.push(expressions.all([a.prefix[index] ?? a.rest, b.prefix[index] ?? b.rest]))
  }
  return trimArray(
    {
      type: 'array',
      prefix,
      rest: expressions.all([a.rest, b.rest]),
      min: Math.max(a.min, b.min),
      max: leastMax(a.max, b.max),
      contained: union(a.contained, b.contained),
      isUnique: a.isUnique || b.isUnique,
      evaluated: a.evaluated === null || b.evaluated === null ? null : Math.max(a.evaluated, b.evaluated),
      pointer: a.pointer === '#' ? b.pointer : a.pointer,
      marks,
    },
    expressions,
  )
}

/** Turns impossible items into a limit of the length. */
export function trimArray(shape: ArrayShape, expressions: Expressions): ArrayShape | null {
  let { prefix, max } = shape
  const dead = prefix.indexOf(expressions.false)
  if (dead >= 0) max = leastMax(max, dead)
  else if (shape.rest === expressions.false) max = leastMax(max, prefix.length)
  if (max !== null && prefix.length > max) prefix = prefix.slice(0, max)
  return max !== null && max < shape.min ? null : { ...shape, prefix, max }
}

function meetObjects(a: ObjectShape, b: ObjectShape, marks: readonly Mark[]): ObjectShape | null {
  const required = union(a.required, b.required)
  const absent = union(a.absent, b.absent)
  const max = leastMax(a.max, b.max)
  const min = Math.max(a.min, b.min)
  if (max !== null && max < Math.max(min, required.length)) return null
  if (absent.length > 0 && required.some((key) => listHas(absent, key))) return null
  return {
    type: 'object',
    groups: union(a.groups, b.groups),
    required,
    absent,
    names: union(a.names, b.names),
    needs: union(a.needs, b.needs),
    min,
    max,
    pointer: a.pointer === '#' ? b.pointer : a.pointer,
    marks,
  }
}

function leastMax(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}

function union<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  if (b.length === 0) return a
  if (a.length === 0) return b
  return [...new Set([...a, ...b])]
}
