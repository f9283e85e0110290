// Options that would mean nothing beside others. Decides which these are for each way of filling a hole, and refuses
// them: who gives one expects something of it.
import { PromptError } from '../base/errors.js'

/** Options that say how tokens are drawn, where none is drawn by chance. */
export const unusedByBeam = [
  'temperature',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'xtc',
  'penalties',
  'dry',
  'seed',
  'tokensMin',
  'checkEvery',
  'feedback',
  'best',
  'logits',
] as const
/** The same where whole options are scored. */
export const unusedByScore = [...unusedByBeam, 'bias', 'biasText', 'ban', 'tokensMax'] as const

/** The same where one of them is drawn by its score. */
export const unusedByExactDraw = unusedByScore.filter((name) => name !== 'temperature' && name !== 'seed')

/** Throws PromptError OPTION_INVALID for an option that would mean nothing; `why` begins a sentence. */
export function refuseUnused(options: object, names: readonly string[], where: string, why: string): void {
  const name = names.find((key) => (options as Record<string, unknown>)[key] !== undefined)
  if (name === undefined) return
  throw new PromptError('OPTION_INVALID', `${why}, so ${name} of ${where} would mean nothing; leave it out.`)
}
