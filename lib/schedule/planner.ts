// Who goes next: turns the waiting and working requests into one immutable step plan. Decides admission, the share of
// rows each request gets, late forks, preemption and how far generations may run ahead. Does no IO and knows no time.
//
// Late forks: a request never decodes what another one is about to decode. Where paths part inside the rows of this
// very step, both sequences share the rows up to there; where they part later, the second one waits.
import { assert } from '../base/assert.js'
import type { KvCache } from '../kv/cache.js'
import { makeRoom } from '../kv/evict.js'
import type { Lease } from '../kv/leases.js'
import { commonLength, type TreeNode } from '../kv/tree-node.js'
import { type Admission, admit, cellsToCome } from './admission.js'
import { chunkRows } from './chunk-rows.js'
import type { Costs } from './costs.js'
import { noRunAhead, type PlannedStep, StepDraft } from './draft.js'
import { ForkStops } from './fork-stops.js'
import { AdmissionOrder, type Order } from './order.js'
import { type ToCome, tidyPlaces } from './parking.js'
import { decideRunAhead } from './run-ahead.js'
import { SetTurns } from './set-turns.js'
import type { Work } from './work.js'

export interface PlannerOptions {
  readonly batch: number
  readonly costs: Costs
  /** Micros between two calls of a listener at most, as far as whole decodes allow. */
  readonly latencyMicros: number
}

export interface Planned {
  /** Null: nothing to do on the device. */
  readonly step: PlannedStep | null
  /** Needed no row at all. */
  readonly finished: readonly Work[]
  /** Can't be done even alone. */
  readonly overfull: readonly Work[]
  /** Had to give way to earlier ones. */
  readonly preempted: number
}

/** What is found out while the works get their rows. */
interface Filling extends Order {
  readonly blocked: Set<Work>
  readonly finished: Set<Work>
  /** Every id is taken by a working request. */
  areIdsOut: boolean
  /** Cells that those with a sequence will still need; null: nobody has one. Undefined: has to be counted again. */
  promised: number | null | undefined
}

/** Rows that make it worth stopping before the last one, to leave a checkpoint there. */
const checkpointRowsMin = 16

export class Planner {
  readonly #cache: KvCache
  readonly #options: PlannerOptions
  readonly #workOf = new Map<Lease, Work>()
  readonly #order = new AdmissionOrder()
  readonly #forkStops = new ForkStops()
  readonly #turns = new SetTurns()

  constructor(cache: KvCache, options: PlannerOptions) {
    this.#cache = cache
    this.#options = options
  }

