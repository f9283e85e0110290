// Values a caller knows as plain data, read once. Decides what JSON makes of them (toJSON, members that are undefined),
// and that what it would silently change is refused: a number that is none would become null.
import { ConstraintError } from '../../../base/errors.js'
import { typeName } from '../../../base/seen.js'
import { Decimal } from './decimal.js'
import { jsonDepthMax } from './json-value.js'

/** As JSON.parse gives it, and exact numbers where a caller has some that a double is not. */
export type Plain = null | boolean | string | number | Decimal | Plain[] | PlainObject
export type PlainObject = { readonly [key: string]: Plain }

/** Throws ConstraintError VALUE_INVALID for what JSON cannot hold. */
export function plainValue(value: unknown): Plain {
  try {
    const text = jsonText(value)
    // Most values hold nothing that needs a closer look, and this is the fastest copy there is.
    if (text !== null && !text.includes('null')) return JSON.parse(text) as Plain
    const plain = copied(value, '', 0)
    if (plain !== undefined) return plain
  } catch (cause) {
    // Whatever a caller's getters and toJSON throw.
    if (cause instanceof ConstraintError) throw cause
    throw new ConstraintError('VALUE_INVALID', 'The value cannot be written as JSON.', { cause })
  }
  throw invalid(`is ${typeName(value)}`)
}

/** null where there is none, or where it takes a closer look to tell why. */
function jsonText(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null
  } catch (error) {
    // A bigint, or an object that holds itself.
    if (error instanceof TypeError) return null
    throw error
  }
}

/** undefined: what JSON leaves out. */
function copied(given: unknown, key: string, depth: number): Plain | undefined {
  const value = unboxed(given, key)
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    throw invalid(`holds the number ${value}`)
  }
  if (typeof value === 'bigint') {
    const decimal = Decimal.ofNumber(value)
    if (decimal) return decimal
    throw invalid(`holds the number ${String(value).slice(0, 40)}...`)
  }
  if (typeof value !== 'object') return undefined
  if (depth >= jsonDepthMax) throw invalid(`holds itself or more than ${jsonDepthMax} levels`)
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, index) => copied(item, String(index), depth + 1) ?? null)
  }
  const entries: [string, Plain][] = []
  for (const [name, item] of Object.entries(value)) {
    const plain = copied(item, name, depth + 1)
    if (plain !== undefined) entries.push([name, plain])
  }
  return Object.fromEntries(entries)
}

/** What stands for a value in JSON: what its toJSON gives, the inside of a boxed primitive. */
function unboxed(given: unknown, key: string): unknown {
  let value = given
  if ((typeof value === 'object' && value !== null) || typeof value === 'bigint') {
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') value = toJSON.call(value, key)
  }
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf()
  return value
}

function invalid(seen: string): ConstraintError {
  return new ConstraintError('VALUE_INVALID', `The value ${seen}, expected a JSON value.`)
}
