// @ts-check
// Two validators nobody here wrote, for judging what a schema let through: ajv, and @cfworker/json-schema. Decides in
// which draft a schema is meant, and what formats mean (those of JSON Schema itself, by ajv-formats); never uses the
// library's own reading of schemas.
import { format, Validator } from '@cfworker/json-schema'
import { Ajv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

// One judge of formats is enough: the two differ on corners of several.
for (const name of Object.keys(format)) delete format[/** @type {keyof typeof format} */ (name)]
const formats = /** @type {const} */ ([
  ...[
    'date',
    'time',
    'date-time',
    'duration',
    'email',
    'hostname',
    'ipv4',
    'ipv6',
    'uuid',
    'uri',
    'uri-reference',
  ],
  ...['uri-template', 'json-pointer', 'relative-json-pointer', 'regex'],
])

/** @typedef {4 | 7 | 2019 | 2020} Draft */
/** @typedef {{ name: string, isValid(value: unknown): boolean | null }} Judge null: it can't tell */

/** The draft a schema names; else the one its words are of. @param {unknown} schema @returns {Draft} */
function draftOf(schema) {
  const named =
    typeof schema === 'object' && schema !== null ? String(/** @type {any} */ (schema).$schema) : ''
  if (/draft-0[34]/.test(named)) return 4
  if (/draft-0[67]/.test(named)) return 7
  if (named.includes('2019-09')) return 2019
  if (named.includes('2020-12')) return 2020
  const words = JSON.stringify(schema)
  if (/"exclusiveM(?:in|ax)imum":(?:true|false)/.test(words)) return 4
  return /"items":\[/.test(words) ? 2019 : 2020
}

/**
 * A schema of draft 4 to 7 in words that ajv reads the same way: nothing beside `$ref`, exclusive bounds as numbers.
 * @param {any} schema @param {Draft} draft @returns {any}
 */
function forAjv(schema, draft) {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map((item) => forAjv(item, draft))
  const isAlone = draft <= 7 && typeof schema.$ref === 'string'
  const kept = Object.entries(schema).filter(([key]) => !isAlone || beside.has(key))
  const made = Object.fromEntries(
    kept.map(([key, value]) => [key, data.has(key) ? value : forAjv(value, draft)]),
  )
  if (typeof made.$schema === 'string') delete made.$schema
  if (draft !== 4) return made
  if (typeof made.id === 'string') delete made.id
  for (const [open, plain] of bounds) {
    if (typeof made[open] !== 'boolean') continue
    if (made[open]) made[open] = made[plain]
    if (made[open] === made[plain]) delete made[plain]
    if (made[open] === false || made[open] === undefined) delete made[open]
  }
  return made
}
const beside = new Set(['$ref', '$defs', 'definitions', '$id', 'id'])
const data = new Set(['enum', 'const', 'default', 'examples'])
const bounds = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum'],
]

/** @param {string} text the schema @returns {Judge[]} */
export function judgesOf(text) {
  const schema = JSON.parse(text)
  const draft = draftOf(schema)
  return [
    { name: 'ajv', isValid: safely(() => ajvOf(schema, draft)) },
    { name: '@cfworker/json-schema', isValid: safely(() => cfworkerOf(schema, draft)) },
  ]
}

/** @param {unknown} schema @param {Draft} draft @returns {(value: unknown) => boolean} */
function ajvOf(schema, draft) {
  const options = {
    strict: false,
    logger: /** @type {const} */ (false),
    validateSchema: false,
    ownProperties: true,
  }
  const ajv = new (draft === 2020 ? Ajv2020 : draft === 2019 ? Ajv2019 : Ajv)(options)
  addFormats.default(/** @type {any} */ (ajv), [...formats])
  const validate = ajv.compile(forAjv(schema, draft))
  return (value) => validate(value) === true
}

/** @param {unknown} schema @param {Draft} draft @returns {(value: unknown) => boolean} */
function cfworkerOf(schema, draft) {
  const names = /** @type {const} */ ({ 4: '4', 7: '7', 2019: '2019-09', 2020: '2020-12' })
  const validator = new Validator(/** @type {any} */ (schema), names[draft])
  return (value) => validator.validate(value).valid
}

/** @param {() => (value: unknown) => boolean} make @returns {(value: unknown) => boolean | null} */
function safely(make) {
  /** @type {((value: unknown) => boolean) | null} */
  let judge = null
  let isBroken = false
  return (value) => {
    if (isBroken) return null
    try {
      judge ??= make()
      return judge(value)
    } catch {
      isBroken = true
      return null
    }
  }
}
