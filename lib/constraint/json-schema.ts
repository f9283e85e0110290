// The JSON Schema constraint: a schema in, texts and values out. Decides what may be given as a schema and what a
// finished text means. The way of a schema, through the floors of json-schema/, none of which knows those after it:
//
//   1 value/     a schema as JSON text, an object or a Standard Schema becomes exact values: every digit of a number,
//                the order of members (json-import, json-value)
//   2 document/  the schema as written: where each part lies, what a reference means, which draft it is
//   3 shape/     what it says: keywords, combinators and negation, worked out to a union of shapes, each of one JSON
//                type (normalise); also whether a value is one of them (fits)
//   4 write/     the flat form: shapes as rules, with strings, numbers and white space as they are spelled (emit);
//                known values as the grammar writes them (value-text)
//   5 ../ir/     the words and bytes that the native core compiles (ir-builder)
//   6 judge/     once a hole is filled: finished values, where the grammar takes more than the schema
import { ConstraintError } from '../base/errors.js'
import { checkNames, type OptionTable, optionNames } from '../base/options.js'
import { Recent } from '../base/recent.js'
import { isArray, isReadable, isRecord, quoted, typeName } from '../base/seen.js'
import type { Constraint } from './constraint-type.js'
import {
  isStandardSchema,
  type StandardOutput,
  type StandardSchema,
  standardJsonSchema,
  standardValue,
  standardValueAsync,
} from './json-schema/document/standard-schema.js'
import { FinishedValues } from './json-schema/judge/finished-values.js'
import { empty, unsupported } from './json-schema/refusal.js'
import { mayHaveAsciiForm } from './json-schema/shape/host-formats.js'
import { Normaliser } from './json-schema/shape/normalise.js'
import { fromJavaScript } from './json-schema/value/json-import.js'
import { contentText, type Json, readJson } from './json-schema/value/json-value.js'
import { plainValue } from './json-schema/value/plain-value.js'
import { Emitter } from './json-schema/write/emit.js'
import type { MemberOrder } from './json-schema/write/emit-context.js'
import type { Whitespace } from './json-schema/write/layout.js'
import { ValueTexts } from './json-schema/write/value-text.js'
import { inSteps } from './steps.js'

/** How a schema is written and read. */
export interface JsonSchemaOptions {
  /**
   * White space of the texts: 'compact' (default) has none; 'spaced' has one space behind each comma and colon, as most
   * models were trained on; 'pretty' is `JSON.stringify(value, null, 2)`; 'flexible' takes any between tokens.
   */
  readonly whitespace?: Whitespace
  /**
   * Order of an object's members: 'declared' (default) as the schema lists them, undeclared ones last; 'any' takes
   * them in all orders. A model is guided better by one order; 'any' is for texts that others wrote. No declared
   * member stands twice.
   */
  readonly order?: MemberOrder
  /**
   * Keywords that can't be held exactly are ignored while the text grows instead of being refused, and `parse` checks
   * the finished value with ajv (VALUE_INVALID). Default: false.
   */
  readonly lenient?: boolean
  /** Whether the formats `byte`, `int32` and `int64` of OpenAPI ask something of values. Default: false. */
  readonly openApiFormats?: boolean
}

export const jsonSchemaTable: OptionTable<JsonSchemaOptions> = {
  whitespace: true,
  order: true,
  lenient: true,
  openApiFormats: true,
}
const jsonSchemaNames = optionNames('jsonSchema()', jsonSchemaTable)

/** A constraint made of a schema. */
export interface JsonSchemaConstraint<V> extends Constraint<V> {
  /** What was not applied, for example unknown formats; one sentence each. */
  readonly notices: readonly string[]
}

