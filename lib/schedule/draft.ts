// A step while it is being put together: pending nodes, who asked for their rows, and which works take part. Decides
// how pending nodes become chunks; never decides who gets rows.
import { assert } from '../base/assert.js'
import type { Position } from '../base/ids.js'
import type { KvCache } from '../kv/cache.js'
import type { Shifted } from '../kv/shift.js'
import type { Lease, TreeNode } from '../kv/tree-node.js'
import type { Chunk, Generation, KvOp, StepPlan } from '../native/addon.js'
import type { Guesses } from './guesses.js'
import type { Work } from './work.js'

/** Where a work's wanted log-probabilities come back: targets[chunk][offset].slice(from, until). */
export interface TargetRow {
  readonly work: Work
  readonly position: Position
  readonly chunk: number
  readonly offset: number
  readonly from: number
  readonly until: number
}

export interface Restoring {
  readonly lease: Lease
  readonly chain: readonly TreeNode[]
  /** Tokens of each node that comes back. */
  readonly sizes: readonly number[]
  readonly work: Work
  /** How many of them the work asked for. */
  readonly gained: number
}

export interface Shifting extends Shifted {
  readonly work: Work
}

/** Everything the commit of a step needs to know about it. */
export interface PlannedStep {
  readonly plan: StepPlan
  /** Pending nodes, parents first; chunk i holds the rows of node i. */
  readonly nodes: readonly TreeNode[]
  readonly creators: ReadonlyMap<TreeNode, Work>
  /** Works with a sequence that grows in this step. */
  readonly works: readonly Work[]
  /** Works that draw, in the order of plan.generations. */
  readonly drawing: readonly Work[]
  /** Ids under which logits stay, if the device keeps them: of first draws, or behind what is read. */
  readonly keeping: ReadonlyMap<Work, number>
  readonly targetRows: readonly TargetRow[]
  readonly restoring: readonly Restoring[]
  readonly shifting: readonly Shifting[]
}

/** How far the works that draw may run ahead. */
export interface RunAhead {
  readonly decodesMax: number
  /** Rows beyond those of the draft. */
  readonly cellsMax: number
  readonly drawing: readonly Work[]
}

export const noRunAhead: RunAhead = { decodesMax: 1, cellsMax: 0, drawing: [] }

export class StepDraft {
  readonly works = new Set<Work>()
  readonly restoring: Restoring[] = []
  readonly shifting: Shifting[] = []
  /** Nodes that come back before the rows, or do not. */
  readonly coming = new Set<TreeNode>()
  readonly #creators = new Map<TreeNode, Work>()
  readonly #cache: KvCache
  readonly #scales: readonly number[]
  rows = 0
  rowsLeft: number

  /** `scales`: of the adapters its rows are computed with; none: without any. */
  constructor(cache: KvCache, batch: number, scales: readonly number[] = []) {
    this.#cache = cache
    this.#scales = scales
    this.rowsLeft = batch
  }

  /** The step takes no more rows than this, or than it has. */
  limitRows(rows: number): void {
    this.rowsLeft = Math.min(this.rowsLeft, Math.max(0, rows - this.rows))
  }

  restore(restoring: Restoring): void {
    this.restoring.push(restoring)
    for (const node of restoring.chain) this.coming.add(node)
  }

  /** New rows at the end of the work's sequence. */
  extend(work: Work, count: number): void {
    const at = work.position
    const node = this.#cache.tree.add(work.lease!.node, work.tokens.slice(at, at + count), 'pending')
    this.#creators.set(node, work)
    this.#cache.move(work.lease!, node)
    this.rows += count
    this.rowsLeft -= count
    this.works.add(work)
  }

  /** The work draws from kept logits, and needs no row. */
  draw(work: Work): void {
    this.works.add(work)
  }

  /** The work's sequence takes part in rows that another work has planned, up to `position`. */
  share(work: Work, node: TreeNode, position: Position): void {
    const part = this.#cache.tree.split(node, position)
    const creator = this.#creators.get(node)
    assert(creator !== undefined, 'a pending node has a creator')
    this.#creators.set(part, creator)
    this.#cache.move(work.lease!, part)
    this.works.add(work)
  }

