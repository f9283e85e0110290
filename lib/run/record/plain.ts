// Values as JSON has them, and back as they were: dates, big integers, maps, sets, and numbers that JSON leaves out are
// written as objects with a mark. Other objects come back as JSON has them.
import { UsageError } from '../../base/errors.js'
import { isArray, isReadable, typeName } from '../../base/seen.js'

/** What JSON can write. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain }

/** Objects of kinds that only a reader knows, by mark; null: it is none of them. */
export interface Kinds {
  write(value: object): readonly [kind: string, value: Plain] | null
  read(kind: unknown, value: unknown): unknown
}

const noKinds: Kinds = {
  write: () => null,
  read: (kind) => {
    throw new UsageError(
      'SAVED_INVALID',
      `A saved value is marked ${typeName(kind)}; expected a kind that toJSON() writes.`,
    )
  },
}

/** The member that tells a marked object; an object that has it itself is marked, too. */
const mark = '~'
/** Throws UsageError VALUE_UNSAVABLE for what holds itself, or is nested deeper than the stack. */
export function plain(value: unknown, kinds: Kinds = noKinds): Plain {
  try {
    return written(value, kinds)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const told =
      'A value of the transcript holds itself, or is nested too deeply; expected one that JSON can write.'
    throw new UsageError('VALUE_UNSAVABLE', told, { cause: error })
  }
}

function written(value: unknown, kinds: Kinds): Plain {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : marked('number', spelled(value))
    case 'bigint':
      return marked('bigint', String(value))
    case 'object':
      return value === null ? null : writtenObject(value, kinds)
    default:
      return marked('undefined', null)
  }
}

function writtenObject(value: object, kinds: Kinds): Plain {
  const inner = (one: unknown): Plain => written(one, kinds)
  const own = kinds.write(value)
  if (own !== null) return marked(own[0], own[1])
  if (isArray(value)) return value.map(inner)
  if (value instanceof Date) return marked('date', inner(value.getTime()))
  if (value instanceof Map) return marked('map', [...value].map(inner))
  if (value instanceof Set) return marked('set', [...value].map(inner))
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return inner(toJSON.call(value, ''))
  const entries = Object.entries(value).filter(([, one]) => typeof one !== 'function')
  const members = Object.fromEntries(entries.map(([name, one]) => [name, inner(one)]))
  return Object.hasOwn(value, mark) ? marked('object', members) : members
}

/** What `plain` was made of. Throws UsageError SAVED_INVALID. */
export function unplain(value: unknown, kinds: Kinds = noKinds): unknown {
  if (isArray(value)) return value.map((one) => unplain(one, kinds))
  if (!isReadable(value)) return value
  const { [mark]: kind, value: inner } = value as { readonly [mark]?: unknown; readonly value?: unknown }
  switch (kind) {
    case undefined:
      return membersOf(value, kinds)
    case 'number':
      return Number(inner)
    case 'bigint':
      return BigInt(inner as string)
    case 'date':
      return new Date(unplain(inner, kinds) as number)
    case 'map':
      return new Map(unplain(inner, kinds) as [unknown, unknown][])
    case 'set':
      return new Set(unplain(inner, kinds) as unknown[])
    case 'object':
      return membersOf(inner as object, kinds)
    case 'undefined':
      return undefined
    default:
      return kinds.read(kind, inner)
  }
}

function membersOf(value: object, kinds: Kinds): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unplain(one, kinds)]))
}

function marked(kind: string, value: Plain): Plain {
  return { [mark]: kind, value }
}

function spelled(number: number): string {
  return Object.is(number, -0) ? '-0' : String(number)
}
