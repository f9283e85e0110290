// What a number of turns comes to where a repeat asks whether to go on. Decides which numbers a repeat can take: none
// is rounded or cut, since the test meant another prompt.
import type { TurnRange } from '../run/walk/decision.js'
import { invalid } from './invalid.js'
import type { Asked, Turns } from './script.js'

/** Throws UsageError ANSWER_INVALID. */
export function goesOn(asked: Asked, { name, count, turn }: Turns, range: TurnRange | null): boolean {
  const { min, max } = range ?? { min: 0, max: Number.POSITIVE_INFINITY }
  if (typeof count === 'number' && Number.isInteger(count) && count >= min && count <= max)
    return turn < count
  const expected = `a repeat there takes a whole number of turns from ${min} to ${max}.`
  throw invalid(asked, count, expected, ` for ${JSON.stringify(name)}`)
}
