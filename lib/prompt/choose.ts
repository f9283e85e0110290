// What fills a hole or a prompt several times and keeps one: bestOf and vote, and beam, which is a way to fill one
// hole. Decides what they hold; the walk decides how they run.
import { PromptError } from '../base/errors.js'
import { optionNames, refuseOptions } from '../base/options.js'
import { shown } from '../base/seen.js'
import { requireOptions } from './options.js'
import type { Choose, Hole, Prompt } from './part.js'
import { makePrompt } from './prompt.js'
import { isPart, isPrompt } from './shape.js'
import { refuseUnused, unusedByBeam } from './unused.js'

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
 * fill have its number as `candidate`. `score`: a function of the values, or 'logprob': ln p of all that the model
 * wrote in a fill, which the holes then tell in `logprobs`, too. `ranked` of the run has all fills with their scores,
 * but those whose score is no number, by the path of the last value.
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
  score:
    | 'logprob'
    | ((
        values: ValuesIn<P>,
        detail: { readonly text: string; readonly tokens: number },
      ) => number | Promise<number>),
  ...extra: []
): Typing<P> {
  refuseOptions('bestOf()', extra)
  if (typeof score !== 'function' && score !== 'logprob') {
    throw new PromptError(
      'OPTION_INVALID',
      `The score of bestOf() is ${shown(score)}; it must be a function or 'logprob'.`,
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
 * Fills a hole, or the holes of a prompt together, with the most probable values found by a beam search of this width
 * (1 to 256) that their checks take. Probabilities are the model's own, before masks: a run's temperature, filters,
 * penalties and seed do not apply, and the holes can have none; `bias` is added to ln p, and -Infinity forbids.
 * `ranked` of the run has all beams, the best first, by the path of the last value, each with ln p of what was chosen
 * for it, the end of each value included. No `near-tie` is reported.
 *
 * A prompt may hold texts, inputs, holes, and prompts of these; where it holds several holes, each beam goes on from
 * one beginning to the next hole, so that a value is kept for what can follow it. A check that rejects a value there
 * drops that beam, and costs no retry.
 *
 * Throws PromptError BEAM_NEEDS_HOLE for anything else, and for a hole with stops; OPTION_INVALID.
 *
 * @example
 * ```ts
 * const city = prompt`${beam(4, regex('city', /[A-Z][a-z]{2,9}/))}`
 * const { values } = await model.run(prompt`The capital of France is ${city}.`)
 * const both = prompt`${regex('capital', /[A-Z][a-z]{2,9}/)} is in ${regex('country', /[A-Z][a-z]{2,9}/)}.`
 * const { ranked } = await model.run(prompt`Capitals: ${beam(3, both)}`)
 * console.log(values.city, ranked.get('country')?.map(({ score, values }) => [score, values]))
 * ```
 */
export function beam<H extends Hole>(width: number, hole: H, ...extra: []): H
export function beam<P extends Prompt>(width: number, prompt: P, ...extra: []): Typing<P>
export function beam(width: number, part: Hole | Prompt, ...extra: []): Hole | Choose {
  refuseOptions('beam()', extra)
  const count = checkCount(width, 'beam()')
  if (isPrompt(part)) {
    requireSearched(part)
    return choose(part, { kind: 'beam', count })
  }
  requireSearchedHole(part)
  return Object.freeze({ ...part, method: Object.freeze({ kind: 'beam', width: count }) })
}

function requireSearched({ parts, check }: Prompt): void {
  if (check !== null) throw beamNeedsHole('a prompt with a check')
  for (const part of parts) {
    if (part.kind === 'prompt') requireSearched(part.prompt)
    else if (part.kind === 'hole') requireSearchedHole(part)
    else if (part.kind !== 'text' && part.kind !== 'input') throw beamNeedsHole(`a part of kind ${part.kind}`)
  }
}

function requireSearchedHole(hole: Hole): void {
  if (!isHole(hole)) throw beamNeedsHole(shown(hole))
  if ('stops' in hole.language && hole.language.stops.length > 0) {
    throw beamNeedsHole(`hole ${hole.name} with stops of its own`)
  }
  if (hole.method.kind !== 'sample') {
    throw new PromptError(
      'OPTION_INVALID',
      `Hole ${hole.name} is filled by ${hole.method.kind}, and beam() fills it by a search; leave one of them out.`,
    )
  }
  refuseUnused(hole.options, unusedByBeam, `hole ${hole.name}`, 'beam() takes the most probable value')
}

function beamNeedsHole(seen: string): PromptError {
  return new PromptError(
    'BEAM_NEEDS_HOLE',
    `beam() got ${seen}; it takes a hole without stops, or a prompt of texts, inputs and such holes.`,
  )
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
