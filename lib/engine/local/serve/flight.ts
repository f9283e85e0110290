// One step on the device, in two halves: cell operations, then rows. Decides how a call or an abort that comes at any
// moment in between takes effect, and tells a plan that was refused from a step that went wrong. Never plans.
//
// Cell operations go ahead of the rows in a step of their own: an abort can't leave half of them undone, and one that
// is refused (a restore) takes no rows with it. A context forgets interrupts when the next step is announced, so one
// that comes before the rows do is kept here.
import { EngineError } from '../../../base/errors.js'
import type { NativeContext, StepPlan, StepResult } from '../../../native/addon.js'
import type { PlannedStep } from '../../../schedule/draft.js'

export interface Landed {
  readonly result: StepResult
  /** Why the rows were not taken; none of them was decoded. Null: they were. */
  readonly refusal: unknown
}

const nothingDone: StepResult = {
  status: 'aborted',
  rowsDecoded: 0,
  decodeCalls: 0,
  decodeMicros: 0,
  decodes: [],
  stepMicros: 0,
  drafted: 0,
  draftMicros: 0,
  opsRefused: [],
  opMicros: [],
  parkedBytes: [],
  logitsKept: [],
  generations: [],
  targets: [],
  targetBest: [],
  targetFailures: [],
  message: '',
  code: '',
}

export class Flight {
  readonly step: PlannedStep
  readonly #context: NativeContext
  #isInOps = false
  #isCalled: boolean

  /** `isCalled`: somebody waits already, so the step does not run ahead. */
  constructor(context: NativeContext, step: PlannedStep, { isCalled }: { readonly isCalled: boolean }) {
    this.#context = context
    this.step = step
    this.#isCalled = isCalled
  }

  /** Somebody has something new: the step comes back after the llama_decode that runs, or is about to. */
  call(): void {
    this.#isCalled = true
    this.#context.interrupt()
  }

  /** Somebody gave up: what nobody wants any more stops at once. */
  drop(): void {
    if (this.#isUnwanted && !this.#isInOps) this.#context.abort()
    else this.call()
  }

  /** Rejects where the cell operations were refused twice: the device does not hold what the books say. */
  async run(): Promise<Landed> {
    const { ops, chunks, generations } = this.step.plan
    if (ops.length === 0) return this.#runRows(nothingDone)
    this.#isInOps = true
    const plan = { ops, chunks: [], generations: [], decodesMax: 1 }
    // What is refused was not begun. For want of memory it may go well the next time, and the books have it done.
    const done = await this.#take(plan).catch(() => this.#take(plan))
    this.#isInOps = false
    const isDone = chunks.length + generations.length === 0
    if (done.status !== 'ok' || isDone) return { result: done, refusal: null }
    if (this.#isUnwanted) return { result: { ...done, status: 'aborted' }, refusal: null }
    return this.#runRows(done)
  }

  async #runRows({ opsRefused, opMicros, parkedBytes, stepMicros }: StepResult): Promise<Landed> {
    const { plan } = this.step
    const decodesMax = this.#isCalled ? 1 : plan.decodesMax
    const rows = this.#take({ ...plan, ops: [], decodesMax })
    const { result, refusal } = await rows.then(
      (result) => ({ result, refusal: null }),
      (refusal: unknown) => ({ result: nothingDone, refusal: refusal ?? new Error('no reason given') }),
    )
    const both = { opsRefused, opMicros, parkedBytes, stepMicros: stepMicros + result.stepMicros }
    return { result: { ...result, ...both }, refusal }
  }

  /** Rejects where the plan was refused, and nothing of it done. */
  async #take(plan: StepPlan): Promise<StepResult> {
    try {
      return await this.#context.step(plan)
    } catch (thrown) {
      if (!(thrown instanceof EngineError && thrown.code === 'RESULT_LOST')) throw thrown
      return { ...nothingDone, status: 'failed', message: thrown.message, code: thrown.code }
    }
  }

  get #isUnwanted(): boolean {
    return this.step.works.every((work) => work.isAborted)
  }
}
