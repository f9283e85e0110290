// Turns an expression into its normal form: a union of shapes. Decides polarity (a schema or its opposite) and when to
// give up. Never widens: what can't be decided stays as a Mark on the shape.
import type { Steps } from '../../steps.js'
import { isDisputed } from '../document/dialects.js'
import { SchemaDocument, type SchemaNode } from '../document/schema-document.js'
import { empty, type Mark, markOf, tooComplex, unsupported } from '../refusal.js'
import { isObject, type Json } from '../value/json-value.js'
import { asSchema, Combinators } from './combinators.js'
import type { DisjointSource } from './disjoint.js'
import { type Expression, Expressions } from './expression.js'
import { expressionFits } from './fits.js'
import type { OpenApiFormats } from './formats.js'
import { Intersection } from './intersection.js'
import { Keywords, ownKeywords } from './keywords.js'
import { Negation } from './negation.js'
import { overlaps } from './overlaps.js'
import { ShapeSet } from './shape-set.js'
import { addAll, fullShape, jsonTypes, type Shape, silenced } from './shapes.js'
import type { TextRules } from './text-rule.js'
import { Unevaluated } from './unevaluated.js'
import { WorkBudget } from './work-budget.js'

/** Expressions worked out inside of each other; keeps the stack from running out. */
const nestedMax = 256

export interface Strictness {
  /** Keywords that can't be held are left out and noted. */
  readonly isLenient: boolean
  /** Objects are closed unless they say otherwise, as whoever reads the values drops undeclared keys. */
  readonly strips?: boolean
  /** Default: annotations. */
  readonly openApi?: OpenApiFormats
}

export class Normaliser implements DisjointSource {
  readonly document: SchemaDocument
  readonly expressions: Expressions
  readonly shapeSet: ShapeSet
  readonly notices = new Set<string>()
  readonly isLenient: boolean
  /** Whether a string may turn out wrong when it is finished, though its pattern has it. */
  hasLooseTexts = false
  readonly #keywords: Keywords
  readonly #negation: Negation
  readonly #shapes = new Map<Expression, readonly Shape[]>()
  readonly #inProgress = new Set<Expression>()
  readonly #combinators: Combinators
  readonly #intersection: Intersection
  readonly #unevaluated: Unevaluated
  readonly #work = new WorkBudget()
  #isExact = true

