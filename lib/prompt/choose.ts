// The parts that fill a hole or a prompt several times and keep one: bestOf, vote, beam. Decides what they hold; the
// walk decides how they run.
import { PromptError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { shown } from '../base/seen.js'
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

/** Fills `count` times side by side and keeps the fill with the highest score. Needs a temperature above 0. */
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

/** Fills `count` times side by side and keeps the text that came up most often, the first among equals. */
export function vote<P extends Prompt | Hole>(count: number, part: P, ...extra: []): Typing<P> {
  refuseOptions('vote()', extra)
  return choose(part, { kind: 'vote', count: checkCount(count, 'vote()') })
}

/** Fills one hole with the most probable of the values found by a beam search of this width. */
export function beam<H extends Hole>(width: number, hole: H, ...extra: []): Typing<H> {
  refuseOptions('beam()', extra)
  return choose(hole, { kind: 'beam', width: checkCount(width, 'beam()') })
}

function choose<P>(part: unknown, method: Choose['method']): Typing<P> {
  const prompt = isPrompt(part) ? part : makePrompt(isHole(part) ? [part] : refuse(part))
  return Object.freeze({ kind: 'choose', method: Object.freeze(method), prompt }) as Typing<P>
}

function isHole(part: unknown): part is Hole {
  return isPart(part) && part.kind === 'hole'
}

function refuse(part: unknown): never {
  throw new PromptError(
    'PROMPT_EXPECTED',
    `bestOf, vote and beam take a hole or a prompt, not ${shown(part)}.`,
  )
}

function checkCount(count: number, where: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count
  throw new PromptError(
    'OPTION_INVALID',
    `The count of ${where} is ${shown(count)}; it must be a whole number from 1 to 256.`,
  )
}
