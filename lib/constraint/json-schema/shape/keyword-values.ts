// Reads what is written for a keyword: a schema, a list of them, a count, a number, words. Decides what is no valid
// value (SCHEMA_INVALID, by its place); what a keyword means is decided in keywords.ts.
import { quoted } from '../../../base/seen.js'
import { escapeStep, type SchemaDocument, type SchemaNode } from '../document/schema-document.js'
import { invalid, type Mark, tooComplex } from '../refusal.js'
import { Decimal } from '../value/decimal.js'
import { isObject, type Json, type JsonObject } from '../value/json-value.js'
import type { Expression, Expressions } from './expression.js'

/** Counts beyond this mean the same: no text is that long. */
const countMax = 1_000_000
const typeNames = new Set(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'])

export class KeywordValues {
  readonly document: SchemaDocument
  readonly expressions: Expressions

  constructor(document: SchemaDocument, expressions: Expressions) {
    this.document = document
    this.expressions = expressions
  }

  /** Names in `type`, or null where it is absent. */
  types(node: SchemaNode): ReadonlySet<string> | null {
    const type = node.get('type')
    if (type === undefined) return null
    const names = Array.isArray(type) ? type : [type]
    for (const name of names) {
      if (typeof name !== 'string' || !typeNames.has(name)) {
        const shown = typeof name === 'string' ? quoted(name) : 'that is no text'
        throw invalid(node.at('type'), `the type ${shown} is none of ${[...typeNames].join(', ')}`)
      }
    }
    return new Set(names as string[])
  }

  /** A keyword whose value is one schema; null where it is absent. */
  subschema(node: SchemaNode, keyword: string): Expression | null {
    const value = node.get(keyword)
    return value === undefined ? null : this.child(node, value, `/${escapeStep(keyword)}`)
  }

  /** A keyword whose value is a list of schemas; empty where it is absent. */
  subschemas(node: SchemaNode, keyword: string): Expression[] {
    const value = node.get(keyword)
    if (value === undefined) return []
    if (!Array.isArray(value)) throw invalid(node.at(keyword), 'there is no list of schemas')
    return value.map((item, index) => this.child(node, item, `/${keyword}/${index}`))
  }

  /** A keyword whose value is a count. */
  count(node: SchemaNode, keyword: string): number | null {
    const value = node.get(keyword)
    if (value === undefined) return null
    if (!(value instanceof Decimal) || !value.isInteger || value.isNegative) {
      throw invalid(node.at(keyword), `${keyword} must be a whole number from 0`)
    }
    const count = Number(value.toBigInt())
    if (count > countMax && keyword.startsWith('min'))
      throw tooComplex(`repetitions at ${node.at(keyword)}`, count, countMax)
    return Math.min(count, countMax)
  }

  /** An exclusive bound: a number, or up to draft 4 whether the plain one is outside. */
  exclusive(node: SchemaNode, keyword: string): Decimal | boolean | null {
    const value = node.get(keyword)
    const { draft, title } = node.dialect
    const isOld = typeof value === 'boolean'
    if (draft !== null && isOld !== draft <= 4 && (isOld || value instanceof Decimal)) {
      const [seen, expected] = isOld ? [value, 'a number'] : [value, 'true or false']
      throw invalid(node.at(keyword), `${keyword} is ${seen}, which in ${title} must be ${expected}`)
    }
    return isOld ? value : this.number(node, keyword)
  }

  /** A schema of all items, or up to 2019-09 a list of schemas of the first ones. */
  itemsOf(node: SchemaNode): Json | undefined {
    const items = node.get('items')
    if (node.dialect.draft !== 2020 || !Array.isArray(items)) return items
    throw invalid(node.at('items'), 'items is a list, which 2020-12 calls prefixItems')
  }

  /** A keyword whose value is a list of strings. */
  words(node: SchemaNode, keyword: string): string[] {
    const value = node.get(keyword)
    if (value === undefined) return []
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      throw invalid(node.at(keyword), `${keyword} must be a list of strings`)
    }
    return [...new Set(value)]
  }

  /** What is said of a keyword that can't be held. */
  mark(node: SchemaNode, keyword: string, reason: string): Mark {
    return { keyword, pointer: node.at(keyword), reason }
  }

  /** A keyword whose value is a number; null where it is absent. */
  number(node: SchemaNode, keyword: string): Decimal | null {
    const value = node.get(keyword)
    if (value === undefined) return null
    if (!(value instanceof Decimal)) throw invalid(node.at(keyword), `${keyword} must be a number`)
    return value
  }

  /** Members of a keyword whose value maps keys to something; none where it is absent. */
  members(node: SchemaNode, keyword: string): JsonObject {
    const value = node.get(keyword)
    if (value === undefined) return new Map()
    if (!isObject(value)) throw invalid(node.at(keyword), `${keyword} must be an object`)
    return value
  }

  /** A schema within the node's own, so many steps further. */
  child(node: SchemaNode, value: Json, steps: string): Expression {
    return this.expressions.node(this.document.child(node, value, steps))
  }
}
