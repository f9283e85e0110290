// Values as JSON, for "--json" and for people. Decides what becomes of those JSON has no word for, and that no text in
// it commands a terminal.
import { UsageError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import { escaped } from './safe-text.js'

/**
 * One line, which any parser reads: maps as objects, sets as lists, big integers as text. Throws UsageError
 * VALUE_UNSAVABLE for what holds itself, and what is nested too deep.
 */
export function asJson(value: unknown): string {
  const plain = (_name: string, member: unknown): unknown => {
    if (typeof member === 'bigint') return String(member)
    if (member instanceof Map) return Object.fromEntries(member)
    return member instanceof Set ? [...member] : member
  }
  try {
    return escaped(JSON.stringify(value, plain) ?? 'null')
  } catch (cause) {
    throw new UsageError('VALUE_UNSAVABLE', `A value can't be written as JSON: ${saidBy(cause)}.`, { cause })
  }
}
