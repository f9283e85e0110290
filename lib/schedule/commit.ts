// Applies what a step did to the state: pending nodes become cells, drawn tokens join their works, finished works are
// named. Does no IO: the caller reads how far each sequence got.
import { assert } from '../base/assert.js'
import { type Position, type SequenceId, tokenAt } from '../base/ids.js'
import type { KvCache } from '../kv/cache.js'
import { relieveOthers } from '../kv/host-budget.js'
import { parkFailed, trimHost } from '../kv/park.js'
import { restoreFailed } from '../kv/restore.js'
import { shiftFailed } from '../kv/shift.js'
import { commonLength, type TreeNode } from '../kv/tree-node.js'
import type { GenerationResult, KvOp, StepFailure, StepResult } from '../native/addon.js'
import { commitLogits } from './commit-logits.js'
import type { PlannedStep } from './draft.js'
import type { Work } from './work.js'

export interface Drawn {
  readonly work: Work
  readonly tokens: Int32Array
  readonly kinds: Uint8Array
}

/** A work that went wrong alone. */
export interface Failed {
  readonly work: Work
  readonly failure: StepFailure
}

export interface Committed {
  /** Works that reached their end. */
  readonly finished: readonly Work[]
  /** Works that are at an error of their own; what they decoded stands and is everybody's cache. */
  readonly failed: readonly Failed[]
  /** Drawn tokens, for listeners. */
  readonly drawn: readonly Drawn[]
  /** Rows of the result that no work was charged for: run ahead in a step that was then aborted. */
  readonly rowsUnclaimed: number
  /** Rows whose tokens had been decoded before. */
  readonly rowsAgain: number
}

/** How many tokens a sequence holds now, as the device says. */
export type CountHeld = (sequence: SequenceId) => number

export function commitStep(
  cache: KvCache,
  step: PlannedStep,
  result: StepResult,
  countHeld: CountHeld,
  callsBefore: number,
): Committed {
  const cellsMax = cache.tree.cellsLive + cache.tree.cellsPending + cache.cellsReserved
  cache.cellsReserved = 0
  if (result.decodeCalls > 0) cache.hasShiftPending = false
  const againBefore = countAgain(step)
  commitRestores(cache, step, result)
  commitParks(cache, step, result)
  commitShifts(cache, step, result)
  commitRepack(cache, step, result)
  const isOk = result.status === 'ok'
  let claimed = isOk ? keepAll(cache, step) : keepPart(cache, step, countHeld)
  const finished: Work[] = step.shifting.map(({ work }) => work)
  const failed = new Map<Work, StepFailure>()
  const drawn: Drawn[] = []
  const fresh = new Set<TreeNode>()
  if (isOk) {
    collectTargets(step, result, failed)
    for (const [index, work] of step.drawing.entries()) {
      const one = result.generations[index]!
      claimed += commitDrawn(cache, work, one, fresh)
      if (one.tokens.length > 0) drawn.push({ work, tokens: one.tokens, kinds: one.kinds })
      if (one.stop === 'failed') failed.set(work, one.failure ?? unnamed)
      else if (one.stop !== 'paused') finished.push(work)
    }
    for (const work of step.works) {
      if (work.generation === null && work.position === work.count && !failed.has(work)) finished.push(work)
    }
  }
  commitLogits(cache, step, result)
  for (const work of step.works) {
    // Only who draws is part of what a step runs ahead.
    const count = work.generation === null ? Math.min(1, result.decodeCalls) : result.decodeCalls
    work.addCalls(callsBefore, callsBefore + count)
    work.heldUntil = work.position
  }
  for (const node of [...step.nodes, ...fresh]) {
    if (node.parent !== null && node.state === 'live') cache.join(node)
  }
  trimHost(cache)
  // Only where this step parked something: an engine that gives way to others asks nobody, so the asking ends.
  if (step.plan.ops.some(({ kind }) => kind === 'park')) relieveOthers(cache.host)
  // What ran ahead of an end that was not expected lay in the cache for a moment, and guesses that failed.
  reach(cache, isOk ? Math.min(cellsMax, cache.tree.cellsLive + guessesLost(result)) : cellsMax)
  cache.places.attend(cache.tree.cellsLive, result.decodeCalls)
  const rowsAgain = countAgain(step) - againBefore
  return {
    finished,
    failed: Array.from(failed, ([work, failure]) => ({ work, failure })),
    drawn,
    rowsUnclaimed: result.rowsDecoded - claimed,
    rowsAgain,
  }
}

