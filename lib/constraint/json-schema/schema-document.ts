// One schema with its subschemas: where each lies, which base URI it has, and what a reference means. Decides local
// references ($ref by pointer, $id, id, $anchor); a reference that leaves the document is refused, never fetched.
import { isObject, type Json, type JsonObject } from './json-value.js'
import { invalid } from './refusal.js'

/** A subschema in its place. The same JSON object is always the same node. */
export class SchemaNode {
  readonly value: JsonObject | boolean
  readonly base: string
  readonly #parent: SchemaNode | null
  readonly #steps: string

  constructor(value: JsonObject | boolean, base: string, parent: SchemaNode | null, steps: string) {
    this.value = value
    this.base = base
    this.#parent = parent
    this.#steps = steps
  }

  /** JSON pointer from the root, as a URI fragment: `#/properties/a`. */
  get pointer(): string {
    return this.#parent === null ? `#${this.#steps}` : this.#parent.pointer + this.#steps
  }

  get(keyword: string): Json | undefined {
    return this.value instanceof Map ? this.value.get(keyword) : undefined
  }

  /** Pointer of a keyword in this subschema. */
  at(keyword: string): string {
    return `${this.pointer}/${escapeStep(keyword)}`
  }
}

export class SchemaDocument {
  readonly root: SchemaNode
  readonly #nodes = new Map<JsonObject, SchemaNode>()
  readonly #resources = new Map<string, SchemaNode>()
  readonly #anchors = new Map<string, SchemaNode>()
  /** What pointers below a resource lead to: schemas refer to the same place again and again. */
  readonly #followed = new Map<SchemaNode, Map<string, SchemaNode | null>>()
  readonly #dynamicAnchors = new Map<string, SchemaNode[]>()
  /** Draft 4 or before: `$id` is called `id`, and 1.0 is no integer. */
  readonly isDraft4: boolean

  constructor(schema: Json) {
    const dialect = isObject(schema) ? schema.get('$schema') : undefined
    this.isDraft4 = typeof dialect === 'string' && /draft-0[34]/.test(dialect)
    this.root = this.#enter(schema, rootBase, null, '')
    if (!this.#resources.has(rootBase)) this.#resources.set(rootBase, this.root)
  }

  /** The subschema at `steps` (pointer text) below a node. Throws SCHEMA_INVALID where that is no schema. */
  child(parent: SchemaNode, value: Json, steps: string): SchemaNode {
    const known = isObject(value) ? this.#nodes.get(value) : undefined
    return known ?? this.#enter(value, parent.base, parent, steps)
  }

  /** A schema made by the lowering itself, for example out of a constant. */
  synthetic(value: JsonObject, origin: SchemaNode): SchemaNode {
    return this.#nodes.get(value) ?? this.#enter(value, origin.base, origin, '')
  }

  /** What a reference means, or null where it leaves the document. Throws SCHEMA_INVALID for a dangling pointer. */
  resolve(reference: string, from: SchemaNode): SchemaNode | null {
    const hash = reference.indexOf('#')
    const uri = hash < 0 ? reference : reference.slice(0, hash)
    const fragment = hash < 0 ? '' : decodeFragment(reference.slice(hash + 1))
    const base = uri === '' ? from.base : resolveUri(uri, from.base)
    const resource = this.#resources.get(base)
    if (!resource) return null
    if (fragment === '') return resource
    if (!fragment.startsWith('/')) return this.#anchors.get(`${base}#${fragment}`) ?? null
    return this.#follow(resource, fragment)
  }

  /** The one subschema with this dynamic anchor, or null where there is none or a choice. */
  dynamic(name: string): SchemaNode | null {
    const nodes = this.#dynamicAnchors.get(name) ?? []
    return nodes.length === 1 ? nodes[0]! : null
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

  #enter(value: Json, base: string, parent: SchemaNode | null, steps: string): SchemaNode {
    if (typeof value === 'boolean') return new SchemaNode(value, base, parent, steps)
    if (!isObject(value)) {
      const pointer = parent === null ? `#${steps}` : parent.pointer + steps
      throw invalid(pointer, 'there is no object and no boolean where a schema is expected')
    }
    const plain = value.get('id')
    const isAnchor = typeof plain === 'string' && plain.startsWith('#')
    const id = value.get('$id') ?? (this.isDraft4 || isAnchor ? plain : undefined)
    let own = base
    let anchor: string | null = null
    if (typeof id === 'string') {
      if (id.startsWith('#')) anchor = id.slice(1)
      else own = resolveUri(id.replace(/#.*$/, ''), base)
    }
    const node = new SchemaNode(value, own, parent, steps)
    this.#nodes.set(value, node)
    if (parent === null || own !== base) this.#resources.set(own, node)
    if (parent === null) this.#resources.set(rootBase, node)
    if (anchor) this.#anchors.set(`${own}#${anchor}`, node)
    this.#enterAnchors(node)
    this.#enterChildren(node, value)
    return node
  }

  #enterAnchors(node: SchemaNode): void {
    const anchor = node.get('$anchor')
    if (typeof anchor === 'string') this.#anchors.set(`${node.base}#${anchor}`, node)
    const dynamic = node.get('$dynamicAnchor')
    if (typeof dynamic !== 'string') return
    this.#anchors.set(`${node.base}#${dynamic}`, node)
    this.#dynamicAnchors.set(dynamic, [...(this.#dynamicAnchors.get(dynamic) ?? []), node])
  }

  #enterChildren(node: SchemaNode, value: JsonObject): void {
    for (const [keyword, item] of value) {
      if (notSchemas.has(keyword)) continue
      const steps = `/${escapeStep(keyword)}`
      if (schemaMaps.has(keyword) && isObject(item)) {
        for (const [key, inner] of item) this.#enterChild(node, inner, `${steps}/${escapeStep(key)}`)
      } else if (Array.isArray(item)) {
        for (const [index, inner] of item.entries()) this.#enterChild(node, inner, `${steps}/${index}`)
      } else this.#enterChild(node, item, steps)
    }
  }

  #enterChild(parent: SchemaNode, value: Json, steps: string): void {
    if (isObject(value) && !this.#nodes.has(value)) this.#enter(value, parent.base, parent, steps)
  }
}

const rootBase = 'espalier://schema/'
const notSchemas = new Set(['enum', 'const', 'default', 'examples', 'example'])
const schemaMaps = new Set([
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'dependencies',
  'dependentSchemas',
])

export function escapeStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}

function resolveUri(uri: string, base: string): string {
  try {
    return new URL(uri, base).href.replace(/#$/, '')
  } catch {
    return uri
  }
}
