// Unions of shapes without what they need not say twice. Decides when two shapes are the same and when one plainly
// holds another; both only by identity of their parts, so that nothing is left out that might matter.
import { Decimal } from '../value/decimal.js'
import { type Json, jsonKey } from '../value/json-value.js'
import { listHas } from './memo-set.js'
import type { ArrayShape, NumberShape, ObjectShape, Shape, StringShape, ValuesShape } from './shapes.js'
import type { WorkBudget } from './work-budget.js'

/** Shapes of one union up to which they are compared pair by pair: more would cost more than they save. */
const comparedMax = 1_000

/** What keeps a shape that another one holds. */
interface Care {
  /** What a schema evaluates matters, and the held shape may evaluate more. */
  readonly hasAnnotations: boolean
  /** It may cover keys that the one that holds it would drop. */
  readonly strips: boolean
}

export class ShapeSet {
  readonly #ids = new Map<object, number>()
  readonly #keys = new Map<Shape, string>()
  readonly #hasAnnotations: boolean
  readonly #strips: boolean
  readonly #work: WorkBudget

  constructor(work: WorkBudget, { hasAnnotations, strips }: Care) {
    this.#hasAnnotations = hasAnnotations
    this.#strips = strips
    this.#work = work
  }

  /** The same union with equal and held shapes left out, in the same order. */
  reduced(shapes: readonly Shape[]): readonly Shape[] {
    if (areOfDifferentTypes(shapes)) return shapes
    const unique = [...new Map(this.#joined(shapes).map((shape) => [this.key(shape), shape])).values()]
    const objects = unique.filter((shape) => shape.type === 'object')
    if (this.#hasAnnotations || objects.length < 2 || objects.length > comparedMax) return unique
    this.#work.spend(objects.length ** 2)
    return unique.filter(
      (shape) =>
        shape.type !== 'object' || !objects.some((other) => other !== shape && this.#isHeld(shape, other)),
    )
  }

  #isHeld(inner: ObjectShape, outer: ObjectShape): boolean {
    return (!this.#strips || inner.groups.length === outer.groups.length) && isHeldBy(inner, outer)
  }

  /** Listed values as one shape: alternatives that are each a constant may be many. */
  #joined(shapes: readonly Shape[]): readonly Shape[] {
    if (this.#hasAnnotations) return shapes
    const values = new Map<string, Json>()
    const others: Shape[] = []
    let first = -1
    let count = 0
    let isInteger = true
    for (const shape of shapes) {
      if (shape.type !== 'values' || shape.marks.length > 0) {
        others.push(shape)
        continue
      }
      count++
      if (first < 0) first = others.length
      if (!shape.isInteger && shape.values.some((value) => value instanceof Decimal)) isInteger = false
      for (const value of shape.values) values.set(jsonKey(value), value)
    }
    if (count < 2) return shapes
    const whole: ValuesShape = { type: 'values', values: [...values.values()], isInteger, marks: [] }
    return others.toSpliced(first, 0, whole)
  }

  /** Equal for shapes that hold the same, whatever they are called in messages. */
  key(shape: Shape): string {
    let key = this.#keys.get(shape)
    if (key === undefined) {
      key = this.#keyOf(shape)
      this.#keys.set(shape, key)
    }
    return key
  }

  #keyOf(shape: Shape): string {
    const marks = this.#list(shape.marks)
    switch (shape.type) {
      case 'values':
        return `=${shape.values.map(jsonKey).join()};${shape.isInteger === true};${marks}`
      case 'number':
        return `n${numberKey(shape)};${marks}`
      case 'string':
        return `s${this.#stringKey(shape)};${marks}`
      case 'array':
        return `a${this.#arrayKey(shape)};${marks}`
      case 'object':
        return `o${this.#objectKey(shape)};${marks}`
      default:
        return `${shape.type};${marks}`
    }
  }

  #stringKey({ min, max, rules, excluded }: StringShape): string {
    return `${min},${max};${this.#list(rules)};${JSON.stringify(excluded)}`
  }

  #arrayKey(shape: ArrayShape): string {
    const contained = shape.contained.map(
      ({ isAnnotating, expression, from, min, max }) =>
        `${isAnnotating},${expression.id},${from},${min},${max}`,
    )
    const prefix = shape.prefix.map(({ id }) => id).join()
    const { rest, min, max, isUnique, evaluated } = shape
    return `${prefix};${rest.id};${min},${max},${isUnique},${evaluated};${contained.join(';')}`
  }

  #objectKey(shape: ObjectShape): string {
    const { groups, required, absent, names, needs, min, max } = shape
    const parts = [this.#list(groups), JSON.stringify(required), JSON.stringify(absent)]
    return `${parts.join(';')};${names.map(({ id }) => id).join()};${this.#list(needs)};${min},${max}`
  }

  #list(items: readonly object[]): string {
    return items.map((item) => this.#id(item)).join()
  }

  #id(item: object): number {
    let id = this.#ids.get(item)
    if (id === undefined) {
      id = this.#ids.size
      this.#ids.set(item, id)
    }
    return id
  }
}

function areOfDifferentTypes(shapes: readonly Shape[]): boolean {
  for (let index = 1; index < shapes.length; index++) {
    for (let before = 0; before < index; before++) {
      if (shapes[before]!.type === shapes[index]!.type) return false
    }
  }
  return true
}

/** Equal for numbers of which the same is asked. */
export function numberKey(shape: NumberShape): string {
  const list = (values: readonly Decimal[]): string => values.map(jsonKey).join()
  const { integer, min, max, multiples, notMultiples, excluded } = shape
  const low = min ? `${jsonKey(min.value)}${min.isExclusive}` : ''
  const high = max ? `${jsonKey(max.value)}${max.isExclusive}` : ''
  return `${integer},${low},${high};${list(multiples)};${list(notMultiples)};${list(excluded)}`
}

/** Whether everything that `outer` asks is asked by `inner` too; of two equal ones neither is left out twice. */
function isHeldBy(inner: ObjectShape, outer: ObjectShape): boolean {
  return (
    outer.min <= inner.min &&
    (outer.max === null || (inner.max !== null && inner.max <= outer.max)) &&
    holds(inner.required, outer.required) &&
    holds(inner.absent, outer.absent) &&
    holds(inner.groups, outer.groups) &&
    holds(inner.names, outer.names) &&
    holds(inner.needs, outer.needs) &&
    holds(inner.marks, outer.marks)
  )
}

function holds<T>(all: readonly T[], some: readonly T[]): boolean {
  return some.length <= all.length && some.every((item) => listHas(all, item))
}