/**
 * Texts that are JSON of the schema, members in the order of their declaration, undeclared ones after them.
 *
 * `schema`: a JSON Schema (draft 4 to 2020-12) as an object, a boolean or as JSON text (text keeps the order of
 * integer-like keys, an object does not), or a Standard JSON Schema such as a Zod 4 schema, which also types the value:
 * its objects are closed unless they say what undeclared keys hold; `parseAsync` waits for a promise it validates by.
 * What the draft that `$schema` names does not have is an annotation; without one, the keywords of all drafts count.
 * The same schema with the same options is the same constraint, so that writing it anew for each request costs nothing;
 * the last 512 are kept, of up to 65,536 characters each, and no Standard Schemas.
 *
 * Throws ConstraintError SCHEMA_INVALID for what is no schema, UsageError OPTION_UNKNOWN. Lowering throws
 * SCHEMA_UNSUPPORTED (keyword and JSON pointer), SCHEMA_EMPTY where no value is allowed, CONSTRAINT_TOO_COMPLEX.
 *
 * @example
 * ```ts
 * const person = jsonSchema({
 *   type: 'object',
 *   properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
 *   required: ['name'],
 * })
 * const matcher = compile(person, vocab).matcher()
 * console.log([...vocab.tokenize('{"name":"Ann"}')].every((token) => matcher.accept(token)), matcher.canEnd())
 * ```
 */
export function jsonSchema<S extends StandardSchema>(
  schema: S,
  options?: JsonSchemaOptions,
): JsonSchemaConstraint<StandardOutput<S>>
export function jsonSchema<V = unknown>(
  schema: object | boolean | string,
  options?: JsonSchemaOptions,
): JsonSchemaConstraint<V>
export function jsonSchema<V>(
  schema: object | boolean | string,
  options: JsonSchemaOptions = {},
): JsonSchemaConstraint<V> {
  const reading = readingOf(options)
  if (isStandardSchema(schema)) return constraintOf<V>(schemaOf(schema), reading, schema as StandardSchema<V>)
  // A text that is known need not be read.
  if (typeof schema === 'string') return keptOf<V>('text', schema, reading, () => schemaOf(schema))
  const json = schemaOf(schema)
  return keptOf<V>('value', contentText(json, contentMax), reading, () => json)
}

/** `content`: equal for equal schemas only; null where it is too long. */
function keptOf<V>(
  kind: 'text' | 'value',
  content: string | null,
  reading: Reading,
  read: () => Json,
): JsonSchemaConstraint<V> {
  const make = (): JsonSchemaConstraint<unknown> => constraintOf<unknown>(read(), reading, null)
  const { whitespace, order, isLenient, openApi } = reading
  const key = `${whitespace} ${order} ${isLenient} ${openApi} ${kind} ${content}`
  const isShort = content !== null && content.length <= contentMax
  return (isShort ? recent.of(key, make) : make()) as JsonSchemaConstraint<V>
}

/**
 * Programs write the same schema anew for each request; what is made of it does not change. Constraints of schemas with
 * code of their own are not among them.
 */
const recent = new Recent<JsonSchemaConstraint<unknown>>(512, 1 << 22)
/** Characters of a schema up to which it is looked for. */
const contentMax = 1 << 16

/** What the options come to. */
interface Reading {
  readonly whitespace: Whitespace
  readonly order: MemberOrder
  readonly isLenient: boolean
  readonly openApi: 'applied' | 'annotations'
}

function readingOf(options: JsonSchemaOptions): Reading {
  requireOptions(options)
  return {
    whitespace: whitespaceOf(options.whitespace),
    order: orderOf(options.order),
    isLenient: flagOf('lenient', options.lenient),
    openApi: flagOf('openApiFormats', options.openApiFormats) ? 'applied' : 'annotations',
  }
}

