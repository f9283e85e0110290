// Turns an expression into its normal form: a union of shapes. Decides the meaning of references and combinators
// (allOf, anyOf, oneOf, not, if, dependencies, unevaluated*) and bounds the work. Never widens: what can't be decided
// stays as a Mark on the shape.
import { Decimal } from './decimal.js'
import { disjoint } from './disjoint.js'
import { type Expression, Expressions } from './expression.js'
import { expressionFits, keyExpression, type ShapeSource, valueFits } from './fits.js'
import { isObject, type Json, type JsonObject, jsonKey } from './json-value.js'
import { Keywords, ownKeywords } from './keywords.js'
import { Negation } from './negation.js'
import { empty, invalid, type Mark, tooComplex, unsupported } from './refusal.js'
import { escapeStep, SchemaDocument, type SchemaNode } from './schema-document.js'
import { ShapeSet } from './shape-set.js'
import {
  emptyGroup,
  fullShape,
  jsonTypes,
  meetShapes,
  type ObjectShape,
  type PropertyGroup,
  type Shape,
} from './shapes.js'
import { TextRules } from './text-rule.js'

/** Shapes one expression may have. */
const shapesMax = 1_024
/** Expressions worked out inside of each other; keeps the stack from running out. */
const nestedMax = 400
/** Shape intersections of one schema. */
const meetsMax = 200_000
/** Alternatives of anyOf whose combinations are followed under unevaluated*. */
const trackedMax = 5

export class Normaliser implements ShapeSource {
  readonly document: SchemaDocument
  readonly expressions = new Expressions()
  readonly notices = new Set<string>()
  readonly isLenient: boolean
  readonly #keywords: Keywords
  readonly #negation: Negation
  readonly #shapes = new Map<Expression, readonly Shape[]>()
  readonly #inProgress = new Set<Expression>()
  readonly #made = new Map<string, Expression>()
  readonly #set = new ShapeSet()
  #meets = 0
  #isExact = true

  constructor(schema: Json, isLenient: boolean) {
    this.document = new SchemaDocument(schema)
    this.isLenient = isLenient
    this.#keywords = new Keywords(this.document, this.expressions, new TextRules(), this.notices)
    this.#negation = new Negation(this.#keywords)
  }

  get root(): Expression {
    return this.expressions.node(this.document.root)
  }

  get rules(): TextRules {
    return this.#keywords.rules
  }

  get false(): Expression {
    return this.expressions.false
  }

  all(parts: readonly Expression[]): Expression {
    return this.expressions.all(parts)
  }

  /** Throws SCHEMA_UNSUPPORTED, or in lenient mode notes that the finished value has to be checked. */
  leaveOut(mark: Mark): void {
    if (!this.isLenient) throw unsupported(mark)
    this.#isExact = false
    this.notices.add(
      `The keyword ${JSON.stringify(mark.keyword)} at ${mark.pointer} is only checked at the end.`,
    )
  }

  /** Whether every keyword met so far is held by the shapes. */
  get isExact(): boolean {
    return this.#isExact
  }

  /** Whether the expression is being worked out further up, so that asking for its shapes would go round. */
  isInProgress(expression: Expression): boolean {
    return this.#inProgress.has(expression)
  }

  /** The union the expression stands for; empty where nothing satisfies it. */
  shapes(expression: Expression): readonly Shape[] {
    const known = this.#shapes.get(expression)
    if (known) return known
    if (this.#inProgress.has(expression)) {
      const pointer = expression.kind === 'node' ? expression.node.pointer : this.document.root.pointer
      throw unsupported({
        keyword: '$ref',
        pointer,
        reason: 'the schema refers to itself without a value in between',
      })
    }
    if (this.#inProgress.size >= nestedMax) {
      throw tooComplex('references and combinators inside each other', nestedMax + 1, nestedMax)
    }
    this.#inProgress.add(expression)
    const shapes = this.#bounded(this.#compute(expression))
    this.#inProgress.delete(expression)
    this.#shapes.set(expression, shapes)
    return shapes
  }

