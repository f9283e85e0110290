// Values as JSON, for "--json" and for people. Decides what becomes of those JSON has no word for.
import { UsageError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'

/** Maps as objects, sets as lists, big integers as text. Throws UsageError VALUE_UNSAVABLE for what holds itself. */
export function asJson(value: unknown): string {
  const plain = (_name: string, member: unknown): unknown => {
    if (typeof member === 'bigint') return String(member)
    if (member instanceof Map) return Object.fromEntries(member)
    return member instanceof Set ? [...member] : member
  }
  try {
    return JSON.stringify(value, plain) ?? 'null'
  } catch (cause) {
    throw new UsageError('VALUE_UNSAVABLE', `A value can't be written as JSON: ${saidBy(cause)}.`, { cause })
  }
}