  /** `guesses`: null where none are made. */
  finish(run: RunAhead, guesses: Guesses | null = null): PlannedStep {
    const { decodesMax, cellsMax, drawing } = run
    const [cache, scales] = [this.#cache, this.#scales]
    const nodes = [...this.#creators.keys()].sort((a, b) => a.from - b.from)
    const indexOf = new Map(nodes.map((node, index) => [node, index]))
    const works = [...this.works].sort((a, b) => a.number - b.number)
    const sequences = sequencesOf(works, indexOf)
    const fromRows = drawing.filter(({ logits }) => logits === null)
    const outputs = new Set(fromRows.map((work) => indexOf.get(work.lease!.node)!))
    const reading = works.filter((work) => work.generation === null && work.rowsLeft === 0)
    const keeping = this.#keeping([...fromRows, ...reading])
    const kept = new Map(reading.map((work) => [indexOf.get(work.lease!.node)!, keeping.get(work)]))
    const targets = nodes.map((): Int32Array[] | null => null)
    const targetRows = works.flatMap((work) => rowsOfTargets(work, indexOf, targets))
    const best = nodes.map(() => 0)
    for (const { work, chunk } of targetRows) best[chunk] = Math.max(best[chunk]!, work.best)
    const chunks = nodes.map((node, index): Chunk => {
      const wanted = targets[index]
      const chunk = {
        sequences: sequences[index]!,
        position: node.from,
        tokens: node.tokens.subarray(0, node.length),
        output: outputs.has(index),
        ...(kept.get(index) !== undefined && { keepLogits: kept.get(index)! }),
      }
      return wanted === null || wanted === undefined
        ? chunk
        : { ...chunk, targets: wanted, ...(best[index]! > 0 && { best: best[index]! }) }
    })
    const generations = drawing.map((work) => ({
      ...(work.logits === null
        ? { chunk: indexOf.get(work.lease!.node)! }
        : { chunk: null, logits: work.logits.id }),
      ...(keeping.has(work) && { keepLogits: keeping.get(work)! }),
      ...drawsOf(work),
      ...(guesses !== null && { guessFrom: guesses.textsFor(cache, work) }),
    }))
    const ops: readonly KvOp[] = cache.takeOps()
    return {
      plan: {
        ops,
        chunks,
        generations,
        decodesMax,
        cellsMax,
        ...(scales.length > 0 && { adapters: scales }),
      },
      nodes,
      creators: this.#creators,
      works,
      drawing,
      keeping,
      targetRows,
      restoring: this.restoring,
      shifting: this.shifting,
    }
  }

  /** Where a generation begins others may begin later: another attempt, branch or vote. */
  #keeping(works: readonly Work[]): ReadonlyMap<Work, number> {
    const keeping = new Map<Work, number>()
    for (const work of works) {
      const id = work.keepsLogits && work.drawnCount === 0 ? this.#cache.keepLogits() : null
      if (id !== null) keeping.set(work, id)
    }
    return keeping
  }
}

/** The sequences whose cells each chunk's rows become. */
function sequencesOf(works: readonly Work[], indexOf: ReadonlyMap<TreeNode, number>): readonly number[][] {
  const sequences = Array.from(indexOf, (): number[] => [])
  for (const work of works) {
    for (let at: TreeNode | null = work.lease!.node; at?.state === 'pending'; at = at.parent) {
      sequences[indexOf.get(at)!]!.push(work.lease!.id)
    }
  }
  return sequences
}

/** What a generation draws, wherever its first logits come from. */
function drawsOf(work: Work): Omit<Generation, 'chunk'> {
  return {
    sequence: work.lease!.id,
    matcher: work.generation!.matcher,
    draw: work.nextDraw(),
    tokensMax: work.drawnLeft,
    forbidden: work.nextForbidden(),
    ...(work.generation!.runsForced === true && { before: work.before }),
  }
}

/** Puts a work's wanted ids behind those of others that look at the same row. */
function rowsOfTargets(
  work: Work,
  indexOf: ReadonlyMap<TreeNode, number>,
  targets: (Int32Array[] | null)[],
): TargetRow[] {
  if (work.targets === null) return []
  const rows: TargetRow[] = []
  const none = new Int32Array(0)
  for (let at: TreeNode | null = work.lease!.node; at?.state === 'pending'; at = at.parent) {
    const chunk = indexOf.get(at)!
    for (let offset = 0; offset < at.length; offset++) {
      const wanted = work.targets.get(at.from + offset)
      if (wanted === undefined) continue
      const length = at.length
      targets[chunk] ??= Array.from({ length }, () => none)
      const before = targets[chunk][offset]!
      const from = before.length
      const joined = new Int32Array(from + wanted.length)
      joined.set(before)
      joined.set(wanted, from)
      targets[chunk][offset] = joined
      rows.push({
        work,
        position: (at.from + offset) as Position,
        chunk,
        offset,
        from,
        until: from + wanted.length,
      })
    }
  }
  return rows
}
