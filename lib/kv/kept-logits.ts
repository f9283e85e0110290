// Which rows of logits lie in host memory, and behind which tokens: who stands there draws again without a decode.
// Decides which to give up when the budget is spent: the least recently used that nobody is about to draw from. They
// hang on the tree's nodes, so that a row goes when its tokens go; the rows themselves lie on the native side.
import type { Position } from '../base/ids.js'
import type { HostMemory } from './host-memory.js'
import type { KeptRow, TreeNode } from './tree-node.js'

export interface KeptLogitsOptions {
  /** 0: none are kept. */
  readonly rowsMax: number
  readonly bytesPerRow: number
}

export class KeptLogits {
  readonly #options: KeptLogitsOptions
  readonly #host: HostMemory
  /** By id, the least recently used first. */
  readonly #rows = new Map<number, KeptRow>()
  /** Ids the device may have rows of that nobody can draw from. */
  readonly #free: number[] = []
  /** Ids given out so far: 0 up to here. */
  #ids = 0

  /** Its bytes count as the host memory's. */
  constructor(options: KeptLogitsOptions, host: HostMemory) {
    this.#options = options
    this.#host = host
  }

  get count(): number {
    return this.#rows.size
  }

  get bytes(): number {
    return this.#ids * this.#options.bytesPerRow
  }

  /** An id for a row to come, which `keep` or `refuse` answers; null where all that are kept are about to be used. */
  take(): number | null {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#ids < this.#options.rowsMax) {
      const id = this.#ids++
      this.#host.bytesOfLogits = this.bytes
      return id
    }
    for (const row of this.#rows.values()) {
      if (row.users > 0) continue
      row.node.logits = row.node.logits.filter((other) => other !== row)
      this.#rows.delete(row.id)
      return row.id
    }
    return null
  }

  /** The device has it, after a token of the node. */
  keep(id: number, node: TreeNode, until: Position): void {
    const row = { id, until, node, users: 0 }
    node.logits = [...node.logits, row]
    this.#rows.set(id, row)
  }

  /** The device has not kept it. */
  refuse(id: number): void {
    this.#free.push(id)
  }

  use(row: KeptRow): void {
    row.users++
    this.#rows.delete(row.id)
    this.#rows.set(row.id, row)
  }

  /** Its token is gone. */
  forget({ id }: KeptRow): void {
    this.#rows.delete(id)
    this.#free.push(id)
  }
}
