// Validation of finished values where a schema was lowered leniently. Decides nothing itself: ajv judges. Loaded only
// when asked for, because most constraints never need it.
import type { Options, ValidateFunction } from 'ajv'
import { ConstraintError } from '../../base/errors.js'
import { packageRequire } from '../../native/package-root.js'

interface AjvLike {
  addMetaSchema(schema: unknown): unknown
  compile(schema: unknown): ValidateFunction
}
type AjvClass = new (options: Options) => AjvLike

/** Throws VALUE_INVALID for a value that does not satisfy the schema; compiles the schema on first use. */
export function validator(schema: unknown): (value: unknown) => void {
  let validate: ValidateFunction | null = null
  return (value) => {
    validate ??= compile(schema)
    if (validate(value)) return
    const told = (validate.errors ?? []).map(({ instancePath, message }) =>
      `${instancePath} ${message}`.trim(),
    )
    throw new ConstraintError('VALUE_INVALID', `The value does not satisfy the schema: ${told.join('; ')}.`)
  }
}

function compile(schema: unknown): ValidateFunction {
  const require = packageRequire()
  const dialect = dialectOf(schema)
  const Ajv = classOf(require(ajvModules[dialect]))
  const ajv = new Ajv({
    strict: false,
    allErrors: false,
    logger: false,
    validateSchema: false,
    unicodeRegExp: true,
  })
  const addFormats = require('ajv-formats') as { default?: (ajv: AjvLike) => void } & ((ajv: AjvLike) => void)
  const add = addFormats.default ?? addFormats
  add(ajv)
  try {
    return ajv.compile(withoutDialect(schema))
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause)
    throw new ConstraintError('SCHEMA_INVALID', `The schema cannot be checked: ${told}.`, { cause })
  }
}

const ajvModules = { plain: 'ajv', draft2019: 'ajv/dist/2019', draft2020: 'ajv/dist/2020' } as const

function classOf(module: unknown): AjvClass {
  return (module as { default?: AjvClass }).default ?? (module as AjvClass)
}

function dialectOf(schema: unknown): keyof typeof ajvModules {
  const dialect = (schema as { $schema?: unknown }).$schema
  if (typeof dialect !== 'string') return 'draft2020'
  if (dialect.includes('2020-12')) return 'draft2020'
  return dialect.includes('2019-09') ? 'draft2019' : 'plain'
}

/** ajv refuses dialects it does not know; their keywords that matter are the same. */
function withoutDialect(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  const { $schema: _, ...rest } = schema as Record<string, unknown>
  return withDraft4(rest)
}

/** Draft 4's boolean exclusive bounds and `id` in the words of later drafts. */
function withDraft4(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withDraft4)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.entries(schema).map(([key, value]) => [
    key,
    notSchema.has(key) ? value : withDraft4(value),
  ])
  const result: Record<string, unknown> = Object.fromEntries(members)
  for (const [open, plain] of bounds) {
    if (typeof result[open] !== 'boolean') continue
    if (result[open] && typeof result[plain] === 'number') {
      result[open] = result[plain]
      delete result[plain]
    } else delete result[open]
  }
  if (typeof result.id === 'string') delete result.id
  return result
}

const notSchema = new Set(['enum', 'const', 'default', 'examples'])
const bounds = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum'],
] as const
