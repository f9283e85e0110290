// The opposite of one schema object's own keywords, keyword by keyword: the union of what each of them forbids.
// Decides exactly or leaves a Mark; a marked shape is too wide and refused where it is still needed in the end.

import type { SchemaNode } from '../document/schema-document.js'
import type { Expression } from './expression.js'
import type { Keywords } from './keywords.js'
import { listHas } from './memo-set.js'
import {
  type ArrayShape,
  emptyGroup,
  fullShape,
  type JsonType,
  jsonTypes,
  type KeyNeed,
  type NumberShape,
  type ObjectShape,
  type PropertyGroup,
  type Shape,
  type StringShape,
} from './shapes.js'
import type { WorkBudget } from './work-budget.js'

export class Negation {
  readonly #keywords: Keywords
  readonly #work: WorkBudget
  readonly #held = new Map<string, PropertyGroup>()

  constructor(keywords: Keywords, work: WorkBudget) {
    this.#keywords = keywords
    this.#work = work
  }

  /** Values that violate at least one of the node's own keywords. */
  shapes(node: SchemaNode): Shape[] {
    return [
      ...this.#types(node),
      ...this.#keywords.numbers(node).flatMap((shape) => this.#number(shape)),
      ...this.#keywords.strings(node).flatMap((shape) => this.#string(shape)),
      ...this.#arrays(node),
      ...this.#objects(node),
    ]
  }

  #full<T extends Shape>(type: JsonType): T {
    return fullShape(type, this.#keywords.expressions) as T
  }

