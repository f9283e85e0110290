// One hole to be filled at one place, and what came of it. How it asks the engine is the same whichever way it is
// filled.
import { isConstraint } from '../../constraint/constraint-type.js'
import { literalStop } from '../../constraint/literal-stop.js'
import type { Drawn, Following, HoleRequest } from '../../engine/fill.js'
import { tokensMaxDefault } from '../../prompt/options.js'
import type { Hole } from '../../prompt/part.js'
import { pathOf, type Scope } from '../state/scope.js'
import type { TranscriptState } from '../state/transcript.js'

export interface HoleTask {
  readonly scope: Scope
  readonly hole: Hole
  readonly transcript: TranscriptState
  readonly after: Following
  /** Values captured before, for checks. */
  readonly values: () => Readonly<Record<string, unknown>>
}

export interface HoleResult {
  readonly value: unknown
  readonly text: string
  readonly transcript: TranscriptState
  /** Rejecting the value later means never drawing this again. */
  readonly drawn: Drawn
}

export function taskPath({ scope, hole }: HoleTask): string {
  return pathOf(scope, hole.name)
}

export function holeRequest(task: HoleTask, seed: number): HoleRequest {
  const { scope, hole, transcript, after } = task
  const { options, language } = hole
  const { run, tried } = scope
  return {
    path: taskPath(task),
    constraint: isConstraint(language) ? language : null,
    stops: isConstraint(language) ? [] : language.stops,
    stopText: isConstraint(language) ? 'cut' : (language.stopText ?? 'cut'),
    follows: after,
    rejected: tried.rejectedAt(transcript),
    closed: tried.closed,
    tokensMax: options.tokensMax ?? tokensMaxDefault,
    tokensMin: options.tokensMin ?? 0,
    start: startOf(hole),
    sampling: { run: run.sampling, hole: { ...options, logprobs: logprobsWanted(task) } },
    seed,
    signal: run.signal,
  }
}

/** How many alternatives are told of each token of the value; 0: nothing is. */
export function logprobsWanted({ scope, hole }: Pick<HoleTask, 'scope' | 'hole'>): number {
  const { ranks, sampling } = scope.run
  return Math.max(ranks === 'by logprob' ? 1 : 0, hole.options.logprobs ?? sampling.logprobs ?? 0)
}

/** What ends a value that does not end itself, as far as it is known; '' where it is not. */
export function endAfter({ after }: HoleTask): string {
  return after.literal === '' ? '' : literalStop(after.literal)
}

/** Whether the value may be spelled together with the text before it. */
export function startOf({ options }: Hole): 'joined' | 'apart' {
  return options.heal === false ? 'apart' : 'joined'
}

/** What an engine wrote for a hole. `behind`: a stop of the value that stays. */
export interface WrittenValue {
  readonly text: string
  readonly behind?: string
  readonly position: TranscriptState['position']
}

/** The transcript with a value behind it. */
export function withValue(task: HoleTask, { text, behind = '', position }: WrittenValue): TranscriptState {
  const value = { kind: 'generated', hole: taskPath(task), text } as const
  const stop = { kind: 'generated', hole: null, text: behind } as const
  return { position, pieces: task.transcript.pieces.with(value).with(stop) }
}
