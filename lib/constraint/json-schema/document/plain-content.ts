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
  const members = node.entries
  // Most schemas are not plain, which is seen before anything is written.
  for (const [keyword, value] of members) if (!isPlain(keyword, value)) return null
  const parts: string[] = []
  let length = 0
  for (const [keyword, value] of members) {
    if (annotations.has(keyword)) continue
    const isOpen = keyword === 'additionalProperties' || keyword === 'additionalItems'
    if (!hasAnnotations && isOpen && value === true) continue
    if (keyword === '$ref') {
      const target = targetOf(node, value as string)
      if (target === null) return null
      parts.push(`$ref:${target}`)
      continue
    }
    // A length before it, so that no keyword can be taken for another one with a value.
    const part = `${keyword.length} ${keyword}:${jsonKey(value)}`
    length += part.length
    if (length > lengthMax) return null
    parts.push(part)
  }
  // What was not applied is told of once it is worked out.
  if (parts.length === 0 && node.ignored.length > 0) return null
  if (isMixed && parts.length > 0) parts.push(node.dialect.title)
  return parts.length > 1 ? parts.sort().join() : (parts[0] ?? '')
}

function isPlain(keyword: string, value: Json): boolean {
  if (annotations.has(keyword)) return true
  if (keyword === '$ref') return typeof value === 'string'
  if (keyword === 'id' || keyword.startsWith('$')) return false
  if (!Array.isArray(value)) return !isNested(value)
  return value.length <= itemsMax && !value.some(isNested)
}

function isNested(value: Json): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Decimal)
}
