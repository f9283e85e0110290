// One schema with its subschemas: where each lies and what a reference means. Decides local references ($ref by
// pointer, $id, id, $anchor, dynamic ones); a reference that leaves the document is refused, never fetched, and so is
// one that means different things by draft where the document does not say its draft.

import { invalid } from '../refusal.js'
import { isObject, type Json, type JsonObject, keysInside } from '../value/json-value.js'
import { type Dialect, Dialects, isConstraint, isPlainReference, undrafted } from './dialects.js'
import { Identifiers, resolveUri, unnamedBase } from './identifiers.js'

/** A subschema in its place, with the keywords its draft has. The same JSON object is always the same node. */
export class SchemaNode {
  readonly value: JsonObject | boolean
  readonly parent: SchemaNode | null
  readonly dialect: Dialect
  readonly #steps: string
  readonly #isPlainReference: boolean

  constructor(value: JsonObject | boolean, parent: SchemaNode | null, steps: string, dialect: Dialect) {
    this.value = value
    this.parent = parent
    this.dialect = dialect
    this.#steps = steps
    this.#isPlainReference = value instanceof Map && isPlainReference(value, dialect)
  }

  /** JSON pointer from the root, as a URI fragment: `#/properties/a`. */
  get pointer(): string {
    return this.parent === null ? `#${this.#steps}` : this.parent.pointer + this.#steps
  }

  get(keyword: string): Json | undefined {
    return this.value instanceof Map && this.#counts(keyword) ? this.value.get(keyword) : undefined
  }

  /** The keywords that count here, with their values. */
  get entries(): Iterable<[string, Json]> {
    if (!(this.value instanceof Map)) return []
    return this.dialect === undrafted
      ? this.value
      : [...this.value].filter(([keyword]) => this.#counts(keyword))
  }

  /** Keywords that ask something elsewhere and nothing here. */
  get ignored(): string[] {
    if (!(this.value instanceof Map) || this.dialect === undrafted) return []
    return [...this.value.keys()].filter((keyword) => isConstraint(keyword) && !this.#counts(keyword))
  }

  #counts(keyword: string): boolean {
    return this.#isPlainReference ? keyword === '$ref' : this.dialect.has(keyword)
  }

  /** Pointer of a keyword in this subschema. */
  at(keyword: string): string {
    return `${this.pointer}/${escapeStep(keyword)}`
  }
}

/** What a reference means; or, as the end of a sentence that starts with the reference, why that can't be told. */
export type Resolution = { readonly node: SchemaNode } | { readonly reason: string }

const elsewhere: Resolution = { reason: 'is not in the schema itself' }
const manifold: Resolution = { reason: 'has more than one meaning' }

export class SchemaDocument {
  readonly root: SchemaNode
  readonly #nodes = new Map<JsonObject, SchemaNode>()
  /** What pointers below a resource lead to: schemas refer to the same place again and again. */
  readonly #followed = new Map<SchemaNode, Map<string, SchemaNode | null>>()
  readonly #targets = new Map<SchemaNode, number>()
  readonly dialects: Dialects
  readonly #inside: ReadonlySet<string>
  #readings: readonly Identifiers[] | null = null
  #places: ReadonlyMap<Json, string> | null = null

  constructor(schema: Json) {
    this.#inside = keysInside(schema)
    this.dialects = new Dialects(schema, this.#inside)
    this.root = this.#enter(schema, null, '')
  }

  /** Whether a key occurs anywhere, be it as a keyword or not. */
  mentions(key: string): boolean {
    return this.#inside.has(key) || this.root.get(key) !== undefined
  }

  /** The subschema at `steps` (pointer text) below a node. Throws SCHEMA_INVALID where that is no schema. */
  child(parent: SchemaNode, value: Json, steps: string): SchemaNode {
    const known = isObject(value) ? this.#nodes.get(value) : undefined
    return known ?? this.#enter(value, parent, steps)
  }

  /** A schema made by the lowering itself, for example out of a constant. */
  synthetic(value: JsonObject, origin: SchemaNode): SchemaNode {
    const known = this.#nodes.get(value)
    if (known) return known
    const node = new SchemaNode(value, origin, '', undrafted)
    this.#nodes.set(value, node)
    return node
  }

  /** What a plain reference means. Throws SCHEMA_INVALID where it leads to what is no schema. */
  resolve(reference: string, from: SchemaNode): Resolution {
    return this.#agreed((reading) => this.#resolved(reading, reference, from))
  }

  /** A number for what a plain reference leads to; null where that is nowhere, or no schema. */
  target(reference: string, from: SchemaNode): number | null {
    try {
      const resolution = this.resolve(reference, from)
      if (!('node' in resolution)) return null
      const known = this.#targets.get(resolution.node) ?? this.#targets.size
      this.#targets.set(resolution.node, known)
      return known
    } catch {
      // Told when the reference is followed, if it ever is.
      return null
    }
  }

  /** What a dynamic reference means: the anchor of this name in the outermost resource, which is the root's. */
  resolveDynamic(reference: string, from: SchemaNode): Resolution {
    const name = decodeFragment(reference.slice(reference.indexOf('#') + 1))
    return this.#agreed((reading) => {
      const plain = this.#resolved(reading, reference, from)
      if (!('node' in plain) || plain.node.get('$dynamicAnchor') !== name) return plain
      const all = reading.dynamic(name)
      return this.#outermost(reading, all, plain)
    })
  }