function reach({ places, tree }: KvCache, cells: number): void {
  places.reach(cells)
  tree.reached(cells)
}

/** Rows of failed guesses: no more of them lay in the cache at one time. */
function guessesLost({ generations }: StepResult): number {
  return generations.reduce((sum, { guessed, confirmed }) => sum + guessed - confirmed, 0)
}

/** For a device that names no reason. */
const unnamed: StepFailure = {
  kind: 'EngineError',
  code: 'DRAW_FAILED',
  message: 'Drawing failed, and the device gave no reason; expected one.',
}

function countAgain({ works }: PlannedStep): number {
  return works.reduce((sum, work) => sum + work.redecoded + work.redrawn, 0)
}

/** All rows were decoded: their nodes are cells now. */
function keepAll(cache: KvCache, step: PlannedStep): number {
  let rows = 0
  for (const node of step.nodes) {
    charge(cache, step.creators.get(node)!, { after: node.parent!, from: node.from, until: node.until })
    cache.tree.setState(node, 'live')
    node.usedAt = cache.clock
    rows += node.length
  }
  return rows
}

/**
 * The step ended early. Each sequence says how far it got; works stand at what was kept.
 *
 *   live ─ [pending 10] ─ [pending 4]   held up to 6 of the ten   ->   live ─ [6]
 */
function keepPart(cache: KvCache, step: PlannedStep, countHeld: CountHeld): number {
  const heldOf = new Map<TreeNode, number>()
  for (const work of step.works) {
    const held = countHeld(work.lease!.id)
    for (let at: TreeNode | null = work.lease!.node; at?.state === 'pending'; at = at.parent)
      heldOf.set(at, held)
  }
  let rows = 0
  for (const node of [...step.nodes].reverse()) {
    const kept = Math.min(node.length, Math.max(0, (heldOf.get(node) ?? 0) - node.from))
    charge(cache, step.creators.get(node)!, { after: node.parent!, from: node.from, until: node.from + kept })
    rows += kept
    if (kept === 0) {
      const parent = node.parent!
      for (const lease of [...node.leases]) cache.move(lease, parent)
      cache.tree.remove(node)
    } else if (kept < node.length) cache.tree.shorten(node, (node.from + kept) as Position)
  }
  for (const node of step.nodes) if (node.parent !== null) cache.tree.setState(node, 'live')
  return rows
}

/** Rows of a work's tokens, and the node that ends before them. */
interface Rows {
  readonly after: TreeNode
  readonly from: number
  readonly until: number
}

/** Before the rows join the tree as cells: what it has, or had, of them elsewhere was decoded again. */
function charge(cache: KvCache, work: Work, { after, from, until }: Rows): void {
  if (until <= from) return
  const { tokens, lineage, promptCount } = work
  // Without twins there is one path to the rows and what may be behind them; else all have to be looked through.
  const start = cache.tree.twinCount === 0 ? { below: after } : {}
  const { seen } = cache.tree.match(tokens, { count: until, limit: until, lineage, ...start })
  const again = (start: number, end: number): number => {
    if (end <= start) return 0
    const unseenFrom = Math.min(end, Math.max(start, seen))
    return unseenFrom - start + cache.lost.takeCount(work.path, tokens, unseenFrom, end)
  }
  work.addDecoded(from, until)
  work.redecoded += again(from, Math.min(until, promptCount))
  work.redrawn += again(Math.max(from, promptCount), until)
}

/** Takes the drawn tokens over; returns how many rows this work alone, or before others, had decoded. */
function commitDrawn(cache: KvCache, work: Work, one: GenerationResult, fresh: Set<TreeNode>): number {
  const { tokens, kinds } = one
  const drawnBefore = work.drawnCount
  const until = work.count + one.decoded
  work.addDrawn(tokens, kinds)
  if (tokens.length > 0) work.leaveLogits()
  const shared = followFresh(cache, work, until, fresh)
  const at = work.lease!.node
  charge(cache, work, { after: at, from: shared, until })
  const node = cache.tree.append(at, work.tokens.subarray(shared, until))
  if (node !== at) fresh.add(node)
  cache.move(work.lease!, node)
  node.usedAt = cache.clock
  // What it draws next comes after a row, or from kept logits; guesses may not have taken the last token's row.
  assert(
    one.stop !== 'paused' || work.rowsLeft > 0 || work.logits !== null,
    'a paused generation has a row to come',
  )
  work.guessed += one.guessed
  work.confirmed += one.confirmed
  for (const entry of one.logprobs) work.logprobs.push(entry)
  for (const { index, gap } of one.nearTies) work.nearTies.push({ index: drawnBefore + index, gap })
  if (one.stop !== 'paused' && one.stop !== 'failed') {
    work.stop = one.stop
    work.endToken = one.endToken
  }
  return until - shared + one.guessed - one.confirmed
}

