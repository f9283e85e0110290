// The arguments of a tool one by one, for templates that write each between marks of its own instead of a JSON object.
// Decides which schemas can be held so, exactly: plain texts, options, numbers and JSON of other types. Never renders.
import { isArray, isRecord } from '../../base/seen.js'
import { choice } from '../../constraint/choice.js'
import type { Constraint } from '../../constraint/constraint-type.js'
import { jsonSchema } from '../../constraint/json-schema.js'
import type { Tool } from '../../prompt/tool-part.js'
import type { CallForm } from '../state/chat.js'

/** One argument. */
export interface Member {
  readonly key: string
  /** 'always': the schema requires it. */
  readonly comes: 'always' | 'maybe'
  /** 'text': as it is, up to the mark behind it. */
  readonly type: 'text' | 'boolean' | 'number' | 'array' | 'object'
  /** null: any text, or a truth value as the template spells it. */
  readonly constraint: Constraint | null
}

type Schema = Readonly<Record<string, unknown>>

const rootKeys = ['type', 'properties', 'required', 'additionalProperties', 'description', 'title', '$schema']
const noteKeys = ['type', 'description', 'title', 'default', 'examples']
const plainKey = /^[\w-]+$/
const types = { integer: 'number', number: 'number', array: 'array', object: 'object' } as const

/** null: the schema says more than can be held argument by argument. */
export function membersOf({ schema }: Tool, { parts, whitespace }: CallForm): readonly Member[] | null {
  const { properties = {}, required = [] } = schema
  if (!Object.keys(schema).every((key) => rootKeys.includes(key))) return null
  if (!isRecord(properties) || !isArray(required)) return null
  const declared = Object.entries(properties)
  if (!required.every((key) => Object.hasOwn(properties, String(key)))) return null
  const members = declared.map(([key, one]) =>
    memberOf(key, one, required.includes(key) ? 'always' : 'maybe', whitespace),
  )
  const isHeld = members.every(
    (member) => member !== null && (parts === 'members' || !['array', 'object'].includes(member.type)),
  )
  return isHeld ? (members as readonly Member[]) : null
}

function memberOf(
  key: string,
  given: unknown,
  comes: Member['comes'],
  whitespace: CallForm['whitespace'],
): Member | null {
  if (!isRecord(given) || !plainKey.test(key)) return null
  const schema = given as Schema
  const { type } = schema
  const has = (...keys: readonly string[]): boolean =>
    Object.keys(schema).every((name) => noteKeys.includes(name) || keys.includes(name))
  const options = schema.enum
  if (
    isArray(options) &&
    options.length > 0 &&
    options.every((one) => typeof one === 'string' && one !== '')
  ) {
    const isOption = has('enum') && (type === undefined || type === 'string')
    return isOption
      ? { key, comes, type: 'text', constraint: choice([...new Set(options as string[])]) }
      : null
  }
  if (type === 'string') return has() ? { key, comes, type: 'text', constraint: null } : null
  if (type === 'boolean') return has() ? { key, comes, type: 'boolean', constraint: null } : null
  if (typeof type !== 'string' || !Object.hasOwn(types, type) || refers(schema)) return null
  const constraint = jsonSchema(schema, { whitespace })
  return { key, comes, type: types[type as keyof typeof types], constraint }
}

/** References lead out of a part of a schema. */
function refers(schema: Schema): boolean {
  return /"\$(dynamic|recursive)?[rR]ef"/.test(JSON.stringify(schema))
}
