// A question on the side: a prompt that runs on a fork, whose value stays and whose text does not. Decides what it
// holds; how it runs is the walk's business.
import { PromptError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { shown } from '../base/seen.js'
import { checkName } from './name.js'
import type { Ask, Prompt } from './part.js'
import { isPrompt } from './shape.js'

type Asked<N extends string, I, T> = Ask<{ readonly [name in N]: T }, I, { readonly [name in N]?: T }>
/** Of a prompt that captures nothing, its text. */
type LastValue<V> = [keyof V] extends [never] ? string : V[keyof V]

/**
 * Runs the prompt from here on a fork: what it says leaves the transcript, and what `pick` makes of its values stays
 * under `name`, for the parts behind it and the caller. Without `pick` that is the last value of the prompt, or its
 * text where it captures none. Its own values are captured nowhere else; holes go by `name.hole` in `ends`, `choices`
 * and events. A value given for `name` is taken as it is, and nothing is asked. A hole before it needs a stop of its
 * own, since nothing that stays follows it there.
 *
 * Throws PromptError NAME_INVALID, PROMPT_EXPECTED, OPTION_INVALID. A run rejects with what `pick` throws.
 *
 * @example
 * ```ts
 * const check = prompt`\nIs that a city? ${select('is', ['yes', 'no'])}`
 * const place = prompt`Place: ${gen('place', { stop: '\n', tokensMax: 6 })}`
 * const isCity = ask('isCity', check, ({ is }) => is === 'yes')
 * const next = ({ isCity }: { isCity: boolean }) => (isCity ? 'Streets: ' : 'Rivers: ')
 * const run = await model.run(prompt`${place}${isCity}\n${next}`)
 * console.log(run.values.isCity, run.text)
 * ```
 */
export function ask<const N extends string, V, I, K>(
  name: N,
  prompt: Prompt<V, I, K>,
): Asked<N, I, LastValue<V>>
export function ask<const N extends string, V, I, K, T>(
  name: N,
  prompt: Prompt<V, I, K>,
  pick: (values: V, detail: { readonly text: string }) => T | PromiseLike<T>,
): Asked<N, I, T>
export function ask(name: string, prompt: Prompt, pick: unknown = null, ...extra: []): Ask {
  refuseOptions('ask()', extra)
  checkName(name, 'ask()')
  if (!isPrompt(prompt))
    throw new PromptError('PROMPT_EXPECTED', `ask ${name} got ${shown(prompt)} instead of a prompt.`)
  if (pick !== null && typeof pick !== 'function') {
    throw new PromptError(
      'OPTION_INVALID',
      `What ask ${name} picks is ${shown(pick)}; it must be a function of the values.`,
    )
  }
  return Object.freeze({ kind: 'ask', name, prompt, pick: pick as Ask['pick'] })
}