  constructor(schema: Json, { isLenient, strips = false, openApi = 'annotations' }: Strictness) {
    this.document = new SchemaDocument(schema)
    const hasAnnotations = unevaluated.some((keyword) => this.document.mentions(keyword))
    this.expressions = new Expressions({
      hasAnnotations,
      isMixed: this.document.dialects.isMixed,
      targetOf: (node, reference) => this.document.target(reference, node),
    })
    this.isLenient = isLenient
    this.#keywords = new Keywords(this.document, this.expressions, { notices: this.notices, strips, openApi })
    this.#negation = new Negation(this.#keywords, this.#work)
    this.#combinators = new Combinators(this.#keywords, this)
    this.shapeSet = new ShapeSet(this.#work, { hasAnnotations, strips })
    this.#intersection = new Intersection(this.document, this, this.shapeSet)
    this.#unevaluated = new Unevaluated(this.#keywords, this.#intersection, this)
  }

  get root(): Expression {
    return this.expressions.node(this.document.root)
  }

  get rules(): TextRules {
    return this.#keywords.rules
  }

  spend(steps: number): void {
    this.#work.spend(steps)
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

  /** What `lower` gives; in lenient mode null where it refuses a keyword, which is left out then. */
  lowered<T>(lower: () => T): T | null {
    try {
      return lower()
    } catch (error) {
      const mark = markOf(error)
      if (mark === null || !this.isLenient) throw error
      this.leaveOut(mark)
      return null
    }
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
    try {
      const shapes = this.#intersection.bounded(this.#compute(expression))
      this.#shapes.set(expression, shapes)
      return shapes
    } finally {
      this.#inProgress.delete(expression)
    }
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
        return this.#intersection.allOf(expression.parts)
      case 'any':
        return expression.parts.flatMap((part) => this.shapes(part))
      case 'not':
        return this.#negated(expression.part)
      case 'silent':
        return this.shapes(expression.part).map(silenced)
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
        return this.#intersection.allOf(expression.parts.map((part) => expressions.not(part)))
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
    let shapes: readonly Shape[] | null = null
    const { expressions } = this
    const isTracked = unevaluated.some((keyword) => node.get(keyword) !== undefined)
    let hasOwn = false
    this.#keywords.tellOfDraft(node)
    for (const [keyword] of node.entries) {
      if (!ownKeywords.has(keyword)) {
        for (const part of this.#combinators.combined(node, keyword)) {
          if (shapes?.length === 0) break
          const isFollowed = keyword === 'anyOf' && expressions.hasAnnotations
          const more = isFollowed ? this.#unevaluated.anyOf(node) : this.shapes(part)
          shapes = shapes === null ? more : this.#intersection.both(shapes, more)
        }
      } else if (!hasOwn) {
        hasOwn = true
        const own = this.#keywords.shapes(node)
        shapes = shapes === null ? own : this.#intersection.both(shapes, own)
      }
    }
    shapes ??= this.shapes(this.expressions.true)
    return isTracked ? this.#unevaluated.limited(node, shapes) : shapes
  }

  // --- negation --------------------------------------------------------------------------------------------------

  #negatedNode(node: SchemaNode): readonly Shape[] {
    const { expressions } = this
    const shapes: Shape[] = [...this.#negation.shapes(node)]
    this.#keywords.tellOfDraft(node)
    for (const [keyword] of node.entries) {
      if (keyword === 'unevaluatedProperties' || keyword === 'unevaluatedItems') {
        const mark = this.#keywords.mark(node, keyword, 'its opposite cannot be held')
        const type = keyword === 'unevaluatedItems' ? 'array' : 'object'
        shapes.push({ ...fullShape(type, expressions), marks: [mark] })
      } else if (!ownKeywords.has(keyword) && !isDisputed(keyword, node.dialect)) {
        if (keyword === 'oneOf') addAll(shapes, this.#notExactlyOne(this.#keywords.subschemas(node, keyword)))
        else
          for (const part of this.#combinators.combined(node, keyword))
            addAll(shapes, this.shapes(expressions.not(part)))
      }
    }
    return shapes
  }

  /** None of them, or two of them. */
  #notExactlyOne(parts: readonly Expression[]): Shape[] {
    const { expressions } = this
    const shapes = [...this.shapes(expressions.all(parts.map((part) => expressions.not(part))))]
    for (const [index, at] of overlaps(parts, this)) {
      addAll(shapes, this.shapes(expressions.all([parts[index]!, parts[at]!])).map(silenced))
    }
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
        addAll(shapes, this.#notAny(full, values.filter(Array.isArray)))
      } else addAll(shapes, this.#notAny(full, values.filter(isObject)))
    }
    return shapes
  }

  #notAny(full: Shape, values: readonly Json[]): readonly Shape[] {
    const { root } = this.document
    let shapes: readonly Shape[] = [full]
    for (const value of values) {
      const schema = this.#combinators.synthetic(root, asSchema(value))
      const others = this.shapes(this.expressions.not(schema)).filter(({ type }) => type === full.type)
      shapes = this.#intersection.both(shapes, others)
    }
    return shapes
  }

  /** Refuses a root that nothing satisfies. Its alternatives, of which there may be many, are worked out one by one. */
  *requireSome(): Steps<void> {
    for (const part of this.#alternatives()) {
      this.shapes(part)
      yield
    }
    if (this.shapes(this.root).length === 0) throw empty()
  }

  #alternatives(): readonly Expression[] {
    const { root } = this
    if (root.kind !== 'node') return []
    const { node } = root
    return ['anyOf', 'oneOf'].flatMap((keyword) =>
      node.get(keyword) === undefined ? [] : this.#keywords.subschemas(node, keyword),
    )
  }

  fits(expression: Expression, value: Json): boolean {
    return expressionFits(expression, value, this)
  }
}

const unevaluated = ['unevaluatedProperties', 'unevaluatedItems']

function isNumber(value: Json): value is Extract<Json, { units: bigint }> {
  return typeof value === 'object' && value !== null && 'units' in value
}
