// Intersections of unions of shapes. Decides which combinations survive: those that are plainly empty or held by others
// are left out, so that the number of alternatives stays small. Bounds the work.

import type { SchemaDocument, SchemaNode } from '../document/schema-document.js'
import type { DisjointSource } from './disjoint.js'
import type { Expression } from './expression.js'
import { keyExpression, valueFits } from './fits.js'
import { meetShapes } from './meet-shapes.js'
import { coversKey } from './object-keys.js'
import type { ShapeSet } from './shape-set.js'
import type { ObjectShape, PropertyGroup, Shape } from './shapes.js'

/** What the beginning of a list of expressions comes to, and the beginnings one longer. */
interface Begun {
  readonly shapes: readonly Shape[]
  readonly next: Map<Expression, Begun>
}

export class Intersection {
  readonly #document: SchemaDocument
  readonly #source: DisjointSource
  readonly #set: ShapeSet
  readonly #plainlyFalse = new Map<Expression, boolean>()
  readonly #begun = new Map<Expression, Begun>()

  constructor(document: SchemaDocument, source: DisjointSource, set: ShapeSet) {
    this.#document = document
    this.#source = source
    this.#set = set
  }

  /** What is in both unions. */
  both(left: readonly Shape[], right: readonly Shape[]): readonly Shape[] {
    return this.bounded(this.#meet(left, right))
  }

  /**
   * What is in the unions of all expressions, remembered for every beginning of the list: where alternatives are
   * combined, lists grow by one expression at a time.
   */
  allOf(parts: readonly Expression[]): readonly Shape[] {
    let next = this.#begun
    let shapes: readonly Shape[] | null = null
    for (const part of parts) {
      let begun = next.get(part)
      if (begun === undefined) {
        const own = this.#source.shapes(part)
        begun = { shapes: shapes === null ? own : this.both(shapes, own), next: new Map() }
        next.set(part, begun)
      }
      shapes = begun.shapes
      if (shapes.length === 0) return shapes
      next = begun.next
    }
    return shapes ?? this.#source.shapes(this.#source.expressions.true)
  }

  #meet(left: readonly Shape[], right: readonly Shape[]): Shape[] {
    const met: Shape[] = []
    for (const a of left) {
      for (const b of right) {
        this.#source.spend(meetSteps + sizeOf(a) + sizeOf(b))
        const shape = this.#meetTwo(a, b)
        if (shape) met.push(shape)
      }
    }
    return met
  }

  #meetTwo(a: Shape, b: Shape): Shape | null {
    if (a.type !== 'values' && b.type !== 'values') {
      const shape = meetShapes(a, b, this.#source.expressions)
      return shape && !(shape.type === 'object' && this.isPlainlyEmpty(shape)) ? shape : null
    }
    const [listed, other] = a.type === 'values' ? [a, b] : [b as Shape & { type: 'values' }, a]
    const values = listed.values.filter((value) => valueFits(other, value, this.#source))
    if (values.length === 0) return null
    const isInteger = listed.isInteger || (other.type === 'number' ? other.integer : isWhole(other)) === true
    return { type: 'values', values, isInteger, marks: [...new Set([...a.marks, ...b.marks])] }
  }

  /** A required member that no value can be given; judged only where that can't go round in circles. */
  isPlainlyEmpty(shape: ObjectShape): boolean {
    return (
      shape.required.some((key) => this.#isPlainlyFalse(keyExpression(shape, key, this.#source))) ||
      shape.needs.some(({ outside }) => outside !== null && this.#hasNoneOutside(shape, outside))
    )
  }

  /** Whether the shape lets in no key that a group does not cover. */
  #hasNoneOutside(shape: ObjectShape, outside: PropertyGroup): boolean {
    const closed = shape.groups.find(({ additional }) => additional === this.#source.false)
    if (closed === undefined) return false
    for (const key of closed.properties.keys()) {
      if (!coversKey([outside], key) && keyExpression(shape, key, this.#source).kind !== 'false') return false
    }
    return closed.patterns.every(([rule]) => outside.patterns.some(([other]) => other === rule))
  }

  #isPlainlyFalse(expression: Expression): boolean {
    if (expression.kind !== 'all') return expression.kind === 'false'
    let known = this.#plainlyFalse.get(expression)
    if (known === undefined) {
      known = this.#isFlat(expression, 0) && this.#source.shapes(expression).length === 0
      this.#plainlyFalse.set(expression, known)
    }
    return known
  }

  /** Whether an expression only speaks about single values, without members or items. */
  #isFlat(expression: Expression, depth: number): boolean {
    switch (expression.kind) {
      case 'not':
      case 'silent':
        return this.#isFlat(expression.part, depth)
      case 'all':
      case 'any':
        return expression.parts.every((part) => this.#isFlat(part, depth))
      case 'node':
        return depth < 4 && this.#isFlatNode(expression.node, depth)
      default:
        return true
    }
  }

  #isFlatNode(node: SchemaNode, depth: number): boolean {
    for (const [keyword, value] of node.entries) {
      if (nestingKeywords.has(keyword)) return false
      if (keyword !== '$ref') continue
      const target = typeof value === 'string' ? this.#document.resolve(value, node) : null
      if (!target || !('node' in target)) return false
      if (!this.#isFlat(this.#source.expressions.node(target.node), depth + 1)) return false
    }
    return true
  }

  /** Leaves out shapes that others hold. */
  bounded(shapes: readonly Shape[]): readonly Shape[] {
    this.#source.spend(shapes.length)
    return this.#set.reduced(shapes)
  }
}

function isWhole(shape: Shape): boolean {
  return shape.type === 'values' && shape.isInteger === true
}

/** What it takes to make one shape out of two, in steps of going through their lists. */
const meetSteps = 20

/** About what it takes to go through a shape's lists. */
function sizeOf(shape: Shape): number {
  switch (shape.type) {
    case 'values':
      return shape.values.length
    case 'object':
      return shape.groups.length + shape.required.length + shape.absent.length + shape.needs.length
    case 'array':
      return shape.prefix.length + shape.contained.length
    case 'string':
      return shape.rules.length ** 2 + shape.excluded.length
    default:
      return 1
  }
}

const nestingKeywords = new Set([
  'properties',
  'patternProperties',
  'additionalProperties',
  'propertyNames',
  'items',
  'prefixItems',
  'additionalItems',
  'contains',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'not',
  'dependencies',
  'dependentSchemas',
  'dependentRequired',
  'unevaluatedProperties',
  'unevaluatedItems',
  '$dynamicRef',
  '$recursiveRef',
])
