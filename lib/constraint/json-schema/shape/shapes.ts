// The normal form of a schema: a union of shapes, each of one JSON type. Decides what a shape is and what holds
// everything of one type; how two of them intersect is decided in meet-shapes.ts.
import type { Mark } from '../refusal.js'
import type { Decimal } from '../value/decimal.js'
import type { Json } from '../value/json-value.js'
import type { Expression, Expressions } from './expression.js'
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

/** At least one member whose key is neither listed nor matched (`outside`), matches, or violates the expression. */
export interface KeyNeed {
  readonly outside: PropertyGroup | null
  readonly matching: TextRule | null
  readonly violating: Expression | null
  /** What its value must satisfy, too; null: any value will do. */
  readonly value: Expression | null
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
  /** Whether its numbers are of the type integer, and are written without a point. */
  readonly isInteger?: boolean
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

/** `list.push(...more)`, which would run out of stack where there are very many. */
export function addAll<T>(list: T[], more: readonly T[]): void {
  for (const item of more) list.push(item)
}
