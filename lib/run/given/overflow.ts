// What a run may lose at the end of the context: the option, checked before anything else.
import { CapabilityError, PromptError } from '../../base/errors.js'
import { checkNames, optionNames } from '../../base/options.js'
import { isRecord, shown } from '../../base/seen.js'
import type { EngineCapabilities, Overflow } from '../../engine/engine.js'

const overflowNames = optionNames<Exclude<Overflow, string>>('overflow', { keep: true })

/** Throws PromptError OPTION_INVALID, CapabilityError NO_SHIFT. */
export function checkOverflow(value: unknown, capabilities: EngineCapabilities): Overflow | null {
  if (value === undefined) return null
  if (isRecord(value)) checkNames(value, overflowNames, 'overflow of the run')
  const keep: unknown = isRecord(value) ? (value as { keep?: unknown }).keep : undefined
  const { contextTokens, shift, memory } = capabilities
  const isKeep = Number.isSafeInteger(keep) && (keep as number) >= 1 && (keep as number) <= contextTokens - 2
  if (value !== 'shift' && !isKeep) {
    const seen = typeof value === 'object' ? `{ keep: ${shown(keep)} }` : shown(value)
    throw new PromptError(
      'OPTION_INVALID',
      `overflow of the run is ${seen}; it must be 'shift' or { keep } ` +
        `with a whole number from 1 to ${contextTokens - 2}.`,
    )
  }
  if (shift === 'none') {
    throw new CapabilityError(
      'NO_SHIFT',
      `overflow needs a model whose memory can drop tokens from the middle, loaded without streams, and this one's ` +
        `(${memory}) can't.`,
    )
  }
  return value as Overflow
}