  /** The same for a recursive reference, which is always to the root of a resource. */
  resolveRecursive(reference: string, from: SchemaNode): Resolution {
    return this.#agreed((reading) => {
      const plain = this.#resolved(reading, reference, from)
      if (!('node' in plain) || plain.node.get('$recursiveAnchor') !== true) return plain
      return this.#outermost(reading, reading.recursive, plain)
    })
  }

  /** Of schemas that share an anchor the one in the root's resource; else the only one there is. */
  #outermost(reading: Identifiers, anchored: readonly JsonObject[], plain: Resolution): Resolution {
    const base = this.#baseOf(reading, this.root)
    const outer = anchored.find((value) => reading.baseOf(value) === base)
    if (outer) return { node: this.#located(outer) }
    return anchored.length === 1 ? plain : manifold
  }

  /** What all readings of the document say that say anything. */
  #agreed(resolve: (reading: Identifiers) => Resolution): Resolution {
    const { value } = this.root
    if (!isObject(value)) return elsewhere
    this.#readings ??= Array.from(
      { length: this.dialects.readings },
      (_, reading) => new Identifiers(value, this.dialects, reading, this.#inside),
    )
    let agreed: Resolution | null = null
    for (const reading of this.#readings) {
      const resolution = resolve(reading)
      if (!('node' in resolution)) {
        if (resolution === manifold) return manifold
        continue
      }
      if (agreed && 'node' in agreed && agreed.node !== resolution.node) return manifold
      agreed = resolution
    }
    return agreed ?? elsewhere
  }

  #resolved(reading: Identifiers, reference: string, from: SchemaNode): Resolution {
    const hash = reference.indexOf('#')
    const uri = hash < 0 ? reference : reference.slice(0, hash)
    const fragment = hash < 0 ? '' : decodeFragment(reference.slice(hash + 1))
    const own = this.#baseOf(reading, from)
    const base = uri === '' ? own : resolveUri(uri, own)
    const resource = reading.resource(base)
    if (!resource) return elsewhere
    if (fragment !== '' && !fragment.startsWith('/')) {
      const anchored = reading.anchor(base, fragment)
      return anchored ? { node: this.#located(anchored) } : elsewhere
    }
    const root = this.#located(resource)
    const node = fragment === '' ? root : this.#follow(root, fragment)
    return node ? { node } : elsewhere
  }

  /** Schemas in places that hold none, which only pointers lead to, are named when they are asked. */
  #baseOf(reading: Identifiers, node: SchemaNode): string {
    if (!isObject(node.value)) return unnamedBase
    const known = reading.baseOf(node.value)
    if (known !== undefined) return known
    const outer = node.parent ? this.#baseOf(reading, node.parent) : unnamedBase
    reading.enter(node.value, outer, node.dialect)
    return reading.baseOf(node.value)!
  }

  #follow(resource: SchemaNode, fragment: string): SchemaNode | null {
    const followed = this.#followed.get(resource) ?? new Map<string, SchemaNode | null>()
    this.#followed.set(resource, followed)
    let node = followed.get(fragment)
    if (node === undefined) {
      node = this.#find(resource, fragment)
      followed.set(fragment, node)
    }
    return node
  }

  #find(resource: SchemaNode, fragment: string): SchemaNode | null {
    let value: Json | undefined = resource.value
    for (const step of fragment.slice(1).split('/')) {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
      if (isObject(value)) value = value.get(key)
      else if (Array.isArray(value) && /^(0|[1-9]\d*)$/.test(key)) value = value[Number(key)]
      else value = undefined
      if (value === undefined) return null
    }
    return this.child(resource, value, fragment)
  }

  /** The node of a schema that was found by its name. */
  #located(value: JsonObject): SchemaNode {
    const known = this.#nodes.get(value)
    if (known) return known
    this.#places ??= placesIn(this.root.value)
    return this.#enter(value, this.root, this.#places.get(value) ?? '')
  }

  #enter(value: Json, parent: SchemaNode | null, steps: string): SchemaNode {
    if (typeof value !== 'boolean' && !isObject(value)) {
      const pointer = parent === null ? `#${steps}` : parent.pointer + steps
      throw invalid(pointer, 'there is no object and no boolean where a schema is expected')
    }
    const outer = parent?.dialect ?? this.dialects.root
    const dialect = isObject(value) ? this.dialects.of(value, outer) : outer
    const node = new SchemaNode(value, parent, steps, dialect)
    if (isObject(value)) this.#nodes.set(value, node)
    return node
  }
}

/** JSON pointers of all arrays and objects in a value; the first of those that stand in many places. */
function placesIn(value: Json): ReadonlyMap<Json, string> {
  const places = new Map<Json, string>([[value, '']])
  for (const [outer, pointer] of places) {
    const entries = Array.isArray(outer) || isObject(outer) ? outer.entries() : []
    for (const [step, item] of entries) {
      if (item === null || typeof item !== 'object' || places.has(item)) continue
      places.set(item, `${pointer}/${escapeStep(String(step))}`)
    }
  }
  return places
}

export function escapeStep(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}
