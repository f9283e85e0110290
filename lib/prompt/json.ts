// The hole that holds JSON. Decides how its value is typed: from a Standard Schema's own output type, or read off a
// JSON Schema written in place. Never validates; the constraint does.
import { optionNames } from '../base/options.js'
import { type JsonSchemaOptions, jsonSchema, jsonSchemaTable } from '../constraint/json-schema.js'
import { makeHole, requireHole } from './hole.js'
import { type HoleOptions, holeTable } from './options.js'
import type { Hole } from './part.js'

type Types = {
  readonly string: string
  readonly number: number
  readonly integer: number
  readonly boolean: boolean
  readonly null: null
}

/** The values of a schema: a Standard Schema's output, else as far as a JSON Schema's literal type tells. */
export type JsonValue<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly output: infer O }
    ? O
    : unknown
  : JsonSchemaValue<S>

type JsonSchemaValue<S> = S extends true
  ? unknown
  : S extends { readonly const: infer C }
    ? C
    : S extends { readonly enum: readonly (infer E)[] }
      ? E
      : S extends { readonly anyOf: readonly (infer A)[] } | { readonly oneOf: readonly (infer A)[] }
        ? EachValue<A>
        : S extends { readonly type: infer T }
          ? T extends readonly (infer U)[]
            ? TypedValue<U, S>
            : TypedValue<T, S>
          : unknown

type EachValue<A> = A extends unknown ? JsonValue<A> : never
type TypedValue<T, S> = T extends keyof Types
  ? Types[T]
  : T extends 'array'
    ? S extends { readonly items: infer I }
      ? readonly JsonValue<I>[]
      : readonly unknown[]
    : T extends 'object'
      ? ObjectValue<S>
      : unknown

type ObjectValue<S> = S extends { readonly properties: infer P }
  ? S extends { readonly required: readonly (infer R)[] }
    ? Simple<
        { readonly [K in keyof P as K extends R ? K : never]: JsonValue<P[K]> } & {
          readonly [K in keyof P as K extends R ? never : K]?: JsonValue<P[K]>
        }
      >
    : { readonly [K in keyof P]?: JsonValue<P[K]> }
  : Readonly<Record<string, unknown>>

type Simple<T> = { [K in keyof T]: T[K] }

const jsonNames = optionNames<HoleOptions<never> & JsonSchemaOptions>('json()', {
  ...holeTable,
  ...jsonSchemaTable,
})

/**
 * A JSON value of a JSON Schema, or of a Standard Schema that gives its JSON Schema (Zod 4, ArkType and others).
 * Objects of these have no undeclared keys unless the schema says what they hold; a promise it validates by is
 * waited for.
 * Throws as `gen`, and ConstraintError SCHEMA_INVALID; a run with it rejects with SCHEMA_UNSUPPORTED or SCHEMA_EMPTY.
 *
 * @example
 * ```ts
 * const schema = {
 *   type: 'object',
 *   properties: { name: { type: 'string', maxLength: 20 }, age: { type: 'integer', minimum: 0, maximum: 120 } },
 *   required: ['name', 'age'],
 * } as const
 * const { values } = await model.run(prompt`A person as JSON: ${json('person', schema)}`)
 * console.log(values.person.name, values.person.age)
 * ```
 */
export function json<const N extends string, const S extends object | boolean | string>(
  name: N,
  schema: S,
  options: HoleOptions<JsonValue<S>> & JsonSchemaOptions = {},
): Hole<N, JsonValue<S>> {
  requireHole(name, options, jsonNames)
  const { whitespace, order, lenient, openApiFormats, ...rest } = options
  const constraint = jsonSchema<JsonValue<S>>(schema, {
    ...(whitespace === undefined ? {} : { whitespace }),
    ...(order === undefined ? {} : { order }),
    ...(lenient === undefined ? {} : { lenient }),
    ...(openApiFormats === undefined ? {} : { openApiFormats }),
  })
  return makeHole<N, JsonValue<S>>(name, constraint, rest)
}
