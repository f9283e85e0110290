// Who goes next: turns the waiting and working requests into one immutable step plan. Decides which set of adapters the
// step computes with, what it does beside its rows, and who gives way when nobody can go on. Changes the cache's books;
// does no IO and reads no clock.
import { assert } from '../base/assert.js'
import type { KvCache } from '../kv/cache.js'
import type { Lease } from '../kv/tree-node.js'
import { AdapterRotation } from './adapter-rotation.js'
import { noRunAhead, type PlannedStep, StepDraft } from './draft.js'
import { ForkStops } from './fork-stops.js'
import { Guesses } from './guesses.js'
import { type Calls, IdleTidying } from './idle-tidying.js'
import { AdmissionOrder, type Order } from './order.js'
import { type ToCome, tidyPlaces } from './parking.js'
import { RowFilling, type StepOptions } from './row-filling.js'
import { decideRunAhead } from './run-ahead.js'
import type { Work } from './work.js'

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

/** The works of one plan, by what has become of them; `open` are those that are neither finished nor overfull. */
interface Outcome {
  readonly open: Set<Work>
  readonly finished: Work[]
  readonly overfull: Work[]
  /** Gave way in this plan, and do not come back in it. */
  readonly preempted: Set<Work>
}

export class Planner {
  readonly #cache: KvCache
  readonly #options: StepOptions
  readonly #holders = new Map<Lease, Work>()
  readonly #admissions = new AdmissionOrder()
  readonly #forkStops = new ForkStops()
  readonly #rotation = new AdapterRotation()
  readonly #guesses: Guesses | null
  readonly idle = new IdleTidying()

  constructor(cache: KvCache, options: StepOptions) {
    this.#cache = cache
    this.#options = options
    this.#guesses = options.guesses && cache.isSliceable ? new Guesses() : null
  }

  /** Plans one step over the works, which are in order of arrival. */
  plan(works: readonly Work[]): Planned {
    this.#cache.clock++
    this.#cache.parkTokensMin = this.#options.costs.parkTokensMinSure(this.#options.batch)
    const outcome: Outcome = { open: new Set(works), finished: [], overfull: [], preempted: new Set() }
    let step = this.#tryStep(outcome)
    while (step === null && outcome.open.size > 0) {
      this.#giveWay(outcome)
      step = this.#tryStep(outcome)
    }
    step ??= this.#operationsAlone()
    const { finished, overfull, preempted } = outcome
    return { step, finished, overfull, preempted: preempted.size }
  }

  /** A small step of operations that make later calls cheaper, while nobody waits; null where there is none. */
  planIdle(calls: Calls): PlannedStep | null {
    this.#cache.parkTokensMin = this.#options.costs.parkTokensMinSure(this.#options.batch)
    const hasMore = this.idle.plan(this.#cache, this.#options, calls)
    return hasMore ? this.#operationsAlone() : null
  }

  /** The work gives its sequence up; what it decoded stays cached as long as there is room. */
  withdraw(work: Work): void {
    if (work.lease === null) return
    this.#holders.delete(work.lease)
    work.leaveLogits()
    if (work.stop !== null) this.#guesses?.remember(work)
    this.#cache.release(work.lease)
    work.lease = null
  }

  /** A step, null where nobody can go on. Where somebody is settled without one, those who waited for that one may. */
  #tryStep(outcome: Outcome): PlannedStep | null {
    let openBefore: number
    let step: PlannedStep | null
    do {
      openBefore = outcome.open.size
      step = this.#tryOnce(outcome)
    } while (step === null && outcome.open.size < openBefore)
    return step
  }

  /** A step for the first set of adapters with a work that can go on. */
  #tryOnce(outcome: Outcome): PlannedStep | null {
    const works = takingPart(outcome)
    if (!this.#cache.isSliceable) this.#forkStops.set(works, outcome.open)
    const order = this.#admissions.of(this.#cache, works)
    const sets = this.#rotation.order(works)
    for (const set of sets) {
      const callsMax = sets.length === 1 ? Number.POSITIVE_INFINITY : this.#rotation.callsFor(set)
      const step = this.#tryStepOf(set, order, { outcome, callsMax })
      if (step !== null) return step
    }
    return null
  }

  #tryStepOf(
    set: number,
    order: Order,
    { outcome, callsMax }: { readonly outcome: Outcome; readonly callsMax: number },
  ): PlannedStep | null {
    const works = order.works.filter((work) => work.set === set)
    const draft = new StepDraft(this.#cache, this.#options.batch, works[0]?.lineage?.set?.scales)
    const state = {
      cache: this.#cache,
      options: this.#options,
      admissions: this.#admissions,
      holders: this.#holders,
    }
    const filling = new RowFilling(state, draft, { ...order, works })
    filling.fill()
    for (const work of filling.finished) settle(work, outcome.finished, outcome)
    if (draft.works.size === 0) {
      return draft.restoring.length + draft.shifting.length > 0 ? draft.finish(noRunAhead) : null
    }
    // Now that the paths of all who work are locked, what is left is idle. Cells that may not come are not moved.
    const isSure = draft.restoring.length === 0 && !this.#cache.hasShiftPending
    if (isSure) {
      const { goneOnWith } = this.idle
      tidyPlaces(this.#cache, { ...this.#options, goneOnWith }, toCome(draft, outcome.open))
    }
    const own = works.filter((work) => outcome.open.has(work))
    const { blocked } = filling
    const run = decideRunAhead(this.#cache, this.#options, { draft, works: own, blocked, callsMax })
    this.#rotation.take(set, run.decodesMax, draft.rows / this.#options.batch)
    return draft.finish(run, run.decodesMax > 1 ? this.#guesses : null)
  }

  /**
   * Nobody can go on: the latest work that holds a sequence gives it up, but never the first work. Where no other holds
   * one, the first can't be done at all.
   */
  #giveWay(outcome: Outcome): void {
    const [first, ...later] = takingPart(outcome)
    assert(first !== undefined, 'the first request never gives way')
    const victim = later.findLast((work) => work.lease !== null)
    if (victim !== undefined) outcome.preempted.add(victim)
    else settle(first, outcome.overfull, outcome)
    this.withdraw(victim ?? first)
  }

  /** What the cache wants done although nobody goes on; null where that is nothing. */
  #operationsAlone(): PlannedStep | null {
    if (this.#cache.opCount === 0) return null
    return new StepDraft(this.#cache, this.#options.batch).finish(noRunAhead)
  }
}

function takingPart({ open, preempted }: Outcome): readonly Work[] {
  return [...open].filter((work) => !preempted.has(work))
}

function settle(work: Work, among: Work[], { open }: Outcome): void {
  among.push(work)
  open.delete(work)
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