function constraintOf<V>(
  json: Json,
  { whitespace, order, isLenient, openApi }: Reading,
  own: StandardSchema<V> | null,
): JsonSchemaConstraint<V> {
  const strictness = { isLenient, strips: own !== null, openApi } as const
  const isValidated = isLenient && own === null
  const finished = new FinishedValues(json, { isValidated, openApi })
  let notices: ReadonlySet<string> = new Set()
  let needsCheck = (_text: string): boolean => isValidated
  const finishedValue = (text: string): unknown => {
    const value = parseText(text)
    if (needsCheck(text)) finished.check(text, value)
    return value
  }
  const texts = new ValueTexts(() => new Normaliser(json, strictness), whitespace)
  const knownText = (value: V): string | null => texts.text(plainValue(value))
  const parts = {
    kind: 'json',
    get notices() {
      return [...notices]
    },
    parse: (text: string): V => (own ? standardValue(own, finishedValue(text)) : (finishedValue(text) as V)),
    ...(own ? { parseAsync: async (text: string) => standardValueAsync(own, finishedValue(text)) } : {}),
    format: (value: V) => knownText(value) ?? formatValue(value, whitespace),
    textOf: knownText,
    describe: () => describeSchema(json),
  }
  return inSteps<JsonSchemaConstraint<V>>(parts, function* (builder) {
    // Nothing is kept of a lowering that failed, nor what it has spent.
    const normaliser = new Normaliser(json, strictness)
    yield* normaliser.requireSome()
    yield
    const emitter = new Emitter(builder, normaliser, whitespace, order)
    const symbol = yield* emitter.whole(normaliser.root)
    if (!symbol) throw emitter.narrowed ? unsupported(emitter.narrowed) : empty()
    // What can't be judged at the end is refused before anything is generated.
    const { isExact, hasLooseTexts } = normaliser
    if (!isExact) finished.prepare()
    needsCheck = (text) => (isValidated && !isExact) || (hasLooseTexts && mayHaveAsciiForm(text))
    notices = normaliser.notices
    return symbol
  })
}

function requireOptions(options: unknown): void {
  if (!isRecord(options)) {
    throw new ConstraintError(
      'OPTION_INVALID',
      `The options of jsonSchema() are ${typeName(options)}, expected an object.`,
    )
  }
  checkNames(options, jsonSchemaNames)
}

function whitespaceOf(given: unknown): Whitespace {
  if (given === undefined || given === 'compact') return 'compact'
  if (given === 'spaced' || given === 'pretty' || given === 'flexible') return given
  throw new ConstraintError(
    'OPTION_INVALID',
    `whitespace is ${shownOption(given)}, expected 'compact', 'spaced', 'pretty' or 'flexible'.`,
  )
}

function shownOption(given: unknown): string {
  return typeof given === 'string' ? quoted(given) : typeName(given)
}

function orderOf(given: unknown): MemberOrder {
  if (given === undefined || given === 'declared') return 'declared'
  if (given === 'any') return 'any'
  throw new ConstraintError('OPTION_INVALID', `order is ${shownOption(given)}, expected 'declared' or 'any'.`)
}

function flagOf(name: keyof JsonSchemaOptions, given: unknown): boolean {
  if (given === undefined || typeof given === 'boolean') return given ?? false
  throw new ConstraintError('OPTION_INVALID', `${name} is ${typeName(given)}, expected true or false.`)
}

function schemaOf(schema: unknown): Json {
  if (typeof schema === 'string') return readJson(schema)
  if (isStandardSchema(schema)) return fromJavaScript(standardJsonSchema(schema))
  if (typeof schema === 'boolean' || (isReadable(schema) && !isArray(schema))) {
    return fromJavaScript(schema)
  }
  throw new ConstraintError(
    'SCHEMA_INVALID',
    `The schema is ${typeName(schema)}, expected an object, a boolean, JSON text or a Standard JSON Schema.`,
  )
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ConstraintError('VALUE_INVALID', `The text is no JSON: ${text.slice(0, 80)}`, { cause })
  }
}

function formatValue(value: unknown, whitespace: Whitespace): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value, null, whitespace === 'pretty' ? 2 : whitespace === 'spaced' ? 1 : undefined)
  } catch (cause) {
    throw new ConstraintError('VALUE_INVALID', 'The value cannot be written as JSON.', { cause })
  }
  if (text === undefined) {
    throw new ConstraintError('VALUE_INVALID', `The value is ${typeName(value)}, expected a JSON value.`)
  }
  // Line breaks within strings are escaped, so that each is one between tokens.
  return whitespace === 'spaced' ? text.replace(/,\n */g, ', ').replace(/\n */g, '') : text
}

function describeSchema(schema: Json): string {
  const title = schema instanceof Map ? schema.get('title') : undefined
  return typeof title === 'string' ? `JSON of the schema "${title.slice(0, 60)}"` : 'JSON of a schema'
}
