// What the schemas of one document are called, in one of the ways its drafts may read it: base URIs, identified
// resources and anchors. An $id where no schema stands is no name. Never looks at meaning.
import { isObject, type Json, type JsonObject } from '../value/json-value.js'
import { type Dialect, type Dialects, type NamingRules, schemaKeywords, schemaMaps } from './dialects.js'

export class Identifiers {
  readonly #dialects: Dialects
  readonly #reading: number
  readonly #hasNamesInside: boolean
  readonly #bases = new Map<JsonObject, string>()
  readonly #resources = new Map<string, JsonObject>()
  readonly #anchors = new Map<string, JsonObject>()
  readonly #dynamic = new Map<string, JsonObject[]>()
  readonly #recursive: JsonObject[] = []

  /** `reading`: which of the ways a dialect may name schemas; `inside`: the keys of all objects in the root. */
  constructor(root: JsonObject, dialects: Dialects, reading: number, inside: ReadonlySet<string>) {
    this.#dialects = dialects
    this.#reading = reading
    const ids = dialects.isMixed ? ['$id', 'id'] : [this.#rules(dialects.root).idKeyword]
    this.#hasNamesInside = [...ids, ...Object.values(anchorKeywords)].some((keyword) => inside.has(keyword))
    this.enter(root, unnamedBase, dialects.root)
    this.#resources.set(unnamedBase, root)
  }

  #rules({ naming }: Dialect): NamingRules {
    return naming[this.#reading] ?? naming[0]!
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
  enter(value: Json, outer: string, around: Dialect): void {
    if (!isObject(value) || this.#bases.has(value)) return
    const dialect = this.#dialects.of(value, around)
    const base = this.#name(value, outer, dialect)
    this.#bases.set(value, base)
    // Most documents name nothing but themselves.
    if (!this.#hasNamesInside) return
    for (const [keyword, item] of value) {
      if (!dialect.has(keyword)) continue
      if (schemaMaps.has(keyword) && isObject(item))
        for (const inner of item.values()) this.enter(inner, base, dialect)
      else if (!schemaKeywords.has(keyword)) continue
      else if (Array.isArray(item)) for (const inner of item) this.enter(inner, base, dialect)
      else this.enter(item, base, dialect)
    }
  }

  #name(value: JsonObject, outer: string, dialect: Dialect): string {
    let base = outer
    const { idKeyword, isHiddenByRef } = this.#rules(dialect)
    const isHidden = isHiddenByRef && typeof value.get('$ref') === 'string'
    const id = value.get(idKeyword)
    if (typeof id === 'string' && !isHidden) {
      if (id.startsWith('#')) this.#addAnchor(base, id.slice(1), value)
      else {
        base = resolveUri(id.split('#', 1)[0]!, outer)
        if (!this.#resources.has(base)) this.#resources.set(base, value)
      }
    }
    const counted = (keyword: string): Json | undefined =>
      dialect.has(keyword) ? value.get(keyword) : undefined
    const anchor = counted(anchorKeywords.plain)
    if (typeof anchor === 'string') this.#addAnchor(base, anchor, value)
    if (counted(anchorKeywords.recursive) === true) this.#recursive.push(value)
    const dynamic = counted(anchorKeywords.dynamic)
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
