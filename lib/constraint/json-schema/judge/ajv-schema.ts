// A schema as ajv is given it: in the words of one version of ajv, without what the schema's draft does not have.
// Decides which version that is; what the keywords mean it leaves to ajv.
import { type Dialect, Dialects, isConstraint, isPlainReference, schemaMaps } from '../document/dialects.js'
import { invalid } from '../refusal.js'
import { isAsked, type OpenApiFormats } from '../shape/formats.js'
import { Decimal } from '../value/decimal.js'
import { isObject, type Json, type JsonObject, keysInside, toJavaScript } from '../value/json-value.js'

export interface AjvSchema {
  readonly schema: unknown
  /** Whose keywords ajv has to know. */
  readonly version: 'draft7' | 'draft2019' | 'draft2020'
}

/** Throws SCHEMA_INVALID for one that mixes drafts, which no version of ajv reads. */
export function ajvSchema(schema: Json, openApi: OpenApiFormats): AjvSchema {
  const dialects = new Dialects(schema, keysInside(schema))
  if (dialects.isMixed)
    throw invalid('#', 'its parts are of more than one draft, which ajv cannot check at the end')
  return {
    schema: toJavaScript(new Translation(dialects.root, openApi).schema(schema)),
    version: versionOf(schema, dialects.root),
  }
}

function versionOf(schema: Json, { draft }: Dialect): AjvSchema['version'] {
  if (draft === null) return hasWordsOf2019(schema) ? 'draft2019' : 'draft2020'
  return draft === 2020 ? 'draft2020' : draft === 2019 ? 'draft2019' : 'draft7'
}

/** Whether there is what 2020-12 did away with: `items` as a list, recursive references. */
function hasWordsOf2019(schema: Json): boolean {
  const seen = new Set<Json>([schema])
  for (const part of seen) {
    if (!isObject(part) && !Array.isArray(part)) continue
    if (isObject(part) && (Array.isArray(part.get('items')) || part.has('$recursiveRef'))) return true
    for (const inner of part.values()) seen.add(inner)
  }
  return false
}

class Translation {
  readonly #dialect: Dialect
  readonly #openApi: OpenApiFormats
  /** What is one object stays one, for each of the ways it may be meant. */
  readonly #schemas = new Map<Json, Json>()
  readonly #maps = new Map<Json, Json>()

  constructor(dialect: Dialect, openApi: OpenApiFormats) {
    this.#dialect = dialect
    this.#openApi = openApi
  }

  schema(value: Json): Json {
    return made(this.#schemas, value, () => {
      if (Array.isArray(value)) return value.map((item) => this.schema(item))
      return isObject(value) ? this.#object(value) : value
    })
  }

  #map(value: Json): Json {
    return made(this.#maps, value, () =>
      isObject(value)
        ? new Map([...value].map(([key, item]) => [key, this.schema(item)]))
        : this.schema(value),
    )
  }

  #object(schema: JsonObject): JsonObject {
    const isReference = isPlainReference(schema, this.#dialect)
    const result: JsonObject = new Map()
    for (const [keyword, value] of schema) {
      if (isConstraint(keyword) && keyword !== '$ref' && (isReference || !this.#dialect.has(keyword)))
        continue
      if (plainKeywords.has(keyword)) result.set(keyword, value)
      else if (schemaMaps.has(keyword)) result.set(keyword, this.#map(value))
      else if (typeof value === 'object' && !(value instanceof Decimal))
        result.set(keyword, this.schema(value))
      else if (isConstraint(keyword) || names.has(keyword)) result.set(keyword, value)
    }
    const format = result.get('format')
    if (typeof format === 'string' && !isAsked(format, this.#openApi)) result.delete('format')
    if (isReference || !this.#dialect.has('$id')) result.delete('$id')
    // What ajv does not read as a name it would not take as one.
    for (const keyword of namesLater) if (!this.#dialect.has(keyword)) result.delete(keyword)
    for (const [open, plain] of bounds) exclude(result, open, plain)
    return result
  }
}

/** Draft 4's boolean exclusive bounds in the words of later drafts. */
function exclude(schema: JsonObject, open: string, plain: string): void {
  const isOpen = schema.get(open)
  if (typeof isOpen !== 'boolean') return
  const bound = schema.get(plain)
  schema.delete(open)
  if (!isOpen || bound === undefined) return
  schema.set(open, bound)
  schema.delete(plain)
}

function made(known: Map<Json, Json>, value: Json, make: () => Json): Json {
  if (typeof value !== 'object' || value === null) return make()
  let result = known.get(value)
  if (result === undefined) {
    result = make()
    known.set(value, result)
  }
  return result
}

const plainKeywords: ReadonlySet<string> = new Set(['enum', 'const', 'dependentRequired'])
/** Of the keywords that ask nothing those with a value that matters; draft 4's `id` ajv refuses to read. */
const namesLater = ['$anchor', '$dynamicAnchor', '$recursiveAnchor']
const names: ReadonlySet<string> = new Set(['$id', ...namesLater])
const bounds = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum'],
] as const
