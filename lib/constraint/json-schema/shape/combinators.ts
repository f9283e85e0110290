// Keywords that combine other schemas or refer to them, as expressions. Decides the meaning of enum, const, references,
// allOf, anyOf, oneOf, not, if and the dependencies; what shapes the expressions have belongs to normalise.ts.
import { quoted } from '../../../base/seen.js'
import { escapeStep, type SchemaNode } from '../document/schema-document.js'
import { invalid, type Mark, tooComplex } from '../refusal.js'
import { Decimal } from '../value/decimal.js'
import { type Json, type JsonObject, jsonKey, jsonSize } from '../value/json-value.js'
import type { DisjointSource } from './disjoint.js'
import type { Expression } from './expression.js'
import type { Keywords } from './keywords.js'
import { overlaps } from './overlaps.js'

/** Values of one const or enum, those inside of others included. */
const valuesMax = 1_000_000

export class Combinators {
  readonly #keywords: Keywords
  readonly #source: DisjointSource
  readonly #made = new Map<string, Expression>()

  constructor(keywords: Keywords, source: DisjointSource) {
    this.#keywords = keywords
    this.#source = source
  }

  /** What a keyword outside of `ownKeywords` asks, as expressions that must all hold. */
  combined(node: SchemaNode, keyword: string): Expression[] {
    const { expressions } = this.#keywords
    const keywords = this.#keywords
    switch (keyword) {
      case 'enum':
      case 'const':
        return [this.#values(node, keyword)]
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
        keywords.notices.add(
          `The keyword ${keyword} at ${node.at(keyword)} is of draft 3 and was not applied.`,
        )
        return []
      default:
        return []
    }
  }

  #values(node: SchemaNode, keyword: string): Expression {
    const { expressions } = this.#keywords
    const value = node.get(keyword)!
    const size = jsonSize(value)
    if (size > valuesMax) throw tooComplex(`values at ${node.at(keyword)}`, size, valuesMax)
    if (keyword === 'const') return expressions.values([value])
    if (!Array.isArray(value)) throw invalid(node.at('enum'), 'enum must be a list')
    const values = new Map<string, Json>()
    for (const item of value) values.set(jsonKey(item), item)
    return expressions.values([...values.values()], [...values.keys()])
  }

  #reference(node: SchemaNode, keyword: string): Expression {
    const reference = node.get(keyword)
    if (typeof reference !== 'string') throw invalid(node.at(keyword), 'the reference is no string')
    const { document, expressions } = this.#keywords
    const isDynamic = keyword === '$dynamicRef' && /#[^/]/.test(reference)
    const resolution = isDynamic
      ? document.resolveDynamic(reference, node)
      : keyword === '$recursiveRef'
        ? document.resolveRecursive(reference, node)
        : document.resolve(reference, node)
    if ('node' in resolution) return expressions.node(resolution.node)
    const reason = `${quoted(reference)} ${resolution.reason}`
    return this.#undecided({ keyword, pointer: node.at(keyword), reason })
  }

  /** Something of which nothing is known but that it must not be relied on. */
  #undecided(mark: Mark): Expression {
    this.#source.leaveOut(mark)
    return this.#keywords.expressions.true
  }

  #exactlyOne(parts: readonly Expression[]): Expression {
    const { expressions } = this.#keywords
    if (parts.length === 1) return parts[0]!
    const overlapping: Expression[][] = parts.map(() => [])
    for (const [index, at] of overlaps(parts, this.#source)) {
      overlapping[index]!.push(parts[at]!)
      overlapping[at]!.push(parts[index]!)
    }
    const alternatives = parts.map((part, index) =>
      expressions.all([part, ...overlapping[index]!.map((other) => expressions.not(other))]),
    )
    return expressions.any(alternatives)
  }

  #conditional(node: SchemaNode): Expression[] {
    const { expressions } = this.#keywords
    const condition = this.#keywords.subschema(node, 'if')!
    const [yes, no] = ['then', 'else'].map(
      (keyword) => this.#keywords.subschema(node, keyword) ?? expressions.true,
    )
    // Alone it asks nothing, yet where it holds it evaluates.
    if (yes === expressions.true && no === expressions.true && !expressions.hasAnnotations) return []
    return [
      expressions.any([
        expressions.all([condition, yes!]),
        expressions.all([expressions.not(condition), no!]),
      ]),
    ]
  }

  /** For each key: it is absent, or what depends on it holds. Written as schemas of its own. */
  #dependencies(node: SchemaNode, keyword: string): Expression[] {
    const { expressions } = this.#keywords
    const result: Expression[] = []
    for (const [key, value] of this.#keywords.members(node, keyword)) {
      const present = this.synthetic(node, requiring([key]))
      let wanted: Expression
      if (Array.isArray(value) || typeof value === 'string') {
        const keys = Array.isArray(value) ? value : [value]
        if (keys.length === 0) continue
        wanted = this.synthetic(node, requiring(keys))
      } else wanted = this.#keywords.child(node, value, `/${keyword}/${escapeStep(key)}`)
      if (wanted === expressions.true) continue
      result.push(expressions.any([expressions.not(present), expressions.all([present, wanted])]))
    }
    return result
  }

  /** The same members always give the same expression, so that what is equal is recognised. */
  synthetic(node: SchemaNode, value: JsonObject): Expression {
    const key = jsonKey(value)
    let made = this.#made.get(key)
    if (!made) {
      made = this.#keywords.expressions.node(this.#keywords.document.synthetic(value, node))
      this.#made.set(key, made)
    }
    return made
  }
}

function requiring(keys: readonly Json[]): JsonObject {
  return new Map<string, Json>([
    ['type', 'object'],
    ['required', [...keys]],
  ])
}

/** The schema that only this array or object satisfies. */
export function asSchema(value: Json): JsonObject {
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
