// What the schemas of one document are called, read as one family of drafts reads it: base URIs, identified resources
// and anchors. Decides which keywords hold schemas (an $id anywhere else is no name) and never looks at meaning.
import { isObject, type Json, type JsonObject } from '../value/json-value.js'

/** How a family of drafts names schemas. */
export interface NamingRules {
  readonly idKeyword: '$id' | 'id'
  /** Draft 7 and before: beside $ref nothing counts, an identifier neither. */
  readonly isHiddenByRef: boolean
}

const draft4: NamingRules = { idKeyword: 'id', isHiddenByRef: true }
const draft7: NamingRules = { idKeyword: '$id', isHiddenByRef: true }
const draft2019: NamingRules = { idKeyword: '$id', isHiddenByRef: false }

/** The families a dialect may mean; a document that names none may mean any. */
export function namingRules(dialect: Json | undefined): readonly NamingRules[] {
  if (typeof dialect === 'string') {
    if (/draft-0[34]/.test(dialect)) return [draft4]
    if (/draft-0[67]/.test(dialect)) return [draft7]
    if (/draft\/20\d\d-\d\d/.test(dialect)) return [draft2019]
  }
  return [draft2019, draft7, draft4]
}

export class Identifiers {
  readonly #rules: NamingRules
  readonly #hasNamesInside: boolean
  readonly #bases = new Map<JsonObject, string>()
  readonly #resources = new Map<string, JsonObject>()
  readonly #anchors = new Map<string, JsonObject>()
  readonly #dynamic = new Map<string, JsonObject[]>()
  readonly #recursive: JsonObject[] = []

  /** `inside`: the keys of all objects in the root. */
  constructor(root: JsonObject, rules: NamingRules, inside: ReadonlySet<string>) {
    this.#rules = rules
    this.#hasNamesInside = [rules.idKeyword, ...Object.values(anchorKeywords)].some((keyword) =>
      inside.has(keyword),
    )
    this.enter(root, unnamedBase)
    this.#resources.set(unnamedBase, root)
  }

  /** Base URI of a schema; undefined where it stands in a place that holds no schemas. */
  baseOf(value: JsonObject): string | undefined {
    return this.#bases.get(value)
  }

  resource(uri: string): JsonObject | undefined {
    return this.#resources.get(uri)
  }

  anchor(base: string, name: string): JsonObject | undefined {
    return this.#anchors.get(`${base}#${name}`)
  }

  /** All schemas with this dynamic anchor. */
  dynamic(name: string): readonly JsonObject[] {
    return this.#dynamic.get(name) ?? []
  }

  /** All schemas with a recursive anchor. */
  get recursive(): readonly JsonObject[] {
    return this.#recursive
  }

  /** Names a schema and those inside of it; the first of a name keeps it. */
  enter(value: Json, outer: string): void {
    if (!isObject(value) || this.#bases.has(value)) return
    const base = this.#name(value, outer)
    this.#bases.set(value, base)
    // Most documents name nothing but themselves.
    if (!this.#hasNamesInside) return
    for (const [keyword, item] of value) {
      if (schemaMaps.has(keyword) && isObject(item))
        for (const inner of item.values()) this.enter(inner, base)
      else if (!schemaKeywords.has(keyword)) continue
      else if (Array.isArray(item)) for (const inner of item) this.enter(inner, base)
      else this.enter(item, base)
    }
  }

  #name(value: JsonObject, outer: string): string {
    let base = outer
    const id = value.get(this.#rules.idKeyword)
    const isHidden = this.#rules.isHiddenByRef && typeof value.get('$ref') === 'string'
    if (typeof id === 'string' && !isHidden) {
      if (id.startsWith('#')) this.#addAnchor(base, id.slice(1), value)
      else {
        base = resolveUri(id.split('#', 1)[0]!, outer)
        if (!this.#resources.has(base)) this.#resources.set(base, value)
      }
    }
    const anchor = value.get(anchorKeywords.plain)
    if (typeof anchor === 'string') this.#addAnchor(base, anchor, value)
    if (value.get(anchorKeywords.recursive) === true) this.#recursive.push(value)
    const dynamic = value.get(anchorKeywords.dynamic)
    if (typeof dynamic === 'string') {
      this.#addAnchor(base, dynamic, value)
      this.#dynamic.set(dynamic, [...this.dynamic(dynamic), value])
    }
    return base
  }

  #addAnchor(base: string, name: string, value: JsonObject): void {
    const key = `${base}#${name}`
    if (name !== '' && !this.#anchors.has(key)) this.#anchors.set(key, value)
  }
}

const anchorKeywords = { plain: '$anchor', dynamic: '$dynamicAnchor', recursive: '$recursiveAnchor' } as const

/** Base of a document without a name of its own. */
export const unnamedBase = 'espalier://schema/'

export function resolveUri(uri: string, base: string): string {
  try {
    return new URL(uri, base).href.replace(/#$/, '')
  } catch {
    return uri
  }
}

const schemaMaps = new Set([
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'dependencies',
  'dependentSchemas',
])
const schemaKeywords = new Set([
  'items',
  'prefixItems',
  'additionalItems',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'contentSchema',
])
