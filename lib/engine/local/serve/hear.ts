// Tells a request's listener what came. One that throws, now or later, ends its own request.
import type { Work } from '../../../schedule/work.js'

export function hear(work: Work, tokens: Int32Array, kinds: Uint8Array, fail: (error: Error) => void): void {
  try {
    const told: unknown = work.generation?.onTokens?.(tokens, kinds)
    // A promise of any realm; nobody waits for it.
    if (typeof (told as Promise<void> | undefined)?.then === 'function') Promise.resolve(told).catch(fail)
  } catch (error) {
    fail(error as Error)
  }
}