  /** Plans one step over the works, which are in order of arrival. */
  plan(works: readonly Work[]): Planned {
    const finished = new Set<Work>()
    const overfull: Work[] = []
    const open = new Set(works)
    // Who had to give way in this plan does not come back in it.
    const preempted = new Set<Work>()
    this.#cache.clock++
    this.#cache.parkTokensMin = this.#options.costs.parkTokensMin(this.#options.batch)
    const tell = (step: PlannedStep | null): Planned => ({
      step,
      finished: [...finished],
      overfull,
      preempted: preempted.size,
    })
    for (;;) {
      const arrived = [...open].filter((work) => !preempted.has(work))
      if (!this.#cache.isSliceable) this.#forkStops.set(arrived, open)
      const order = this.#order.of(this.#cache, arrived)
      const sets = this.#turns.order(arrived)
      for (const set of sets) {
        const step = this.#planFor(set, order, { open, finished, isAlone: sets.length === 1 })
        if (step !== null) return tell(step)
      }
      if (open.size === 0) break
      const victim = this.#latestHolder(arrived)
      if (victim !== null) {
        this.withdraw(victim)
        preempted.add(victim)
        continue
      }
      const [first] = arrived
      assert(first !== undefined, 'the first request never gives way')
      overfull.push(first)
      open.delete(first)
      this.withdraw(first)
    }
    const hasOps = this.#cache.opCount > 0
    const batch = this.#options.batch
    return tell(hasOps ? new StepDraft(this.#cache, batch).finish(noRunAhead) : null)
  }

  /** A step for those of the works that are computed with one set of adapters; null where none of them can go on. */
  #planFor(
    set: number,
    order: Order,
    { open, finished, isAlone }: { open: Set<Work>; finished: Set<Work>; isAlone: boolean },
  ): PlannedStep | null {
    const { batch } = this.#options
    const works = order.works.filter((work) => work.set === set)
    const draft = new StepDraft(this.#cache, batch, works[0]?.lineage?.set?.scales)
    const blocked = this.#fill(draft, { ...order, works }, finished)
    for (const work of finished) open.delete(work)
    if (draft.works.size > 0) {
      // Now that the paths of all who work are locked, what is left is idle. Cells that may not come are not moved.
      const isSure = draft.restoring.length === 0 && !this.#cache.hasShiftPending
      if (isSure) tidyPlaces(this.#cache, this.#options, toCome(draft, open))
      const callsMost = isAlone ? Number.POSITIVE_INFINITY : this.#turns.callsFor(set)
      const own = works.filter((work) => open.has(work))
      const run = decideRunAhead(this.#cache, this.#options, { draft, works: own, blocked, callsMost })
      this.#turns.take(set, run.decodesMax, draft.rows / batch)
      return draft.finish(run)
    }
    if (draft.restoring.length + draft.shifting.length === 0) return null
    return draft.finish(noRunAhead)
  }

  /** The work gives its sequence up; what it decoded stays cached as long as there is room. */
  withdraw(work: Work): void {
    if (work.lease === null) return
    this.#workOf.delete(work.lease)
    this.#cache.release(work.lease)
    work.lease = null
  }

  /** Gives rows to the works; returns those that could not go on for lack of cells or ids. */
  #fill(draft: StepDraft, { works, ready }: Order, finished: Set<Work>): ReadonlySet<Work> {
    const blocked = new Set<Work>()
    const state: Filling = { works, ready, blocked, finished, areIdsOut: false, promised: undefined }
    if (!this.#cache.isSliceable) {
      // Forks first: a sequence that has gone on can't be forked where it was.
      for (const work of works) if (work.lease === null) this.#admit(draft, work, state)
    }
    const drawing = works.filter((work) => work.lease !== null && work.count - work.position === 1)
    for (const work of drawing) this.#grant(draft, work, 1, blocked)
    if (drawing.some((work) => work.generation !== null && work.generation.onTokens !== null)) {
      const { costs, latencyMicros, batch } = this.#options
      draft.limitRows(chunkRows(costs, latencyMicros, batch))
    }
    const isDrawing = new Set(drawing)
    const reading = works.filter((work) => !isDrawing.has(work))
    const quantum = Math.max(1, Math.ceil(draft.rowsLeft / Math.max(1, reading.length)))
    for (const rows of [quantum, Infinity]) {
      for (const work of reading) {
        if (draft.rowsLeft === 0) break
        if (work.lease === null && !this.#admit(draft, work, state)) continue
        this.#grant(draft, work, rows, blocked)
        state.promised = undefined
      }
    }
    return blocked
  }

  #admit(draft: StepDraft, work: Work, state: Filling): boolean {
    if (state.finished.has(work) || state.blocked.has(work)) return false
    // A shift may be refused, and moves what others may find: nobody builds on anything within the same step.
    if (draft.shifting.length > 0) return false
    if (state.areIdsOut && !state.ready.has(work)) {
      state.blocked.add(work)
      return false
    }
    const admission = this.#ask(draft, work, state)
    switch (admission.kind) {
      case 'admitted':
        this.#workOf.set(admission.lease, work)
        this.#order.admitted(work)
        return true
      case 'restoring':
        draft.restore(admission.restoring)
        return false
      case 'shifting':
        draft.shifting.push({ ...admission.shifted, work })
        return false
      case 'finished':
        state.finished.add(work)
        return false
      case 'blocked':
        state.blocked.add(work)
        if (admission.short === 'ids') state.areIdsOut = true
        return false
      case 'waiting':
        return false
    }
  }

  #ask(draft: StepDraft, work: Work, state: Filling): Admission {
    if (state.promised === undefined) state.promised = promisedTo(this.#workOf.values())
    return admit(this.#cache, work, {
      promised: state.promised,
      costs: this.#options.costs,
      batch: this.#options.batch,
      rows: draft.rows,
      coming: draft.coming,
      waits: (base) => this.#waits(draft, work, base),
    })
  }

  /** Extends the work's sequence by up to `rows` rows: shared ones first, then new ones. */
  #grant(draft: StepDraft, work: Work, rows: number, blocked: Set<Work>): void {
    const lease = work.lease!
    let left = rows
    while (work.position < work.count && left > 0) {
      const node = lease.node
      if (this.#cache.isSliceable) {
        const shared = pendingChild(node, work)
        if (shared !== null) {
          draft.share(work, shared.node, shared.until)
          continue
        }
      }
      if (this.#isLed(node, work)) return
      const wanted = Math.min(left, draft.rowsLeft, this.#readingEnd(draft, work) - work.position)
      const count = makeRoom(this.#cache, wanted) ? wanted : Math.min(wanted, this.#cache.cellsFree)
      if (count <= 0) {
        if (wanted > 0) blocked.add(work)
        return
      }
      if (this.#leavesCheckpoint(work)) this.#cache.checkpoint(lease)
      draft.extend(work, count)
      left -= count
    }
  }

  /** Whether the work stands before its last token, which whoever draws or scores after it decodes for its logits. */
  #leavesCheckpoint(work: Work): boolean {
    if (this.#cache.isSliceable || work.drawnCount > 0) return false
    const isThere = work.position === work.count - 1 && work.lease?.node.state === 'live'
    return isThere && work.rowsDecoded >= checkpointRowsMin
  }

  /** Where the work's rows end in this step at the latest. */
  #readingEnd(draft: StepDraft, work: Work): number {
    if (this.#cache.isSliceable) return work.count
    const decided = draft.endOf.get(work)
    if (decided !== undefined) return decided
    let end = work.count
    const own = work.rowsDecoded + work.count - 1 - work.position
    const leavesCheckpoint = work.drawnCount === 0 && own >= checkpointRowsMin
    if (work.position < work.count - 1 && leavesCheckpoint) end = work.count - 1
    for (const stop of work.forkStops) if (stop > work.position) end = Math.min(end, stop)
    draft.endOf.set(work, end)
    return end
  }

  /** Whether an earlier work stands at the same place and is about to decode the same next token. */
  #isLed(node: TreeNode, work: Work): boolean {
    if (!this.#cache.isSliceable) return false
    for (const lease of node.leases) {
      const other = this.#workOf.get(lease)
      if (other === undefined || other === work || other.number > work.number) continue
      if (other.count > node.until && other.tokens[node.until] === work.tokens[node.until]) return true
    }
    return false
  }

  /** Whether the work, starting at `base`, would have to wait for rows another one is decoding. */
  #waits(draft: StepDraft, work: Work, base: TreeNode): boolean {
    if (!this.#cache.isSliceable) return work.forkFrom > base.until
    let node = base
    for (;;) {
      if (node.until === work.count) return work.generation === null && node !== base
      const shared = pendingChild(node, work)
      if (shared === null) break
      const isWhole = shared.until === shared.node.until
      if (!isWhole) return shared.until === work.count && work.generation === null
      node = shared.node
    }
    for (const lease of node.leases) {
      const other = this.#workOf.get(lease)
      if (other === undefined || other === work) continue
      if (other.count > node.until && other.tokens[node.until] === work.tokens[node.until]) return true
    }
    return draft.rowsLeft === 0
  }

  /** The latest work but the first that holds a sequence: it gives way when nobody can go on. */
  #latestHolder(works: readonly Work[]): Work | null {
    return works.slice(1).findLast((work) => work.lease !== null) ?? null
  }
}

/** Rows of this step that continue a node with the work's tokens, and how far they agree. */
function pendingChild(node: TreeNode, work: Work): { node: TreeNode; until: number } | null {
  if (node.until >= work.count) return null
  for (const child of node.children.get(work.tokens[node.until]!) ?? []) {
    if (child.state !== 'pending') continue
    return { node: child, until: child.from + commonLength(child, work.tokens, work.count) }
  }
  return null
}

function promisedTo(works: Iterable<Work>): number | null {
  let promised: number | null = null
  for (const work of works) promised = (promised ?? 0) + cellsToCome(work)
  return promised
}

function toCome(draft: StepDraft, works: Iterable<Work>): ToCome {
  let { rows } = draft
  let draws = 0
  let drawing = 0
  for (const work of works) {
    if (work.lease === null) continue
    rows += work.count - work.position
    draws = Math.max(draws, work.drawnLeft)
    if (work.drawnLeft > 0) drawing++
  }
  return { rows, draws, drawing }
}
