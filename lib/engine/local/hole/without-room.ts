// The error of a hole that the context is too small for. Decides its words alone.
import { CapacityError } from '../../../base/errors.js'
import { quoted } from '../../../base/seen.js'

/** `count`: the tokens there are. `value`: what the hole holds so far. */
export function withoutRoom(
  path: string,
  count: number,
  contextTokens: number,
  value: string,
): CapacityError {
  return new CapacityError(
    'CONTEXT_FULL',
    `Hole ${path} is at token ${count}, and the context holds ${contextTokens}; load the model with more ` +
      `contextTokens. So far the hole holds ${quoted(value)}.`,
  )
}
