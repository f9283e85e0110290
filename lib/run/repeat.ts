// A prompt again and again. Decides when it goes on: from `min` turns on the model chooses between the text that
// begins the next turn and the text that follows the repetition. What it chose stays in the tokens as overrun, and
// the literals that come next find themselves already written.
import { PromptError } from '../base/errors.js'
import { choice, isUnicodeText } from '../constraint/choice.js'
import { type Constraint, regularText } from '../constraint/constraint-type.js'
import { literalStop } from '../constraint/until.js'
import type { Hole, Repeat } from '../prompt/part.js'
import { fillHole } from './attempts.js'
import { inside, knownArray, promptParts } from './branches.js'
import { literalAfter, type WalkPart } from './follow.js'
import { pathOf, type Scope } from './scope.js'
import type { TranscriptState } from './transcript.js'
import { type WalkState, walk } from './walk.js'

/** How much of a literal the model has to see to choose it. */
const decisionLength = 64

export async function walkRepeat(
  scope: Scope,
  start: WalkState,
  part: Repeat,
  after: readonly WalkPart[],
): Promise<WalkState> {
  const path = pathOf(scope, part.name)
  const known = knownArray(scope, part.name)
  if (known.length > part.max) {
    throw new PromptError(
      'KNOWN_VALUE_INVALID',
      `${path} got ${known.length} known turns; it runs at most ${part.max} times.`,
    )
  }
  // With known turns, how many there are is known too.
  const { min, max } = known.length > 0 ? { min: known.length, max: known.length } : part
  const turns: unknown[] = []
  let { transcript } = start
  while (turns.length < max) {
    const index = turns.length
    const inner = inside(scope, `${path}[${index}]`, known[index], start)
    const separator: WalkPart[] =
      index === 0 || part.separator === '' ? [] : [{ kind: 'text', text: part.separator }]
    const parts = [...separator, ...promptParts(part.prompt)]
    if (index >= min) {
      const more = literalAfter(inner, parts)
      const decision = await decide(scope, part.name, index, transcript, more, literalAfter(scope, after))
      transcript = decision.transcript
      if (!decision.goesOn) break
    }
    const next: WalkPart[] = [{ kind: 'text', text: part.separator }, ...promptParts(part.prompt)]
    // What may follow this turn tells where a hole at its end stops.
    const follow = index + 1 < min ? next : after
    const isOpen = index + 1 >= min && index + 1 < max
    const turn = isOpen ? stopped(parts, literalAfter(inner, next)) : parts
    const end = await walk(inner, { ...start, values: {}, transcript }, turn, follow)
    turns.push(end.values)
    transcript = end.transcript
  }
  return { ...start, values: { ...start.values, [part.name]: turns }, transcript }
}

/** A text at the end of a turn also ends where the next turn would begin. */
function stopped(parts: readonly WalkPart[], next: string): readonly WalkPart[] {
  const last = parts.at(-1)
  if (next === '' || last?.kind !== 'hole' || !('stops' in last.language)) return parts
  const language = { stops: [...last.language.stops, literalStop(next)] }
  return [...parts.slice(0, -1), { ...last, language }]
}

async function decide(
  scope: Scope,
  name: string,
  index: number,
  transcript: TranscriptState,
  more: string,
  stop: string,
): Promise<{ transcript: TranscriptState; goesOn: boolean }> {
  // The last hole ran into what follows the repetition: the model has decided.
  if (transcript.overrun > 0) return { transcript, goesOn: false }
  const goOn = cut(more)
  const end = cut(stop)
  if (goOn === '' || (end !== '' && (goOn.startsWith(end) || end.startsWith(goOn)))) {
    throw new PromptError(
      'REPEAT_UNDECIDABLE',
      `repeat ${name} goes on with ${JSON.stringify(goOn)} and ends with ${JSON.stringify(end)}; ` +
        'the model needs two texts to choose between, neither of which begins with the other.',
    )
  }
  const language: Constraint = end === '' ? optional(goOn) : choice([goOn, end])
  const hole: Hole = {
    kind: 'hole',
    name: `${name}[${index}]?`,
    language,
    method: { kind: 'sample' },
    options: {},
  }
  const quiet = { ...scope, run: { ...scope.run, listener: silent } }
  const result = await fillHole({ scope: quiet, hole, transcript, after: '', values: {} })
  const overrun = new TextEncoder().encode(result.text).length
  return {
    transcript: { ...result.transcript, pieces: transcript.pieces, overrun },
    goesOn: result.text === goOn,
  }
}

const silent = { emit: () => undefined, ready: null, wantsTokens: false }

function cut(text: string): string {
  const units = text.slice(0, decisionLength)
  return isUnicodeText(units) ? units : units.slice(0, -1)
}

function optional(text: string): Constraint {
  return regularText({
    kind: 'choice',
    lowerRegular: (builder) => builder.optional(builder.literal(text)),
    describe: () => `${JSON.stringify(text)} or nothing`,
  })
}
