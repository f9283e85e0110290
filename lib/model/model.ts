// The model a caller loads: runs prompts, starts transcripts, streams. Decides what a method may do in which state and
// joins the engine with the walk. Never decides about cells, tokens or text.
import { Starts } from '../async/pace.js'
import { Turns } from '../async/side-by-side.js'
import { UsageError } from '../base/errors.js'
import { type InspectOptions, inspected, isReadable, shown } from '../base/seen.js'
import type { EngineStats } from '../engine/stats.js'
import type { Prompt } from '../prompt/part.js'
import type { Complete, GivenOrNone } from '../prompt/typing.js'
import type { Explanation } from '../run/explain/explanation.js'
import { Adapters } from '../run/given/adapters.js'
import type { Replay } from '../run/record/replay.js'
import { RunStream } from '../run/report/stream.js'
import type { RunOptions } from '../run/run-options.js'
import type { ScoreOptions } from '../run/score-texts.js'
import type { Inspector, InspectorOptions } from '../trace/live.js'
import type { Recording, RecordOptions } from '../trace/recording.js'
import type { ModelInfo } from './model-info.js'
import type { ModelParts } from './model-parts.js'
import { ModelTexts } from './model-texts.js'
import { closed, Runs, type ScorePrefix } from './runs.js'
import { modelShown } from './shown-model.js'
import { type StreamEvent, Transcript } from './transcript.js'
import { type WaitOptions, waitNames, waitSignal } from './wait-options.js'

/**
 * A loaded model with its KV cache: runs prompts, starts transcripts, streams. `load()` makes one; `dispose` or
 * `await using` frees it. Any number of runs may go on at once.
 */
export class Model extends ModelTexts implements AsyncDisposable {
  readonly info: ModelInfo
  readonly #parts: ModelParts
  readonly #runs: Runs
  readonly #closing: AbortController
  #disposed: Promise<void> | null = null

  /** Not for callers: `load()` makes models. Throws UsageError NOT_CONSTRUCTIBLE. */
  constructor(parts: ModelParts) {
    if (!isReadable(parts) || !isReadable(parts.engine)) {
      throw new UsageError('NOT_CONSTRUCTIBLE', `new Model() got ${shown(parts)}; models come from load().`)
    }
    const { engine, chat, info, adapters = [] } = parts
    const closing = new AbortController()
    const shared = {
      engine,
      chat,
      adapters: new Adapters(adapters),
      turns: new Turns(engine.capabilities.parallel - 1),
      starts: new Starts(),
      closing: closing.signal,
    }
    const runs = new Runs(shared, info)
    super(engine, runs)
    this.#parts = parts
    this.info = info
    this.#closing = closing
    this.#runs = runs
  }

