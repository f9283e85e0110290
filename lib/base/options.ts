// Which options there are, by kind: one table beside each type of options, which the compiler holds to the type.
// Decides that a name nobody reads is refused, and what to say about it. Never looks at values.
import { UsageError } from './errors.js'
import { nearestName, sameName } from './nearest.js'
import { isRecord, shown as valueShown } from './seen.js'

/** A table for a type of options: all its names and no others, or it does not compile. */
export type OptionTable<T> = { readonly [K in keyof T]-?: true }

export interface OptionNames {
  /** Who takes them: `gen()`, `a run`. */
  readonly taker: string
  readonly names: readonly string[]
}

/** Who takes an option of a name, for hints; complete once all modules are loaded. */
const takers = new Map<string, string[]>()

export function optionNames<T>(taker: string, table: OptionTable<T>): OptionNames {
  const names = Object.keys(table)
  for (const name of names) takers.set(name, [...(takers.get(name) ?? []), taker])
  return { taker, names }
}

/** Throws UsageError OPTION_UNKNOWN for a name the options may not have. `where` says whose they are: `hole age`. */
export function checkNames(options: object, { taker, names }: OptionNames, where = taker): void {
  const name = Object.keys(options).find((key) => !names.includes(key))
  if (name !== undefined) throw optionUnknown(name, { taker, names }, where)
}

/**
 * Throws UsageError OPTION_UNKNOWN where options or a text follow the arguments of a function that takes none; a number
 * may follow, as in `names.map(input)`.
 */
export function refuseOptions(taker: string, extra: readonly unknown[]): void {
  const [given] = extra
  if (typeof given !== 'string' && !isRecord(given)) return
  const seen = isRecord(given)
    ? `{ ${Object.keys(given).slice(0, 3).map(shown).join(', ')} }`
    : valueShown(given)
  throw new UsageError('OPTION_UNKNOWN', `${taker} takes no options, and it was given ${seen}.`)
}

function optionUnknown(name: string, { taker, names }: OptionNames, where: string): UsageError {
  // A name that means something elsewhere is no slip.
  const elsewhere = takers.get(name)
  const meant = elsewhere === undefined ? nearestName(name, names) : sameName(name, names)
  let hint = ''
  if (meant !== null) hint = ` Did you mean ${meant}?`
  else if (elsewhere !== undefined) hint = ` It is an option of ${elsewhere.slice(0, 3).join(', ')}.`
  return new UsageError(
    'OPTION_UNKNOWN',
    `There is no option ${shown(name)} for ${where}.${hint} Options of ${taker}: ${names.join(', ')}.`,
  )
}

function shown(name: string): string {
  return name.length <= 40 ? name : `${name.slice(0, 40)}...`
}
