// Which parked states lie in host memory and what they cost. Decides which to give up when the budget is spent: the
// least recently used. Never reads or writes a state; those live on the native side under their blob ids. After each
// step it holds at most `bytesMax` (1 GiB for each engine by default), and all engines of a thread together what
// host-budget.ts allows; during a step, what that step parks comes on top.
import { assert } from '../base/assert.js'
import { joinBudget, leaveBudget, limitOf } from './host-budget.js'
import type { TreeNode } from './tree-node.js'

export class HostMemory {
  readonly #parked = new Map<number, { node: TreeNode; bytes: number }>()
  readonly bytesMax: number
  bytesParked = 0
  /** Of logits that are kept beside the parked states; see kept-logits.ts. */
  bytesOfLogits = 0
  /** Has the engine give up what is beyond `limit`, at its next turn. */
  relieve: () => void = () => undefined
  #next = 1
  /** Running figure of what one token's state takes, to judge room before a park has answered. */
  #bytesPerToken = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
    if (bytesMax > 0) joinBudget(this)
  }

  /** Its device is gone, and what it held with it. */
  close(): void {
    leaveBudget(this)
  }

  get bytesUsed(): number {
    return this.bytesParked + this.bytesOfLogits
  }

  /** Bytes it may hold now. */
  get limit(): number {
    return limitOf(this)
  }

  get count(): number {
    return this.#parked.size
  }

  /** Whether so many tokens could be held at all. */
  hasRoomFor(tokens: number): boolean {
    return this.bytesMax > 0 && tokens * this.#bytesPerToken <= this.bytesMax
  }

  /** Whether so many tokens, used then, would push out nothing that was used later. */
  takes(tokens: number, usedAt: number): boolean {
    if (this.bytesUsed + tokens * this.#bytesPerToken <= this.limit) return true
    for (const { node } of this.#parked.values()) {
      if (node.children.size === 0 && node.locks === 0 && node.usedAt < usedAt) return true
    }
    return false
  }

  add(node: TreeNode): number {
    const blob = this.#next++
    this.#parked.set(blob, { node, bytes: 0 })
    return blob
  }

  /** The park op has answered. */
  setBytes(blob: number, bytes: number): void {
    const entry = this.#parked.get(blob)
    if (entry === undefined) return
    this.bytesParked += bytes - entry.bytes
    entry.bytes = bytes
    this.#bytesPerToken = bytes / entry.node.length
  }

  nodeOf(blob: number): TreeNode | null {
    return this.#parked.get(blob)?.node ?? null
  }

  drop(blob: number): void {
    const entry = this.#parked.get(blob)
    assert(entry !== undefined, `blob ${blob} is known`)
    this.bytesParked -= entry.bytes
    this.#parked.delete(blob)
  }

  /** Parked nodes that nobody needs and nothing hangs below, the least recently used last. */
  idleLeaves(): TreeNode[] {
    const leaves: TreeNode[] = []
    for (const { node } of this.#parked.values()) {
      if (node.children.size === 0 && node.locks === 0) leaves.push(node)
    }
    // Among equals the one parked first goes first.
    return leaves.reverse().sort((a, b) => b.usedAt - a.usedAt)
  }

  get blobs(): Iterable<readonly [number, TreeNode]> {
    return [...this.#parked].map(([blob, { node }]) => [blob, node] as const)
  }
}

/** As much as a few caches full, so that a small model on a small machine stays small. */
export function hostBytesDefault(cacheBytes: number): number {
  return cacheBytes > 0 ? Math.min(4 * cacheBytes, 2 ** 30) : 2 ** 30
}
