// One run in a recording: hears its events and its fills, and writes them down as lines. Decides how little of a long
// conversation is told again each turn.
import { AbortError, EspalierError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import type { SeenDraw } from '../engine/fill.js'
import type { TokenCost } from '../engine/ledger.js'
import type { Position } from '../engine/position.js'
import type { RunWatcher, WatchedFill, WatchedText } from '../run/record/watcher.js'
import type { RunEvent } from '../run/report/event.js'
import type { ChoiceScores, VoteCounts } from '../run/report/results.js'
import type { RunResult } from '../run/request.js'
import { type Recorder, rounded } from './recorder.js'
import type { Alternative, Fill, TracedText } from './trace.js'

/** Log-probabilities below are told as this: JSON has no infinity. */
const logprobMin = -999

/** The text a run ended with, for runs that go on from it. */
interface EndedText extends Pick<WatchedText, 'pieces' | 'tokens'> {
  readonly run: number
}

/** What the runs of one recording know of each other. */
export class RecordedRuns {
  #count = 0
  /** By the position behind it. */
  readonly #ended = new WeakMap<Position, EndedText>()

  begin(recording: Recorder, start: Position | null, seed: number, prompt: string): RecordedRun {
    const run = this.#count++
    const after = start === null ? null : (this.#ended.get(start) ?? null)
    recording.add({ type: 'run', run, after: after?.run ?? null, seed, prompt })
    return new RecordedRun(recording, run, after, (text) => this.#ended.set(text.position, { ...text, run }))
  }
}

export class RecordedRun implements RunWatcher {
  readonly alternatives: number
  readonly #recording: Recorder
  readonly #run: number
  readonly #after: EndedText | null
  readonly #ends: (text: WatchedText) => void
  #texts: readonly TracedText[] = []
  #kept: readonly number[] = []

  constructor(recording: Recorder, run: number, after: EndedText | null, ends: (text: WatchedText) => void) {
    this.#recording = recording
    this.#run = run
    this.#after = after
    this.#ends = ends
    this.alternatives = recording.alternatives
  }

  emit(event: RunEvent): void {
    if (event.type === 'token' || event.type === 'partial') return
    this.#recording.add({ type: 'event', run: this.#run, event: plainEvent(event) })
  }

  fill(fill: WatchedFill): void {
    const { seen: all, kinds, began, ...told } = fill
    const seen = all.map((one) => this.#wanted(one))
    const others = seen.flatMap((one) => (one === null ? [] : one.best.map(({ token }) => token)))
    this.#recording.tellTexts([...fill.tokens, ...others])
    const line: Omit<Fill, 'type' | 'run'> = {
      ...told,
      since: this.#recording.timeOf(began),
      kinds: kinds.map((kind) => letters[kind]).join(''),
      logprobs: seen.map((one) => (one === null ? null : shortOf(one.logprob))),
      allowed: seen.map((one) => (one === null ? null : shortOf(one.allowed))),
      alternatives: seen.map((one) => (one === null ? null : one.best.map(alternativeOf))),
    }
    this.#recording.add({ type: 'fill', run: this.#run, ...line })
  }

  /** Others may have asked for more of each draw. */
  #wanted(seen: SeenDraw | null): SeenDraw | null {
    if (seen === null || this.alternatives === 0) return null
    return { ...seen, best: seen.best.slice(0, this.alternatives) }
  }

  givenUp(fills: readonly number[]): void {
    this.#recording.add({ type: 'given-up', run: this.#run, fills })
  }

  end(texts: readonly WatchedText[], kept: readonly number[]): void {
    const [own] = texts
    if (own !== undefined) this.#ends(own)
    this.#kept = kept
    const trunk = own === undefined ? null : { ...own, run: this.#run }
    this.#texts = texts.map((text) => this.#traced(text, text.branch === null ? this.#after : trunk))
  }

  done({ ledger, values, choices, votes }: RunResult): void {
    this.#recording.add({
      type: 'end',
      run: this.#run,
      outcome: 'done',
      error: null,
      texts: this.#texts,
      ledger,
      values: plainMembers(Object.entries(values as object)),
      kept: this.#kept,
      choices: plain(Object.fromEntries(choices)) as Readonly<Record<string, ChoiceScores>>,
      votes: Object.fromEntries(Array.from(votes, ([hole, counts]) => [hole, plainVotes(counts)])),
    })
  }

  failed(error: unknown): void {
    this.#recording.add({
      type: 'end',
      run: this.#run,
      outcome: isOf(error, AbortError) ? 'aborted' : 'failed',
      error: { code: isOf(error, EspalierError) ? error.code : 'ERROR', message: saidBy(error) },
      texts: [],
      ledger: null,
      values: {},
      kept: [],
      choices: {},
      votes: {},
    })
  }

  /** `after`: a text it begins as, and is told from there on. */
  #traced({ branch, pieces, tokens, costs }: WatchedText, after: EndedText | null): TracedText {
    this.#recording.tellTexts(tokens)
    const behind = after === null ? pieces.since(0) : pieces.behind(after.pieces)
    const keptTokens = after === null ? 0 : commonLength(after.tokens, tokens)
    const kept =
      after === null ? null : { run: after.run, pieces: pieces.length - behind.length, tokens: keptTokens }
    const own = behind.map(({ kind, hole, text }) => ({ kind, hole, text }))
    return {
      branch,
      kept,
      pieces: own,
      tokens: Array.from(tokens.subarray(keptTokens)),
      costs: stretches(costs),
    }
  }
}

