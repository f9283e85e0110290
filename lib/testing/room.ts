// Whether texts have room in the context a script was given, counted in words.
import { CapacityError } from '../base/errors.js'
import type { KnownTexts } from '../engine/engine.js'
import type { RoomStep } from '../engine/room-step.js'
import type { TextSize } from '../engine/tokens.js'
import { wordsOf } from './words.js'

/** Throws CapacityError PROMPT_TOO_LONG, CONTEXT_FULL. */
export function requireRoom(length: number, { opening, steps }: KnownTexts, contextTokens: number): void {
  if (contextTokens === Number.POSITIVE_INFINITY) return
  const opened = opening.reduce((sum, text) => sum + wordsOf(text).length, length)
  if (opened >= contextTokens)
    throw noRoom('PROMPT_TOO_LONG', 'The prompt begins with', opened, contextTokens)
  let at = length
  const forks: number[] = []
  for (const step of steps()) {
    if (step.kind === 'fork') forks.push(at)
    else if (step.kind === 'back') at = forks.pop()!
    else if (step.kind === 'text') at += wordsOf(step.text).length
    if (at > contextTokens) throw noRoom('CONTEXT_FULL', 'The texts of the prompt need', at, contextTokens)
  }
}

/** How long a text would be behind so many words. */
export function measured(length: number, steps: Iterable<RoomStep>): TextSize {
  let [at, drawn] = [length, 0]
  let [tokens, tokensMax] = [length, length]
  const forks: (readonly [number, number])[] = []
  for (const step of steps) {
    if (step.kind === 'fork') forks.push([at, drawn])
    else if (step.kind === 'back') [at, drawn] = forks.pop()!
    else if (step.kind === 'gap') drawn += step.tokensMax
    else at += wordsOf(step.text).length
    tokens = Math.max(tokens, at)
    tokensMax = Math.max(tokensMax, at + drawn)
  }
  return { tokens, tokensMax }
}

export function noRoom(code: string, what: string, seen: number, contextTokens: number): CapacityError {
  return new CapacityError(
    code,
    `${what} ${seen} words, and the context holds ${contextTokens}; shorten the prompt, or give scripted() more ` +
      'contextTokens.',
  )
}
