// A prompt again and again. Decides when it goes on: from `min` turns on the model chooses between the text that
// begins the next turn and the text that follows the repetition. What it chose stays in the tokens as overrun, and
// the literals that come next find themselves already written.

import { partCost } from '../../async/pace.js'
import { PromptError } from '../../base/errors.js'
import { isUnicodeText } from '../../base/seen.js'
import type { Hole, Repeat } from '../../prompt/part.js'
import { knownArray } from '../given/known.js'
import { fillBySampling } from '../hole/by-sampling.js'
import type { Listener, RunEvent } from '../report/event.js'
import { apart } from '../state/run-context.js'
import { pathOf, type Scope } from '../state/scope.js'
import type { TranscriptState } from '../state/transcript.js'
import { Values } from '../state/values.js'
import type { FollowPart, Walk, WalkPart, WalkState } from '../state/walk-state.js'
import { inside, promptParts } from './branches.js'
import { decision, type TurnRange } from './decision.js'
import { literalAfter, nothingFollows } from './follow.js'

/** How much of a literal the model has to see to choose it. */
const decisionLength = 64

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
      const decided = await decide(scope, name, transcript, texts, { min, max })
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
async function decide(
  scope: Scope,
  turn: string,
  transcript: TranscriptState,
  { more, stop }: { readonly more: string; readonly stop: string },
  turns: TurnRange,
): Promise<{ transcript: TranscriptState; goesOn: boolean }> {
  const goOn = cut(more)
  const end = cut(stop)
  if (goOn === '' || (end !== '' && (goOn.startsWith(end) || end.startsWith(goOn)))) {
    throw new PromptError(
      'REPEAT_UNDECIDABLE',
      `repeat goes on to ${pathOf(scope, turn)} with ${JSON.stringify(goOn)} and ends with ${JSON.stringify(end)}; ` +
        'the model needs two texts to choose between, neither of which begins with the other.',
    )
  }
  const written = transcript.position.ahead
  const fits = (text: string): boolean =>
    text.startsWith(written) || (text !== '' && written.startsWith(text))
  if (written !== '' && !(fits(goOn) && fits(end))) return { transcript, goesOn: fits(goOn) }
  const rest = goOn.slice(written.length)
  const language = decision(rest, end.slice(written.length), turns)
  // The texts are the caller's own.
  const options = { ban: [] }
  const hole: Hole = { kind: 'hole', name: `${turn}?`, language, method: { kind: 'sample' }, options }
  const quiet = { ...scope, run: { ...apart(scope.run), listener: tiesOnly(scope.run.listener) } }
  const task = { scope: quiet, hole, transcript, after: nothingFollows, values: () => ({}) }
  const result = await fillBySampling(task, 'choice')
  // What was chosen is the text of a literal that is still to be written.
  const chosen = { position: result.transcript.position, pieces: transcript.pieces }
  return { transcript: chosen, goesOn: result.value === true }
}

/** Nobody asked for the decision as a value, but it may be what makes two runs differ. */
function tiesOnly(listener: Listener): Listener {
  const emit = (event: RunEvent): void => {
    if (event.type === 'near-tie') listener.emit(event)
  }
  return { emit, ready: null, wantsTokens: false }
}

function cut(text: string): string {
  const units = text.slice(0, decisionLength)
  return isUnicodeText(units) ? units : units.slice(0, -1)
}