  #types(node: SchemaNode): Shape[] {
    const types = this.#keywords.types(node)
    if (!types) return []
    const shapes: Shape[] = []
    for (const type of jsonTypes) {
      if (types.has(type)) continue
      const full = this.#full(type)
      if (type === 'number' && types.has('integer')) shapes.push({ ...(full as NumberShape), integer: false })
      else shapes.push(full)
    }
    return shapes
  }

  #number(shape: NumberShape): Shape[] {
    const full = this.#full<NumberShape>('number')
    const shapes: Shape[] = []
    if (shape.integer === true) shapes.push({ ...full, integer: false })
    if (shape.min) shapes.push({ ...full, max: { ...shape.min, isExclusive: !shape.min.isExclusive } })
    if (shape.max) shapes.push({ ...full, min: { ...shape.max, isExclusive: !shape.max.isExclusive } })
    if (shape.multiples.length > 0) {
      shapes.push({ ...full, notMultiples: shape.multiples, pointer: shape.pointer })
    }
    return shapes
  }

  #string(shape: StringShape): Shape[] {
    const full = this.#full<StringShape>('string')
    const shapes: Shape[] = []
    if (shape.min > 0) shapes.push({ ...full, max: shape.min - 1 })
    if (shape.max !== null) shapes.push({ ...full, min: shape.max + 1 })
    for (const rule of shape.rules) {
      shapes.push({ ...full, rules: [this.#keywords.rules.opposite(rule)] })
    }
    if (shape.marks.length > 0) shapes.push({ ...full, marks: shape.marks })
    return shapes
  }

  #arrays(node: SchemaNode): Shape[] {
    const keywords = this.#keywords
    const { expressions } = keywords
    const full: ArrayShape = { ...this.#full<ArrayShape>('array'), evaluated: 0, pointer: node.pointer }
    const { prefix, rest } = keywords.items(node)
    const shapes: Shape[] = []
    prefix.forEach((item, index) => {
      if (item === expressions.true) return
      this.#work.spend(index)
      const before = Array.from({ length: index }, () => expressions.true)
      shapes.push({ ...full, prefix: [...before, expressions.not(item)], min: index + 1 })
    })
    if (rest === expressions.false) shapes.push({ ...full, min: prefix.length + 1 })
    else if (rest !== expressions.true) {
      const expression = expressions.not(rest)
      shapes.push({
        ...full,
        contained: [{ isAnnotating: false, expression, from: prefix.length, min: 1, max: null }],
        min: prefix.length + 1,
      })
    }
    const min = keywords.count(node, 'minItems') ?? 0
    if (min > 0) shapes.push({ ...full, max: min - 1 })
    const max = keywords.count(node, 'maxItems')
    if (max !== null) shapes.push({ ...full, min: max + 1 })
    if (node.get('uniqueItems') === true) {
      const mark = keywords.mark(node, 'uniqueItems', 'its opposite cannot be held')
      shapes.push({ ...full, min: 2, marks: [mark] })
    }
    return [...shapes, ...this.#contains(node, full)]
  }

  #contains(node: SchemaNode, full: ArrayShape): Shape[] {
    const contains = this.#keywords.subschema(node, 'contains')
    if (!contains) return []
    const shapes: Shape[] = []
    const min = this.#keywords.count(node, 'minContains') ?? 1
    const max = this.#keywords.count(node, 'maxContains')
    if (min === 1) shapes.push({ ...full, rest: this.#keywords.expressions.not(contains) })
    else if (min > 1) {
      shapes.push({
        ...full,
        contained: [{ isAnnotating: false, expression: contains, from: 0, min: 0, max: min - 1 }],
      })
    }
    if (max !== null) {
      shapes.push({
        ...full,
        contained: [{ isAnnotating: false, expression: contains, from: 0, min: max + 1, max: null }],
      })
    }
    return shapes
  }

  #objects(node: SchemaNode): Shape[] {
    const keywords = this.#keywords
    const full: ObjectShape = { ...this.#full<ObjectShape>('object'), pointer: node.pointer }
    const properties = keywords.group(node)?.properties
    // A required key that has a schema of its own is handled with it: absent, or present with a wrong value.
    const shapes: Shape[] = keywords
      .words(node, 'required')
      .filter((key) => !properties?.has(key))
      .map((key) => ({ ...full, absent: [key] }))
    const min = keywords.count(node, 'minProperties') ?? 0
    if (min > 0) shapes.push({ ...full, max: min - 1 })
    const max = keywords.count(node, 'maxProperties')
    if (max !== null) shapes.push({ ...full, min: max + 1 })
    const names = keywords.subschema(node, 'propertyNames')
    if (names && names !== keywords.expressions.true) {
      shapes.push(this.#needing(full, { ...nothingNeeded, violating: names }))
    }
    return [...shapes, ...this.#properties(node, full)]
  }

  #properties(node: SchemaNode, full: ObjectShape): Shape[] {
    const { expressions } = this.#keywords
    const group = this.#keywords.group(node)
    if (!group) return []
    const shapes: Shape[] = []
    const required = this.#keywords.words(node, 'required')
    for (const [key, expression] of group.properties) {
      const isRequired = listHas(required, key)
      if (expression !== expressions.true || isRequired) {
        const held = this.#holding(full, key, expressions.not(expression))
        shapes.push(isRequired ? held : { ...held, required: [key] })
      }
    }
    for (const [rule, expression] of group.patterns) {
      if (expression === expressions.true) continue
      const value = this.#opposite(expression)
      shapes.push(this.#needing(full, { ...nothingNeeded, matching: rule, value }))
    }
    const { additional } = group
    if (additional && additional !== expressions.true) {
      const value = this.#opposite(additional)
      shapes.push(this.#needing(full, { ...nothingNeeded, outside: group, value }))
    }
    return shapes
  }

  /** Objects whose value at the key, if they have it, is one of the expression. */
  #holding(full: ObjectShape, key: string, expression: Expression): ObjectShape {
    // The same group wherever the same is asked, so that equal alternatives of many schemas are one.
    const id = `${expression.id} ${key}`
    const group = this.#held.get(id) ?? {
      ...emptyGroup(),
      properties: new Map([[key, expression]]),
      isAnnotating: false,
    }
    this.#held.set(id, group)
    return { ...full, groups: [group] }
  }

  #needing(full: ObjectShape, need: KeyNeed): Shape {
    return { ...full, needs: [need], min: 1 }
  }

  /** What violates the expression; null where everything does. */
  #opposite(expression: Expression): Expression | null {
    const { expressions } = this.#keywords
    return expression === expressions.false ? null : expressions.not(expression)
  }
}

const nothingNeeded: KeyNeed = { outside: null, matching: null, violating: null, value: null }
