// What a small schema asks, as text: so that the same in many places is seen to be the same, and one that asks nothing
// to ask nothing. Decides only where that is plain; everything else is told apart by its place.
import { Decimal } from '../value/decimal.js'
import { type Json, jsonKey } from '../value/json-value.js'
import type { SchemaNode } from './schema-document.js'

/** A number for what the node's $ref leads to; null where that is nowhere or not plain. */
export type TargetOf = (node: SchemaNode, reference: string) => number | null

/** What of the whole schema decides what a part of it asks. */
export interface Surroundings {
  /** What a schema evaluates matters: one that asks nothing may still evaluate all. */
  readonly hasAnnotations: boolean
  /** The same words are of more than one draft, and may not mean the same. */
  readonly isMixed: boolean
  readonly targetOf: TargetOf
}

/** Keywords that ask nothing. */
const annotations: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'example',
  'examples',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
])
const keywordsMax = 16
const itemsMax = 16
const lengthMax = 400

/** Equal for schemas that ask the same; '' for one that asks nothing; null where it is not plain. */
export function plainContent(node: SchemaNode, within: Surroundings): string | null {
  const { hasAnnotations, isMixed, targetOf } = within
  if (typeof node.value === 'boolean' || node.value.size > keywordsMax) return null
  const parts: string[] = []
  let length = 0
  for (const [keyword, value] of node.entries) {
    if (annotations.has(keyword)) continue
    if (
      !hasAnnotations &&
      value === true &&
      (keyword === 'additionalProperties' || keyword === 'additionalItems')
    )
      continue
    if (keyword === '$ref' && typeof value === 'string') {
      const target = targetOf(node, value)
      if (target === null) return null
      parts.push(`$ref:${target}`)
      continue
    }
    if (keyword.startsWith('$') || keyword === 'id' || !isPlain(value)) return null
    const part = `${JSON.stringify(keyword)}:${jsonKey(value)}`
    length += part.length
    if (length > lengthMax) return null
    parts.push(part)
  }
  // What was not applied is told of once it is worked out.
  if (parts.length === 0 && node.ignored.length > 0) return null
  if (isMixed && parts.length > 0) parts.push(node.dialect.title)
  return parts.sort().join()
}

function isPlain(value: Json): boolean {
  if (!Array.isArray(value)) return !isNested(value)
  return value.length <= itemsMax && !value.some(isNested)
}

function isNested(value: Json): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Decimal)
}
