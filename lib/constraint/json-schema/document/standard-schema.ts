// The Standard Schema and Standard JSON Schema interfaces, as far as they are used here: a JSON Schema to lower and a
// `validate` that gives the value its type. Decides how their failures are told; never imports any schema library.
import { ConstraintError } from '../../../base/errors.js'
import { isReadable, saidBy } from '../../../base/seen.js'

/** Anything with `~standard`: Zod, Valibot, ArkType and others. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: number
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
    readonly jsonSchema?:
      | {
          readonly input: (options: {
            readonly target: 'draft-2020-12'
            readonly libraryOptions?: Record<string, unknown>
          }) => Record<string, unknown>
        }
      | undefined
  }
}

/** The type of value a schema gives. */
export type StandardOutput<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly output: infer Output }
    ? Output
    : unknown
  : unknown

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

export function isStandardSchema(schema: unknown): schema is StandardSchema {
  if (typeof schema !== 'function' && !isReadable(schema)) return false
  const standard = (schema as Partial<StandardSchema>)['~standard']
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function'
}

/** The JSON Schema of what such a schema takes. Throws ConstraintError SCHEMA_INVALID where it can't tell. */
export function standardJsonSchema(schema: StandardSchema): unknown {
  const { vendor, jsonSchema } = schema['~standard']
  if (typeof jsonSchema?.input !== 'function') {
    throw new ConstraintError(
      'SCHEMA_INVALID',
      `The ${vendor} schema has no "~standard.jsonSchema"; expected a Standard JSON Schema, or pass its JSON Schema.`,
    )
  }
  try {
    return jsonSchema.input({ target: 'draft-2020-12' })
  } catch (cause) {
    const place = placeOf(schema)
    const where = place === null ? '' : ` (at ${place})`
    throw new ConstraintError(
      'SCHEMA_UNSUPPORTED',
      `The ${vendor} schema has no JSON Schema: ${saidBy(cause)}${where}`,
      {
        cause,
      },
    )
  }
}

/**
 * Where a schema holds what JSON Schema has no words for, such as `#/properties/born`; null where nobody tells. Zod is
 * asked, which knows the place; others are not known to tell.
 */
function placeOf(schema: StandardSchema): string | null {
  const { vendor, jsonSchema } = schema['~standard']
  if (vendor !== 'zod' || jsonSchema === undefined) return null
  let place: string | null = null
  const unrepresentable = ({ path }: { readonly path: readonly unknown[] }): void => {
    place ??= ['#', ...path.map(String)].join('/')
  }
  try {
    jsonSchema.input({ target: 'draft-2020-12', libraryOptions: { unrepresentable } })
  } catch {
    // It fails as it did before; only where is new.
  }
  return place
}

/**
 * The typed value. Throws ConstraintError VALUE_INVALID with the schema's own message and path, and where the schema
 * only promises to tell.
 */
export function standardValue<Output>(schema: StandardSchema<Output>, value: unknown): Output {
  const { vendor, validate } = schema['~standard']
  const result = validate(value)
  if (!isPromise(result)) return outputOf(vendor, result)
  result.then(undefined, () => {})
  throw new ConstraintError(
    'VALUE_INVALID',
    `The ${vendor} schema validates asynchronously, expected a plain result: use parseAsync, as runs do.`,
  )
}

/** The same of a schema that may promise to tell. Rejects with what its validation rejects with. */
export async function standardValueAsync<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
): Promise<Output> {
  const { vendor, validate } = schema['~standard']
  return outputOf(vendor, await validate(value))
}

function isPromise<T>(result: T | PromiseLike<T>): result is PromiseLike<T> {
  return typeof (result as Partial<PromiseLike<T>> | null)?.then === 'function'
}

function outputOf<Output>(vendor: string, result: StandardResult<Output>): Output {
  if (!result.issues) return result.value
  const told = result.issues.map(({ message, path }) => `${pathText(path)}${message}`).join('; ')
  throw new ConstraintError('VALUE_INVALID', `The value does not satisfy the ${vendor} schema: ${told}.`)
}

function pathText(path: StandardIssue['path']): string {
  if (!path || path.length === 0) return ''
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step))
  return `${steps.join('.')}: `
}
