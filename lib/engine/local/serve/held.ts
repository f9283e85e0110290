// What the device really holds of a sequence, and the books cut back to it.
import type { KvCache } from '../../../kv/cache.js'
import type { NativeContext } from '../../../native/addon.js'
import type { Work } from '../../../schedule/work.js'

export function countHeld(context: NativeContext, sequence: number): number {
  const held = context.positions(sequence)
  return held === null ? 0 : held.last + 1
}

/** Sequences that hold other rows than their works know of, after a run-ahead that was aborted, are cut back. */
export function cutToHeld(cache: KvCache, context: NativeContext, works: readonly Work[]): void {
  for (const { lease } of works) {
    if (lease !== null && countHeld(context, lease.id) !== lease.node.until) cache.cutTail(lease)
  }
}
