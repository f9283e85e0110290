// How answers of a chat are drawn, as an immutable value that a person may change as it goes on. Decides the defaults
// and what each may be. Pure.
import { UsageError } from '../../base/errors.js'
import { nearestName } from '../../base/nearest.js'
import { quoted } from '../../base/seen.js'
import type { NumberRange } from '../command.js'

export interface Settings {
  /** 0: always the most probable token. */
  readonly temperature: number
  readonly seed: number
  /** Tokens of an answer at most, and of a thought. */
  readonly max: number
}

export const settingsDefault: Settings = { temperature: 0.7, seed: 0, max: 2048 }

export const settingRanges: Readonly<Record<keyof Settings, NumberRange>> = {
  temperature: { from: 0, until: 100 },
  seed: { from: 0, until: 2 ** 32 - 1 },
  max: { from: 1, until: 2 ** 31 - 1 },
}

/** Throws UsageError OPTION_UNKNOWN, ARGUMENT_INVALID. */
export function settingsWith(settings: Settings, name: string, value: string): Settings {
  if (!isSetting(name)) {
    const names = Object.keys(settingRanges)
    const near = nearestName(name, names)
    const hint = near === null ? '' : ` Did you mean ${near}?`
    const expected = `expected one of ${names.join(', ')}`
    throw new UsageError('OPTION_UNKNOWN', `There is no setting ${quoted(name)}; ${expected}.${hint}`)
  }
  const { from, until } = settingRanges[name]
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
  const isKind = name === 'temperature' || Number.isSafeInteger(number)
  if (isKind && number >= from && number <= until) return { ...settings, [name]: number }
  const kind = name === 'temperature' ? 'a number' : 'a whole number'
  throw new UsageError(
    'ARGUMENT_INVALID',
    `${name} is ${quoted(value)}; expected ${kind} from ${from} to ${until}.`,
  )
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(settingRanges, name)
}
