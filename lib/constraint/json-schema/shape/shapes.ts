// The normal form of a schema: a union of shapes, each of one JSON type. Decides what a shape is, how two of them
// intersect and when one is plainly empty. An intersection is exact: it never widens, and it never loses a Mark.

import type { Mark } from '../refusal.js'
import { compareDecimals, type Decimal } from '../value/decimal.js'
import { type Json, jsonKey } from '../value/json-value.js'
import type { Expression, Expressions } from './expression.js'
import { listHas, listHasKey } from './memo-set.js'
import type { TextRule } from './text-rule.js'

export interface Bound {
  readonly value: Decimal
  readonly isExclusive: boolean
}

export interface NumberShape {
  readonly type: 'number'
  /** true: integers only; false: no integers; null: both. */
  readonly integer: boolean | null
  readonly min: Bound | null
  readonly max: Bound | null
  readonly multiples: readonly Decimal[]
  readonly notMultiples: readonly Decimal[]
  readonly excluded: readonly Decimal[]
  /** Where multipleOf stands, for messages. */
  readonly pointer: string
  readonly marks: readonly Mark[]
}

export interface StringShape {
  readonly type: 'string'
  readonly min: number
  readonly max: number | null
  readonly rules: readonly TextRule[]
  readonly excluded: readonly string[]
  readonly marks: readonly Mark[]
}

/** Between `min` and `max` of the items from index `from` on satisfy the expression. */
export interface Contained {
  /** Whether items it matches may count as evaluated; what stands under a negation does not. */
  readonly isAnnotating: boolean
  readonly expression: Expression
  readonly from: number
  readonly min: number
  readonly max: number | null
}

export interface ArrayShape {
  readonly type: 'array'
  readonly prefix: readonly Expression[]
  readonly rest: Expression
  readonly min: number
  readonly max: number | null
  readonly contained: readonly Contained[]
  readonly isUnique: boolean
  /** Items whose index is below are evaluated; null: all. For unevaluatedItems. */
  readonly evaluated: number | null
  /** Where the schema stands, for messages. */
  readonly pointer: string
  readonly marks: readonly Mark[]
}

/** properties, patternProperties and additionalProperties of one schema object; they belong together. */
export interface PropertyGroup {
  readonly properties: ReadonlyMap<string, Expression>
  readonly patterns: readonly (readonly [TextRule, Expression])[]
  /** null: the keyword is absent, so that other keys are free and not evaluated. */
  readonly additional: Expression | null
  /** Whether keys it covers count as evaluated; what stands under a negation does not. */
  readonly isAnnotating: boolean
  /** true: whoever reads the value drops keys it does not cover; false: keeps them; null: says nothing of them. */
  readonly strips: boolean | null
}

/** At least one key is neither listed nor matched (`outside`), or violates the expression. */
export interface KeyNeed {
  readonly outside: PropertyGroup | null
  readonly matching: TextRule | null
  readonly violating: Expression | null
}

export interface ObjectShape {
  readonly type: 'object'
  readonly groups: readonly PropertyGroup[]
  readonly required: readonly string[]
  readonly absent: readonly string[]
  readonly names: readonly Expression[]
  readonly needs: readonly KeyNeed[]
  readonly min: number
  readonly max: number | null
  /** Where the schema stands, for messages. */
  readonly pointer: string
  readonly marks: readonly Mark[]
}

export interface ValuesShape {
  readonly type: 'values'
  readonly values: readonly Json[]
  readonly marks: readonly Mark[]
}

export type Shape =
  | ValuesShape
  | { readonly type: 'null' | 'boolean'; readonly marks: readonly Mark[] }
  | NumberShape
  | StringShape
  | ArrayShape
  | ObjectShape

export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'
export const jsonTypes: readonly JsonType[] = ['null', 'boolean', 'number', 'string', 'array', 'object']

/** Everything of one type. */
export function fullShape(type: JsonType, expressions: Expressions): Shape {
  return type === 'array' ? fullArray(expressions) : fullShapes[type]
}

function fullArray(expressions: Expressions): ArrayShape {
  return {
    type: 'array',
    prefix: [],
    rest: expressions.true,
    min: 0,
    max: null,
    contained: [],
    isUnique: false,
    evaluated: 0,
    pointer: '#',
    marks: [],
  }
}

const fullNumber: NumberShape = {
  type: 'number',
  integer: null,
  min: null,
  max: null,
  multiples: [],
  notMultiples: [],
  excluded: [],
  pointer: '#',
  marks: [],
}

const fullObject: ObjectShape = {
  type: 'object',
  groups: [],
  required: [],
  absent: [],
  names: [],
  needs: [],
  min: 0,
  max: null,
  pointer: '#',
  marks: [],
}

const fullString: StringShape = { type: 'string', min: 0, max: null, rules: [], excluded: [], marks: [] }

const fullShapes = {
  null: { type: 'null', marks: [] },
  boolean: { type: 'boolean', marks: [] },
  number: fullNumber,
  string: fullString,
  object: fullObject,
} as const satisfies Record<string, Shape>

export function emptyGroup(): PropertyGroup {
  return { properties: new Map(), patterns: [], additional: null, isAnnotating: true, strips: null }
}

/** Whether keys that no group covers would be written only to be dropped. */
export function isStripped(groups: readonly PropertyGroup[]): boolean {
  return groups.some(({ strips }) => strips) && !groups.some(({ strips }) => strips === false)
}

/** The same values, of which nothing counts as evaluated. */
export function silenced(shape: Shape): Shape {
  if (shape.type === 'array') {
    const contained = shape.contained.map((each) => ({ ...each, isAnnotating: false }))
    return { ...shape, evaluated: 0, contained }
  }
  if (shape.type !== 'object') return shape
  return { ...shape, groups: shape.groups.map((group) => ({ ...group, isAnnotating: false })) }
}

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

/** `list.push(...more)`, which would run out of stack where there are very many. */
export function addAll<T>(list: T[], more: readonly T[]): void {
  for (const item of more) list.push(item)
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

/** Whether a number satisfies a number shape. */
export function numberFits(shape: NumberShape, value: Decimal): boolean {
  if (shape.integer !== null && shape.integer !== value.isInteger) return false
  if (shape.min) {
    const order = compareDecimals(value, shape.min.value)
    if (order < 0 || (order === 0 && shape.min.isExclusive)) return false
  }
  if (shape.max) {
    const order = compareDecimals(value, shape.max.value)
    if (order > 0 || (order === 0 && shape.max.isExclusive)) return false
  }
  return (
    shape.multiples.every((divisor) => value.isMultipleOf(divisor)) &&
    shape.notMultiples.every((divisor) => !value.isMultipleOf(divisor)) &&
    !listHasKey(shape.excluded, jsonKey, jsonKey(value))
  )
}
