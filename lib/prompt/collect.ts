// A hole whose value is appended to a list. Decides what it holds; its place in the list is the walk's business.
import { PromptError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { shown } from '../base/seen.js'
import { checkName } from './name.js'
import type { Collect, Hole } from './part.js'
import { isPart } from './shape.js'

/**
 * Fills the hole and appends its value to the list under `name`, which may stand in a prompt any number of times, also
 * in functions that return parts again and again. The hole's own name is captured nowhere: in `ends`, `at()` and events
 * it goes by its place in the list, `name[0]`. Known values are a list too, for as many holes as it has. Each run,
 * branch, item and turn has a list of its own.
 *
 * Throws PromptError NAME_INVALID, HOLE_EXPECTED.
 *
 * @example
 * ```ts
 * const thing = collect('things', gen('thing', { stop: '\n', tokensMax: 6 }))
 * const three = [1, 2, 3].map((number) => prompt`${number}. ${thing}\n`)
 * const { values } = await model.run(prompt`Things to take to the sea:\n${three}`)
 * console.log(values.things?.length)
 * ```
 */
export function collect<const N extends string, V>(
  name: N,
  hole: Hole<string, V>,
  ...extra: []
): Collect<N, V> {
  refuseOptions('collect()', extra)
  checkName(name, 'collect()')
  if (isPart(hole) && hole.kind === 'hole') return Object.freeze({ kind: 'collect', name, hole })
  throw new PromptError(
    'HOLE_EXPECTED',
    `collect ${name} got ${shown(hole)}; it takes one hole and nothing else.`,
  )
}
