// The model a caller loads: runs prompts, starts transcripts, streams. Decides what a method may do in which state and
// joins the engine with the walk. Never decides about cells, tokens or text.
import { Starts } from '../async/pace.js'
import { Turns } from '../async/side-by-side.js'
import { UsageError } from '../base/errors.js'
import { isReadable, isRecord, shown } from '../base/seen.js'
import type { Engine, Pin, TokenRange } from '../engine/engine.js'
import { noTokens } from '../engine/ledger.js'
import type { Complete, GivenOrNone, Prompt } from '../prompt/part.js'
import { makePrompt } from '../prompt/prompt.js'
import { Adapters, type NamedAdapter } from '../run/given/adapters.js'
import { checkSignal } from '../run/given/signal.js'
import { RunStream } from '../run/report/stream.js'
import { rewound } from '../run/rewind.js'
import { type RunOptions, type RunResult, type RunStart, runPrompt, type Shared } from '../run/run.js'
import { type ScoredText, type ScoreOptions, scoreTexts } from '../run/score-texts.js'
import type { RenderChat } from '../run/state/chat.js'
import type { TranscriptState } from '../run/state/transcript.js'
import { Probabilities } from './probabilities.js'
import { type TraceEvent, tracing } from './trace.js'
import { type StreamEvent, Transcript } from './transcript.js'
import type { RunManner, TranscriptOwner } from './transcript-owner.js'

/** Facts about a loaded model. */
export interface ModelInfo {
  /** Architecture, size and format of the weights, for example 'llama 5M Q8_0'. */
  readonly description: string
  /** Absolute path of the file. */
  readonly path: string
  readonly parameters: number
  /** Tokens a transcript may have at most. */
  readonly contextTokens: number
  /** Names of the devices its layers are on beside the CPU, as `devices()` gives them; [] for the CPU alone. */
  readonly devices: readonly string[]
  /** All layers, the output counted as one. */
  readonly layers: number
  /** Of these, how many are on `devices`. */
  readonly gpuLayers: number
  readonly adapters: readonly AdapterInfo[]
}

/** An adapter that was loaded with the model. */
export interface AdapterInfo {
  /** What runs call it. */
  readonly name: string
  /** Absolute path of the file. */
  readonly path: string
  /** How strong it is where a run gives no other scale. */
  readonly scale: number
  readonly bytes: number
}

/** What joins a model: the engine and what frees everything below it. */
export interface ModelParts {
  readonly engine: Engine
  readonly chat: RenderChat | null
  readonly info: ModelInfo
  /** Those the engine's model has, in its order. */
  readonly adapters?: readonly NamedAdapter[]
  /** Frees what the engine does not own, after it. */
  readonly dispose: () => Promise<void>
}

type Result = RunResult & { readonly trace: readonly TraceEvent[] }

/**
 * A loaded model with its KV cache: runs prompts, starts transcripts, streams. `load()` makes one; `dispose` or
 * `await using` frees it. Any number of runs may go on at once.
 */
export class Model implements AsyncDisposable {
  readonly info: ModelInfo
  readonly #parts: ModelParts
  readonly #shared: Shared
  readonly #owner: TranscriptOwner
  readonly #closing = new AbortController()
  #disposed: Promise<void> | null = null

