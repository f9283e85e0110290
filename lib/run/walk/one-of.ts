// The model chooses between prompts. Decides which one comes: the one whose beginning the model writes, or the one a
// known value names. Its parts are walked as if they had been written instead, so that they can be taken back like any
// other.

import { undecidable } from '../../prompt/one-of.js'
import type { OneOf } from '../../prompt/part.js'
import { knownKey } from '../given/one-of.js'
import { marked } from '../state/marks.js'
import { pathOf, type Scope } from '../state/scope.js'
import type { FollowPart, WalkPart, WalkState } from '../state/walk-state.js'
import { promptParts } from './branches.js'
import { type Decided, decide, decidedBy } from './decide.js'
import { choiceOfKey } from './decision.js'
import { literalAfter } from './follow.js'
import { chained } from './rest.js'

export interface Chosen {
  /** With the key among its values. */
  readonly state: WalkState
  readonly parts: readonly WalkPart[]
  /** null: nothing was drawn for it. */
  readonly drawn: Decided['drawn']
}

export async function chooseOneOf(
  scope: Scope,
  state: WalkState,
  part: OneOf,
  after: Iterable<FollowPart>,
): Promise<Chosen> {
  const { name, prompts } = part
  const known = knownKey(scope, part)
  const decided = known === null ? await decideKey(scope, state, part, after) : null
  const key = known ?? decided!.key
  if (decided !== null) scope.run.listener.emit({ type: 'one-of', hole: pathOf(scope, name), key })
  const marks = decided === null ? state.marks : marked(scope, name, state)
  const transcript = decided?.transcript ?? state.transcript
  return {
    state: { ...state, transcript, marks, values: state.values.with(name, key) },
    parts: promptParts(prompts[key]!),
    drawn: decided?.drawn ?? null,
  }
}

async function decideKey(
  scope: Scope,
  { transcript }: WalkState,
  { name, prompts }: OneOf,
  after: Iterable<FollowPart>,
): Promise<Decided & { readonly key: string }> {
  const keys = Object.keys(prompts)
  const texts = keys.map((key) => literalAfter(scope, chained<FollowPart>(prompts[key]!.parts, after)))
  const sorted = texts
    .map((text, index) => ({ text, key: keys[index]! }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
  for (const [index, { text, key }] of sorted.entries()) {
    const next = sorted[index + 1]
    // One text may be empty: nothing follows, and the model ends there.
    if (next === undefined || !next.text.startsWith(text) || (text === '' && next.text !== '')) continue
    throw undecidable(
      pathOf(scope, name),
      `${next.key} comes to ${JSON.stringify(next.text)} and ${key} to ${JSON.stringify(text)} with what follows`,
    )
  }
  const choice = (rests: readonly string[], indexes: readonly number[]) =>
    choiceOfKey(
      indexes.map((index) => keys[index]!),
      rests,
    )
  const decided = await decide(scope, name, transcript, decidedBy(texts), choice)
  return { ...decided, key: keys[decided.index]! }
}
