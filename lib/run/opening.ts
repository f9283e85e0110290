// Whether a prompt's first text has room, before anything happens. Decides that a text which can't possibly be too long
// is not tokenised for that, and that a long one is tokenised once: the walk finds what came of it.
import { CapacityError } from '../base/errors.js'
import type { Part } from '../prompt/part.js'
import { appendText } from './append.js'
import { knownTexts } from './follow.js'
import { keptTokens } from './overflow.js'
import type { RunContext, Scope } from './scope.js'
import type { TranscriptState } from './transcript.js'

/** Bytes of a code unit at most; no token of a text is shorter than a byte. */
const unitBytes = 3
/** A space in front of the text, and whatever else a vocabulary adds. */
const addedMax = 8

/**
 * The text up to the first hole must fit with a token to spare; later literals are checked as they come. Throws
 * CapacityError PROMPT_TOO_LONG.
 */
export async function checkRoom(
  scope: Scope,
  transcript: TranscriptState,
  parts: readonly Part[],
): Promise<void> {
  const { run } = scope
  const { contextTokens } = run.engine.capabilities
  const texts = [...knownTexts(scope, parts)]
  const units = texts.reduce((sum, text) => sum + text.length, 0)
  if (transcript.tokens.length + units * unitBytes + addedMax < contextTokens) return
  const most = run.overflow === null ? contextTokens : transcript.tokens.length + contextTokens
  let state = transcript
  for (const text of texts) {
    const next = await appendText(run, state, { kind: 'literal', hole: null, text }, most)
    if (next === null) throw tooLong(`more than ${contextTokens}`, contextTokens)
    run.opening.keep(state, text, next)
    state = next
  }
  const least = leastTokens(run, transcript, state)
  if (least >= contextTokens) throw tooLong(String(least), contextTokens)
}

/** Tokens that are there at once, once all has been dropped that may be. */
function leastTokens(run: RunContext, before: TranscriptState, after: TranscriptState): number {
  const { contextTokens } = run.engine.capabilities
  const kept = run.overflow === null ? contextTokens : keptTokens(run.overflow, before.head, contextTokens)
  return Math.min(after.tokens.length, kept + after.tokens.length - before.tokens.length + 1)
}

function tooLong(seen: string, contextTokens: number): CapacityError {
  return new CapacityError(
    'PROMPT_TOO_LONG',
    `The prompt begins with ${seen} tokens, and the context holds ${contextTokens}; ` +
      'shorten it, or load the model with more contextTokens.',
  )
}
