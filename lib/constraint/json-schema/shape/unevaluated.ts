// The meaning of unevaluatedProperties and unevaluatedItems. Decides what counts as evaluated: what the shapes of the
// same schema object say of members and items, alternative by alternative.
import type { SchemaNode } from '../document/schema-document.js'
import { isObject } from '../value/json-value.js'
import type { Expression, Expressions } from './expression.js'
import type { Intersection } from './intersection.js'
import type { Keywords } from './keywords.js'
import { meetShapes } from './meet-shapes.js'
import { addAll, emptyGroup, fullShape, type ObjectShape, type PropertyGroup, type Shape } from './shapes.js'

/** Alternatives of anyOf whose combinations are followed. */
const trackedMax = 5

export class Unevaluated {
  readonly #keywords: Keywords
  readonly #intersection: Intersection
  readonly #expressions: Expressions
  readonly #source: { shapes(expression: Expression): readonly Shape[] }

  constructor(
    keywords: Keywords,
    intersection: Intersection,
    source: { shapes(expression: Expression): readonly Shape[] },
  ) {
    this.#keywords = keywords
    this.#intersection = intersection
    this.#expressions = keywords.expressions
    this.#source = source
  }

  /** anyOf as every combination of alternatives, because each that holds evaluates its own members. */
  anyOf(node: SchemaNode): readonly Shape[] {
    const parts = this.#keywords.subschemas(node, 'anyOf')
    if (parts.length > trackedMax) return this.#source.shapes(this.#expressions.any(parts))
    const shapes: Shape[] = []
    for (let chosen = 1; chosen < 1 << parts.length; chosen++) {
      addAll(
        shapes,
        this.#source.shapes(this.#expressions.all(parts.filter((_, index) => chosen & (1 << index)))),
      )
    }
    return shapes
  }

  limited(node: SchemaNode, shapes: readonly Shape[]): readonly Shape[] {
    const properties = this.#keywords.subschema(node, 'unevaluatedProperties')
    const items = this.#keywords.subschema(node, 'unevaluatedItems')
    return shapes.flatMap((shape): readonly Shape[] => {
      if (shape.type === 'object' && properties) return this.#unevaluatedProperties(shape, properties)
      if (shape.type === 'array' && items && shape.evaluated !== null) {
        const from = shape.evaluated
        const found = shape.contained.filter((each) => each.isAnnotating).map((each) => each.expression)
        const left = this.#expressions.any([...found, items])
        const prefix = shape.prefix.map((item, index) =>
          index < from ? item : this.#expressions.all([item, left]),
        )
        while (prefix.length < from) prefix.push(shape.rest)
        const limited = { ...shape, prefix, rest: this.#expressions.all([shape.rest, left]), evaluated: null }
        const met = meetShapes(fullShape('array', this.#expressions), limited, this.#expressions)
        return met ? [met] : []
      }
      if (shape.type !== 'values') return [shape]
      const isDecided = shape.values.every((value) =>
        isObject(value) ? !properties : !Array.isArray(value) || !items,
      )
      if (isDecided) return [shape]
      const keyword = properties ? 'unevaluatedProperties' : 'unevaluatedItems'
      return [
        { ...shape, marks: [...shape.marks, this.#keywords.mark(node, keyword, 'it stands beside an enum')] },
      ]
    })
  }

  #unevaluatedProperties(shape: ObjectShape, rest: Expression): readonly Shape[] {
    const known = shape.groups.filter((group) => group.isAnnotating)
    if (known.some((group) => group.additional !== null)) return [shape]
    const keys = known.flatMap((group) => [...group.properties.keys()])
    const group: PropertyGroup = {
      ...emptyGroup(),
      properties: new Map(keys.map((key) => [key, this.#expressions.true])),
      patterns: known.flatMap((each) =>
        each.patterns.map(([rule]) => [rule, this.#expressions.true] as const),
      ),
      additional: rest,
      strips: false,
    }
    const limited: ObjectShape = { ...shape, groups: [...shape.groups, group] }
    return this.#intersection.isPlainlyEmpty(limited) ? [] : [limited]
  }
}
