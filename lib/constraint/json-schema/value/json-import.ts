// Plain JavaScript values as JSON values. Decides what JSON cannot hold, and that an object that stands in many places
// is one value: a schema may share its parts many levels deep, and would be endless if they were written out.
import { ConstraintError } from '../../../base/errors.js'
import { isReadable, typeName } from '../../../base/seen.js'
import { tooComplex } from '../refusal.js'
import { Decimal } from './decimal.js'
import { isObject, itemsOf, type Json, type JsonObject, jsonDepthMax } from './json-value.js'

/** Throws ConstraintError SCHEMA_INVALID for what JSON cannot hold: functions, cycles, too many levels. */
export function fromJavaScript(value: unknown): Json {
  const shared = new Import('one value')
  const json = shared.value(value, null, '', 0)
  // What a part refers to may depend on the named schema around it, so that one part in many places is many.
  return shared.hasShared && hasNames(json) ? new Import('copies').value(value, null, '', 0) : json
}

/** Values of a schema whose shared parts are written out. */
const copiesMax = 100_000

/** Where a value stands, to be told where it is refused. */
interface Place {
  readonly outer: Place | null
  readonly step: string | number
}

class Import {
  readonly #isSharing: boolean
  readonly #made = new Map<object, Json>()
  readonly #open = new Set<object>()
  #count = 0
  hasShared = false

  /** What becomes of an object that stands in many places. */
  constructor(shared: 'one value' | 'copies') {
    this.#isSharing = shared === 'one value'
  }

  value(value: unknown, outer: Place | null, step: string | number, depth: number): Json {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'bigint') {
      const decimal = Number.isNaN(value) ? null : Decimal.read(String(value))
      if (decimal) return decimal
    } else if (typeof value === 'object') return this.#nested(value, { outer, step }, depth)
    throw invalid(`holds ${typeName(value)}`, { outer, step }, 'a JSON value')
  }

  #nested(value: object, place: Place, depth: number): Json {
    if (!isReadable(value)) throw invalid('holds a revoked proxy', place, 'a JSON value')
    if (this.#open.has(value)) throw invalid('holds itself', place, 'a value that ends')
    const known = this.#made.get(value)
    if (known !== undefined && this.#isSharing) {
      this.hasShared = true
      return known
    }
    if (depth >= jsonDepthMax) {
      throw invalid(`is nested ${depth + 1} levels`, place, `at most ${jsonDepthMax}`)
    }
    this.#count++
    if (!this.#isSharing && this.#count > copiesMax) {
      throw tooComplex('parts, those that stand in many places counted in each', this.#count, copiesMax)
    }
    this.#open.add(value)
    const json = Array.isArray(value) ? this.#array(value, place, depth) : this.#object(value, place, depth)
    this.#open.delete(value)
    this.#made.set(value, json)
    return json
  }

  #array(value: readonly unknown[], place: Place, depth: number): Json[] {
    const items: Json[] = []
    for (let index = 0; index < value.length; index++) {
      items.push(this.value(value[index], place, index, depth + 1))
    }
    return items
  }

  #object(value: object, place: Place, depth: number): JsonObject {
    const object: JsonObject = new Map()
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) object.set(key, this.value(item, place, key, depth + 1))
    }
    return object
  }
}

/** Whether something inside of the value may be an identifier of a schema. */
function hasNames(value: Json): boolean {
  const seen = new Set<Json>([value])
  for (const outer of seen) {
    for (const item of itemsOf(outer)) {
      if (item === null || typeof item !== 'object' || seen.has(item)) continue
      seen.add(item)
      if (isObject(item) && (typeof item.get('$id') === 'string' || typeof item.get('id') === 'string'))
        return true
    }
  }
  return false
}

function invalid(seen: string, place: Place, expected: string): ConstraintError {
  const steps: (string | number)[] = []
  for (let at: Place = place; at.outer !== null; at = at.outer) steps.push(at.step)
  const pointer = ['#', ...steps.reverse()].join('/')
  const shown = pointer.length > 200 ? `${pointer.slice(0, 200)}...` : pointer
  return new ConstraintError('SCHEMA_INVALID', `The schema ${seen} at ${shown}, expected ${expected}.`)
}