  /** Not for callers: `load()` makes models. Throws UsageError NOT_CONSTRUCTIBLE. */
  constructor(parts: ModelParts) {
    if (!isReadable(parts) || !isReadable(parts.engine)) {
      throw new UsageError('NOT_CONSTRUCTIBLE', `new Model() got ${shown(parts)}; models come from load().`)
    }
    this.#parts = parts
    this.info = parts.info
    const { engine, chat, adapters = [] } = parts
    this.#shared = {
      engine,
      chat,
      adapters: new Adapters(adapters),
      turns: new Turns(engine.capabilities.parallel - 1),
      starts: new Starts(),
      closing: this.#closing.signal,
    }
    this.#owner = {
      extend: (from, prompt, given, options, manner) => this.#run(from, prompt, given, options, manner),
      pin: (transcript, signal) => this.#pin(transcript, signal),
      at: (from, hole, signal) => this.#at(from, hole, signal),
      drop: (from, range, signal) => this.#drop(from, range, signal),
      score: (from, texts, options) => this.#score(from, texts, options),
      tokensOf: ({ position }) => engine.tokensOf(position),
      adaptersOf: ({ position }) => this.#shared.adapters.named(engine.adaptersOf(position)),
    }
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
  run<V, I, K>(prompt: Prompt<V, I, K> & Complete<NoInfer<I>>): Promise<Transcript<V>>
  run<V, I, K>(
    prompt: Prompt<V, I, K>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): Promise<Transcript<V>>
  async run<V>(prompt: Prompt<V>, given?: unknown, options?: RunOptions): Promise<Transcript<V>> {
    const result = await this.#run(null, prompt, given ?? {}, options ?? {})
    return new Transcript<V>(this.#owner, result, result.trace)
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
  start<V, I, K>(prompt: Prompt<V, I, K> & Complete<NoInfer<I>>): Promise<Transcript<V>>
  start<V, I, K>(
    prompt: Prompt<V, I, K>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): Promise<Transcript<V>>
  async start<V>(prompt: Prompt<V>, given?: unknown, options?: RunOptions): Promise<Transcript<V>> {
    const result = await this.#run(null, prompt, given ?? {}, options ?? {}, { end: 'computed' })
    return new Transcript<V>(this.#owner, result, result.trace)
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
  stream<V, I, K>(prompt: Prompt<V, I, K> & Complete<NoInfer<I>>): AsyncGenerator<StreamEvent<V>, void, void>
  stream<V, I, K>(
    prompt: Prompt<V, I, K>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): AsyncGenerator<StreamEvent<V>, void, void>
  stream<V>(
    prompt: Prompt<V>,
    given?: unknown,
    options?: RunOptions,
  ): AsyncGenerator<StreamEvent<V>, void, void> {
    return new RunStream(async (listener, left) => {
      const result = await this.#run(null, prompt, given ?? {}, options ?? {}, { next: listener, left })
      return new Transcript<V>(this.#owner, result, result.trace)
    })
  }

  /**
   * How probable each of the texts is behind a prefix: a text, a prompt without inputs, which is run first, or a
   * transcript, whose own `score` this is. Errors as for that and for `run`.
   *
   * @example
   * ```ts
   * const question = 'Q: What is the capital of France?\nA: '
   * const scored = await model.score(question, ['Paris\n', 'Rome\n', 'Paris or Rome\n'])
   * console.log(scored.map(({ text, sum }) => [text, Math.exp(sum)]))
   * ```
   */
  async score<V, I, K>(
    prefix: string | Probabilities | (Prompt<V, I, K> & Complete<NoInfer<I>>),
    texts: readonly string[],
    options: ScoreOptions = {},
  ): Promise<readonly ScoredText[]> {
    this.#requireOpen()
    if (prefix instanceof Probabilities) return prefix.score(texts, options)
    const before = typeof prefix === 'string' ? makePrompt([{ kind: 'text', text: prefix }]) : prefix
    const { signal } = isRecord(options) ? options : {}
    const start = await this.#run(null, before, {}, signal === undefined ? {} : { signal })
    return this.#score(start, texts, options)
  }

  /** Frees the model. Runs in progress end with an error. Idempotent. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#close()
    return this.#disposed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  async #close(): Promise<void> {
    // A run may wait for its caller instead of the engine.
    this.#closing.abort(closed())
    await this.#parts.engine.dispose()
    await this.#parts.dispose()
  }

  async #run(
    start: RunStart | null,
    prompt: Prompt,
    given: unknown,
    options: RunOptions,
    { next = null, left = null, end = 'open' }: RunManner = {},
  ): Promise<Result> {
    this.#requireOpen()
    const { listener, trace } = tracing(next)
    const request = { start, prompt, given, options, listener, left, end }
    const result = await runPrompt(this.#shared, request)
    return { ...result, trace }
  }

  async #at(from: RunResult, hole: unknown, signal: AbortSignal | null): Promise<RunResult> {
    this.#requireOpen()
    checkSignal(signal)
    return rewound(this.#shared, from, hole, signal ?? this.#closing.signal)
  }

  async #score({ transcript }: RunStart, texts: readonly string[], options: ScoreOptions) {
    this.#requireOpen()
    return scoreTexts(this.#shared, transcript, texts, options)
  }

  async #drop(from: RunResult, range: TokenRange, signal: AbortSignal | null): Promise<RunResult> {
    this.#requireOpen()
    checkSignal(signal)
    const began = performance.now()
    const { pieces, position: before } = from.transcript
    const position = await this.#parts.engine.drop(before, range, signal)
    const transcript = { pieces, position }
    return { ...from, transcript, ledger: noTokens, decodeCalls: 0, ms: performance.now() - began }
  }

  async #pin({ position }: TranscriptState, signal: AbortSignal | null): Promise<Pin> {
    this.#requireOpen()
    checkSignal(signal)
    if (position.length === 0)
      throw new UsageError('TRANSCRIPT_EMPTY', 'The transcript has no tokens to keep.')
    return this.#parts.engine.pin(position, signal)
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw closed()
  }
}

function closed(): UsageError {
  return new UsageError('CLOSED', 'The model was disposed; make another one to use it.')
}
