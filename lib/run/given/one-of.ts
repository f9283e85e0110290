// What a run was given about which prompt of a oneOf comes, and what can be told of its prompts before any work: a key
// that is known decides, else they have to begin with texts that can be told apart.

import { PromptError } from '../../base/errors.js'
import { nearestName } from '../../base/nearest.js'
import { own } from '../../base/own.js'
import { quoted, shown } from '../../base/seen.js'
import { requireApart } from '../../prompt/one-of.js'
import type { OneOf, Prompt } from '../../prompt/part.js'
import { pathOf, type Scope } from '../state/scope.js'
import { roomSteps } from './room-steps.js'

/** null: the model chooses. Throws PromptError KNOWN_VALUE_INVALID. */
export function knownKey(scope: Scope, { name, prompts }: OneOf): string | null {
  if (!Object.hasOwn(scope.known, name)) return null
  const key = scope.known[name]
  if (typeof key === 'string' && own(prompts, key) !== undefined) return key
  const keys = Object.keys(prompts)
  const expected = keys.map(quoted).join(', ')
  const nearest = typeof key === 'string' ? nearestName(key, keys) : null
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known value of oneOf ${pathOf(scope, name)} is ${shown(key)}; expected one of ${expected}.` +
      (nearest === null ? '' : ` Did you mean ${nearest}?`),
  )
}

/** The prompts that may come. Throws as `knownKey`, and PromptError ONE_OF_UNDECIDABLE. */
export function promptsThatMayCome(scope: Scope, part: OneOf): readonly Prompt[] {
  const key = knownKey(scope, part)
  if (key !== null) return [part.prompts[key]!]
  const entries = Object.entries(part.prompts)
  requireApart(
    pathOf(scope, part.name),
    entries.map(([key, prompt]) => ({ key, ...beginningOf(scope, prompt) })),
  )
  return entries.map(([, prompt]) => prompt)
}

function beginningOf(scope: Scope, { parts }: Prompt): { text: string; until: 'text' | 'filled' } {
  let text = ''
  for (const step of roomSteps(scope, parts)) {
    if (step.kind !== 'text') return { text, until: 'filled' }
    text += step.text
  }
  return { text, until: 'text' }
}
