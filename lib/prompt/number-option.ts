// Numbers that a caller may set, and the range of each. Decides how one that is none, or out of range, is refused.
import { PromptError } from '../base/errors.js'
import { shown } from '../base/seen.js'

export interface NumberRange {
  readonly min: number
  readonly max: number
  readonly whole: 'integer' | 'number'
}

/** Throws PromptError OPTION_INVALID. `where` names the hole or the run. */
export function checkNumber(value: unknown, key: string, range: NumberRange, where: string): void {
  if (value === undefined) return
  const isNumber = typeof value === 'number' && (range.whole === 'number' || Number.isInteger(value))
  if (isNumber && value >= range.min && value <= range.max) return
  const kind = range.whole === 'integer' ? 'a whole number' : 'a number'
  throw new PromptError(
    'OPTION_INVALID',
    `${key} of ${where} is ${shown(value)}; it must be ${kind} from ${range.min} to ${range.max}.`,
  )
}
