// What fills a hole or a prompt several times and keeps one: bestOf and vote, and beam, which is a way to fill one
// hole. Decides what they hold; the walk decides how they run.
import { PromptError } from '../base/errors.js'
import { optionNames, refuseOptions } from '../base/options.js'
import { shown } from '../base/seen.js'
import { refuseUnused, requireOptions, unusedByBeam } from './options.js'
import type { Choose, Hole, Prompt } from './part.js'
import { makePrompt } from './prompt.js'
import { isPart, isPrompt } from './shape.js'

type Typing<P> = P extends {
  readonly '~values'?: infer V
  readonly '~inputs'?: infer I
  readonly '~known'?: infer K
}
  ? Choose<V, I, K>
  : never
type ValuesIn<P> = P extends { readonly '~values'?: infer V } ? V : never

/**
 * Fills `count` times (1 to 256) side by side and keeps the fill with the highest score, the first among equals. At a
 * temperature of 0, the default, every fill is the same one; above it each is drawn with a seed of its own. Events of a
 * fill have its number as `candidate`.
 *
 * Throws PromptError PROMPT_EXPECTED, OPTION_INVALID.
 *
 * @example
 * ```ts
 * const slogan = prompt`Slogan: ${gen('slogan', { tokensMax: 8, temperature: 1 })}\n`
 * const { values } = await model.run(prompt`A bakery.\n${bestOf(4, slogan, ({ slogan }) => -slogan.length)}`)
 * console.log(values.slogan)
 * ```
 */
export function bestOf<P extends Prompt | Hole>(
  count: number,
  part: P,
  score: (
    values: ValuesIn<P>,
    detail: { readonly text: string; readonly tokens: number },
  ) => number | Promise<number>,
  ...extra: []
): Typing<P> {
  refuseOptions('bestOf()', extra)
  if (typeof score !== 'function') {
    throw new PromptError(
      'OPTION_INVALID',
      `The score of bestOf() is ${shown(score)}; it must be a function.`,
    )
  }
  return choose(part, { kind: 'best', count: checkCount(count, 'bestOf()'), score })
}

/** How fills vote. */
export interface VoteOptions<V> {
  /**
   * What a fill votes for, by its values: any value that JSON has (or a promise of one), equal where its JSON is;
   * undefined for nothing. Default: the last value the part captures, or its text where it captures none.
   */
  readonly by?: { by(values: V): unknown }['by']
}

const voteNames = optionNames<VoteOptions<unknown>>('vote()', { by: true })

/**
 * Fills `count` times (1 to 256) side by side and keeps the first of the fills that agree with most others; of two
 * answers with as many votes the one that had them first, in the order of the fills. `votes` of the run has the counts,
 * by the path of the last value. At a temperature of 0, the default, every fill is the same one; above it each is drawn
 * with a seed of its own. Events of a fill have its number as `candidate`.
 *
 * Throws PromptError PROMPT_EXPECTED, OPTION_INVALID. A run with it rejects with FillError VOTES_EMPTY where `by` gave
 * undefined for every fill, UsageError VOTE_INVALID where it gave what JSON does not have.
 *
 * @example
 * ```ts
 * const sum = prompt`7 + 5 = ${integer('sum', { min: 0, max: 99, temperature: 1 })}\n`
 * const { values, votes } = await model.run(prompt`${vote(5, sum)}`)
 * console.log(values.sum, votes.get('sum')?.options)
 * ```
 */
export function vote<P extends Prompt | Hole>(
  count: number,
  part: P,
  options: VoteOptions<ValuesIn<P>> = {},
): Typing<P> {
  requireOptions(options, voteNames, 'vote()')
  const { by = null } = options
  if (by !== null && typeof by !== 'function') {
    throw new PromptError(
      'OPTION_INVALID',
      `by of vote() is ${typeof by}; it must be a function of the values.`,
    )
  }
  return choose(part, { kind: 'vote', count: checkCount(count, 'vote()'), by })
}

/**
 * Fills the hole with the most probable of the values found by a beam search of this width (1 to 256) that its check
 * takes. Probabilities are the model's own, before masks: a run's temperature, filters, penalties and seed do not
 * apply, and the hole can have none; `bias` is added to ln p, and -Infinity forbids. No `near-tie` is reported.
 *
 * Throws PromptError BEAM_NEEDS_HOLE for anything but a hole without stops, OPTION_INVALID.
 *
 * @example
 * ```ts
 * const { values } = await model.run(prompt`The capital of France is ${beam(4, regex('city', /[A-Z][a-z]{2,9}/))}.`)
 * console.log(values.city)
 * ```
 */
export function beam<H extends Hole>(width: number, hole: H, ...extra: []): H {
  refuseOptions('beam()', extra)
  const count = checkCount(width, 'beam()')
  if (!isHole(hole) || ('stops' in hole.language && hole.language.stops.length > 0)) {
    throw new PromptError(
      'BEAM_NEEDS_HOLE',
      'beam() takes one hole without stops of its own and nothing else.',
    )
  }
  if (hole.method.kind !== 'sample') {
    throw new PromptError(
      'OPTION_INVALID',
      `Hole ${hole.name} is filled by ${hole.method.kind}, and beam() fills it by a search; leave one of them out.`,
    )
  }
  refuseUnused(hole.options, unusedByBeam, `hole ${hole.name}`, 'beam() takes the most probable value')
  return Object.freeze({ ...hole, method: Object.freeze({ kind: 'beam', width: count }) })
}

function choose<P>(part: unknown, method: Choose['method']): Typing<P> {
  const prompt = isPrompt(part) ? part : makePrompt(isHole(part) ? [part] : refuse(part))
  return Object.freeze({ kind: 'choose', method: Object.freeze(method), prompt }) as Typing<P>
}

function isHole(part: unknown): part is Hole {
  return isPart(part) && part.kind === 'hole'
}

function refuse(part: unknown): never {
  throw new PromptError('PROMPT_EXPECTED', `bestOf and vote take a hole or a prompt, not ${shown(part)}.`)
}

function checkCount(count: number, where: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count
  throw new PromptError(
    'OPTION_INVALID',
    `The count of ${where} is ${shown(count)}; it must be a whole number from 1 to 256.`,
  )
}
