// Which draft a schema is written in, and which keywords that draft has: the one table that everything asks that reads
// keywords. Decides that a keyword of another draft is an annotation, and that up to draft 7 nothing counts beside
// $ref. A document that names no draft, or one of its own, has the keywords of all.
import { isObject, itemsOf, type Json, type JsonObject } from '../value/json-value.js'

type Draft = 3 | 4 | 6 | 7 | 2019 | 2020
/** The first draft that has a keyword, and the last where one did away with it. */
type Life = readonly [first: Draft, last?: Draft]

/** Keywords that ask something of a value. */
const constraints: ReadonlyMap<string, Life> = new Map<string, Life>([
  ...lives(
    [3],
    'type enum properties patternProperties additionalProperties items required minimum maximum exclusiveMinimum ' +
      'exclusiveMaximum minItems maxItems uniqueItems minLength maxLength pattern format $ref',
  ),
  // Split in two by 2019-09; most of its validators go on reading it, and none must.
  ...lives([3], 'dependencies'),
  ...lives([3, 3], 'extends disallow divisibleBy'),
  ...lives([3, 2019], 'additionalItems'),
  ...lives([4], 'multipleOf minProperties maxProperties allOf anyOf oneOf not'),
  ...lives([6], 'const contains propertyNames'),
  ...lives([7], 'if then else'),
  ...lives(
    [2019],
    'dependentRequired dependentSchemas unevaluatedItems unevaluatedProperties minContains maxContains',
  ),
  ...lives([2019, 2019], '$recursiveRef'),
  ...lives([2020], 'prefixItems $dynamicRef'),
])

/** Keywords that name schemas, hold some, or tell of them. */
const others: ReadonlyMap<string, Life> = new Map<string, Life>([
  ...lives([3], '$schema title description default'),
  ...lives([3, 4], 'id'),
  // Called $defs since, and still a place of schemas.
  ...lives([4], 'definitions'),
  ...lives([6], '$id examples'),
  ...lives([7], '$comment readOnly writeOnly contentEncoding contentMediaType'),
  ...lives([2019], '$anchor $defs $vocabulary contentSchema deprecated'),
  ...lives([2019, 2019], '$recursiveAnchor'),
  ...lives([2020], '$dynamicAnchor'),
])

function lives(life: Life, keywords: string): [string, Life][] {
  return keywords.split(' ').map((keyword) => [keyword, life])
}

/** Keywords whose value maps names to schemas. */
export const schemaMaps: ReadonlySet<string> = new Set(
  'properties patternProperties definitions $defs dependencies dependentSchemas'.split(' '),
)
/** Keywords whose value is a schema, or a list of them. */
export const schemaKeywords: ReadonlySet<string> = new Set(
  (
    'items prefixItems additionalItems contains additionalProperties propertyNames unevaluatedItems ' +
    'unevaluatedProperties allOf anyOf oneOf not if then else contentSchema'
  ).split(' '),
)

/** How a draft names schemas. */
export interface NamingRules {
  readonly idKeyword: '$id' | 'id'
  /** Draft 7 and before: beside $ref nothing counts, an identifier neither. */
  readonly isHiddenByRef: boolean
}

export interface Dialect {
  /** null: none is named. */
  readonly draft: Draft | null
  /** As messages call it. */
  readonly title: string
  has(keyword: string): boolean
  /** The ways it may name schemas; a document that names no draft may mean any. */
  readonly naming: readonly NamingRules[]
}

const draft4Names: NamingRules = { idKeyword: 'id', isHiddenByRef: true }
const draft7Names: NamingRules = { idKeyword: '$id', isHiddenByRef: true }
const draft2019Names: NamingRules = { idKeyword: '$id', isHiddenByRef: false }

/** Of a schema that names no draft. */
export const undrafted: Dialect = {
  draft: null,
  title: 'no draft',
  has: () => true,
  naming: [draft2019Names, draft7Names, draft4Names],
}

const named: ReadonlyMap<Draft, Dialect> = new Map(
  ([3, 4, 6, 7, 2019, 2020] as const).map((draft) => [draft, dialectOf(draft)]),
)

