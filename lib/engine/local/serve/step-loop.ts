// The effectful file: plans a step, has it run, commits what came back, tells the requests, and again. Decides when
// to interrupt, abort, park and give up; everything about what a step holds is decided in lib/schedule.
//
// One step is in flight at a time. State changes only between steps, so an invariant can be checked there; newcomers
// and aborts interrupt a step that runs ahead and take effect when it is back.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { AbortError, CapacityError, InternalError, UsageError } from '../../../base/errors.js'
import type { KvCache } from '../../../kv/cache.js'
import { checkIntegrity } from '../../../kv/integrity.js'
import type { Lineage } from '../../../kv/lineage.js'
import { trimHost } from '../../../kv/park.js'
import { pin, unpin } from '../../../kv/pin.js'
import { forgetLineages } from '../../../kv/shift.js'
import type { TreeNode } from '../../../kv/tree-node.js'
import type { NativeContext, StepResult } from '../../../native/addon.js'
import { errorOf, ourError } from '../../../native/failure.js'
import { type Committed, commitStep } from '../../../schedule/commit.js'
import type { Costs } from '../../../schedule/costs.js'
import type { PlannedStep } from '../../../schedule/draft.js'
import { Planner } from '../../../schedule/planner.js'
import { Work, type WorkSpec } from '../../../schedule/work.js'
import { Flight, type Landed } from './flight.js'
import { hear } from './hear.js'
import { countHeld, cutToHeld } from './held.js'
import { cellsFull, sequencesFull } from './no-room.js'
import type { Observing } from './observing.js'
import { stepFailed } from './step-failed.js'
import { Suspects } from './suspects.js'
import { measureStep, noTotals, type Totals } from './totals.js'
import { Turns } from './turns.js'
import { Waiting } from './waiting.js'

export interface StepLoopOptions {
  readonly context: NativeContext
  readonly cache: KvCache
  readonly costs: Costs
  readonly queueMax: number
  readonly latencyMicros: number
  readonly guesses: boolean
  readonly observing: Observing
  /** Checks the books after every step. */
  readonly checksIntegrity: boolean
}

export class StepLoop {
  readonly totals: Totals = noTotals()
  readonly #options: StepLoopOptions
  readonly #planner: Planner
  readonly #waiting = new Waiting()
  readonly #suspects = new Suspects()
  readonly #turns: Turns
  #number = 0
  /** The step on the device. */
  #flight: Flight | null = null
  /** The last step that nobody asked for. */
  #tidying: PlannedStep | null = null
  #refusal: Error | null = null
  /** Lineages nobody can ask for any more, whose cells are still there; a number leaves with its last cell. */
  readonly #forgotten = new Set<number>()

