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

/** Texts that end the hole's value. */
export function stopsOf({ language }: Hole): readonly string[] {
  return 'stops' in language ? language.stops : []
}

export function holeRequest(task: HoleTask, seed: number): HoleRequest {
  const { scope, hole, transcript, after } = task
  const { options, language } = hole
  const { run, tried } = scope
  return {
    path: taskPath(task),
    constraint: isConstraint(language) ? language : null,
    stops: stopsOf(hole),
    follows: after,
    rejected: tried.rejectedAt(transcript),
    closed: tried.closed,
    tokensMax: options.tokensMax ?? tokensMaxDefault,
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

/** The transcript with a value behind it. */
export function withValue(
  task: HoleTask,
  position: TranscriptState['position'],
  text: string,
): TranscriptState {
  const piece = { kind: 'generated', hole: taskPath(task), text } as const
  return { position, pieces: task.transcript.pieces.with(piece) }
}
