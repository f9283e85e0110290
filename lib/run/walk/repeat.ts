// A prompt again and again. Decides when it goes on: from `min` turns on the model chooses between the text that
// begins the next turn and the text that follows the repetition.

import { partCost } from '../../async/pace.js'
import { PromptError } from '../../base/errors.js'
import type { Repeat } from '../../prompt/part.js'
import { knownArray } from '../given/known.js'
import { pathOf, type Scope } from '../state/scope.js'
import type { TranscriptState } from '../state/transcript.js'
import { Values } from '../state/values.js'
import type { FollowPart, Walk, WalkPart, WalkState } from '../state/walk-state.js'
import { inside, promptParts } from './branches.js'
import { decide, decidedBy } from './decide.js'
import { goingOn, type TurnRange } from './decision.js'
import { literalAfter } from './follow.js'

export async function walkRepeat(
  walk: Walk,
  scope: Scope,
  start: WalkState,
  part: Repeat,
  after: Iterable<FollowPart>,
): Promise<WalkState> {
  const path = pathOf(scope, part.name)
  const known = knownArray(scope, part.name)
  // With known turns, how many there are is known too; none may be known as well.
  const isKnown = Object.hasOwn(scope.known, part.name)
  const { min, max } = isKnown ? { min: known.length, max: known.length } : part
  const stop = literalAfter(scope, after)
  const turns: unknown[] = []
  const outer = start.values.all(scope.outer)
  let { transcript, chat } = start
  while (turns.length < max) {
    const turn = scope.run.pace.take(partCost)
    if (turn !== null) await turn
    const index = turns.length
    const inner = inside(scope, `${path}[${index}]`, known[index], outer)
    const separator: WalkPart[] =
      index === 0 || part.separator === '' ? [] : [{ kind: 'text', text: part.separator }]
    const parts = [...separator, ...promptParts(part.prompt)]
    if (index >= min) {
      const name = `${part.name}[${index}]`
      const texts = { more: literalAfter(inner, parts), stop }
      const decided = await decideTurn(scope, name, transcript, texts, { min, max })
      transcript = decided.transcript
      if (!decided.goesOn) break
    }
    const next: WalkPart[] = [{ kind: 'text', text: part.separator }, ...promptParts(part.prompt)]
    const more = literalAfter(inner, next)
    // What may follow this turn tells where a hole at its end stops.
    let follow: Iterable<FollowPart> = index + 1 < min ? next : after
    if (index + 1 >= min && index + 1 < max)
      follow = [{ kind: 'either', texts: [more, stop].filter(Boolean) }]
    const end = await walk(inner, { ...start, values: Values.none, transcript, chat }, parts, follow)
    turns.push(end.values.all())
    transcript = end.transcript
    chat = end.chat
  }
  return { ...start, values: start.values.with(part.name, turns), transcript, chat }
}

/** Asks the model which of two texts comes next, unless the last hole ended with the beginning of one of them. */
async function decideTurn(
  scope: Scope,
  turn: string,
  transcript: TranscriptState,
  { more, stop }: { readonly more: string; readonly stop: string },
  turns: TurnRange,
): Promise<{ transcript: TranscriptState; goesOn: boolean }> {
  const [goOn, end] = decidedBy([more, stop]) as [string, string]
  if (goOn === '' || (end !== '' && (goOn.startsWith(end) || end.startsWith(goOn)))) {
    throw new PromptError(
      'REPEAT_UNDECIDABLE',
      `repeat goes on to ${pathOf(scope, turn)} with ${JSON.stringify(goOn)} and ends with ${JSON.stringify(end)}; ` +
        'the model needs two texts to choose between, neither of which begins with the other.',
    )
  }
  const languageOf = ([rest, other]: readonly string[]) => goingOn(rest!, other!, turns)
  const decided = await decide(scope, `${turn}?`, transcript, [goOn, end], languageOf)
  return { transcript: decided.transcript, goesOn: decided.index === 0 }
}
