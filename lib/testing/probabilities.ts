// Probabilities a script has for the options of a select. Decides which numbers are some: an option left out has 0, a
// sum may be rounded, and what is a slip of the pen is told instead of made up for.
import { nearestName } from '../base/nearest.js'
import { own } from '../base/own.js'
import type { OptionSum } from '../engine/options.js'
import { invalid, said } from './invalid.js'
import type { Asked } from './script.js'

/** How far a sum may be from 1: ten options rounded to two decimals. */
const slack = 0.05

/** Each option's as a log-probability of one word, so that sum and mean are alike. Throws UsageError ANSWER_INVALID. */
export function probabilitiesOf(asked: Asked, options: readonly string[], answer: object): OptionSum[] {
  const given = answer as Readonly<Record<string, unknown>>
  for (const name of Object.keys(given)) requireShare(asked, options, given, name)
  const shares = options.map((option) => (own(given, option) ?? 0) as number)
  const sum = shares.reduce((all, share) => all + share, 0)
  if (Math.abs(sum - 1) > slack) {
    throw invalid(asked, answer, `the probabilities add up to ${Number(sum.toPrecision(6))}; expected 1.`)
  }
  return shares.map((share) => ({ tokens: 1, sum: Math.log(Math.max(share, Number.MIN_VALUE)) }))
}

function requireShare(
  asked: Asked,
  options: readonly string[],
  given: Readonly<Record<string, unknown>>,
  name: string,
): void {
  if (!options.includes(name)) {
    const nearest = nearestName(name, options)
    const hint = nearest === null ? '' : ` Did you mean ${said(nearest)}?`
    throw invalid(asked, given, `there is no option ${said(name)}.${hint}`)
  }
  const share = given[name]
  if (typeof share === 'number' && share >= 0 && share <= 1) return
  throw invalid(
    asked,
    given,
    `the probability of ${said(name)} is ${said(share)}; expected a number from 0 to 1.`,
  )
}