/** Whatever a caller's function threw, it is the run's to throw. */
function isOf<T>(error: unknown, kind: abstract new (...given: never[]) => T): error is T {
  try {
    return error instanceof kind
  } catch {
    return false
  }
}

const letters = { drawn: 'd', forced: 'f', kept: 'k' } as const

function alternativeOf({ token, logprob, isAllowed }: SeenDraw['best'][number]): Alternative {
  return [token, shortOf(logprob), isAllowed ? 1 : 0]
}

function shortOf(logprob: number): number {
  return rounded(Math.max(logprobMin, logprob), 4)
}

function stretches(costs: readonly TokenCost[]): [TokenCost, number][] {
  const list: [TokenCost, number][] = []
  for (const cost of costs) {
    const last = list.at(-1)
    if (last?.[0] === cost) last[1] += 1
    else list.push([cost, 1])
  }
  return list
}

function commonLength(a: Int32Array, b: Int32Array): number {
  const length = Math.min(a.length, b.length)
  let same = 0
  while (same < length && a[same] === b[same]) same += 1
  return same
}

type KeptEvent = Exclude<RunEvent, { readonly type: 'token' | 'partial' }>

/** Values as JSON has them: a line holds nothing of a caller's that may change, or that JSON can't write. */
function plainEvent(event: KeptEvent): KeptEvent {
  switch (event.type) {
    case 'hole-end':
      return { ...event, value: plain(event.value) }
    case 'tool-call':
      return { ...event, arguments: plain(event.arguments) }
    case 'tool-result':
      return { ...event, result: plain(event.result) }
    default:
      return event
  }
}

/** Fewer than readers take, who count from a member on. */
const levelsMax = 90

/** As JSON writes it; big integers as their digits; null for what it can't write, '...' for what lies too deep. */
function plain(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one))
    return text === undefined ? null : cutBelow(JSON.parse(text), levelsMax)
  } catch {
    return null
  }
}

/** One that can't be written leaves the others. */
function plainMembers(members: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
  const told = members.filter(([, value]) => value !== undefined)
  return Object.fromEntries(told.map(([name, value]) => [name, plain(value)]))
}

function plainVotes({ options, winner, abstained }: VoteCounts): VoteCounts {
  const told = options.map(({ key, votes }) => ({ key: plain(key), votes }))
  return { options: told, winner: plain(winner), abstained }
}

function cutBelow(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return '...'
  const members = value as Record<string, unknown>
  for (const [name, one] of Object.entries(members)) {
    if (typeof one === 'object' && one !== null) members[name] = cutBelow(one, levels - 1)
  }
  return value
}