  #compute(expression: Expression): readonly Shape[] {
    switch (expression.kind) {
      case 'true':
        return jsonTypes.map((type) => fullShape(type, this.expressions))
      case 'false':
        return []
      case 'node':
        return this.#node(expression.node)
      case 'all':
        return this.#meetAll(expression.parts.map((part) => () => this.shapes(part)))
      case 'any':
        return expression.parts.flatMap((part) => this.shapes(part))
      case 'not':
        return this.#negated(expression.part)
      case 'values':
        return [{ type: 'values', values: expression.values, marks: [] }]
    }
  }

  #negated(expression: Expression): readonly Shape[] {
    const { expressions } = this
    switch (expression.kind) {
      case 'all':
        return expression.parts.flatMap((part) => this.shapes(expressions.not(part)))
      case 'any':
        return this.#meetAll(expression.parts.map((part) => () => this.shapes(expressions.not(part))))
      case 'values':
        return this.#notValues(expression.values)
      case 'node':
        return this.#negatedNode(expression.node)
      default:
        return this.shapes(expressions.not(expression))
    }
  }

  // --- one schema object -----------------------------------------------------------------------------------------

  #node(node: SchemaNode): readonly Shape[] {
    const parts: (() => readonly Shape[])[] = []
    const isTracked =
      node.get('unevaluatedProperties') !== undefined || node.get('unevaluatedItems') !== undefined
    let hasOwn = false
    for (const keyword of keysOf(node)) {
      if (!ownKeywords.has(keyword)) {
        for (const part of this.#combined(node, keyword)) {
          parts.push(() => (keyword === 'anyOf' && isTracked ? this.#anyTracked(node) : this.shapes(part)))
        }
      } else if (!hasOwn) {
        hasOwn = true
        parts.push(() => this.#keywords.shapes(node))
      }
    }
    const shapes = this.#meetAll(parts)
    return isTracked ? this.#withUnevaluated(node, shapes) : shapes
  }

  /** What a keyword outside of `ownKeywords` asks, as expressions that must all hold. */
  #combined(node: SchemaNode, keyword: string): Expression[] {
    const { expressions } = this
    const keywords = this.#keywords
    switch (keyword) {
      case 'enum':
      case 'const':
        return [expressions.values(this.#values(node, keyword))]
      case '$ref':
      case '$dynamicRef':
      case '$recursiveRef':
        return [this.#reference(node, keyword)]
      case 'allOf':
        return keywords.subschemas(node, keyword)
      case 'anyOf':
        return [expressions.any(keywords.subschemas(node, keyword))]
      case 'oneOf':
        return [this.#exactlyOne(keywords.subschemas(node, keyword))]
      case 'not':
        return [expressions.not(keywords.subschema(node, keyword)!)]
      case 'if':
        return this.#conditional(node)
      case 'dependencies':
      case 'dependentRequired':
      case 'dependentSchemas':
        return this.#dependencies(node, keyword)
      case 'extends':
      case 'disallow':
      case 'divisibleBy':
        this.notices.add(`The keyword ${keyword} at ${node.at(keyword)} is of draft 3 and was not applied.`)
        return []
      default:
        return []
    }
  }

  #values(node: SchemaNode, keyword: string): readonly Json[] {
    const value = node.get(keyword)!
    if (keyword === 'const') return [value]
    if (!Array.isArray(value)) throw invalid(node.at('enum'), 'enum must be a list')
    return [...new Map(value.map((item) => [jsonKey(item), item])).values()]
  }

  #reference(node: SchemaNode, keyword: string): Expression {
    const reference = node.get(keyword)
    if (typeof reference !== 'string') throw invalid(node.at(keyword), 'the reference is no string')
    if (keyword === '$dynamicRef' && reference.startsWith('#') && !reference.startsWith('#/')) {
      const target = this.document.dynamic(reference.slice(1))
      const plain = this.document.resolve(reference, node)
      if (target || (plain && plain.get('$dynamicAnchor') === undefined))
        return this.expressions.node(target ?? plain!)
      return this.#undecided({
        keyword,
        pointer: node.at(keyword),
        reason: `${reference} has more than one meaning`,
      })
    }
    const target = this.document.resolve(reference, node)
    if (
      target &&
      !(
        keyword === '$recursiveRef' &&
        target.get('$recursiveAnchor') === true &&
        target !== this.document.root
      )
    ) {
      return this.expressions.node(target)
    }
    return this.#undecided({
      keyword,
      pointer: node.at(keyword),
      reason: `${JSON.stringify(reference)} is not in the schema itself`,
    })
  }

  /** Something of which nothing is known but that it must not be relied on. */
  #undecided(mark: Mark): Expression {
    this.leaveOut(mark)
    return this.expressions.true
  }

  #exactlyOne(parts: readonly Expression[]): Expression {
    const { expressions } = this
    if (parts.length === 1) return parts[0]!
    const overlapping: Expression[][] = parts.map(() => [])
    parts.forEach((part, index) => {
      for (let at = index + 1; at < parts.length; at++) {
        if (disjoint(part, parts[at]!, this)) continue
        overlapping[index]!.push(parts[at]!)
        overlapping[at]!.push(part)
      }
    })
    const alternatives = parts.map((part, index) =>
      expressions.all([part, ...overlapping[index]!.map((other) => expressions.not(other))]),
    )
    return expressions.any(alternatives)
  }

  #conditional(node: SchemaNode): Expression[] {
    const { expressions } = this
    const condition = this.#keywords.subschema(node, 'if')!
    const [yes, no] = ['then', 'else'].map(
      (keyword) => this.#keywords.subschema(node, keyword) ?? expressions.true,
    )
    if (yes === expressions.true && no === expressions.true) return []
    return [
      expressions.any([
        expressions.all([condition, yes!]),
        expressions.all([expressions.not(condition), no!]),
      ]),
    ]
  }

  /** For each key: it is absent, or what depends on it holds. Written as schemas of its own. */
  #dependencies(node: SchemaNode, keyword: string): Expression[] {
    const { expressions } = this
    const result: Expression[] = []
    for (const [key, value] of this.#keywords.members(node, keyword)) {
      const present = this.#synthetic(node, requiring([key]))
      let wanted: Expression
      if (Array.isArray(value) || typeof value === 'string') {
        const keys = Array.isArray(value) ? value : [value]
        if (keys.length === 0) continue
        wanted = this.#synthetic(node, requiring(keys))
      } else wanted = this.#keywords.child(node, value, `/${keyword}/${escapeStep(key)}`)
      if (wanted === expressions.true) continue
      result.push(expressions.any([expressions.not(present), expressions.all([present, wanted])]))
    }
    return result
  }

  /** The same members always give the same expression, so that what is equal is recognised. */
  #synthetic(node: SchemaNode, value: JsonObject): Expression {
    const key = jsonKey(value)
    let made = this.#made.get(key)
    if (!made) {
      made = this.expressions.node(this.document.synthetic(value, node))
      this.#made.set(key, made)
    }
    return made
  }

  // --- negation --------------------------------------------------------------------------------------------------

  #negatedNode(node: SchemaNode): readonly Shape[] {
    const { expressions } = this
    const shapes: Shape[] = [...this.#negation.shapes(node)]
    for (const keyword of keysOf(node)) {
      if (keyword === 'unevaluatedProperties' || keyword === 'unevaluatedItems') {
        const mark = this.#keywords.mark(node, keyword, 'its opposite cannot be held')
        const type = keyword === 'unevaluatedItems' ? 'array' : 'object'
        shapes.push({ ...fullShape(type, expressions), marks: [mark] })
      } else if (!ownKeywords.has(keyword)) {
        if (keyword === 'oneOf') shapes.push(...this.#notExactlyOne(this.#keywords.subschemas(node, keyword)))
        else
          for (const part of this.#combined(node, keyword)) shapes.push(...this.shapes(expressions.not(part)))
      }
    }
    return shapes
  }

  /** None of them, or two of them. */
  #notExactlyOne(parts: readonly Expression[]): Shape[] {
    const { expressions } = this
    const shapes = [...this.shapes(expressions.all(parts.map((part) => expressions.not(part))))]
    parts.forEach((part, index) => {
      for (const other of parts.slice(index + 1)) {
        if (!disjoint(part, other, this)) shapes.push(...this.shapes(expressions.all([part, other])))
      }
    })
    return shapes
  }

  #notValues(values: readonly Json[]): readonly Shape[] {
    const shapes: Shape[] = []
    for (const type of jsonTypes) {
      const full = fullShape(type, this.expressions)
      if (full.type === 'null') {
        if (!values.includes(null)) shapes.push(full)
      } else if (full.type === 'boolean') {
        const left = [true, false].filter((value) => !values.includes(value))
        if (left.length > 0) shapes.push({ type: 'values', values: left, marks: [] })
      } else if (full.type === 'number') {
        const excluded = values.filter((value) => isNumber(value))
        shapes.push({ ...full, excluded })
      } else if (full.type === 'string') {
        const excluded = values.filter((value) => typeof value === 'string')
        shapes.push({ ...full, excluded })
      } else if (full.type === 'array') {
        shapes.push(...this.#notAny(full, values.filter(Array.isArray)))
      } else shapes.push(...this.#notAny(full, values.filter(isObject)))
    }
    return shapes
  }

  #notAny(full: Shape, values: readonly Json[]): readonly Shape[] {
    const { root } = this.document
    return this.#meetAll([
      () => [full],
      ...values.map((value) => () => {
        const schema = this.#synthetic(root, asSchema(value))
        return this.shapes(this.expressions.not(schema)).filter((shape) => shape.type === full.type)
      }),
    ])
  }

  // --- unevaluated -----------------------------------------------------------------------------------------------

  /** anyOf as every combination of alternatives, because each that holds evaluates its own members. */
  #anyTracked(node: SchemaNode): readonly Shape[] {
    const parts = this.#keywords.subschemas(node, 'anyOf')
    if (parts.length > trackedMax) return this.shapes(this.expressions.any(parts))
    const shapes: Shape[] = []
    for (let chosen = 1; chosen < 1 << parts.length; chosen++) {
      shapes.push(...this.shapes(this.expressions.all(parts.filter((_, index) => chosen & (1 << index)))))
    }
    return shapes
  }

  #withUnevaluated(node: SchemaNode, shapes: readonly Shape[]): readonly Shape[] {
    const properties = this.#keywords.subschema(node, 'unevaluatedProperties')
    const items = this.#keywords.subschema(node, 'unevaluatedItems')
    return shapes.flatMap((shape): readonly Shape[] => {
      if (shape.type === 'object' && properties) return this.#unevaluatedProperties(shape, properties)
      if (shape.type === 'array' && items && shape.evaluated !== null) {
        if (shape.contained.length > 0) {
          const mark = this.#keywords.mark(node, 'unevaluatedItems', 'it stands beside contains')
          return [{ ...shape, marks: [...shape.marks, mark] }]
        }
        const from = shape.evaluated
        const prefix = shape.prefix.map((item, index) => (index < from ? item : this.all([item, items])))
        while (prefix.length < from) prefix.push(shape.rest)
        const limited = { ...shape, prefix, rest: this.all([shape.rest, items]), evaluated: null }
        const met = meetShapes(fullShape('array', this.expressions), limited, this.expressions)
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
      properties: new Map(keys.map((key) => [key, this.expressions.true])),
      patterns: known.flatMap((each) =>
        each.patterns.map(([rule]) => [rule, this.expressions.true] as const),
      ),
      additional: rest,
    }
    const limited: ObjectShape = { ...shape, groups: [...shape.groups, group] }
    return this.#isPlainlyEmpty(limited) ? [] : [limited]
  }

  // --- intersection ----------------------------------------------------------------------------------------------

  #meetAll(parts: readonly (() => readonly Shape[])[]): readonly Shape[] {
    let shapes: readonly Shape[] | null = null
    for (const part of parts) {
      const next = part()
      shapes = shapes === null ? next : this.#bounded(this.#meet(shapes, next))
      if (shapes.length === 0) return shapes
    }
    return shapes ?? this.shapes(this.expressions.true)
  }

  #meet(left: readonly Shape[], right: readonly Shape[]): Shape[] {
    const met: Shape[] = []
    for (const a of left) {
      for (const b of right) {
        this.#meets++
        if (this.#meets > meetsMax) throw tooComplex('combinations of alternatives', this.#meets, meetsMax)
        const shape = this.#meetTwo(a, b)
        if (shape) met.push(shape)
      }
    }
    return met
  }

  #meetTwo(a: Shape, b: Shape): Shape | null {
    if (a.type !== 'values' && b.type !== 'values') {
      const shape = meetShapes(a, b, this.expressions)
      return shape && !(shape.type === 'object' && this.#isPlainlyEmpty(shape)) ? shape : null
    }
    const [listed, other] = a.type === 'values' ? [a, b] : [b as Shape & { type: 'values' }, a]
    const values = listed.values.filter((value) => valueFits(other, value, this))
    if (values.length === 0) return null
    return { type: 'values', values, marks: [...new Set([...a.marks, ...b.marks])] }
  }

  /** A required member that no value can be given; judged only where that can't go round in circles. */
  #isPlainlyEmpty(shape: ObjectShape): boolean {
    return shape.required.some((key) => {
      const expression = keyExpression(shape, key, this)
      if (expression.kind === 'false') return true
      return expression.kind === 'all' && this.#isFlat(expression, 0) && this.shapes(expression).length === 0
    })
  }

  /** Whether an expression only speaks about single values, without members or items. */
  #isFlat(expression: Expression, depth: number): boolean {
    switch (expression.kind) {
      case 'not':
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
    for (const [keyword, value] of node.value as JsonObject) {
      if (nestingKeywords.has(keyword)) return false
      if (keyword !== '$ref') continue
      const target = typeof value === 'string' ? this.document.resolve(value, node) : null
      if (!target || !this.#isFlat(this.expressions.node(target), depth + 1)) return false
    }
    return true
  }

  /** Leaves out shapes that others hold and refuses too many. */
  #bounded(shapes: readonly Shape[]): readonly Shape[] {
    const kept = this.#set.reduced(shapes)
    if (kept.length > shapesMax) throw tooComplex('alternatives for one value', kept.length, shapesMax)
    return kept
  }

  /** Refuses a root that nothing satisfies. */
  requireSome(): void {
    if (this.shapes(this.root).length === 0) throw empty()
  }

  fits(expression: Expression, value: Json): boolean {
    return expressionFits(expression, value, this)
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

function keysOf(node: SchemaNode): Iterable<string> {
  return node.value instanceof Map ? node.value.keys() : []
}

function isNumber(value: Json): value is Extract<Json, { units: bigint }> {
  return typeof value === 'object' && value !== null && 'units' in value
}

function requiring(keys: readonly Json[]): JsonObject {
  return new Map<string, Json>([
    ['type', 'object'],
    ['required', [...keys]],
  ])
}

/** The schema that only this array or object satisfies. */
function asSchema(value: Json): JsonObject {
  if (Array.isArray(value)) {
    const items = value.map((item): Json => new Map([['const', item]]))
    return new Map<string, Json>([
      ['type', 'array'],
      ['prefixItems', items],
      ['items', false],
      ['minItems', Decimal.of(BigInt(items.length), 0)],
    ])
  }
  const members = [...(value as JsonObject)]
  return new Map<string, Json>([
    ['type', 'object'],
    ['properties', new Map(members.map(([key, item]): [string, Json] => [key, new Map([['const', item]])]))],
    ['required', members.map(([key]) => key)],
    ['additionalProperties', false],
  ])
}
