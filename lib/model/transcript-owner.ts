// What a transcript asks of the model it came from, which alone knows whether it may still work.
import type { Pin, TokenRange } from '../engine/engine.js'
import type { Prompt } from '../prompt/part.js'
import type { Explanation } from '../run/explain/explanation.js'
import type { Listener } from '../run/report/event.js'
import type { RunOptions, RunResult } from '../run/run.js'
import type { ScoredText, ScoreOptions } from '../run/score-texts.js'
import type { TranscriptState } from '../run/state/transcript.js'
import type { TraceEvent } from './trace.js'
import type { WrittenRun } from './written.js'

/** Who listens to a run, whose leaving ends it, and how it ends. */
export interface RunManner {
  readonly next?: Listener | null
  readonly left?: AbortSignal | null
  readonly end?: 'open' | 'computed'
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
  score(from: RunResult, texts: readonly string[], options: ScoreOptions): Promise<readonly ScoredText[]>
  drop(from: RunResult, range: TokenRange, signal: AbortSignal | null): Promise<RunResult>
  written(result: RunResult): WrittenRun
  tokensOf(transcript: TranscriptState): Int32Array
  adaptersOf(transcript: TranscriptState): Readonly<Record<string, number>>
}
