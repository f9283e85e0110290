// What a context means for those who ask in tokens. Decides which of its abilities are of use to the cache; never asks
// the context for anything.
import type { ContextCapabilities } from '../../../native/addon.js'
import type { TokenCapabilities } from './token-engine.js'

export function tokenCapabilities(native: ContextCapabilities): TokenCapabilities {
  const { cellsEach, sequences, memory, canShift, canForkPartially, canTruncate } = native
  return {
    contextTokens: cellsEach,
    sequences,
    memory,
    canShift: canShift && canForkPartially,
    canRollBack: canTruncate && canForkPartially,
  }
}
