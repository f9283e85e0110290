// Validation of finished values where a schema was lowered leniently: ajv judges, within what a pattern may cost.
// Decides how ajv reads the schema. Loaded only when asked for, because most constraints never need it.
import type { Options, ValidateFunction } from 'ajv'
import { ConstraintError } from '../../../base/errors.js'
import { quoted, saidBy } from '../../../base/seen.js'
import { packageRequire } from '../../../native/package-root.js'
import { parseRegex } from '../../regex/parse-regex.js'
import type { RegexNode } from '../../regex/regex-node.js'
import { draft4Id, draft4Schema } from '../document/draft4.js'
import { formatPattern, type OpenApiFormats } from '../shape/formats.js'
import { PatternTest, patternMsMax } from '../shape/pattern-test.js'
import type { Json } from '../value/json-value.js'
import { type AjvSchema, ajvSchema } from './ajv-schema.js'

interface AjvLike {
  compile(schema: unknown): ValidateFunction
  addSchema(schema: object, key: string): unknown
  readonly formats: Record<string, AjvFormat | undefined>
}
type AjvFormat = RegExp | ((text: string) => boolean) | { readonly validate: unknown }
type AjvClass = new (options: Options) => AjvLike

/**
 * What throws VALUE_INVALID for a value that does not satisfy the schema. Throws SCHEMA_INVALID where ajv can't read
 * the schema.
 */
export function validator(schema: Json, openApi: OpenApiFormats): (value: unknown) => void {
  const validate = compile(ajvSchema(schema, openApi))
  return (value) => {
    if (validate(value)) return
    const told = (validate.errors ?? []).map(({ instancePath, message }) =>
      `${instancePath} ${message}`.trim(),
    )
    throw new ConstraintError('VALUE_INVALID', `The value does not satisfy the schema: ${told.join('; ')}.`)
  }
}

function compile({ schema, version }: AjvSchema): ValidateFunction {
  const { required, addFormats } = ajvTools()
  const Ajv = classOf(required(ajvModules[version]))
  const ajv = new Ajv({
    strict: false,
    allErrors: false,
    logger: false,
    validateSchema: false,
    // What an object inherits is none of its members.
    ownProperties: true,
    code: { regExp },
  })
  addFormats(ajv)
  widen(ajv.formats)
  ajv.addSchema(draft4Schema, draft4Id)
  try {
    return ajv.compile(schema)
  } catch (cause) {
    throw new ConstraintError('SCHEMA_INVALID', `The schema cannot be checked: ${saidBy(cause)}.`, { cause })
  }
}

/** What the grammar writes is of the format, too, where ajv takes less: it knows no magnet links. */
function widen(formats: AjvLike['formats']): void {
  for (const [name, format] of Object.entries(formats)) {
    const own = formatPattern(name)
    const validate = format instanceof RegExp || typeof format === 'function' ? format : format?.validate
    if (own === null || !(validate instanceof RegExp || typeof validate === 'function')) continue
    const pattern = new RegExp(own.source, 'u')
    formats[name] = (text: string) =>
      (validate instanceof RegExp ? validate.test(text) : validate(text) === true) ||
      (pattern.test(text) && (own.also?.(text) ?? true))
  }
}

interface AjvTools {
  readonly required: (module: string) => unknown
  readonly addFormats: (ajv: AjvLike) => void
}

/** ajv is the caller's to install: few schemas need it. Throws ConstraintError VALIDATOR_MISSING. */
function ajvTools(): AjvTools {
  const required = packageRequire()
  let seen = 'neither was found'
  try {
    const { version } = required('ajv/package.json') as { version: string }
    seen = `ajv ${version} was found`
    if (version.startsWith('8.')) {
      seen += ', and no ajv-formats'
      const formats = required('ajv-formats') as { default?: AjvTools['addFormats'] } & AjvTools['addFormats']
      return { required, addFormats: formats.default ?? formats }
    }
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw cause
  }
  throw new ConstraintError(
    'VALIDATOR_MISSING',
    `lenient: true has finished values judged by ajv 8 with ajv-formats 3, and ${seen}; ` +
      'install them with "npm install ajv@8 ajv-formats@3", or write the schema without what only they can judge.',
  )
}

/** A pattern as ajv uses it: meant with `u`, as everywhere, and never for longer than the time it has. */
const regExp = Object.assign(
  (source: string): { test(text: string): boolean; toString(): string } => {
    const pattern = patternOf(source)
    const tree = treeOf(source, pattern.flags)
    return {
      // ajv takes patterns for one another whose text is the same.
      toString: () => String(pattern),
      test(text: string) {
        const isFound = new PatternTest(pattern, tree).test(text)
        if (isFound !== null) return isFound
        throw new ConstraintError(
          'CONSTRAINT_TOO_COMPLEX',
          `The pattern ${quoted(source)} takes longer than ${patternMsMax} ms on ${text.length} characters; ` +
            'repeat less within its repeats.',
        )
      },
    }
  },
  { code: 'regExp' },
)

function patternOf(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch {
    return new RegExp(source)
  }
}

/** Null for what can't be lowered either. */
function treeOf(source: string, flags: string): RegexNode | null {
  try {
    return parseRegex(source, flags)
  } catch {
    return null
  }
}

const ajvModules = { draft7: 'ajv', draft2019: 'ajv/dist/2019', draft2020: 'ajv/dist/2020' } as const

function classOf(module: unknown): AjvClass {
  return (module as { default?: AjvClass }).default ?? (module as AjvClass)
}
