// What a transcript asks of the model it came from, which alone knows whether it may still work.
import { UsageError } from '../base/errors.js'
import { isReadable, shown } from '../base/seen.js'
import type { Pin, TokenRange } from '../engine/engine.js'
import type { Join, Prompt } from '../prompt/part.js'
import type { Explanation } from '../run/explain/explanation.js'
import type { JoinedPart } from '../run/join.js'
import type { Listener } from '../run/report/event.js'
import type { RunResult } from '../run/request.js'
import type { RunOptions } from '../run/run-options.js'
import type { ScoredText, ScoreOptions } from '../run/score-texts.js'
import type { LiveValues } from '../run/state/live.js'
import type { TranscriptState } from '../run/state/transcript.js'
import type { TraceEvent } from './trace.js'
import type { WrittenRun } from './written.js'

/** Who listens to a run, whose leaving ends it, and how it ends. */
export interface RunManner {
  readonly next?: Listener | null
  readonly left?: AbortSignal | null
  readonly end?: 'open' | 'computed'
  /** Told of values while the run goes on. */
  readonly live?: LiveValues | null
}

/** What a transcript needs of its model; the model gives it. */
export interface TranscriptOwner {
  run(
    from: RunResult,
    prompt: Prompt,
    given: unknown,
    options: RunOptions,
    manner?: RunManner,
  ): Promise<RunResult & { trace: readonly TraceEvent[] }>
  explain(from: RunResult, prompt: Prompt, given: unknown, options: RunOptions): Promise<Explanation>
  pin(transcript: TranscriptState, signal: AbortSignal | null): Promise<Pin>
  at(from: RunResult, hole: unknown, signal: AbortSignal | null): Promise<RunResult>
  join(from: RunResult, parts: readonly JoinedPart[], join: Join): Promise<RunResult>
  score(from: RunResult, texts: readonly string[], options: ScoreOptions): Promise<readonly ScoredText[]>
  drop(from: RunResult, range: TokenRange, signal: AbortSignal | null): Promise<RunResult>
  written(result: RunResult): WrittenRun
  tokensOf(transcript: TranscriptState): Int32Array
  adaptersOf(transcript: TranscriptState): Readonly<Record<string, number>>
}

/** What stands behind a transcript. */
interface Inside {
  readonly owner: TranscriptOwner
  readonly result: RunResult
}

const insides = new WeakMap<object, Inside>()

/** For what goes on from a transcript and is no method of it. */
export function noteInside(transcript: object, inside: Inside): void {
  insides.set(transcript, inside)
}

/** Throws UsageError ARGUMENT_INVALID for what is no transcript. */
export function insideOf(transcript: unknown): Inside {
  const inside = isReadable(transcript) ? insides.get(transcript) : undefined
  if (inside !== undefined) return inside
  throw new UsageError('ARGUMENT_INVALID', `Expected a transcript, got ${shown(transcript)}.`)
}
