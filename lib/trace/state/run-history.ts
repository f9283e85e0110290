// What is known of one run at any moment: its fills, which of them were given up and why, what happened, how it ended.
// Only ever grows: what comes later never changes what was. Never throws: lines may be missing.
import type { Fill, GivenUp, RunBegin, RunEnd, RunHappening } from '../trace.js'
import { countBefore } from './tree.js'

export type Happening = RunHappening['event']

/** A fill as it was at a moment. */
export interface FillAt {
  readonly fill: Fill
  /** Of the attempts at its hole, from 0 on; of several fills of a choice each counts. */
  readonly attempt: number
  /**
   * Null: it counts, also where it was given up and then kept. The reason is '' where nobody gave one: another fill was
   * kept, or the run ended.
   */
  readonly givenUp: { readonly reason: string } | null
}

/** One thing after the other, in a run. */
export type LogEntry = { readonly line: number; readonly at: number } & (
  | { readonly type: 'event'; readonly event: Happening }
  /** Number in the list of fills. */
  | { readonly type: 'fill'; readonly index: number }
)

export interface RunAt {
  readonly run: number
  /** Null: the line was dropped. */
  readonly begin: RunBegin | null
  /** Milliseconds. `endedAt` is null while it goes on. */
  readonly beganAt: number
  readonly endedAt: number | null
  readonly outcome: 'running' | RunEnd['outcome']
  /** Null while it goes on. */
  readonly end: RunEnd | null
  readonly fills: readonly FillAt[]
  readonly log: readonly LogEntry[]
}

/** What a list of runs shows of one. */
export interface RunHead {
  /** '' where it is not told. */
  readonly prompt: string
  readonly outcome: RunAt['outcome']
  /** Null while it goes on, and where it failed. */
  readonly ledger: RunEnd['ledger']
}

export const noHead: RunHead = { prompt: '', outcome: 'running', ledger: null }

interface KnownFill {
  readonly line: number
  readonly fill: Fill
  readonly attempt: number
  /** Lines that told of it; Infinity: none yet. */
  givenUpAt: number
  reasonAt: number
  reason: string
}

export class RunHistory {
  readonly run: number
  readonly #line: number
  readonly #beganAt: number
  #begin: { readonly line: number; readonly begin: RunBegin } | null = null
  #end: { readonly line: number; readonly at: number; readonly end: RunEnd } | null = null
  readonly #fills: KnownFill[] = []
  /** Index in the list by the fill's number. */
  readonly #byNumber = new Map<number, number>()
  readonly #attempts = new Map<string, number>()
  readonly #log: LogEntry[] = []
  /** By hole: reasons of what was rolled back, before it was told which fill that was. */
  readonly #reasons = new Map<
    string,
    { readonly line: number; readonly text: string; readonly reason: string }[]
  >()
  /** By hole: fills that were given up, and nobody said why yet. */
  readonly #unexplained = new Map<string, KnownFill[]>()

  constructor(run: number, line: number, at: number) {
    this.run = run
    this.#line = line
    this.#beganAt = at
  }

  /** The end the whole trace tells, whichever the moment; null: none. */
  get lastEnd(): RunEnd | null {
    return this.#end?.end ?? null
  }

  begin(line: number, begin: RunBegin): void {
    this.#begin ??= { line, begin }
  }

  end(line: number, at: number, end: RunEnd): void {
    this.#end ??= { line, at, end }
  }

  fill(line: number, at: number, fill: Fill): void {
    const attempt = this.#attempts.get(fill.hole) ?? 0
    this.#attempts.set(fill.hole, attempt + 1)
    const index = this.#fills.length
    this.#byNumber.set(fill.fill, index)
    const never = Number.POSITIVE_INFINITY
    this.#fills.push({ line, fill, attempt, givenUpAt: never, reasonAt: never, reason: '' })
    this.#log.push({ line, at, type: 'fill', index })
  }

  event(line: number, at: number, event: Happening): void {
    this.#log.push({ line, at, type: 'event', event })
    if (event.type !== 'rollback') return
    const { hole, text, reason } = event
    const waiting = this.#unexplained.get(hole) ?? []
    const same = waiting.findIndex(({ fill }) => fill.text === text)
    const [known] = waiting.splice(same < 0 ? 0 : same, 1)
    if (known !== undefined) explain(known, line, reason)
    else listed(this.#reasons, hole).push({ line, text, reason })
  }

  givenUp(line: number, { fills }: GivenUp): void {
    for (const number of fills) {
      const known = this.#fills[this.#byNumber.get(number) ?? -1]
      if (known === undefined || known.givenUpAt < line) continue
      known.givenUpAt = line
      const reasons = this.#reasons.get(known.fill.hole) ?? []
      const same = reasons.findIndex(({ text }) => text === known.fill.text)
      const [told] = same < 0 ? [] : reasons.splice(same, 1)
      if (told !== undefined) explain(known, told.line, told.reason)
      else listed(this.#unexplained, known.fill.hole).push(known)
    }
  }

  head(moment: number): RunHead {
    const prompt = this.#begin !== null && this.#begin.line < moment ? this.#begin.begin.prompt : ''
    const end = this.#end !== null && this.#end.line < moment ? this.#end.end : null
    return { prompt, outcome: end?.outcome ?? 'running', ledger: end?.ledger ?? null }
  }

  begunAt(moment: number): boolean {
    return this.#line < moment
  }

  /** As the first `moment` lines told it; null: not begun. Costs what happened in it. */
  at(moment: number): RunAt | null {
    if (this.#line >= moment) return null
    const end = this.#end !== null && this.#end.line < moment ? this.#end : null
    const kept = new Set(end?.end.kept)
    const fills = this.#fills.slice(0, countBefore(this.#fills, moment))
    return {
      run: this.run,
      begin: this.#begin !== null && this.#begin.line < moment ? this.#begin.begin : null,
      beganAt: this.#beganAt,
      endedAt: end?.at ?? null,
      outcome: end?.end.outcome ?? 'running',
      end: end?.end ?? null,
      fills: fills.map((known) => fillAt(known, kept.has(known.fill.fill) ? 0 : moment)),
      log: this.#log.slice(0, countBefore(this.#log, moment)),
    }
  }
}

function fillAt({ fill, attempt, givenUpAt, reasonAt, reason }: KnownFill, moment: number): FillAt {
  const isGivenUp = givenUpAt < moment
  return { fill, attempt, givenUp: isGivenUp ? { reason: reasonAt < moment ? reason : '' } : null }
}

function explain(known: KnownFill, line: number, reason: string): void {
  known.reasonAt = line
  known.reason = reason
}

function listed<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
