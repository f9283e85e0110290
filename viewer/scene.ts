// What the chosen view comes to: the run, its texts, the one that is read, the tree. Decides what is kept from one view
// to the next, so that a change of colours or of a token costs nothing. Pure but for that.
import type { Aside } from '../lib/trace/state/asides.js'
import type { Cell, Passage } from '../lib/trace/state/passage.js'
import { fillCells } from '../lib/trace/state/passage.js'
import type { RunAt } from '../lib/trace/state/run-history.js'
import { type Strand, strandsOf } from '../lib/trace/state/strands.js'
import type { TreeAt } from '../lib/trace/state/tree.js'
import type { TraceState } from '../lib/trace/state.js'
import type { Attempt } from './rows.js'
import type { View } from './store.js'

export interface Scene {
  readonly state: TraceState
  /** Lines that there were at the chosen step. */
  readonly moment: number
  readonly runs: readonly number[]
  /** Null: none had begun. */
  readonly run: RunAt | null
  readonly strands: readonly Strand[]
  /** Number of the strand that is read. */
  readonly strand: number
  readonly passage: Passage
  readonly tree: TreeAt
}

/** The moment behind so many steps: everything until the next one begins. */
export function momentOf(state: TraceState, step: number | null): number {
  if (step === null) return state.moment
  return state.steps[step]?.line ?? state.moment
}

const noPassage: Passage = { cells: [], inherited: 0, asides: [] }

/** Makes scenes of one state, and keeps the parts that did not change. */
export function sceneMaker(state: TraceState): (view: View) => Scene {
  const tree = kept((moment: number) => state.tree(moment))
  const runs = kept((moment: number) => state.runs(moment))
  const runAt = kept((moment: number, run: number) => state.run(run, moment))
  const strandsIn = kept((run: RunAt | null) => (run === null ? [] : strandsOf(run)))
  const passage = kept((run: RunAt | null, strands: readonly Strand[], strand: number) =>
    run === null ? noPassage : state.passage(run, strands, strand),
  )
  return (view) => {
    const moment = momentOf(state, view.step)
    const list = runs(moment)
    const run = runAt(moment, list.includes(view.run) ? view.run : (list.at(-1) ?? 0))
    const strands = strandsIn(run)
    const strand = view.strand < strands.length ? view.strand : 0
    return {
      state,
      moment,
      runs: list,
      run,
      strands,
      strand,
      passage: passage(run, strands, strand),
      tree: tree(moment),
    }
  }
}

/** The function's last result, while it is asked the same. */
function kept<A extends readonly unknown[], R>(make: (...given: A) => R): (...given: A) => R {
  let last: { readonly given: A; readonly result: R } | null = null
  return (...given) => {
    if (last?.given.every((one, index) => one === given[index])) return last.result
    last = { given, result: make(...given) }
    return last.result
  }
}

/** What was given up in a place, to be shown below it. */
export function attemptsOf({ state, run }: Pick<Scene, 'state' | 'run'>, aside: Aside): readonly Attempt[] {
  if (run === null) return []
  const fills = aside.givenUp.map((fill): Omit<Attempt, 'number'> => {
    const reason = run.fills[fill]?.givenUp?.reason ?? ''
    return { fill, reason, cells: fillCells(run, fill, (token) => state.textOf(token)) }
  })
  const undone = aside.undone.map(({ text, reason }): Omit<Attempt, 'number'> => {
    const cell: Cell = { text, token: null, kind: 'generated', hole: null, cost: null, drawn: null }
    return { fill: null, reason, cells: [cell] }
  })
  return [...fills, ...undone].map((attempt, index) => ({ ...attempt, number: index + 1 }))
}

/** Ids of the nodes that hold the text, from the top; the last one may hold more. */
export function nodesOf(tree: TreeAt, tokens: readonly number[]): readonly number[] {
  const path: number[] = []
  let at = 0
  for (let above: number | null = null; at < tokens.length; ) {
    let next: number | null = null
    let reached = at
    for (const id of tree.children.get(above) ?? []) {
      const node = tree.nodes.get(id)!
      if (node.state === 'freed' || node.from !== at) continue
      const own = node.tokens()
      let same = 0
      while (same < own.length && own[same] === tokens[at + same]) same += 1
      const isOn = node.length === 0 || same > 0
      if (isOn && (next === null || at + same > reached)) {
        next = id
        reached = at + same
      }
    }
    if (next === null) break
    path.push(next)
    const isWhole = reached - at === tree.nodes.get(next)!.length
    at = reached
    above = next
    if (!isWhole) break
  }
  return path
}

/** Its tokens, also those that are still to come: what of them is cached is what the text uses. */
export function tokensOfText({ state, run, strands, strand, passage }: Scene): readonly number[] | null {
  const at = strands[strand]
  if (run === null || at === undefined) return null
  const final = at.kind === 'candidate' ? null : state.finalText(run.run, at.kind === 'run' ? null : at.path)
  if (final !== null && final.tokens.length > 0) return final.tokens
  const tokens = passage.cells.map(({ token }) => token)
  const until = tokens.indexOf(null)
  return (until < 0 ? tokens : tokens.slice(0, until)) as readonly number[]
}