function dialectOf(draft: Draft): Dialect {
  const all = [...constraints, ...others]
  const keywords = new Set(
    all.filter(([, [first, last = 2020]]) => first <= draft && draft <= last).map(([keyword]) => keyword),
  )
  const title = draft === 2019 ? '2019-09' : draft === 2020 ? '2020-12' : `draft ${draft}`
  const names = draft <= 4 ? draft4Names : draft <= 7 ? draft7Names : draft2019Names
  return { draft, title, has: (keyword) => keywords.has(keyword), naming: [names] }
}

const oldUri = /^(?:https?:\/\/)?json-schema\.org\/draft-0([3-7])\/(?:hyper-)?schema#?$/
const newUri = /^(?:https?:\/\/)?json-schema\.org\/draft\/(2019-09|2020-12)\/(?:hyper-)?schema#?$/

/** The dialect a `$schema` names; one that is unknown, or a caller's own, says nothing about drafts. */
function dialectNamed(uri: Json | undefined): Dialect {
  if (typeof uri !== 'string') return undrafted
  const old = oldUri.exec(uri)?.[1]
  // What is called draft 5 has the keywords of draft 4.
  if (old !== undefined) return named.get((old === '5' ? 4 : Number(old)) as Draft)!
  const year = newUri.exec(uri)?.[1]
  return year === undefined ? undrafted : named.get(year === '2019-09' ? 2019 : 2020)!
}

/** Whether a keyword asks something in some draft. */
export function isConstraint(keyword: string): boolean {
  return constraints.has(keyword)
}

/** What some validators of a draft read and some do not: nothing may be let in for violating it. */
export function isDisputed(keyword: string, { draft }: Dialect): boolean {
  return keyword === 'dependencies' && draft !== null && draft >= 2019
}

/** Whether nothing counts in this schema but its reference. */
export function isPlainReference(schema: JsonObject, { draft }: Dialect): boolean {
  return draft !== null && draft <= 7 && typeof schema.get('$ref') === 'string'
}

/** The dialects within one document: the root's, and those that schemas with an identifier of their own name. */
export class Dialects {
  readonly root: Dialect
  readonly #embedded = new Map<JsonObject, Dialect>()
  readonly #all: Set<Dialect>

  /** `inside`: the keys of all objects in the schema. */
  constructor(schema: Json, inside: ReadonlySet<string>) {
    this.root = dialectNamed(isObject(schema) ? schema.get('$schema') : undefined)
    this.#all = new Set([this.root])
    if (inside.has('$schema')) for (const item of itemsOf(schema)) this.#find(item, this.root)
    if (this.#all.size === 1) this.#embedded.clear()
  }

  /** Whether parts of the document are of another draft than the rest. */
  get isMixed(): boolean {
    return this.#all.size > 1
  }

  /** Drafts up to 4, where 1.0 is no integer. */
  get isFractionFree(): boolean {
    return [...this.#all].some(({ draft }) => draft !== null && draft <= 4)
  }

  /** The ways all schemas may be named, one for each reading of the document. */
  get readings(): number {
    return Math.max(...[...this.#all].map(({ naming }) => naming.length))
  }

  /** The dialect of an object in the document; `outer`: that of the schema around it. */
  of(value: JsonObject, outer: Dialect): Dialect {
    return this.#embedded.get(value) ?? outer
  }

  #find(value: Json, outer: Dialect): void {
    if (typeof value !== 'object' || value === null) return
    let dialect = outer
    if (isObject(value)) {
      if (this.#embedded.has(value)) return
      dialect = ownDialect(value) ?? outer
      this.#embedded.set(value, dialect)
      this.#all.add(dialect)
    }
    for (const item of itemsOf(value)) this.#find(item, dialect)
  }
}

/** What a schema with an identifier says about its draft; null: nothing. */
function ownDialect(schema: JsonObject): Dialect | null {
  const uri = schema.get('$schema')
  if (typeof uri !== 'string') return null
  const dialect = dialectNamed(uri)
  if (isPlainReference(schema, dialect)) return null
  const isNamed = dialect.naming.some(({ idKeyword }) => {
    const id = schema.get(idKeyword)
    return typeof id === 'string' && !id.startsWith('#')
  })
  return isNamed ? dialect : null
}
