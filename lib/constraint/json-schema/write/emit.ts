// Writes shapes as rules and lexemes. Decides how scalars and known values are spelled and which rule stands for which
// expression; arrays and objects have files of their own. Never emits a marked shape unless told to be lenient.
import { isUnicodeText } from '../../../base/seen.js'
import type { GrammarSymbol, RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import type { Steps } from '../../steps.js'
import { type Mark, tooComplex } from '../refusal.js'
import type { Expression } from '../shape/expression.js'
import { keyExpression } from '../shape/fits.js'
import type { Normaliser } from '../shape/normalise.js'
import { declaredKeys } from '../shape/object-keys.js'
import {
  type ArrayShape,
  addAll,
  type NumberShape,
  type ObjectShape,
  type Shape,
  type StringShape,
} from '../shape/shapes.js'
import type { TextRule } from '../shape/text-rule.js'
import { Decimal } from '../value/decimal.js'
import type { Json } from '../value/json-value.js'
import { emitArray } from './emit-array.js'
import type { EmitContext, MemberOrder } from './emit-context.js'
import { emitObject } from './emit-object.js'
import { draftPart, Grammar, lexemePart, type Part } from './grammar.js'
import { KnownValues } from './known-values.js'
import { Layout, prettyDepthMax, type Whitespace } from './layout.js'
import { NumberLowering } from './numbers.js'
import { PatternLowering } from './pattern-lowering.js'
import { Spelling } from './spelling.js'

const depthsMax = prettyDepthMax + 1
/** Above what a schema of a megabyte takes; where parts multiply, an end in a second's work. */
const rulesMax = 100_000
const nodesMax = 300_000
/** Known values that are written, and members that are worked out, between two turns. */
const valuesOfStep = 2_000
const membersOfStep = 256

export class Emitter implements EmitContext {
  readonly builder: IrBuilder
  readonly order: MemberOrder
  readonly normaliser: Normaliser
  readonly grammar = new Grammar()
  readonly layout: Layout
  readonly spelling: Spelling
  readonly numbers: NumberLowering
  readonly patterns: PatternLowering
  narrowed: Mark | null = null
  readonly #values = new Map<number, Part | null>()
  readonly #written = new Map<string, readonly (readonly Part[])[]>()
  readonly #numbers = new Map<string, RegexId>()
  readonly #knowns: KnownValues
  readonly #rules = new Map<TextRule, RegexId | null>()
  readonly #pending: (() => Steps<void>)[] = []
  #ruleCount = 0

  constructor(builder: IrBuilder, normaliser: Normaliser, whitespace: Whitespace, order: MemberOrder) {
    this.builder = builder
    this.order = order
    this.normaliser = normaliser
    this.layout = new Layout(builder, whitespace)
    this.spelling = new Spelling(builder)
    this.numbers = new NumberLowering(builder, {
      isFractionFree: normaliser.document.dialects.isFractionFree,
    })
    this.patterns = new PatternLowering(builder)
    this.#knowns = new KnownValues(this)
  }

  declare(name: string): number {
    this.#ruleCount++
    if (this.#ruleCount > rulesMax) throw tooComplex('grammar rules', this.#ruleCount, rulesMax)
    if (this.builder.nodeCount > nodesMax) {
      throw tooComplex('regular expression nodes', this.builder.nodeCount, nodesMax)
    }
    return this.grammar.declare(name)
  }

  value(expression: Expression, depth: number): Part | null {
    const key = expression.id * depthsMax + this.layout.depth(depth)
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const shapes = this.normaliser.shapes(expression)
    this.#refuseMarks(shapes)
    const later = shapes.filter(isLong)
    const now = later.length === 0 ? shapes : shapes.filter((shape) => !isLong(shape))
    const lexeme =
      now.length === 1
        ? this.scalar(now[0]!, depth)
        : this.builder.altOf(now.map((shape) => this.scalar(shape, depth)))
    if (later.length === 0) {
      const part = lexeme === this.builder.nothing ? null : lexemePart(lexeme)
      this.#values.set(key, part)
      return part
    }
    const draft = this.declare('value')
    this.#values.set(key, draftPart(draft))
    this.#pending.push(() => this.#define(draft, lexeme, later, depth))
    return draftPart(draft)
  }

  *#define(draft: number, lexeme: RegexId, shapes: readonly Shape[], depth: number): Steps<void> {
    const alternatives: (readonly Part[])[] = lexeme === this.builder.nothing ? [] : [[lexemePart(lexeme)]]
    for (const shape of shapes) {
      if (shape.type === 'values') {
        const listed = yield* this.#listed(shape.values, depth)
        if (listed !== this.builder.nothing) alternatives.push([lexemePart(listed)])
      } else if (shape.type === 'array' || shape.type === 'object') {
        if (shape.type === 'object') yield* this.#members(shape, depth)
        addAll(alternatives, this.#nested(shape, depth))
      }
      yield
    }
    this.grammar.define(draft, alternatives)
  }

  *#listed(values: readonly Json[], depth: number): Steps<RegexId> {
    const ids: RegexId[] = []
    for (const value of values) {
      ids.push(this.known(value, depth))
      if (ids.length % valuesOfStep === 0) yield
    }
    return this.builder.altOf(ids)
  }

  /** Works out the members of a large object beforehand, with turns, so that writing it finds them done. */
  *#members(shape: ObjectShape, depth: number): Steps<void> {
    const keys = declaredKeys(shape, null)
    if (keys.size <= membersOfStep) return
    let count = 0
    for (const key of keys) {
      if (isUnicodeText(key)) this.value(keyExpression(shape, key, this.normaliser), depth + 1)
      if (++count % membersOfStep === 0) yield
    }
  }

  /** The whole constraint; null where it has no texts. Values are worked out one after the other, never nested. */
  *whole(expression: Expression): Steps<GrammarSymbol | null> {
    const start = this.value(expression, 0)
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      yield
      yield* next()
    }
    yield
    return start && (yield* this.grammar.finish(start, this.builder))
  }

  /** Arrays and objects of the same content are written once, wherever they stand. */
  #nested(shape: ArrayShape | ObjectShape, depth: number): readonly (readonly Part[])[] {
    const key = `${this.layout.depth(depth)}${this.normaliser.shapeSet.key(shape)}`
    let alternatives = this.#written.get(key)
    if (alternatives === undefined) {
      alternatives = shape.type === 'array' ? emitArray(this, shape, depth) : emitObject(this, shape, depth)
      this.#written.set(key, alternatives)
    }
    return alternatives
  }

  #refuseMarks(shapes: readonly Shape[]): void {
    for (const shape of shapes) for (const mark of shape.marks) this.normaliser.leaveOut(mark)
  }

  scalar(shape: Shape, depth: number): RegexId {
    const { builder } = this
    switch (shape.type) {
      case 'values':
        return builder.altOf(
          shape.values.map((value) =>
            shape.isInteger ? this.known(value, depth) : this.#knowns.value(value, depth),
          ),
        )
      case 'null':
        return builder.literal('null')
      case 'boolean':
        return builder.alt(builder.literal('true'), builder.literal('false'))
      case 'number':
        return this.#number(shape)
      case 'string':
        return this.spelling.inQuotes(this.stringTexts(shape))
      default:
        return builder.nothing
    }
  }

  /** Most numbers of a schema ask the same. */
  #number(shape: NumberShape): RegexId {
    const key = this.normaliser.shapeSet.key(shape)
    let id = this.#numbers.get(key)
    if (id === undefined) {
      const held = this.normaliser.lowered(() => this.numbers.shape(shape))
      id = held ?? this.numbers.shape({ ...shape, multiples: [], notMultiples: [] })
      this.#numbers.set(key, id)
    }
    return id
  }

  /** As it is written in one way only, where it is a number. */
  known(value: Json, depth: number): RegexId {
    return value instanceof Decimal ? this.numbers.plain(value) : this.#knowns.value(value, depth)
  }

  rule(rule: TextRule): RegexId | null {
    let id = this.#rules.get(rule)
    if (id === undefined) {
      id = this.normaliser.lowered(() => this.patterns.rule(rule))
      if (rule.also !== null) this.normaliser.hasLooseTexts = true
      this.#rules.set(rule, id)
    }
    return id
  }

  /** The texts of a shape's strings. */
  stringTexts(shape: StringShape): RegexId {
    const { builder, spelling } = this
    const { min, max, rules, excluded } = shape
    if (rules.length === 0 && excluded.length === 0) {
      return builder.repeat(spelling.character, min, max)
    }
    const held = rules.filter((rule) => this.rule(rule) !== null)
    const parts = held.map((rule) => this.rule(rule)!)
    const hasLength = min > 0 || max !== null
    if (hasLength) parts.push(builder.repeat(spelling.character, min, max))
    else if (held.every((rule) => rule.isNegated)) parts.push(spelling.anyText)
    if (excluded.length > 0) parts.push(builder.not(this.texts(excluded)))
    return builder.and(...parts)
  }

  texts(texts: readonly string[]): RegexId {
    return this.builder.altOf(texts.filter(isUnicodeText).map((text) => this.builder.literal(text)))
  }

  holdsKeys(expression: Expression): boolean {
    return this.normaliser
      .shapes(expression)
      .every(
        (shape) =>
          shape.marks.length === 0 &&
          (shape.type !== 'string' || shape.rules.every((rule) => this.rule(rule) !== null)),
      )
  }

  keys(expression: Expression): RegexId {
    const shapes = this.normaliser.shapes(expression)
    this.#refuseMarks(shapes)
    return this.builder.alt(
      ...shapes.map((shape) => {
        if (shape.type === 'string') return this.stringTexts(shape)
        if (shape.type !== 'values') return this.builder.nothing
        return this.texts(shape.values.filter((value) => typeof value === 'string'))
      }),
    )
  }
}

/** Whether a shape is written with turns in between, as a rule of its own. */
function isLong(shape: Shape): boolean {
  return (
    shape.type === 'array' ||
    shape.type === 'object' ||
    (shape.type === 'values' && shape.values.length > valuesOfStep)
  )
}
