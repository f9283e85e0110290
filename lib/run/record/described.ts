// A prompt, or options, as people read them in JSON: texts, names, constraints in a line each, functions by their
// names. Nothing is made of it again.

import { isArray, isReadable } from '../../base/seen.js'
import { isConstraint } from '../../constraint/constraint-type.js'
import { isPrompt } from '../../prompt/shape.js'
import type { Plain } from './plain.js'

/** Levels told; prompts are not nested deeper, but what a caller put into one may be. */
const depthMax = 200

export function described(value: unknown, depth = 0): Plain {
  if (depth > depthMax) return '...'
  const inner = (one: unknown): Plain => described(one, depth + 1)
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'function':
      return `[function ${value.name || 'without a name'}]`
    case 'object':
      break
    default:
      return value === undefined ? null : String(value)
  }
  if (!isReadable(value)) return null
  if (isArray(value)) return value.map(inner)
  if (isConstraint(value)) return value.describe()
  if (value instanceof RegExp || value instanceof Date) return String(value)
  if (isPrompt(value)) return value.parts.map((part) => (part.kind === 'text' ? part.text : inner(part)))
  const members = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(members.map(([name, one]) => [name, inner(one)]))
}