  constructor(options: StepLoopOptions) {
    this.#options = options
    this.#planner = new Planner(options.cache, {
      batch: options.context.capabilities.batch,
      costs: options.costs,
      latencyMicros: options.latencyMicros,
      guesses: options.guesses,
    })
    this.#turns = new Turns({
      turn: () => this.#turn(),
      rested: () => options.observing.rested(),
      tidy: () => this.#tidy(),
      failed: (error) => this.#poison(error),
    })
    options.cache.host.relieve = () => {
      if (this.#refusal === null) this.#turns.wake()
    }
  }

  get openCount(): number {
    return this.#waiting.count
  }

  /** Resolves when nothing is left to do that somebody asked for. */
  settled(): Promise<void> {
    return this.#turns.settled()
  }

  /** Queues the request; resolves with the finished work. Its matcher is free again once this has settled. */
  async run(spec: WorkSpec, signal: AbortSignal | null): Promise<Work> {
    this.requireRoom()
    return this.part(spec, signal)
  }

  /** Throws CapacityError QUEUE_FULL where no more requests are taken. */
  requireRoom(): void {
    const { queueMax } = this.#options
    if (this.#refusal !== null || this.#waiting.count < queueMax) return
    throw new CapacityError(
      'QUEUE_FULL',
      `${this.#waiting.count} requests are open, and queueMax lets in ${queueMax}; wait for one to end or raise it.`,
    )
  }

  /** As `run` for a part of a request that was let in: it is taken however full the queue is. */
  async part(spec: WorkSpec, signal: AbortSignal | null): Promise<Work> {
    if (this.#refusal !== null) throw this.#refusal
    if (signal?.aborted) throw new AbortError(signal.reason)
    const work = new Work(this.#number++, spec)
    const settled = this.#waiting.add(work, signal, () => this.#abort(work))
    this.#flight?.call()
    this.#turns.wake()
    return settled
  }

  /** Frees what only this lineage could find, once nothing uses it. */
  forget(lineage: number): void {
    if (this.#refusal !== null) return
    this.#forgotten.add(lineage)
    this.#turns.wake()
  }

  /** A run ended with these tokens: whether the next one goes on from there decides whether their cells stay. */
  ended(tokens: Int32Array, lineage: Lineage | null): void {
    if (this.#refusal !== null) return
    this.#planner.idle.ended(this.#options.cache, tokens, lineage, this.totals)
    this.#turns.tidy()
  }

  /** Ends a pin. What it kept may be what somebody outside of the running step waits for. */
  unpin(node: TreeNode): void {
    unpin(this.#options.cache, node)
    if (this.#flight !== null && this.#waiting.count > this.#flight.step.works.length) this.#flight.call()
  }

  /** A finished work's rows appear in nobody's usage after all. */
  disown(work: Work): void {
    this.totals.rowsUnclaimed += work.rowsDecoded + work.guessed - work.confirmed
  }

  /** Rejects what is open and refuses what comes; waits for the step in flight. */
  async close(): Promise<void> {
    this.#refusal ??= new UsageError('CLOSED', 'The engine was disposed; it takes no more requests.')
    for (const work of this.#waiting.works) work.isAborted = true
    this.#flight?.drop()
    this.#turns.stopTidying()
    await this.settled()
  }

  #abort(work: Work): void {
    if (!this.#waiting.has(work)) return
    work.isAborted = true
    this.#flight?.drop()
    this.#turns.wake()
  }

  /** One step; false when there is nothing left to do. */
  async #turn(): Promise<boolean> {
    this.#dropAborted()
    const { cache } = this.#options
    forgetLineages(cache, this.#forgotten)
    trimHost(cache)
    const works = this.#suspects.among(this.#waiting.works, (work) => this.#waiting.has(work))
    const planned = this.#planner.plan(works)
    this.totals.preempted += planned.preempted
    for (const work of planned.finished) this.#resolve(work)
    for (const work of planned.overfull) this.#reject(work, cellsFull(cache, work))
    if (planned.step === null) {
      if (planned.finished.length + planned.overfull.length === 0) return this.#waiting.count > 0
      await nextTurn()
      return true
    }
    const { step } = planned
    const { result, refusal } = await this.#fly(step, { isCalled: this.#waiting.count > works.length })
    const isSettled = this.#commit(step, result)
    if (refusal !== null) this.#refuse(step, refusal)
    else for (const work of this.#suspects.acquit(Suspects.of(step))) this.#planner.withdraw(work)
    if (this.#options.checksIntegrity) checkIntegrity(cache)
    // Who was told goes on in JavaScript for a while, and the device has nothing else to do.
    if (isSettled || planned.finished.length > 0) await Promise.all([nextTurn(), this.#tidy()])
    return true
  }

  async #fly(step: PlannedStep, options: { readonly isCalled: boolean }): Promise<Landed> {
    this.#flight = new Flight(this.#options.context, step, options)
    return this.#flight.run().finally(() => {
      this.#flight = null
    })
  }

  /** A piece of what may be done while nobody waits; false where there is none. */
  async #tidy(): Promise<boolean> {
    const isFree = this.#refusal === null && this.#waiting.count === 0
    this.#tidying = isFree ? this.#planner.planIdle(this.totals) : null
    if (this.#tidying === null) return false
    const { result } = await this.#fly(this.#tidying, { isCalled: false })
    this.#commit(this.#tidying, result)
    // What had to be given up for it is dropped in a turn.
    if (this.#options.cache.opCount > 0) this.#turns.wake()
    if (this.#options.checksIntegrity) checkIntegrity(this.#options.cache)
    return true
  }

  /** The device did not take the plan, and has done nothing of it: who caused that pays for it, and nobody else. */
  #refuse(step: PlannedStep, refusal: unknown): void {
    const suspects = Suspects.of(step)
    const [first] = suspects
    if (first === undefined) throw refusal
    if (suspects.size === 1) {
      this.#reject(first, ourError(refusal))
      return
    }
    // Each is tried alone, and must not stand in the others' way: what they have stays as a cache.
    for (const work of this.#waiting.works) this.#planner.withdraw(work)
    this.#suspects.add(suspects)
  }

  /** Whether a request was settled, whose caller may want to go on in the next step. */
  #commit(step: PlannedStep, result: StepResult): boolean {
    const { cache, context, observing } = this.#options
    const expected = observing.expected(step)
    const callsBefore = this.totals.decodeCalls
    // Cells are as idle as calls were made without them.
    cache.clock += Math.max(0, result.decodeCalls - 1)
    const committed = commitStep(cache, step, result, (id) => countHeld(context, id), callsBefore)
    measureStep(this.totals, this.#options, step, result)
    this.totals.rowsUnclaimed += committed.rowsUnclaimed
    this.totals.rowsAgain += committed.rowsAgain
    observing.stepped(expected, step, result, committed, this.#waiting.count)
    if (result.status === 'failed') return this.#fail(step, result)
    if (result.status !== 'ok') cutToHeld(cache, context, step.works)
    if (result.status === 'no-room') cache.capacity.refuse(cache.tree.cellsLive)
    else if (result.decodeCalls > 0) cache.capacity.accept(cache.tree.cellsLive)
    return this.#tell(committed)
  }

  #tell(committed: Committed): boolean {
    for (const { work, tokens, kinds } of committed.drawn) {
      if (!work.isAborted) hear(work, tokens, kinds, (error) => this.#giveUp(work, error))
    }
    for (const { work, failure } of committed.failed) {
      if (!work.isAborted) this.#reject(work, errorOf(failure))
    }
    for (const work of committed.finished) if (!work.isAborted) this.#resolve(work)
    return committed.finished.length + committed.failed.length > 0
  }

  #giveUp(work: Work, error: Error): void {
    this.#waiting.giveUp(work, error)
    this.#abort(work)
  }

  #dropAborted(): void {
    for (const work of this.#waiting.works) {
      if (work.isAborted) this.#reject(work, this.#refusal ?? this.#waiting.reasonOf(work))
    }
  }

  #resolve(work: Work): void {
    const caller = this.#waiting.settle(work)
    if (caller === null) return
    this.#planner.withdraw(work)
    if (work.isPinned) work.pinned = pin(this.#options.cache, work.tokens, work.lineage)
    if (work.isPinned && work.pinned === null) {
      this.disown(work)
      caller.reject(sequencesFull(this.#options.cache, work))
    } else caller.resolve(work)
  }

  #reject(work: Work, error: unknown): void {
    const caller = this.#waiting.settle(work)
    if (caller === null) return
    this.disown(work)
    this.#planner.withdraw(work)
    caller.reject(error)
  }

  /** The device failed in the middle of a step: nothing cached can be trusted. Who was not in it begins anew. */
  #fail(step: PlannedStep, result: StepResult): boolean {
    const { works, restoring, shifting } = step
    const hurt = new Set([...works, ...[...restoring, ...shifting].map(({ work }) => work)])
    const areAllHurt = hurt.size === 0 && step !== this.#tidying
    for (const work of this.#waiting.works) {
      if (areAllHurt || hurt.has(work)) this.#reject(work, stepFailed(result))
      else this.#planner.withdraw(work)
    }
    this.#options.cache.clear()
    return true
  }

  /** An invariant broke. Nothing more is done with this state. */
  #poison(error: unknown): void {
    const message = `The engine stopped: ${error instanceof Error ? error.message : String(error)}`
    this.#refusal = new InternalError('POISONED', message, { cause: error })
    for (const work of this.#waiting.works) this.#waiting.settle(work)?.reject(this.#refusal)
  }
}
