// How many llama_decode calls a step may make before it returns to JavaScript: as long as no work needs JavaScript in
// between. Decides the number of calls and reserves the cells they take; never plans rows.
import type { KvCache } from '../kv/cache.js'
import { makeRoom } from '../kv/evict.js'
import type { Costs } from './costs.js'
import { noRunAhead, type RunAhead, type StepDraft } from './draft.js'
import type { Work } from './work.js'

export interface RunAheadOptions {
  readonly costs: Costs
  readonly latencyMicros: number
}

export interface RunAheadState {
  readonly draft: StepDraft
  /** All open works that could be in the draft. */
  readonly works: readonly Work[]
  /** Calls at most: others wait that can't take part in this step. */
  readonly callsMax: number
  /** Those that wait for cells or ids, which no further step without an ending would give them. */
  readonly blocked: ReadonlySet<Work>
}

/** Calls at most where nothing else sets a bound; newcomers and aborts interrupt anyway. */
const decodesUnbounded = 4096
/** Calls to assume for a listener's latency before any call was measured. */
const decodesUnmeasured = 4
/** Cells for tokens that nobody draws, where there are some. */
const forcedCells = 256
/** Cached cells are given up for this many calls at most. */
const decodesByEviction = 32

export function decideRunAhead(cache: KvCache, options: RunAheadOptions, state: RunAheadState): RunAhead {
  const { draft, works, blocked, callsMax } = state
  const drawing = works.filter(
    (work) => work.generation !== null && draft.works.has(work) && work.position === work.count,
  )
  const isDrawing = new Set(drawing)
  const isAlone = works.every((work) => isDrawing.has(work) || blocked.has(work))
  if (!isAlone || drawing.length === 0) return { ...noRunAhead, drawing }
  let calls = Math.min(decodesUnbounded, callsMax)
  if (drawing.some((work) => work.generation!.onTokens !== null)) {
    const micros = options.costs.callMicros(drawing.length)
    const heard =
      micros === null ? decodesUnmeasured : Math.max(1, Math.floor(options.latencyMicros / micros))
    calls = Math.min(calls, heard)
  }
  const cellsFor = (count: number): number =>
    drawing.reduce((sum, work) => sum + Math.max(0, Math.min(drawsIn(count, work), work.drawnLeft) - 1), 0)
  const modest = Math.min(calls, decodesByEviction)
  if (cache.cellsFree < cellsFor(modest)) makeRoom(cache, cellsFor(modest))
  while (calls > 1 && cellsFor(calls) > cache.cellsFree) {
    calls = Math.min(calls - 1, Math.floor(cache.cellsFree / drawing.length) + 1)
  }
  const forced = calls === 1 ? 0 : drawing.length * forcedCells
  const cellsMax = Math.min(cellsFor(calls) + forced, cache.cellsFree)
  cache.cellsReserved = cellsMax
  return { decodesMax: calls, cellsMax, drawing }
}

/** How many draws a work makes in so many calls: who draws from kept logits begins before the first one. */
function drawsIn(calls: number, work: Work): number {
  return work.logits === null ? calls : calls + 1
}
