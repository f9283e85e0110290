// The books of the KV cache: tree, leases, host memory, counted cells and the queue of operations that make the device
// follow. What changes them stands above: eviction, parking, and the cache the scheduler sees. Does no IO: operations
// pile up in order and leave with the next step.
import type { Position, SequenceId } from '../base/ids.js'
import type { KvOp } from '../base/kv-op.js'
import { Capacity } from './capacity.js'
import { HostMemory } from './host-memory.js'
import { KeptLogits } from './kept-logits.js'
import { Leases } from './leases.js'
import { LostTokens } from './lost-tokens.js'
import { Places } from './places.js'
import { PrefixTree } from './prefix-tree.js'

/** An operation whose ids and positions are the cache's own. */
export type CacheOp = KvOp<SequenceId, Position>

export interface CacheOptions {
  readonly cells: number
  readonly sequences: number
  readonly canForkPartially: boolean
  readonly canTruncate: boolean
  readonly canPark: boolean
  /** Bytes of host memory for parked states and kept logits; 0: for none. */
  readonly hostBytesMax: number
  /** Bytes of a row of logits, of which some are kept to be drawn from again. */
  readonly bytesPerRow: number
}

/** Of the host memory. */
const logitsShare = 1 / 16
/** More holes than are mostly open at once. */
const logitsRowsMax = 64

export class CacheState {
  readonly tree: PrefixTree
  readonly leases: Leases
  readonly host: HostMemory
  readonly logits: KeptLogits
  readonly lost: LostTokens
  readonly places = new Places()
  readonly options: CacheOptions
  /** Forks and truncations may cut anywhere. */
  readonly isSliceable: boolean
  readonly capacity: Capacity
  /** Promised to generations that run ahead in the current step. */
  cellsReserved = 0
  clock = 0
  /** Cells were renumbered and no call has followed: their state can't be saved yet. */
  hasShiftPending = false
  /** Parking is worth it from this many tokens on; set by measured costs before each plan. */
  parkTokensMin = 1
  #ops: CacheOp[] = []

  constructor(options: CacheOptions) {
    this.options = options
    this.isSliceable = options.canForkPartially && options.canTruncate
    this.tree = new PrefixTree({ canForkPartially: this.isSliceable })
    this.lost = new LostTokens(options.cells)
    this.leases = new Leases(options.sequences)
    this.host = new HostMemory(options.canPark && this.isSliceable ? options.hostBytesMax : 0)
    const rows = this.isSliceable ? options.hostBytesMax * logitsShare : 0
    const rowsMax = Math.min(logitsRowsMax, Math.floor(rows / options.bytesPerRow))
    this.logits = new KeptLogits({ rowsMax, bytesPerRow: options.bytesPerRow }, this.host)
    this.capacity = new Capacity(options.cells)
  }

  get cellsFree(): number {
    return this.capacity.all - this.tree.cellsLive - this.tree.cellsPending - this.cellsReserved
  }

  get cellsEvictable(): number {
    return this.tree.cellsLive - this.tree.cellsLocked
  }

  get opCount(): number {
    return this.#ops.length
  }

  queue(op: CacheOp): void {
    this.#ops.push(op)
  }

  /** The operations so far; they must reach the device before any later ones. */
  takeOps(): readonly CacheOp[] {
    const ops = this.#ops
    this.#ops = []
    return ops
  }
}
