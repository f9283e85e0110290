// Gives the rows of one step to the works of one set of adapters: those that draw first, a row each, then those that
// read, in equal parts and again until the step is full. Decides who is let in and how many rows each one gets. Never
// decides what happens when nobody gets any.
import type { KvCache } from '../kv/cache.js'
import { makeRoom } from '../kv/evict.js'
import type { Lease, TreeNode } from '../kv/tree-node.js'
import { type Admission, admit, cellsToCome } from './admission.js'
import { leavesCheckpoint, readingEnd } from './checkpoints.js'
import { chunkRows } from './chunk-rows.js'
import type { Costs } from './costs.js'
import type { StepDraft } from './draft.js'
import { isLed, pendingChild, waitsForRows } from './late-forks.js'
import type { AdmissionOrder, Order } from './order.js'
import type { Work } from './work.js'

export interface StepOptions {
  /** Rows of a step at most. */
  readonly batch: number
  readonly costs: Costs
  /** Micros between two calls of a listener at most, as far as whole decodes allow. */
  readonly latencyMicros: number
  /** Whether tokens are decoded before they are drawn, where they are likely and that is worth it. */
  readonly guesses: boolean
}

/** What outlives a step. */
export interface FillingState {
  readonly cache: KvCache
  readonly options: StepOptions
  readonly admissions: AdmissionOrder
  /** Which work goes on with a sequence; who is let in is added. */
  readonly holders: Map<Lease, Work>
}

export class RowFilling {
  readonly #state: FillingState
  readonly #draft: StepDraft
  readonly #order: Order
  /** Those that could not go on for lack of cells or ids. */
  readonly blocked = new Set<Work>()
  /** Those that needed no row at all. */
  readonly finished = new Set<Work>()
  /** Where a work's rows end in this step although there are more, for later forks. */
  readonly #ends = new Map<Work, number>()
  /** Every id is taken by a working request. */
  #areIdsOut = false
  /** Cells that those with a sequence will still need; null: nobody has one. Undefined: has to be counted again. */
  #promised: number | null | undefined

  constructor(state: FillingState, draft: StepDraft, order: Order) {
    this.#state = state
    this.#draft = draft
    this.#order = order
  }

  fill(): void {
    const { works } = this.#order
    // Where whole sequences only are forked, forks come first: a sequence that has gone on is not forked where it was.
    if (!this.#state.cache.isSliceable) for (const work of works) if (work.lease === null) this.#letIn(work)
    const drawing = works.filter((work) => work.lease !== null && work.rowsLeft <= 1)
    for (const work of drawing) {
      if (work.logits === null) this.#grant(work, 1)
      else this.#draft.draw(work)
    }
    if (drawing.some((work) => work.generation !== null && work.generation.onTokens !== null)) {
      const { costs, latencyMicros, batch } = this.#state.options
      this.#draft.limitRows(chunkRows(costs, latencyMicros, batch))
    }
    const isDrawing = new Set(drawing)
    this.#read(works.filter((work) => !isDrawing.has(work)))
  }

  #read(works: readonly Work[]): void {
    const quantum = Math.max(1, Math.ceil(this.#draft.rowsLeft / Math.max(1, works.length)))
    for (const rows of [quantum, Infinity]) {
      for (const work of works) {
        if (this.#draft.rowsLeft === 0) return
        if (work.lease === null && !this.#letIn(work)) continue
        this.#grant(work, rows)
        this.#promised = undefined
      }
    }
  }

  /** Whether the work has a sequence now. */
  #letIn(work: Work): boolean {
    if (this.finished.has(work) || this.blocked.has(work)) return false
    // A shift may be refused, and moves what others may find: nobody builds on anything within the same step.
    if (this.#draft.shifting.length > 0) return false
    if (this.#areIdsOut && !this.#order.ready.has(work)) {
      this.blocked.add(work)
      return false
    }
    const admission = this.#ask(work)
    this.#note(work, admission)
    return admission.kind === 'admitted'
  }

  #ask(work: Work): Admission {
    const { cache, options, holders } = this.#state
    if (this.#promised === undefined) this.#promised = promisedTo(holders.values())
    return admit(cache, work, {
      promised: this.#promised,
      costs: options.costs,
      batch: options.batch,
      rows: this.#draft.rows,
      coming: this.#draft.coming,
      waits: (base) => this.#waits(base, work),
    })
  }

  #note(work: Work, admission: Admission): void {
    switch (admission.kind) {
      case 'admitted':
        this.#state.holders.set(admission.lease, work)
        this.#state.admissions.admitted(work)
        if (work.logits !== null) this.#draft.draw(work)
        return
      case 'restoring':
        this.#draft.restore(admission.restoring)
        return
      case 'shifting':
        this.#draft.shifting.push({ ...admission.shifted, work })
        return
      case 'finished':
        this.finished.add(work)
        return
      case 'blocked':
        this.blocked.add(work)
        if (admission.short === 'ids') this.#areIdsOut = true
        return
      case 'waiting':
        return
    }
  }

  #waits(base: TreeNode, work: Work): boolean {
    const { cache, holders } = this.#state
    if (!cache.isSliceable) return work.forkFrom > base.until
    return waitsForRows(holders, base, work)
  }

  /** Extends the work's sequence by up to `rows` rows: shared ones first, then new ones. */
  #grant(work: Work, rows: number): void {
    const { cache, holders } = this.#state
    const lease = work.lease!
    let left = rows
    while (work.position < work.count && left > 0) {
      const shared = cache.isSliceable ? pendingChild(lease.node, work) : null
      if (shared !== null) {
        this.#draft.share(work, shared.node, shared.until)
        continue
      }
      if (cache.isSliceable && isLed(holders, lease.node, work)) return
      const wanted = Math.min(left, this.#draft.rowsLeft, this.#endOf(work) - work.position)
      const count = makeRoom(cache, wanted) ? wanted : Math.min(wanted, cache.cellsFree)
      if (count <= 0) {
        if (wanted > 0) this.blocked.add(work)
        return
      }
      if (!cache.isSliceable && leavesCheckpoint(work)) cache.checkpoint(lease)
      this.#draft.extend(work, count)
      left -= count
    }
  }

  /** Where the work's rows end in this step at the latest; decided when it gets its first ones. */
  #endOf(work: Work): number {
    if (this.#state.cache.isSliceable) return work.count
    const end = this.#ends.get(work) ?? readingEnd(work)
    this.#ends.set(work, end)
    return end
  }
}

function promisedTo(works: Iterable<Work>): number | null {
  let promised: number | null = null
  for (const work of works) promised = (promised ?? 0) + cellsToCome(work)
  return promised
}
