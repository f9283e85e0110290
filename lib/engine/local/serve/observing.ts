// Tells whoever looks at the engine what each step was and what became of the tree. Decides how often the tree is
// looked at: comparing it may take a quarter of a percent of the time there is. Costs nothing while nobody looks.
import type { KvCache } from '../../../kv/cache.js'
import { TreeWatch } from '../../../kv/tree-watch.js'
import type { StepResult } from '../../../native/addon.js'
import type { Committed } from '../../../schedule/commit.js'
import type { PlannedStep } from '../../../schedule/draft.js'
import type { EngineObserver, Observation, ObservedOp, ObservedStep } from '../../observed.js'

/** Time that passes for each unit of time that looking at the tree took. */
const looksApart = 400

/** What a step is about to compute, before its nodes are joined with others. */
export interface ExpectedRows {
  readonly known: number
  readonly scored: number
}

interface Observed {
  readonly observer: EngineObserver
  readonly watch: TreeWatch
  lookAgainAt: number
  /** Milliseconds a node took, when it took least: what else went on at the time does not count. */
  perNode: number
}

export class Observing {
  readonly #cache: KvCache
  readonly #observed = new Set<Observed>()
  #steps = 0

  constructor(cache: KvCache) {
    this.#cache = cache
  }

  observe(observer: EngineObserver): Observation {
    const observed: Observed = {
      observer,
      watch: new TreeWatch(),
      lookAgainAt: 0,
      perNode: Number.POSITIVE_INFINITY,
    }
    this.#observed.add(observed)
    return {
      settle: () => this.#look(observed),
      dispose: () => void this.#observed.delete(observed),
    }
  }

  /** To be asked before the step is committed; null: nobody looks. */
  expected(step: PlannedStep): ExpectedRows | null {
    return this.#observed.size === 0 ? null : expectedRows(step)
  }

  /** Behind a step. `open`: requests there are. */
  stepped(
    expected: ExpectedRows | null,
    step: PlannedStep,
    result: StepResult,
    { rowsAgain }: Pick<Committed, 'rowsAgain'>,
    open: number,
  ): void {
    const number = this.#steps++
    if (expected === null || this.#observed.size === 0) return
    const working = new Set(
      [step.works, step.restoring, step.shifting].flatMap((list) =>
        list.map((one) => ('work' in one ? one.work : one)),
      ),
    ).size
    const { tree, places, host } = this.#cache
    const observed: ObservedStep = {
      step: number,
      micros: Math.round(result.stepMicros),
      decodeMicros: Math.round(result.decodeMicros),
      calls: result.decodeCalls,
      rows: { ...rowsOf(expected, result), again: rowsAgain },
      working,
      waiting: Math.max(0, open - working),
      cells: tree.cellsLive,
      attended: Math.max(places.until, tree.cellsLive),
      parkedBytes: host.bytesParked,
      ops: opsOf(step, result),
    }
    for (const one of this.#observed) {
      one.observer.step(observed)
      if (performance.now() >= one.lookAgainAt) this.#look(one)
    }
  }

  /** Nothing is left to do. */
  rested(): void {
    for (const one of this.#observed) this.#look(one)
  }

  #look(observed: Observed): void {
    const began = performance.now()
    const { watch, observer } = observed
    const change = watch.look(this.#cache.tree)
    const ended = performance.now()
    if (change.nodes.length + change.gone.length > 0) observer.tree(change)
    observed.perNode = Math.min(observed.perNode, (ended - began) / (watch.count + 1))
    observed.lookAgainAt = ended + looksApart * observed.perNode * (watch.count + 1)
  }
}

function expectedRows({ nodes, creators }: PlannedStep): ExpectedRows {
  let [known, scored] = [0, 0]
  for (const node of nodes) {
    const { promptCount, targets } = creators.get(node)!
    const given = Math.min(node.length, Math.max(0, promptCount - node.from))
    if (targets === null) known += given
    else {
      for (let at = node.from as number; at < node.from + given; at += 1) {
        if (targets.has(at)) scored += 1
        else known += 1
      }
    }
  }
  return { known, scored }
}

/** What was computed of it; what ran ahead was drawn. */
function rowsOf({ known, scored }: ExpectedRows, { rowsDecoded }: StepResult) {
  const given = Math.min(rowsDecoded, known)
  const looked = Math.min(rowsDecoded - given, scored)
  return { known: given, scored: looked, drawn: rowsDecoded - given - looked }
}

const namesOfOps = {
  copy: 'fork',
  truncate: 'truncate',
  park: 'park',
  restore: 'restore',
  shift: 'shift',
  repack: 'repack',
  'drop-blob': null,
} as const

function opsOf({ plan }: PlannedStep, { opsRefused }: StepResult): Record<ObservedOp, number> {
  const count = { fork: 0, truncate: 0, park: 0, restore: 0, shift: 0, repack: 0 }
  const refused = new Set(opsRefused)
  for (const [index, { kind }] of plan.ops.entries()) {
    const name = namesOfOps[kind]
    if (name !== null && !refused.has(index)) count[name] += 1
  }
  return count
}
