// Whether a known value satisfies a shape. Decides exactly, by the same shapes the grammar is made of; used for enums,
// constants, declared keys and proofs that alternatives exclude each other. Never guesses: a value that depends on a
// keyword that can't be decided is refused by that keyword's name.

import type { Mark } from '../refusal.js'
import { compareDecimals, Decimal } from '../value/decimal.js'
import { codePointLength, isObject, type Json, type JsonObject, jsonKey } from '../value/json-value.js'
import type { Expression } from './expression.js'
import { listHas, listHasKey } from './memo-set.js'
import type {
  ArrayShape,
  KeyNeed,
  NumberShape,
  ObjectShape,
  PropertyGroup,
  Shape,
  StringShape,
} from './shapes.js'

/** What `fits` asks of the normaliser. */
export interface ShapeSource {
  shapes(expression: Expression): readonly Shape[]
  all(parts: readonly Expression[]): Expression
  readonly false: Expression
  /** Counts work that grows faster than the schema. */
  spend(steps: number): void
  /** Refuses, or in lenient mode notes, that a keyword is not applied. */
  leaveOut(mark: Mark): void
}

export function valueFits(shape: Shape, value: Json, source: ShapeSource): boolean {
  switch (shape.type) {
    case 'values':
      return listHasKey(shape.values, jsonKey, jsonKey(value))
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'number':
      return value instanceof Decimal && numberFits(shape, value)
    case 'string':
      return typeof value === 'string' && stringFits(shape, value)
    case 'array':
      return Array.isArray(value) && arrayFits(shape, value, source)
    case 'object':
      return isObject(value) && objectFits(shape, value, source)
  }
}

export function expressionFits(expression: Expression, value: Json, source: ShapeSource): boolean {
  if (expression.kind === 'true') return true
  let marked: Shape | null = null
  for (const shape of source.shapes(expression)) {
    if (!valueFits(shape, value, source)) continue
    if (shape.marks.length === 0) return true
    marked = shape
  }
  if (marked) source.leaveOut(marked.marks[0]!)
  return marked !== null
}

function stringFits(shape: StringShape, value: string): boolean {
  // A character is one code unit or two: most lengths need no counting.
  const { min, max } = shape
  const isLongEnough = min === 0 || (value.length >= min && codePointLength(value) >= min)
  return (
    isLongEnough &&
    (max === null || value.length <= max || codePointLength(value) <= max) &&
    !listHas(shape.excluded, value) &&
    shape.rules.every((rule) => rule.test(value))
  )
}

function arrayFits(shape: ArrayShape, value: readonly Json[], source: ShapeSource): boolean {
  if (value.length < shape.min || (shape.max !== null && value.length > shape.max)) return false
  if (shape.isUnique && new Set(value.map(jsonKey)).size < value.length) return false
  const areRight = value.every((item, index) =>
    expressionFits(shape.prefix[index] ?? shape.rest, item, source),
  )
  return (
    areRight &&
    shape.contained.every(({ expression, from, min, max }) => {
      const count = value.slice(from).filter((item) => expressionFits(expression, item, source)).length
      return count >= min && (max === null || count <= max)
    })
  )
}

function objectFits(shape: ObjectShape, value: JsonObject, source: ShapeSource): boolean {
  if (value.size < shape.min || (shape.max !== null && value.size > shape.max)) return false
  if (
    !shape.required.every((key) => value.has(key)) ||
    (shape.absent.length > 0 && shape.absent.some((key) => value.has(key)))
  )
    return false
  for (const [key, item] of value) {
    if (!expressionFits(keyExpression(shape, key, source), item, source)) return false
  }
  return shape.needs.every((need) =>
    [...value].some(
      ([key, item]) =>
        keyMeetsNeed(need, key, source) && (need.value === null || expressionFits(need.value, item, source)),
    ),
  )
}

/** Whether a member of the key meets the need, if its value does. */
export function keyMeetsNeed(need: KeyNeed, key: string, source: ShapeSource): boolean {
  if (
    need.outside &&
    (need.outside.properties.has(key) || need.outside.patterns.some(([rule]) => rule.test(key)))
  ) {
    return false
  }
  if (need.matching && !need.matching.test(key)) return false
  return !need.violating || !expressionFits(need.violating, key, source)
}

/** What the value under a known key must satisfy. */
export function keyExpression(shape: ObjectShape, key: string, source: ShapeSource): Expression {
  if (listHas(shape.absent, key)) return source.false
  for (const names of shape.names) if (!expressionFits(names, key, source)) return source.false
  const found: Expression[] = []
  const groups = groupsAbout(shape.groups, key)
  source.spend(groups.length + shape.names.length)
  for (const group of groups) addGroup(group, key, found)
  return source.all(found)
}

/** Groups up to which all are asked about a key. */
const fewGroupsMax = 8

interface GroupIndex {
  /** Those that may say something of any key, in order. */
  readonly open: readonly PropertyGroup[]
  readonly byKey: ReadonlyMap<string, readonly PropertyGroup[]>
}

const indices = new WeakMap<readonly PropertyGroup[], GroupIndex>()

/** The groups that may say something of a key. */
function groupsAbout(groups: readonly PropertyGroup[], key: string): readonly PropertyGroup[] {
  if (groups.length <= fewGroupsMax) return groups
  let index = indices.get(groups)
  if (index === undefined) {
    index = indexOf(groups)
    indices.set(groups, index)
  }
  return index.byKey.get(key) ?? index.open
}

function indexOf(groups: readonly PropertyGroup[]): GroupIndex {
  const open: PropertyGroup[] = []
  const byKey = new Map<string, PropertyGroup[]>()
  for (const group of groups) {
    const isOpen = group.patterns.length > 0 || group.additional !== null
    if (isOpen) {
      for (const [key, about] of byKey) if (!group.properties.has(key)) about.push(group)
      open.push(group)
    }
    const before = isOpen ? open.slice(0, -1) : open
    for (const key of group.properties.keys()) {
      const about = byKey.get(key)
      if (about === undefined) byKey.set(key, [...before, group])
      else about.push(group)
    }
  }
  return { open, byKey }
}

function addGroup(group: PropertyGroup, key: string, found: Expression[]): void {
  const before = found.length
  const declared = group.properties.get(key)
  if (declared) found.push(declared)
  for (const [rule, expression] of group.patterns) if (rule.test(key)) found.push(expression)
  if (found.length === before && group.additional) found.push(group.additional)
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
