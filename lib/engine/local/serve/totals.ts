// The running figures of one engine, which the step loop adds to after every step.
import type { KvCache } from '../../../kv/cache.js'
import type { StepResult } from '../../../native/addon.js'
import type { Costs } from '../../../schedule/costs.js'
import type { PlannedStep } from '../../../schedule/draft.js'

/** What the engine did so far, all requests together. */
export interface Totals {
  steps: number
  rowsDecoded: number
  decodeCalls: number
  decodeMicros: number
  stepMicros: number
  /** Rows of requests that were aborted or failed, and so appear in nobody's usage. */
  rowsUnclaimed: number
  /** Rows whose tokens had been decoded before. */
  rowsAgain: number
  preempted: number
  /** Rows for tokens that were not drawn yet, and how many of these were drawn then. */
  guessed: number
  confirmed: number
  /** Tokens that the draft model said, and what asking it took. */
  drafted: number
  draftMicros: number
  /** Places that the calls attended, all calls together. */
  placesAttended: number
  /** Parks and moves of cells in steps that a request waited for, and while none did. */
  tidiedWaited: number
  tidiedIdle: number
}

export function noTotals(): Totals {
  return {
    steps: 0,
    rowsDecoded: 0,
    decodeCalls: 0,
    decodeMicros: 0,
    stepMicros: 0,
    rowsUnclaimed: 0,
    rowsAgain: 0,
    preempted: 0,
    guessed: 0,
    confirmed: 0,
    drafted: 0,
    draftMicros: 0,
    placesAttended: 0,
    tidiedWaited: 0,
    tidiedIdle: 0,
  }
}

/** Cells of the step's texts, on average. */
function ownCells({ works }: PlannedStep): number {
  return works.reduce((sum, { position }) => sum + position, 0) / Math.max(1, works.length)
}

/** Adds what a step did; its times tell what the next one will cost. */
export function measureStep(
  totals: Totals,
  { cache, costs }: { readonly cache: KvCache; readonly costs: Costs },
  step: PlannedStep,
  result: StepResult,
): void {
  totals.steps++
  totals.rowsDecoded += result.rowsDecoded
  totals.decodeCalls += result.decodeCalls
  totals.decodeMicros += result.decodeMicros
  totals.stepMicros += result.stepMicros
  totals.drafted += result.drafted
  totals.draftMicros += result.draftMicros
  for (const { guessed, confirmed } of result.generations) {
    totals.guessed += guessed
    totals.confirmed += confirmed
  }
  totals.placesAttended += result.decodeCalls * Math.max(cache.places.until, cache.tree.cellsLive)
  const tidied = step.plan.ops.filter(({ kind }) => kind === 'park' || kind === 'repack').length
  const { works, restoring, shifting } = step
  if (works.length + restoring.length + shifting.length > 0) totals.tidiedWaited += tidied
  else totals.tidiedIdle += tidied
  const places = cache.places.attended(cache.tree.cellsLive)
  costs.measureDecodes(result.decodes, places === null ? null : { places, own: ownCells(step) })
  const restored = step.restoring.flatMap(({ sizes }) => sizes)
  costs.measureOps(step.plan.ops, result.opMicros, restored)
}
