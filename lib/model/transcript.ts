// The transcript a caller holds: text, tokens, captured values and ledger of a run, as a value that never changes.
// Decides how runs go on from one; extending twice makes two transcripts that share what they have in common.
import { UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { type InspectOptions, inspected, isReadable, isRecord, shown } from '../base/seen.js'
import type { Pin, TokenRange } from '../engine/engine.js'
import type { Ledger } from '../engine/ledger.js'
import type { Prompt } from '../prompt/part.js'
import type { Complete, GivenOrNone, Grown } from '../prompt/typing.js'
import type { Explanation } from '../run/explain/explanation.js'
import type { RunEvent } from '../run/report/event.js'
import type { ChoiceScores, HoleEnds, VoteCounts } from '../run/report/results.js'
import { RunStream } from '../run/report/stream.js'
import type { RunResult } from '../run/request.js'
import type { RunOptions } from '../run/run-options.js'
import type { ChatMessage } from '../run/state/chat.js'
import type { Piece } from '../run/state/pieces.js'
import { textOf } from '../run/state/transcript.js'
import { cellHTML } from '../trace/cell-html.js'
import { runShown } from '../trace/run-lines.js'
import { Probabilities } from './probabilities.js'
import type { TraceEvent } from './trace.js'
import { type TranscriptJson, transcriptJson } from './transcript-json.js'
import { noteInside, type TranscriptOwner } from './transcript-owner.js'
import { type WaitOptions, waitNames, waitSignal } from './wait-options.js'

/** What Deno's notebooks ask a value to show itself by. */
const displayed = Symbol.for('Jupyter.display')

/** What a stream yields: what happens in the run, then the run itself. */
export type StreamEvent<V, S = unknown> = RunEvent | { readonly type: 'done'; readonly run: Transcript<V, S> }

const pinNames = waitNames('pin()')
const atNames = waitNames('at()')
const dropNames = waitNames('drop()')
const rangeNames = optionNames<TokenRange>('a range', { from: true, until: true })

/**
 * A finished run: its values, its text, and where its tokens came from. An immutable value that other runs may go on
 * from; its cells are a cache, and computed again where they were lost.
 */
export class Transcript<V = Readonly<Record<string, unknown>>, S = unknown> extends Probabilities {
  /**
   * Values by name: those captured by the prompt this transcript was made with, and by the ones before it. Functions in
   * a prompt and checks see them. A name captured again has its last value; earlier transcripts keep theirs.
   */
  readonly values: V
  /** All text from the start, chat marks included. */
  readonly text: string
  /** The text in stretches, each with who wrote it. */
  readonly pieces: readonly Piece[]
  /** Token ids from the start, without those that were dropped. A copy: changing it changes nothing. */
  readonly tokens: Int32Array
  /** Where every token of the run that made this transcript came from. */
  readonly ledger: Ledger
  /** Scores of the holes filled by log-probability, by path. */
  readonly choices: ReadonlyMap<string, ChoiceScores>
  /**
   * How the value of each hole ended, by path: cut at a limit, at a stop, or whole. Of all holes the model filled in
   * the run; known values have none.
   */
  readonly ends: HoleEnds<S>
  /** What the fills of each `vote` agreed on, by the path of its last value. */
  readonly votes: ReadonlyMap<string, VoteCounts>
  /** The adapters its tokens were computed with, each with its scale; runs that extend it go on with them. */
  readonly adapters: Readonly<Record<string, number>>
  /** What happened, in order. */
  readonly trace: readonly TraceEvent[]
  /** llama_decode calls the run took part in. */
  readonly decodeCalls: number
  /** Wall time of the run, milliseconds. */
  readonly ms: number
  readonly #owner: TranscriptOwner
  readonly #result: RunResult

  /** Not for callers: a model's runs make transcripts. Throws UsageError NOT_CONSTRUCTIBLE. */
  constructor(owner: TranscriptOwner, result: RunResult, trace: readonly TraceEvent[]) {
    if (!isReadable(owner) || typeof owner.run !== 'function') {
      throw new UsageError(
        'NOT_CONSTRUCTIBLE',
        `new Transcript() got ${shown(owner)}; transcripts come from model.run() and model.start().`,
      )
    }
    super(result, (texts, options) => owner.score(result, texts, options))
    this.#owner = owner
    this.#result = result
    noteInside(this, { owner, result })
    this.values = result.values as V
    this.text = textOf(result.transcript)
    // Copies: what goes on from here must not change with them.
    this.pieces = Object.freeze(result.transcript.pieces.since(0).map((piece) => Object.freeze({ ...piece })))
    this.tokens = owner.tokensOf(result.transcript)
    this.ledger = result.ledger
    this.choices = result.choices
    this.ends = result.ends as HoleEnds<S>
    this.votes = result.votes
    this.adapters = Object.freeze(owner.adaptersOf(result.transcript))
    this.trace = trace
    this.decodeCalls = result.decodeCalls
    this.ms = result.ms
  }

  /**
   * The messages of the conversation so far, as they were said, whatever its template makes of earlier ones: what was
   * thought is apart from the content.
   */
  get messages(): readonly ChatMessage[] {
    return Object.freeze(
      this.#result.chat.messages.since(0).map(({ pieces, thoughts, ...message }) => Object.freeze(message)),
    )
  }

  /**
   * Runs another prompt after this one. Errors as for `Model.run`; this transcript stays what it is.
   *
   * @example
   * ```ts
   * let talk = await model.start(prompt`${system`You are a helpful assistant.`}`)
   * for (const question of ['Who are you?', 'What is the capital of France?']) {
   *   talk = await talk.extend(prompt`${user`${question}`}${assistant`${gen('answer', { tokensMax: 16 })}`}`)
   *   console.log(talk.ledger.reused)
   * }
   * ```
   */
  extend<W, I, K, T>(prompt: Prompt<W, I, K, T> & Complete<NoInfer<I>>): Promise<Transcript<Grown<V, W>, T>>
  extend<W, I, K, T>(
    prompt: Prompt<W, I, K, T>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): Promise<Transcript<Grown<V, W>, T>>
  async extend<W>(
    prompt: Prompt<W>,
    given?: unknown,
    options?: RunOptions,
  ): Promise<Transcript<Grown<V, W>>> {
    const result = await this.#owner.run(this.#result, prompt, given ?? {}, options ?? {})
    return new Transcript<Grown<V, W>>(this.#owner, result, result.trace)
  }

  /**
   * As `extend`, event by event, in the manner of `Model.stream`: it begins with the first `next`, waits while 64
   * events lie unread, and ends when the loop is left. The last event, 'done', has the new transcript.
   *
   * @example
   * ```ts
   * let talk = await model.start(prompt`${system`You are a helpful assistant.`}`)
   * const turn = prompt`${user`${input('question')}`}${assistant`${gen('answer', { tokensMax: 16 })}`}`
   * for await (const event of talk.stream(turn, { question: 'Who are you?' })) {
   *   if (event.type === 'token') console.log(event.text)
   *   if (event.type === 'done') talk = event.run
   * }
   * ```
   */
  stream<W, I, K, T>(
    prompt: Prompt<W, I, K, T> & Complete<NoInfer<I>>,
  ): AsyncGenerator<StreamEvent<Grown<V, W>, T>, void, void>
  stream<W, I, K, T>(
    prompt: Prompt<W, I, K, T>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): AsyncGenerator<StreamEvent<Grown<V, W>, T>, void, void>
  stream<W>(
    prompt: Prompt<W>,
    given?: unknown,
    options?: RunOptions,
  ): AsyncGenerator<StreamEvent<Grown<V, W>>, void, void> {
    return new RunStream(async (next, left) => {
      const manner = { next, left }
      const result = await this.#owner.run(this.#result, prompt, given ?? {}, options ?? {}, manner)
      return new Transcript<Grown<V, W>>(this.#owner, result, result.trace)
    })
  }

  /**
   * As `Model.explain`, for a prompt that goes on from here.
   *
   * @example
   * ```ts
   * const base = await model.start(prompt`A long text that many runs begin with.`)
   * console.log((await base.explain(prompt` And more: ${gen('more', { tokensMax: 4 })}`)).before)
   * ```
   */
  explain<W, I, K>(prompt: Prompt<W, I, K> & Complete<NoInfer<I>>): Promise<Explanation>
  explain<W, I, K>(
    prompt: Prompt<W, I, K>,
    given: GivenOrNone<I, K>,
    options?: RunOptions,
  ): Promise<Explanation>
  async explain(prompt: Prompt, given?: unknown, options?: RunOptions): Promise<Explanation> {
    return this.#owner.explain(this.#result, prompt, given ?? {}, options ?? {})
  }

  /**
   * All of it as JSON has it: what was asked (functions by name) and with which options; values, text, tokens, ledger,
   * and ends and scores by the paths of holes; `saved`, which `model.restore` reads, and `record`, which `model.replay`
   * reads (null where no prompt was run: after `at`, `drop`, `restore`). Costs what the conversation is long. Throws
   * UsageError VALUE_UNSAVABLE for a value that holds itself.
   */
  toJSON(): TranscriptJson {
    return transcriptJson(this, this.#owner.written(this.#result))
  }

  /**
   * For `console.log`, in ten lines at most: text (a long one without its middle), values, what its tokens cost, and
   * what one ought to know: scores of choices, values cut at a limit, attempts given up, warnings.
   */
  [inspected](depth: number | null, options: InspectOptions): string {
    return runShown(this, depth, options)
  }

  /**
   * The run as a fragment of HTML for a notebook's cell: the text coloured by who wrote it, values, choices with their
   * shares, and what its tokens cost. A few kilobytes beside the text, of which a long one is folded in its middle and
   * cut behind some 23,000 characters; no script, no style sheet, nothing from elsewhere, every text escaped. Deno's
   * notebooks show it by themselves.
   *
   * @example
   * ```ts
   * const run = await model.run(prompt`Mood: ${select('mood', ['good', 'bad'], { by: 'logprob' })}\n`)
   * console.log(run.toHTML().length)
   * ```
   */
  toHTML(): string {
    return cellHTML(this)
  }

  /** For notebooks. */
  [displayed](): Readonly<Record<string, string>> {
    return { 'text/html': cellHTML(this), 'text/plain': runShown(this, 0, { depth: 0 }) }
  }

  /**
   * Keeps the tokens cached until the pin is disposed. A transcript is usable without: it is computed again.
   *
   * @example
   * ```ts
   * const base = await model.start(prompt`A long text that many runs begin with.`)
   * const pin = await base.pin()
   * await base.extend(prompt` And more: ${gen('more', { tokensMax: 4 })}`)
   * pin.dispose()
   * ```
   */
  async pin(options: WaitOptions = {}): Promise<Pin> {
    const signal = waitSignal(options, pinNames)
    return this.#owner.pin(this.#result.transcript, signal)
  }

  /**
   * The transcript as it stood just before a hole, drawn or known: the last one of this name, or the one with this
   * number in the conversation (0: the first, -1: the last). Extending it asks again, writes another value, or goes
   * another way; where the hole stands in a message, text and holes go on in it until another message or the run ends.
   * So a question that is a hole with a known value can be asked another way. Holes of branches, items and turns have
   * no such place.
   *
   * Rejects with UsageError HOLE_UNKNOWN or CLOSED, CapacityError CONTEXT_FULL where what was dropped for room would
   * have to come back, AbortError.
   *
   * @example
   * ```ts
   * const asked = prompt`${user`Who are you?`}${assistant`${gen('answer', { tokensMax: 16 })}`}`
   * const talk = await model.run(asked)
   * const before = await talk.at('answer')
   * const again = await before.extend(prompt`${gen('answer', { tokensMax: 16, temperature: 1 })}`, {}, { seed: 2 })
   * const edited = await before.extend(prompt`${gen('answer')}`, { answer: 'A machine.' })
   * console.log(again.messages, edited.messages)
   * ```
   */
  async at(hole: string | number, options: WaitOptions = {}): Promise<Transcript<Partial<V>>> {
    const signal = waitSignal(options, atNames)
    const result = await this.#owner.at(this.#result, hole, signal)
    return new Transcript<Partial<V>>(this.#owner, result, [])
  }

  /**
   * For experts: a transcript without the tokens at [from, until), 1 <= from < until <= tokens.length; nothing is
   * decoded. LOSSY: what was computed behind the range stays as it is and remembers what was dropped; only where it is
   * no longer cached is it computed again, from the shorter text. Drops tokens only: `text`, `pieces` and `values`
   * stay. The ledger is empty, this transcript stays what it is.
   *
   * Rejects with UsageError RANGE_INVALID, ARGUMENT_INVALID or CLOSED, CapabilityError NO_SHIFT, AbortError.
   *
   * @example
   * ```ts
   * const long = await model.start(prompt`A story. It was a dark night. Then the sun came up.`)
   * const short = await long.drop({ from: 3, until: 6 })
   * console.log(long.tokens.length - short.tokens.length)
   * ```
   */
  async drop(range: TokenRange, options: WaitOptions = {}): Promise<Transcript<V, S>> {
    if (isRecord(range)) checkNames(range, rangeNames)
    const signal = waitSignal(options, dropNames)
    const result = await this.#owner.drop(this.#result, range, signal)
    return new Transcript<V, S>(this.#owner, result, [])
  }
}
