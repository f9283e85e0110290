// Reads one schema object's own keywords (those about one type) into shapes, and their opposites into shapes of the
// negation. Decides what each keyword means in every draft; combinators and references belong to normalise.ts.
import { quoted } from '../../../base/seen.js'
import type { SchemaDocument, SchemaNode } from '../document/schema-document.js'
import { escapeStep } from '../document/schema-document.js'
import { invalid, unsupported } from '../refusal.js'
import { Decimal } from '../value/decimal.js'
import type { Expression, Expressions } from './expression.js'
import { finiteTextsOf } from './finite-texts.js'
import { isAsked, isSilent, numberFormats, type OpenApiFormats } from './formats.js'
import { KeywordValues } from './keyword-values.js'
import { meetShapes, trimArray } from './meet-shapes.js'
import {
  type ArrayShape,
  fullShape,
  type JsonType,
  jsonTypes,
  type NumberShape,
  type ObjectShape,
  type PropertyGroup,
  type Shape,
  type StringShape,
} from './shapes.js'
import { type TextRule, TextRules } from './text-rule.js'

/** Keywords this file reads; a schema without any of them has no shapes of its own to add. */
export const ownKeywords: ReadonlySet<string> = new Set([
  'type',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'items',
  'prefixItems',
  'additionalItems',
  'contains',
  'minItems',
  'maxItems',
  'uniqueItems',
  'properties',
  'patternProperties',
  'additionalProperties',
  'propertyNames',
  'required',
  'minProperties',
  'maxProperties',
])

/** Keywords that draft 3 alone has, or has for the member that they stand in. */
const draft3Keywords = ['extends', 'disallow', 'divisibleBy', 'required']

/** Keys a closed pattern may stand for to be taken as that many properties. */
const finiteKeysMax = 64

/** How keywords are taken. */
interface Reading {
  /** Where is told what was not applied. */
  readonly notices: Set<string>
  /** Whoever reads the values drops keys that `properties` does not list where nothing is said of others. */
  readonly strips: boolean
  readonly openApi: OpenApiFormats
}

export class Keywords extends KeywordValues {
  readonly rules = new TextRules()
  readonly notices: Set<string>
  readonly #strips: boolean
  readonly #openApi: OpenApiFormats
  readonly #groups = new Map<SchemaNode, PropertyGroup | null>()

  constructor(document: SchemaDocument, expressions: Expressions, { notices, strips, openApi }: Reading) {
    super(document, expressions)
    this.#strips = strips
    this.#openApi = openApi
    this.notices = notices
  }

  /**
   * Tells of keywords that ask nothing here, though they would in another draft. Throws SCHEMA_UNSUPPORTED for what
   * only draft 3 has.
   */
  tellOfDraft(node: SchemaNode): void {
    const { dialect } = node
    for (const keyword of dialect.draft === 3 ? draft3Keywords : []) {
      const value = node.get(keyword)
      if (value !== undefined && value !== false)
        throw unsupported(this.mark(node, keyword, 'it is meant as in draft 3, and no later draft has it so'))
    }
    for (const keyword of node.ignored) {
      const reason = dialect.has(keyword)
        ? `beside a $ref, in ${dialect.title},`
        : `is not of ${dialect.title} and`
      this.notices.add(`The keyword ${keyword} at ${node.at(keyword)} ${reason} was not applied.`)
    }
  }

  /** The values that satisfy the node's own keywords, as one shape for each allowed type. */
  shapes(node: SchemaNode): Shape[] {
    const shapes: Shape[] = []
    const types = this.types(node)
    for (const type of jsonTypes) {
      if (types && !types.has(type) && !(type === 'number' && types.has('integer'))) continue
      const shape = this.#constrained(node, type, types)
      if (shape) shapes.push(shape)
    }
    return shapes
  }