/**
 * Moves the work along rows that an earlier one drew alike from the same node in this very step: they were decoded
 * for both. Returns the position it comes to.
 *
 *   node ─ [x y z] first          node ─ [x y] ─┬─ [z] first
 *          x y w   second   ->                  └─ second; its w is added there
 */
function followFresh(cache: KvCache, work: Work, until: number, fresh: Set<TreeNode>): number {
  for (let at = work.position; at < until; at = work.position) {
    const twins = work.lease!.node.children.get(tokenAt(work.tokens, at)) ?? []
    const child = twins.find((one) => fresh.has(one))
    if (child === undefined) return at
    const node = cache.tree.split(child, (at + commonLength(child, work.tokens, until)) as Position)
    fresh.add(node)
    cache.move(work.lease!, node)
  }
  return until
}

/** Who looks at a row whose log-probabilities could not be told fails; the others of its chunk don't. */
function collectTargets(step: PlannedStep, result: StepResult, failed: Map<Work, StepFailure>): void {
  for (const { work, position, chunk, offset, from, until } of step.targetRows) {
    const values = result.targets[chunk]?.[offset] ?? null
    if (values !== null) {
      work.scores.set(position, values.slice(from, until))
      if (work.best > 0) work.bests.set(position, result.targetBest[chunk]![offset]!.slice(0, work.best))
    } else failed.set(work, result.targetFailures[chunk] ?? unnamed)
  }
}

/** What a device may refuse although it can do it: memory for a state may be short. */
const refusable: readonly KvOp['kind'][] = ['restore', 'park', 'drop-blob', 'shift', 'repack']

function commitShifts(cache: KvCache, step: PlannedStep, result: StepResult): void {
  const refused = new Set(result.opsRefused.map((index) => step.plan.ops[index]))
  const shifts = step.plan.ops.filter((op) => op.kind === 'shift')
  for (const shifted of step.shifting) {
    const op = shifts.find(({ sequence }) => sequence === shifted.lease.id)
    if (result.status === 'failed' || op === undefined || refused.has(op)) shiftFailed(cache, shifted)
    else cache.release(shifted.lease)
  }
}

function commitRestores(cache: KvCache, step: PlannedStep, result: StepResult): void {
  for (const index of result.opsRefused) {
    const op = step.plan.ops[index]
    const mayRefuse = op !== undefined && refusable.includes(op.kind)
    assert(mayRefuse, `the device carries out ${JSON.stringify(op)}`)
  }
  const refused = new Set(
    result.opsRefused.flatMap((index) => {
      const op = step.plan.ops[index]
      return op?.kind === 'restore' ? [op.sequence] : []
    }),
  )
  for (const { lease, chain, work, gained } of step.restoring) {
    if (result.status !== 'failed' && !refused.has(lease.id)) {
      work.restored += gained
      cache.release(lease)
    } else restoreFailed(cache, lease, chain)
  }
}

function commitParks(cache: KvCache, step: PlannedStep, result: StepResult): void {
  const refused = new Set(result.opsRefused)
  let parks = 0
  for (const [index, op] of step.plan.ops.entries()) {
    if (op.kind !== 'park') continue
    const bytes = result.parkedBytes[parks++] ?? 0
    if (refused.has(index)) parkFailed(cache, op.blob)
    else cache.host.setBytes(op.blob, bytes)
  }
}

/** The cells were moved before the rows came. */
function commitRepack(cache: KvCache, step: PlannedStep, result: StepResult): void {
  if (result.status === 'failed' || !step.plan.ops.some(({ kind }) => kind === 'repack')) return
  const isRefused = result.opsRefused.some((index) => step.plan.ops[index]?.kind === 'repack')
  if (!isRefused) cache.places.repacked(cache.places.cellsMoved)
}
