// Whether texts have room in the context a script was given, counted in words.
import { CapacityError } from '../base/errors.js'
import type { KnownTexts } from '../engine/engine.js'
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

export function noRoom(code: string, what: string, seen: number, contextTokens: number): CapacityError {
  return new CapacityError(
    code,
    `${what} ${seen} words, and the context holds ${contextTokens}; shorten the prompt, or give scripted() more ` +
      'contextTokens.',
  )
}
