// Whether a prompt has room at all, as far as that can be known before it is walked. Decides on the low side: what may
// fit is walked. A text that can't possibly be too long is not tokenised for that; what a long one came to is kept.

import { partCost } from '../../../async/pace.js'
import { CapacityError } from '../../../base/errors.js'
import type { KnownTexts } from '../../engine.js'
import type { SessionContext } from '../session-context.js'
import { appendText } from './append.js'
import type { Spelled } from './position.js'
import { keptTokens } from './shift.js'

/** Bytes of a code unit at most; no token of a text is shorter than a byte. */
const unitBytes = 3
/** A space in front of the text, and whatever else a vocabulary adds. */
const addedMax = 8
/** Tokens that a value may spare at most, by joining the texts around it. */
const gapTokens = 2

/** Throws CapacityError PROMPT_TOO_LONG, CONTEXT_FULL. */
export async function requireRoom(
  context: SessionContext,
  before: Spelled,
  texts: KnownTexts,
): Promise<void> {
  await requireOpening(context, before, texts.opening)
  if (context.overflow === null) await requireLeast(context, before, texts.steps)
}

/** The opening must fit with a token to spare; later texts are checked as they come. */
async function requireOpening(
  context: SessionContext,
  before: Spelled,
  texts: readonly string[],
): Promise<void> {
  const { contextTokens, overflow } = context
  const units = texts.reduce((sum, text) => sum + text.length, 0)
  if (before.tokens.length + units * unitBytes + addedMax < contextTokens) return
  const most = overflow === null ? contextTokens : before.tokens.length + contextTokens
  let at = before
  for (const text of texts) {
    const next = await appendText(context, at, { text, as: 'given' }, most)
    if (next === null) throw openingTooLong(`more than ${contextTokens}`, contextTokens)
    at = next
  }
  const kept = overflow === null ? contextTokens : keptTokens(overflow, before.head, contextTokens)
  const least = Math.min(at.tokens.length, kept + at.tokens.length - before.tokens.length + 1)
  if (least >= contextTokens) throw openingTooLong(String(least), contextTokens)
}

function openingTooLong(seen: string, contextTokens: number): CapacityError {
  return new CapacityError(
    'PROMPT_TOO_LONG',
    `The prompt begins with ${seen} tokens, and the context holds ${contextTokens}; ` +
      'shorten it, or load the model with more contextTokens.',
  )
}

async function requireLeast(
  context: SessionContext,
  before: Spelled,
  steps: KnownTexts['steps'],
): Promise<void> {
  const { contextTokens, pace } = context
  let bytes = 0
  for (const step of steps()) {
    const turn = pace.take(partCost)
    if (turn !== null) await turn
    if (step.kind === 'text') bytes += Buffer.byteLength(step.text)
  }
  // No token is shorter than a byte.
  if (before.tokens.length + bytes < contextTokens) return
  let at = { spelled: before, gaps: 0 }
  const forks: (typeof at)[] = []
  for (const step of steps()) {
    if (step.kind === 'fork') forks.push(at)
    else if (step.kind === 'back') at = forks.pop()!
    else if (step.kind === 'gap') at = { spelled: at.spelled, gaps: at.gaps + 1 }
    else {
      const most = contextTokens + at.gaps * gapTokens
      const spelled = await appendText(context, at.spelled, { text: step.text, as: 'given' }, most)
      if (spelled === null || spelled.tokens.length > most) throw textsTooLong(contextTokens, before, spelled)
      at = { spelled, gaps: at.gaps }
    }
  }
}

function textsTooLong(contextTokens: number, before: Spelled, after: Spelled | null): CapacityError {
  const seen = after === null ? `more than ${contextTokens}` : `${after.tokens.length} or more`
  return new CapacityError(
    'CONTEXT_FULL',
    `The texts of the prompt need ${seen} tokens, ${before.tokens.length} before them included, and the context ` +
      `holds ${contextTokens}; shorten them, walk fewer items, or load the model with more contextTokens.`,
  )
}
