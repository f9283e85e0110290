// The model a caller loads: runs prompts, starts transcripts, streams. Decides what a method may do in which state and
// joins the engine with the walk. Never decides about cells, tokens or text.
import { Starts } from '../async/pace.js'
import { Turns } from '../async/side-by-side.js'
import { isSignal } from '../async/signal.js'
import { UsageError } from '../base/errors.js'
import { isReadable, shown } from '../base/seen.js'
import type { Pin, TokenRange } from '../engine/engine.js'
import { noTokens } from '../engine/ledger.js'
import type { TextSize } from '../engine/tokens.js'
import type { Complete, GivenOrNone, Prompt } from '../prompt/part.js'
import { isPrompt } from '../prompt/shape.js'
import { countPrompt } from '../run/count.js'
import { Adapters } from '../run/given/adapters.js'
import { RunStream } from '../run/report/stream.js'
import { rewound } from '../run/rewind.js'
import { type RunOptions, type RunResult, type RunStart, runPrompt, type Shared } from '../run/run.js'
import type { TranscriptState } from '../run/state/transcript.js'
import type { ModelInfo, ModelParts } from './info.js'
import { countText, type TokenizeOptions, textTokens, tokensText } from './sizes.js'
import { type TraceEvent, tracing } from './trace.js'
import { type StreamEvent, Transcript } from './transcript.js'
import type { RunManner, TranscriptOwner } from './transcript-owner.js'

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
   * Token ids of a text that stands alone, without the `bos` token. Long texts are read with turns for others.
   * `detokenize` gives the text again. Rejects with UsageError ARGUMENT_INVALID, OPTION_UNKNOWN, OPTION_INVALID,
   * TOKENIZE_FAILED where the vocabulary can't spell the text, CLOSED; CapabilityError NO_TOKENS for a scripted model.
   *
   * @example
   * ```ts
   * const tokens = await model.tokenize('The lid is broken.')
   * console.log(tokens.length, await model.detokenize(tokens))
   * ```
   */
  async tokenize(text: string, options: TokenizeOptions = {}): Promise<Int32Array> {
    return this.#ask((signal) => textTokens(this.#parts.engine, text, options, signal))
  }

  /**
   * The text of tokens, special ones as their texts; bytes that are no UTF-8 become U+FFFD. The space that a
   * SentencePiece vocabulary puts in front of a text, and behind a special token, is left out. Rejects with UsageError
   * ARGUMENT_INVALID, TOKEN_UNKNOWN, CLOSED; CapabilityError NO_TOKENS for a scripted model.
   *
   * @example
   * ```ts
   * const run = await model.run(prompt`The lid is ${gen('state', { tokensMax: 4 })}`)
   * console.log(await model.detokenize(run.tokens))
   * ```
   */
  async detokenize(tokens: Int32Array | readonly number[]): Promise<string> {
    return this.#ask((signal) => tokensText(this.#parts.engine, tokens, signal))
  }

  /**
   * How many tokens a text has (as `tokenize`), or how many a transcript of a prompt will have: `tokens` of what is
   * known of it, `bos` and the marks of the chat template included, and `tokensMax` with all that may be drawn. It fits
   * for sure where `tokensMax` is at most `model.info.contextTokens`; Infinity where functions make parts. Branches
   * count as the longest. Rejects as `tokenize`, and for a prompt as a run of it before any work.
   *
   * @example
   * ```ts
   * const form = prompt`Ticket: ${input('ticket')}\nSummary: ${gen('summary', { tokensMax: 50 })}`
   * const { tokens, tokensMax } = await model.count(form, { ticket: 'The lid is broken.' })
   * console.log(tokens, tokensMax <= model.info.contextTokens, await model.count('The lid'))
   * ```
   */
  count(text: string, options?: TokenizeOptions): Promise<number>
  count<V, I, K>(prompt: Prompt<V, I, K> & Complete<NoInfer<I>>): Promise<TextSize>
  count<V, I, K>(prompt: Prompt<V, I, K>, given: GivenOrNone<I, K>): Promise<TextSize>
  async count(text: unknown, given: unknown = {}): Promise<number | TextSize> {
    return this.#ask<number | TextSize>((signal) => {
      if (isPrompt(text)) return countPrompt(this.#shared, text, given, signal)
      return countText(this.#parts.engine, text, given, signal)
    })
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

  /** A question that is no run; the model may be disposed before it is answered. */
  async #ask<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#requireOpen()
    const { signal } = this.#closing
    try {
      return await question(signal)
    } catch (error) {
      throw signal.aborted ? closed() : error
    }
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw closed()
  }
}

function closed(): UsageError {
  return new UsageError('CLOSED', 'The model was disposed; make another one to use it.')
}

function checkSignal(signal: unknown): void {
  if (signal === null || isSignal(signal)) return
  throw new UsageError('ARGUMENT_INVALID', `signal is ${shown(signal)}; expected an AbortSignal.`)
}