  /**
   * Fills the prompt. `given` holds its inputs by name and, if wanted, known values for holes.
   *
   * Rejects with PromptError or ConstraintError before any work; with FillError, CapacityError, AbortError or
   * EngineError later; with UsageError CLOSED after `dispose`.
   *
   * @example
   * ```ts
   * const form = prompt`Ticket: ${input('ticket')}\nUrgency: ${select('urgency', ['low', 'high'])}\n`
   * const run = await model.run(form, { ticket: 'The lid is broken.' }, { seed: 7, temperature: 0.7 })
   * console.log(run.values.urgency, run.ledger.decoded)
   * const known = await model.run(form, { ticket: 'The lid is broken.', urgency: 'low' })
   * console.log(known.text)
   * ```
   */
  run<V, I, K, S>(prompt: Prompt<V, I, K, S> & Complete<NoInfer<I>>): Promise<Transcript<V, S>>
  run<V, I, K, S>(
    prompt: Prompt<V, I, K, S>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): Promise<Transcript<V, S>>
  async run<V>(prompt: Prompt<V>, given?: unknown, options?: RunOptions): Promise<Transcript<V>> {
    const result = await this.#runs.run(null, prompt, given ?? {}, options ?? {})
    return new Transcript<V>(this.#runs, result, result.trace)
  }

  /**
   * As `run`, and computes the text's end too, so that what extends the transcript finds all of it.
   *
   * @example
   * ```ts
   * const base = await model.start(prompt`Review: The room was lovely.\n`)
   * const [mood, topic] = await Promise.all([
   *   base.extend(prompt`Mood: ${select('mood', ['good', 'bad'])}\n`),
   *   base.extend(prompt`Topic: ${gen('topic', { tokensMax: 6 })}\n`),
   * ])
   * console.log(mood.values.mood, topic.values.topic)
   * ```
   */
  start<V, I, K, S>(prompt: Prompt<V, I, K, S> & Complete<NoInfer<I>>): Promise<Transcript<V, S>>
  start<V, I, K, S>(
    prompt: Prompt<V, I, K, S>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): Promise<Transcript<V, S>>
  async start<V>(prompt: Prompt<V>, given?: unknown, options?: RunOptions): Promise<Transcript<V>> {
    const result = await this.#runs.run(null, prompt, given ?? {}, options ?? {}, { end: 'computed' })
    return new Transcript<V>(this.#runs, result, result.trace)
  }

  /**
   * As `run`, event by event; begins with the first `next`. The run waits while 64 events lie unread, and ends when
   * the loop is left, or with the stream once nobody holds it.
   *
   * @example
   * ```ts
   * const story = prompt`Once upon a time ${gen('story', { tokensMax: 16 })}`
   * for await (const event of model.stream(story)) {
   *   if (event.type === 'token') console.log(event.text)
   *   if (event.type === 'done') console.log(event.run.ledger.sampled)
   * }
   * ```
   */
  stream<V, I, K, S>(
    prompt: Prompt<V, I, K, S> & Complete<NoInfer<I>>,
  ): AsyncGenerator<StreamEvent<V, S>, void, void>
  stream<V, I, K, S>(
    prompt: Prompt<V, I, K, S>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): AsyncGenerator<StreamEvent<V, S>, void, void>
  stream<V>(
    prompt: Prompt<V>,
    given?: unknown,
    options?: RunOptions,
  ): AsyncGenerator<StreamEvent<V>, void, void> {
    return new RunStream(async (listener, left) => {
      const result = await this.#runs.run(null, prompt, given ?? {}, options ?? {}, { next: listener, left })
      return new Transcript<V>(this.#runs, result, result.trace)
    })
  }

  /**
   * The transcript that `toJSON` of another one gave, in this process or another: text, tokens, values, messages, and
   * the places `at` goes back to. Nothing is computed before it is extended, and `ledger`, `ends` and scores are empty.
   * Values JSON does not have come back where they are dates, big integers, maps or sets; other objects as JSON writes
   * them.
   *
   * Rejects with UsageError SAVED_INVALID for anything that was changed since, MODEL_DIFFERS where the model has
   * another vocabulary, CLOSED; CapacityError CONTEXT_FULL where the context is too small; PromptError ADAPTER_UNKNOWN.
   *
   * @example
   * ```ts
   * const talk = await model.run(prompt`${user`Who are you?`}${assistant`${gen('answer', { tokensMax: 8 })}`}`)
   * const text = JSON.stringify(talk) // keep it in a file
   * const same = await model.restore<{ answer: string }>(JSON.parse(text))
   * console.log(same.values.answer === talk.values.answer)
   * ```
   */
  async restore<V = Readonly<Record<string, unknown>>>(json: unknown): Promise<Transcript<V>> {
    return new Transcript<V>(this.#runs, this.#runs.restore(json), [])
  }

  /**
   * Asks again what a run asked that `toJSON` wrote, and says the first token that comes out another way. Functions of
   * the prompt do not run: what they came to is recorded. Nothing is answered from what was drawn before.
   *
   * Rejects as `restore`, with UsageError RECORD_MISSING for a transcript that no run made, CapabilityError NO_TOKENS
   * for a scripted model, and AbortError.
   *
   * @example
   * ```ts
   * const run = await model.run(prompt`Once upon a time ${gen('story', { tokensMax: 8, temperature: 1 })}`)
   * const { same, first } = await model.replay(JSON.parse(JSON.stringify(run)))
   * console.log(same, first)
   * ```
   */
  async replay(json: unknown, options: WaitOptions = {}): Promise<Replay> {
    return this.#runs.replay(json, waitSignal(options, replayNames))
  }

  /**
   * What running the prompt would take, without running it: nothing is drawn or decoded, and the cache stays as it is.
   * For each part, tokens that are cached, to be computed, forced, and drawn at most; cells and sequences; whether it
   * fits; which inputs break the cache; and what might be written better. What was drawn before and is remembered
   * counts as drawn.
   *
   * Rejects as `run` does before any work, but for CapacityError: that is what is explained. Functions of values do not
   * run: what they would make is left open.
   *
   * @example
   * ```ts
   * const form = prompt`Ticket: ${input('ticket')}\nUrgency: ${select('urgency', ['low', 'high'])}\n`
   * const { tokens, fits, notes } = await model.explain(form, { ticket: 'The lid is broken.' })
   * console.log(tokens.prefilled, tokens.drawnMax, fits, notes)
   * ```
   */
  explain<V, I, K>(prompt: Prompt<V, I, K> & Complete<NoInfer<I>>): Promise<Explanation>
  explain<V, I, K>(
    prompt: Prompt<V, I, K>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): Promise<Explanation>
  async explain(prompt: Prompt, given?: unknown, options?: RunOptions): Promise<Explanation> {
    return this.#runs.explain(null, prompt, given ?? {}, options ?? {})
  }

  /**
   * How probable each of the texts is behind a text, a transcript, or a prompt without inputs, which is run first.
   * Errors as for `score` of a transcript, and for `run`.
   *
   * @example
   * ```ts
   * const scored = await model.score('Q: What is the capital of France?\nA: ', ['Paris\n', 'Rome\n'])
   * console.log(scored.map(({ text, sum }) => [text, Math.exp(sum)]))
   * ```
   */
  score<V, I, K>(prefix: ScorePrefix<V, I, K>, texts: readonly string[], options: ScoreOptions = {}) {
    return this.#runs.scoreBehind(prefix, texts, options)
  }

  /**
   * Records what the model does from now on, run by run, token by token and step by step, until it is stopped: for
   * `traceHTML` and `traceText` of `espalier/trace`, and for files. What is drawn is the same with it and without.
   * Throws UsageError OPTION_UNKNOWN, OPTION_INVALID, CLOSED.
   *
   * @example
   * ```ts
   * const recording = model.record({ alternatives: 3 })
   * await model.run(prompt`Once upon a time ${gen('story', { tokensMax: 8 })}`)
   * const trace = recording.stop()
   * console.log(trace.lines.filter(({ type }) => type === 'step').length, JSON.stringify(trace).length)
   * ```
   */
  record(options: RecordOptions = {}): Recording {
    return this.#runs.record(options)
  }

  /**
   * Records as `record` does, and serves the page of `traceHTML` with it on 127.0.0.1, live: for a browser on this
   * machine, at the address `url`, whose secret is the only key to it. `close` ends both, and so does `dispose` of the
   * model; it keeps no process alive.
   *
   * Rejects with UsageError OPTION_UNKNOWN, OPTION_INVALID, CLOSED; EngineError PORT_UNAVAILABLE.
   *
   * @example
   * ```ts
   * const inspector = await model.inspect()
   * console.log(`Look at ${inspector.url}`)
   * await model.run(prompt`Once upon a time ${gen('story', { tokensMax: 8 })}`)
   * await inspector.close()
   * ```
   */
  inspect(options: InspectorOptions = {}): Promise<Inspector> {
    return this.#runs.inspect(options)
  }

  /**
   * What the model has done since it was loaded and what it holds now, all runs together: steps, llama_decode calls,
   * tokens computed and computed again, time, cells, what is parked, requests. Costs nothing, and works on a disposed
   * model, too. Each run's own counts are in its `ledger`.
   *
   * @example
   * ```ts
   * const before = model.stats()
   * await model.run(prompt`Once upon a time ${gen('story', { tokensMax: 8 })}`)
   * const { rows, decodeCalls, decodeMs, cells } = model.stats()
   * console.log(rows - before.rows, decodeCalls - before.decodeCalls, decodeMs, `${cells.used} of ${cells.all}`)
   * ```
   */
  stats(): EngineStats {
    return this.#parts.engine.stats()
  }

  /** Frees the model. Runs in progress end with an error. Idempotent. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#close()
    return this.#disposed
  }

  /** For `console.log`: what it is, and whether it is open. */
  [inspected](depth: number | null, options: InspectOptions): string {
    const { info, engine } = this.#parts
    const state = this.#disposed === null ? 'open' : 'disposed'
    return modelShown({ info, state, memory: engine.capabilities.memory }, depth, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  async #close(): Promise<void> {
    // A run may wait for its caller instead of the engine.
    this.#closing.abort(closed())
    await this.#parts.engine.dispose()
    await this.#runs.dispose()
    await this.#parts.dispose()
  }
}

const replayNames = waitNames('replay()')
