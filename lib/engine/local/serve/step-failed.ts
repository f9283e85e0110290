// The sentence for whoever was in a step that failed on the device.
import { EngineError } from '../../../base/errors.js'
import type { StepResult } from '../../../native/addon.js'

export function stepFailed({ code, message }: StepResult): EngineError {
  const isOver = code === 'CONTEXT_POISONED'
  const told = message || 'no reason given.'
  const next = isOver ? 'Load the model again.' : 'The cache was emptied; what is asked next begins anew.'
  return new EngineError(isOver ? code : 'DECODE_FAILED', `A step failed on the device: ${told} ${next}`)
}
