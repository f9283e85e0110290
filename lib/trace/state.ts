// What the lines of a trace come to, at any moment: a moment is how many lines there were. Takes one line after the
// other, so that a file and a stream are one thing, and keeps everything by the line that told it: what a moment comes
// to never depends on what came later. Pure; it runs in browsers too. Never throws: lines may be missing.
import { type FullText, fullText } from './state/full-text.js'
import { type Passage, passageOf } from './state/passage.js'
import { noHead, type RunAt, type RunHead, RunHistory } from './state/run-history.js'
import type { Strand } from './state/strands.js'
import { countBefore, type TreeAt, TreeHistory } from './state/tree.js'
import type { EngineStep, RunEnd, TraceLine } from './trace.js'

/** A step, and the number of its line. */
export interface StepAt {
  readonly line: number
  readonly at: number
  readonly step: EngineStep
}

/** Each may be as long as a context. */
const fullTextsMax = 4

export class TraceState {
  #moment = 0
  #lastAt = 0
  readonly #texts = new Map<number, string>()
  readonly #runs = new Map<number, RunHistory>()
  readonly #steps: StepAt[] = []
  readonly #tree = new TreeHistory()
  /** The last texts that were asked for: a reader asks for the same ones at each moment. */
  #fullTexts: { readonly key: string; readonly moment: number; readonly text: FullText | null }[] = []

  /** Of all lines of a trace. */
  static of(lines: readonly TraceLine[]): TraceState {
    const state = new TraceState()
    for (const line of lines) state.apply(line)
    return state
  }

  /** How many lines there were: the latest moment. */
  get moment(): number {
    return this.#moment
  }

  /** Milliseconds of the latest line. */
  get lastAt(): number {
    return this.#lastAt
  }

  apply(line: TraceLine): void {
    const number = this.#moment
    this.#moment += 1
    this.#lastAt = line.at
    // By its type alone: lines may have members that are not known here.
    if (line.type === 'step') this.#steps.push({ line: number, at: line.at, step: line })
    else if (line.type === 'tree') this.#tree.apply(number, line)
    else if (line.type !== 'texts') this.#tellRun(line, number)
    else for (const [token, text] of line.texts) this.#texts.set(token, text)
  }

  /** Text of a token; null: it was never told. */
  textOf(token: number): string | null {
    return this.#texts.get(token) ?? null
  }

  /** Numbers of the runs that had begun, the first one first. */
  runs(moment: number): readonly number[] {
    return [...this.#runs.values()].filter((history) => history.begunAt(moment)).map(({ run }) => run)
  }

  /** Null: it had not begun. Costs what happened in the run. */
  run(run: number, moment: number): RunAt | null {
    return this.#runs.get(run)?.at(moment) ?? null
  }

  /** The little that a list of runs shows: costs nothing, however much happened in the run. */
  headOf(run: number, moment: number): RunHead {
    return this.#runs.get(run)?.head(moment) ?? noHead
  }

  /** How the run ends, whichever the moment; null: nobody knows yet. */
  endOf(run: number): RunEnd | null {
    return this.#runs.get(run)?.lastEnd ?? null
  }

  /** A text as the run ends with it, whichever the moment: its own (null) or a branch's. Null: it is not told. */
  finalText(run: number, branch: string | null): FullText | null {
    const key = JSON.stringify([run, branch])
    const known = this.#fullTexts.find((one) => one.key === key && one.moment === this.#moment)
    if (known !== undefined) return known.text
    const told = this.endOf(run)?.texts.find((one) => one.branch === branch)
    const text = told === undefined ? null : fullText(told, run, (other) => this.endOf(other))
    this.#fullTexts = [{ key, moment: this.#moment, text }, ...this.#fullTexts.slice(0, fullTextsMax - 1)]
    return text
  }

  /** One of the run's texts (`strandsOf`), token by token. */
  passage(run: RunAt, strands: readonly Strand[], strand: number): Passage {
    const { kind, path } = strands[strand] ?? { kind: 'run', path: '' }
    const final = kind === 'candidate' ? null : this.finalText(run.run, kind === 'run' ? null : path)
    const after = run.begin?.after ?? null
    const before = after === null ? null : this.finalText(after, null)
    return passageOf(run, strands, strand, { final, before }, (token) => this.textOf(token))
  }

  /** The tree of cached tokens. Costs what nodes there ever were. */
  tree(moment: number): TreeAt {
    return this.#tree.at(moment)
  }

  /** All steps there are, whichever the moment; the first `stepsBefore(moment)` had been. */
  get steps(): readonly StepAt[] {
    return this.#steps
  }

  stepsBefore(moment: number): number {
    return countBefore(this.#steps, moment)
  }

  #tellRun(line: Extract<TraceLine, { readonly run: number }>, number: number): void {
    let history = this.#runs.get(line.run)
    if (history === undefined) {
      history = new RunHistory(line.run, number, line.at)
      this.#runs.set(line.run, history)
    }
    if (line.type === 'run') history.begin(number, line)
    else if (line.type === 'event') history.event(number, line.at, line.event)
    else if (line.type === 'fill') history.fill(number, line.at, line)
    else if (line.type === 'given-up') history.givenUp(number, line)
    else history.end(number, line.at, line)
  }
}