  #constrained(node: SchemaNode, type: JsonType, types: ReadonlySet<string> | null): Shape | null {
    const full = fullShape(type, this.expressions)
    if (full.type === 'number') {
      const integer = types?.has('integer') && !types.has('number') ? true : null
      return this.#meetAll({ ...full, integer }, this.numbers(node))
    }
    if (full.type === 'string') return this.#meetAll(full, this.strings(node))
    if (full.type === 'array') return this.array(node, full)
    if (full.type === 'object') return this.object(node, full)
    return full
  }

  #meetAll(full: Shape, parts: readonly Shape[]): Shape | null {
    let shape: Shape | null = full
    for (const part of parts) shape = shape && meetShapes(shape, part, this.expressions)
    return shape
  }

  /** One number shape for every keyword about numbers. */
  numbers(node: SchemaNode): NumberShape[] {
    const full = fullShape('number', this.expressions) as NumberShape
    const shapes: NumberShape[] = []
    for (const [keyword, open, side] of numberBounds) {
      const value = this.number(node, keyword)
      const exclusive = this.exclusive(node, open)
      if (value) shapes.push({ ...full, [side]: { value, isExclusive: exclusive === true } })
      if (exclusive instanceof Decimal)
        shapes.push({ ...full, [side]: { value: exclusive, isExclusive: true } })
    }
    const divisor = this.number(node, 'multipleOf')
    if (divisor) {
      if (divisor.units <= 0n)
        throw invalid(node.at('multipleOf'), `multipleOf is ${divisor}, expected more than 0`)
      shapes.push({ ...full, multiples: [divisor], pointer: node.at('multipleOf') })
    }
    const format = this.#format(node)
    const range = format === null ? undefined : numberFormats.get(format)
    if (range) {
      const [min, max] = [Decimal.read(range.min)!, Decimal.read(range.max)!]
      shapes.push({
        ...full,
        integer: true,
        min: { value: min, isExclusive: false },
        max: { value: max, isExclusive: false },
      })
    }
    return shapes
  }

  /** One string shape for every keyword about strings. */
  strings(node: SchemaNode): StringShape[] {
    const full = fullShape('string', this.expressions) as StringShape
    const shapes: StringShape[] = []
    const min = this.count(node, 'minLength')
    if (min !== null) shapes.push({ ...full, min })
    const max = this.count(node, 'maxLength')
    if (max !== null) shapes.push({ ...full, max })
    const pattern = node.get('pattern')
    if (pattern !== undefined) {
      if (typeof pattern !== 'string') throw invalid(node.at('pattern'), 'the pattern is no string')
      const place = { keyword: 'pattern', pointer: node.at('pattern'), reason: '' }
      shapes.push({ ...full, rules: [this.rules.pattern(pattern, place)] })
    }
    const format = this.#format(node)
    if (format === null) return shapes
    const place = { keyword: 'format', pointer: node.at('format'), reason: '' }
    const rule = this.rules.format(format, place)
    if (rule) shapes.push({ ...full, rules: [rule], max: format.includes('hostname') ? 253 : null })
    return shapes
  }

  /** The format, where it asks something. */
  #format(node: SchemaNode): string | null {
    const format = node.get('format')
    if (typeof format !== 'string') return null
    if (isAsked(format, this.#openApi)) return format
    if (!isSilent(format))
      this.notices.add(`The format ${quoted(format)} at ${node.at('format')} is unknown and was not applied.`)
    return null
  }

  /** Applies the keywords about arrays. */
  array(node: SchemaNode, full: ArrayShape): ArrayShape | null {
    const { prefix, rest, evaluated } = this.items(node)
    const unique = node.get('uniqueItems') === true
    const shape: ArrayShape = {
      ...full,
      prefix,
      rest,
      evaluated,
      min: this.count(node, 'minItems') ?? 0,
      max: this.count(node, 'maxItems'),
      isUnique: unique,
      pointer: node.pointer,
    }
    const contains = this.subschema(node, 'contains')
    if (!contains) return trimArray(shape, this.expressions)
    const min = this.count(node, 'minContains') ?? 1
    const max = this.count(node, 'maxContains')
    // Not in 2019-09, which was the first to ask what is evaluated.
    const isAnnotating = node.dialect.draft !== 2019
    const contained = [{ isAnnotating, expression: contains, from: 0, min, max }]
    return trimArray({ ...shape, contained }, this.expressions)
  }

  /** Schemas of the items by index, and of those after. */
  items(node: SchemaNode): { prefix: Expression[]; rest: Expression; evaluated: number | null } {
    const items = this.itemsOf(node)
    const list = Array.isArray(items) ? 'items' : 'prefixItems'
    const values = node.get(list)
    if (values !== undefined && !Array.isArray(values))
      throw invalid(node.at(list), 'the list of item schemas is none')
    const prefix = (values ?? []).map((value, index) => this.child(node, value, `/${list}/${index}`))
    const after = Array.isArray(items) ? 'additionalItems' : 'items'
    const rest = this.subschema(node, after)
    return { prefix, rest: rest ?? this.expressions.true, evaluated: rest ? null : prefix.length }
  }

  /** Applies the keywords about objects. */
  object(node: SchemaNode, full: ObjectShape): ObjectShape | null {
    const group = this.group(node)
    const names = this.subschema(node, 'propertyNames')
    const shape: ObjectShape = {
      ...full,
      groups: group ? [group] : [],
      required: this.words(node, 'required'),
      names: names && names !== this.expressions.true ? [names] : [],
      min: this.count(node, 'minProperties') ?? 0,
      max: this.count(node, 'maxProperties'),
      pointer: node.pointer,
    }
    return shape.max !== null && shape.max < Math.max(shape.min, shape.required.length) ? null : shape
  }

  /** The node's properties, patternProperties and additionalProperties; null where it has none of them. */
  group(node: SchemaNode): PropertyGroup | null {
    let group = this.#groups.get(node)
    if (group === undefined) {
      group = this.#group(node)
      this.#groups.set(node, group)
    }
    return group
  }

  #group(node: SchemaNode): PropertyGroup | null {
    const properties = new Map<string, Expression>()
    const patterns: [TextRule, Expression][] = []
    for (const [key, value] of this.members(node, 'properties')) {
      properties.set(key, this.child(node, value, `/properties/${escapeStep(key)}`))
    }
    for (const [source, value] of this.members(node, 'patternProperties')) {
      const steps = `/patternProperties/${escapeStep(source)}`
      const place = { keyword: 'patternProperties', pointer: node.pointer + steps, reason: '' }
      const rule = this.rules.pattern(source, place)
      const expression = this.child(node, value, steps)
      const keys = finiteTextsOf(rule, finiteKeysMax)
      if (keys === null) patterns.push([rule, expression])
      else {
        for (const key of keys) {
          const known = properties.get(key)
          properties.set(key, known ? this.expressions.all([known, expression]) : expression)
        }
      }
    }
    const additional = this.subschema(node, 'additionalProperties')
    const strips = this.#strips && node.get('properties') !== undefined && additional === null
    if (properties.size + patterns.length === 0 && additional === null && !strips) return null
    return { properties, patterns, additional, isAnnotating: true, strips }
  }
}

const numberBounds = [
  ['minimum', 'exclusiveMinimum', 'min'],
  ['maximum', 'exclusiveMaximum', 'max'],
] as const
