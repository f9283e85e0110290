// Boolean expressions over schema nodes: all of, any of, not, literal values, and `silent`: the same values, of which
// nothing counts as evaluated. Decides only simplification and identity (equal expressions are one object), which is
// what makes recursion end. Never looks inside a node.

import { plainContent, type Surroundings } from '../document/plain-content.js'
import type { SchemaNode } from '../document/schema-document.js'
import { tooComplex } from '../refusal.js'
import { type Json, jsonKey } from '../value/json-value.js'

export type Expression =
  | { readonly id: number; readonly kind: 'true' }
  | { readonly id: number; readonly kind: 'false' }
  | { readonly id: number; readonly kind: 'node'; readonly node: SchemaNode }
  | { readonly id: number; readonly kind: 'all'; readonly parts: readonly Expression[] }
  | { readonly id: number; readonly kind: 'any'; readonly parts: readonly Expression[] }
  | { readonly id: number; readonly kind: 'not'; readonly part: Expression }
  | { readonly id: number; readonly kind: 'silent'; readonly part: Expression }
  | { readonly id: number; readonly kind: 'values'; readonly values: readonly Json[] }

type Body = Expression extends infer E ? (E extends { id: number } ? Omit<E, 'id'> : never) : never

const expressionsMax = 100_000

export class Expressions {
  readonly #byKey = new Map<string, Expression>()
  readonly #byNode = new Map<SchemaNode, Expression>()
  readonly #byContent = new Map<string, Expression>()
  #count = 0
  readonly #within: Surroundings
  readonly true = this.#make('true', { kind: 'true' } as Body)
  readonly false = this.#make('false', { kind: 'false' } as Body)

  constructor(within: Surroundings) {
    this.#within = within
  }

  node(node: SchemaNode): Expression {
    if (node.value === true) return this.true
    if (node.value === false) return this.false
    let found = this.#byNode.get(node)
    if (!found) {
      // What asks the same in many places is one, so that it is seen to be in itself and out of its opposite.
      const content = plainContent(node, this.#within)
      if (content === '') return this.true
      found =
        (content === null ? undefined : this.#byContent.get(content)) ??
        this.#add({ kind: 'node', node } as Body)
      this.#byNode.set(node, found)
      if (content !== null) this.#byContent.set(content, found)
    }
    return found
  }

  all(parts: readonly Expression[]): Expression {
    return this.#join('all', parts, this.true, this.false)
  }

  /** Whether what a schema evaluates matters. */
  get hasAnnotations(): boolean {
    return this.#within.hasAnnotations
  }

  any(parts: readonly Expression[]): Expression {
    return this.#join('any', parts, this.false, this.true)
  }

  not(part: Expression): Expression {
    if (part.kind === 'true') return this.false
    if (part.kind === 'false') return this.true
    if (part.kind === 'silent') return this.not(part.part)
    // Where what a schema evaluates matters, `not` twice is not the schema itself.
    if (part.kind === 'not') return this.hasAnnotations ? this.#silent(part.part) : part.part
    return this.#make(`!${part.id}`, { kind: 'not', part } as Body)
  }

  #silent(part: Expression): Expression {
    return part.kind === 'silent' ? part : this.#make(`~${part.id}`, { kind: 'silent', part } as Body)
  }

  /** `keys`: what the values are told apart by, where that is known. */
  values(values: readonly Json[], keys: readonly string[] = values.map(jsonKey)): Expression {
    if (values.length === 0) return this.false
    return this.#make(`=${keys.join()}`, { kind: 'values', values } as Body)
  }

  #join(
    kind: 'all' | 'any',
    parts: readonly Expression[],
    neutral: Expression,
    absorbing: Expression,
  ): Expression {
    if (parts.length < 2) return parts[0] ?? neutral
    if (parts.length < 2) return parts.length === 0 ? neutral : parts[0]!
    const kept = new Set<Expression>()
    // What holds anything may still evaluate something.
    const isNothingLost = kind === 'all' || !this.hasAnnotations
    for (const part of parts) {
      if (part === absorbing && isNothingLost) return absorbing
      if (part.kind === kind) for (const inner of part.parts) kept.add(inner)
      else if (part !== neutral) kept.add(part)
    }
    if (isNothingLost)
      for (const part of kept) if (part.kind === 'not' && kept.has(part.part)) return absorbing
    const list = [...kept]
    if (list.length === 0) return neutral
    if (list.length === 1) return list[0]!
    const ids = list.map((part) => part.id).sort((a, b) => a - b)
    return this.#make(`${kind}${ids.join()}`, { kind, parts: list } as Body)
  }

  #make(key: string, body: Body): Expression {
    const known = this.#byKey.get(key)
    if (known) return known
    const made = this.#add(body)
    this.#byKey.set(key, made)
    return made
  }

  #add(body: Body): Expression {
    const id = this.#count++
    if (id >= expressionsMax) throw tooComplex('combinations of subschemas', id + 1, expressionsMax)
    return { ...body, id } as Expression
  }
}
