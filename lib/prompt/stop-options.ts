// What a caller may say about how a free text ends. Decides which stops are taken and that each is checked before any
// prompt holds it; which texts they match is said in lib/constraint/stops.ts.
import { ConstraintError, PromptError } from '../base/errors.js'
import { isArray, shown } from '../base/seen.js'
import { type Stop, stopOf } from '../constraint/stops.js'
import type { FreeText, StopText } from './part.js'

const stopTexts: readonly unknown[] = ['cut', 'kept', 'value'] satisfies StopText[]

/** Throws PromptError OPTION_INVALID, and what `regex` throws. */
export function freeText(name: string, stop: unknown, stopText: StopText = 'cut'): FreeText {
  if (!stopTexts.includes(stopText)) {
    throw new PromptError(
      'OPTION_INVALID',
      `stopText of hole ${name} is ${shown(stopText)}; it must be 'cut', 'kept' or 'value'.`,
    )
  }
  const stops = stopsOf(name, stop)
  if (stops.length === 0 && stopText !== 'cut') {
    throw new PromptError(
      'OPTION_INVALID',
      `stopText of hole ${name} is ${shown(stopText)}, and the hole has no stop; give it one, or leave stopText out.`,
    )
  }
  return Object.freeze({ stops: Object.freeze(stops), stopText })
}

function stopsOf(name: string, stop: unknown): Stop[] {
  const list = stop === undefined ? [] : isArray(stop) ? stop : [stop]
  try {
    return Array.from(list, stopOf)
  } catch (error) {
    if (!(error instanceof ConstraintError) || error.code !== 'STOP_INVALID') throw error
    throw new PromptError('OPTION_INVALID', `stop of hole ${name} can't be: ${error.message}`, {
      cause: error,
    })
  }
}
