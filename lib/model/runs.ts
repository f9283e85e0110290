// What a model does with prompts and transcripts, as long as it is open. Decides that nothing goes on after `dispose`;
// who holds the model, and what frees it, is the model's business.
import { UsageError } from '../base/errors.js'
import { isReadable, isRecord } from '../base/seen.js'
import type { Pin, TokenRange } from '../engine/engine.js'
import type { Join, Prompt } from '../prompt/part.js'
import { makePrompt } from '../prompt/prompt.js'
import type { Complete } from '../prompt/typing.js'
import { explained } from '../run/explain/explain.js'
import type { Explanation } from '../run/explain/explanation.js'
import { type JoinedPart, joinedRun } from '../run/join.js'
import { notRun } from '../run/not-run.js'
import { type Replay, replayed } from '../run/record/replay.js'
import { restoredRun } from '../run/record/saved.js'
import type { RunResult, RunStart, Shared } from '../run/request.js'
import { rewound } from '../run/rewind.js'
import { runPrompt, whileWanted } from '../run/run.js'
import type { RunOptions } from '../run/run-options.js'
import { type ScoredText, type ScoreOptions, scoreTexts } from '../run/score-texts.js'
import type { TranscriptState } from '../run/state/transcript.js'
import type { Inspector } from '../trace/live.js'
import type { Recording } from '../trace/recording.js'
import type { ModelInfo } from './model-info.js'
import { Probabilities } from './probabilities.js'
import { Recordings } from './recordings.js'
import { measured } from './telemetry/measured.js'
import { type TraceEvent, tracing } from './trace.js'
import type { RunManner, TranscriptOwner } from './transcript-owner.js'
import { type WrittenRun, writtenRun } from './written.js'

/** What texts are scored behind: a text, a transcript, or a prompt that takes nothing. */
export type ScorePrefix<V, I, K> = string | Probabilities | (Prompt<V, I, K> & Complete<NoInfer<I>>)

/** All but what only reads throws UsageError CLOSED after `shared.closing` is aborted. */
export class Runs implements TranscriptOwner {
  readonly #shared: Shared
  readonly #info: ModelInfo
  readonly #recordings: Recordings

  constructor(shared: Shared, info: ModelInfo) {
    this.#shared = shared
    this.#info = info
    this.#recordings = new Recordings(shared.engine, info)
  }

  /** `start` null: the beginning. */
  async run(
    start: RunStart | null,
    prompt: Prompt,
    given: unknown,
    options: RunOptions,
    { next = null, left = null, end = 'open', live = null }: RunManner = {},
  ): Promise<RunResult & { readonly trace: readonly TraceEvent[] }> {
    this.#requireOpen()
    const { listener, trace } = tracing(next)
    const recorded = this.#recordings.begin(start?.transcript.position ?? null, prompt, options)
    const { watcher } = recorded
    const how = next === null ? 'run' : 'stream'
    const asked = { info: this.#info, start, prompt, options, how } as const
    try {
      const result = await measured(asked, recorded.hearing(listener), (heard) =>
        runPrompt(this.#shared, { start, prompt, given, options, listener: heard, left, end, live, watcher }),
      )
      recorded.done(result)
      return { ...result, trace }
    } catch (error) {
      recorded.failed(error)
      throw error
    }
  }

  record(options: unknown): Recording {
    this.#requireOpen()
    return this.#recordings.record(options)
  }

  async inspect(options: unknown): Promise<Inspector> {
    this.#requireOpen()
    const inspector = await this.#recordings.inspect(options)
    if (this.#shared.closing.aborted) await inspector.close()
    this.#requireOpen()
    return inspector
  }

  /** Ends what runs left behind: the pages that show them. */
  dispose(): Promise<void> {
    return this.#recordings.dispose()
  }

  async explain(
    start: RunStart | null,
    prompt: Prompt,
    given: unknown,
    options: RunOptions,
  ): Promise<Explanation> {
    this.#requireOpen()
    return whileWanted(this.#shared, { options, left: null }, (signal) =>
      explained(this.#shared, { start, prompt, given, options }, signal),
    )
  }

  restore(json: unknown): RunResult {
    this.#requireOpen()
    const began = performance.now()
    return notRun(restoredRun(this.#shared, json), began)
  }

  async replay(json: unknown, signal: AbortSignal | null): Promise<Replay> {
    this.#requireOpen()
    return replayed(this.#shared, json, signal ?? this.#shared.closing)
  }

  async at(from: RunResult, hole: unknown, signal: AbortSignal | null): Promise<RunResult> {
    this.#requireOpen()
    return rewound(this.#shared, from, hole, signal ?? this.#shared.closing)
  }

  async join(from: RunResult, parts: readonly JoinedPart[], join: Join): Promise<RunResult> {
    this.#requireOpen()
    return joinedRun(this.#shared, from, parts, join)
  }

  async drop(from: RunResult, range: TokenRange, signal: AbortSignal | null): Promise<RunResult> {
    this.#requireOpen()
    const began = performance.now()
    const { pieces, position: before } = from.transcript
    const position = await this.#shared.engine.drop(before, range, signal)
    const transcript = { pieces, position }
    const { ledger, decodeCalls, ms, record } = notRun({ ...from, transcript }, began)
    return { ...from, transcript, ledger, decodeCalls, ms, record }
  }

  async score(
    { transcript }: RunStart,
    texts: readonly string[],
    options: ScoreOptions,
  ): Promise<readonly ScoredText[]> {
    this.#requireOpen()
    return scoreTexts(this.#shared, transcript, texts, options)
  }

  async scoreBehind<V, I, K>(
    prefix: ScorePrefix<V, I, K>,
    texts: readonly string[],
    options: ScoreOptions,
  ): Promise<readonly ScoredText[]> {
    if (isReadable(prefix) && prefix instanceof Probabilities) return prefix.score(texts, options)
    const before = typeof prefix === 'string' ? makePrompt([{ kind: 'text', text: prefix }]) : prefix
    const { signal } = isRecord(options) ? options : {}
    const start = await this.run(null, before, {}, signal === undefined ? {} : { signal })
    return this.score(start, texts, options)
  }

  async pin({ position }: TranscriptState, signal: AbortSignal | null): Promise<Pin> {
    this.#requireOpen()
    if (position.length === 0)
      throw new UsageError('TRANSCRIPT_EMPTY', 'The transcript has no tokens to keep.')
    return this.#shared.engine.pin(position, signal)
  }

  written(result: RunResult): WrittenRun {
    return writtenRun(this.#shared, this.#info, result)
  }

  tokensOf({ position }: TranscriptState): Int32Array {
    return this.#shared.engine.tokensOf(position)
  }

  adaptersOf({ position }: TranscriptState): Readonly<Record<string, number>> {
    const { adapters, engine } = this.#shared
    return adapters.named(engine.adaptersOf(position))
  }

  /** A question that is no run; the model may be disposed before it is answered. */
  async ask<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#requireOpen()
    const { closing } = this.#shared
    try {
      return await question(closing)
    } catch (error) {
      throw closing.aborted ? closed() : error
    }
  }

  #requireOpen(): void {
    if (this.#shared.closing.aborted) throw closed()
  }
}

/** For whatever is asked of a model after `dispose`. */
export function closed(): UsageError {
  return new UsageError('CLOSED', 'The model was disposed; make another one to use it.')
}
