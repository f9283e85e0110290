// One run of a prompt from a transcript: checks what was given, walks, and adds up the ledger. Decides what a run
// returns and that nothing happens before everything that can be refused has been.
import { Pace, type Starts } from '../async/pace.js'
import type { Turns } from '../async/side-by-side.js'
import { isSignal, type Link, linked, refuseAborted } from '../async/signal.js'
import { AbortError, PromptError, UsageError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { shown } from '../base/seen.js'
import type { Engine, Overflow } from '../engine/engine.js'
import type { TokenLogprobs } from '../engine/fill.js'
import type { Ledger } from '../engine/ledger.js'
import { checkNumbers, requireOptions, type SamplingOptions, samplingTable } from '../prompt/options.js'
import type { Prompt } from '../prompt/part.js'
import { isPrompt } from '../prompt/shape.js'
import { writeLast } from './chat/chat-write.js'
import type { AdapterChoice, Adapters } from './given/adapters.js'
import { checkParts, splitGiven } from './given/given.js'
import { checkOverflow } from './given/overflow.js'
import { withVariables } from './given/variables.js'
import type { Listener } from './report/event.js'
import type { ChoiceScores, HoleEnd, VoteCounts } from './report/results.js'
import { type Chat, type ChatHistory, noChat, type RenderChat, withoutResumed } from './state/chat.js'
import type { Mark } from './state/marks.js'
import type { RunContext } from './state/run-context.js'
import type { Scope } from './state/scope.js'
import { emptyTranscript, type TranscriptState } from './state/transcript.js'
import { Tried } from './state/tried.js'
import { Values } from './state/values.js'
import { promptParts } from './walk/branches.js'
import { requireRoom } from './walk/room.js'
import { walk } from './walk/walk.js'

/** Options of one run. */
export interface RunOptions extends SamplingOptions {
  /**
   * Draws depend on it, the hole's path and the attempt only; default 0. So the same seed gives the same values
   * whatever else runs, but for draws that rounding decides: these are reported as 'near-tie' events. What a model has
   * drawn and remembers (`answersMax`) it draws again, in runs and streams alike.
   */
  readonly seed?: number
  /** Ends the run, which rejects with AbortError and the signal's reason. Default: none. */
  readonly signal?: AbortSignal
  /**
   * What to do where the transcript would outgrow the context. Default: CapacityError. 'shift' drops tokens from the
   * middle, about half of those behind the first part (`{ keep }`: behind the first `keep` tokens), whenever there is
   * no room, and goes on. LOSSY: the model forgets what is dropped, and what it computed behind that still remembers
   * it, so results are not those of a fresh run over the shorter text. `text` stays whole. The value of one hole is
   * never cut: it must fit beside the kept tokens. CapabilityError NO_SHIFT where the memory can't shift.
   */
  readonly overflow?: Overflow
  /**
   * How earlier messages of a chat are written. 'template' (the default): as the model's chat template writes the whole
   * conversation, which may not be as they were generated (many templates drop what a model thought in earlier turns);
   * tokens from the first difference on are computed again. 'verbatim': messages stay as they were first written and
   * generated, from this run on; only what comes after them follows the template.
   */
  readonly history?: ChatHistory
  /**
   * What the model's chat template sees beside the messages, by name: JSON values such as `enable_thinking: false`,
   * `reasoning_effort: 'low'` or `tools`. Default: what the conversation was given before. A run that gives some gives
   * all of them anew, and earlier messages are then written as the template writes them with these. A name that the
   * template does not mention is a 'warning' event. PromptError OPTION_INVALID for what is no JSON, and for `messages`,
   * `add_generation_prompt`, `bos_token` and `eos_token`, which the run gives.
   */
  readonly chat?: Readonly<Record<string, unknown>>
  /**
   * Which of the model's adapters compute, by name: each at the scale it was loaded with, or at one given here;
   * [] or {}: none. Default: what the transcript has so far; one that begins has those that were loaded as a list.
   * A transcript that goes on with others is computed again with these.
   */
  readonly adapters?: AdapterChoice
  /**
   * Whether everything is drawn anew, and nothing answered that the model remembers to have drawn (`answersMax`).
   * Prefixes stay cached. Default false.
   */
  readonly fresh?: boolean
}

const runNames = optionNames<RunOptions>('a run', {
  ...samplingTable,
  seed: true,
  signal: true,
  overflow: true,
  history: true,
  chat: true,
  adapters: true,
  fresh: true,
})

/** What all runs of a model share. */
export interface Shared {
  readonly engine: Engine
  readonly chat: RenderChat | null
  readonly adapters: Adapters
  /** For what walks side by side in all runs. */
  readonly turns: Turns
  readonly starts: Starts
  /** Aborted when the model is disposed; the reason is what its runs end with. */
  readonly closing: AbortSignal
}

/** Where a run begins: an earlier transcript, the conversation in it, and what was captured on the way. */
export interface RunStart {
  readonly transcript: TranscriptState
  readonly chat: Chat
  /** Of all runs that led there; a name captured again has its last value. */
  readonly values: Readonly<Record<string, unknown>>
  /** Where it may be taken back to. */
  readonly marks: Mark | null
}

/** What a run is to do. */
export interface RunRequest {
  /** Null: the beginning. */
  readonly start: RunStart | null
  readonly prompt: Prompt
  readonly given: unknown
  readonly options: RunOptions
  readonly listener: Listener
  /** Aborted when nobody wants the run any more; null: that does not happen. */
  readonly left: AbortSignal | null
  /** 'open': text after the last hole waits for whoever needs it. 'computed': it is computed now. */
  readonly end: 'open' | 'computed'
}

export interface RunResult extends RunStart {
  readonly ledger: Ledger
  /** Scores of the holes filled by log-probability, by path. */
  readonly choices: ReadonlyMap<string, ChoiceScores>
  /** How the values of the holes the model filled ended, by path. */
  readonly ends: ReadonlyMap<string, HoleEnd>
  /** What the fills of each `vote` agreed on, by the path of its last value. */
  readonly votes: ReadonlyMap<string, VoteCounts>
  /** Log-probabilities of the tokens drawn, by path of the hole; only where `logprobs` was asked for. */
  readonly logprobs: ReadonlyMap<string, readonly TokenLogprobs[]>
  /** llama_decode calls this run took part in. */
  readonly decodeCalls: number
  /** Wall time, milliseconds. */
  readonly ms: number
}

/** Where the run begins. Tokens that others computed stay what they are; their cells are the chosen adapters' own. */
function startOf({ engine, adapters }: Shared, start: RunStart | null, choice: unknown): RunStart {
  if (start === null) {
    const scales = choice === undefined ? adapters.initial : adapters.chosen(choice)
    return { transcript: emptyTranscript(engine.start(scales)), chat: noChat, values: {}, marks: null }
  }
  if (choice === undefined) return start
  const { transcript } = start
  const position = engine.withAdapters(transcript.position, adapters.chosen(choice))
  return { ...start, transcript: { ...transcript, position } }
}

/** Throws PromptError and ConstraintError before any work; FillError, CapacityError, AbortError, EngineError later. */
export async function runPrompt(shared: Shared, request: RunRequest): Promise<RunResult> {
  const link = linkOf(request.options, shared.closing, request.left)
  try {
    const turn = shared.starts.take()
    if (turn !== null) await turn
    return await runLinked(shared, request, link.signal)
  } catch (error) {
    const { closing } = shared
    const isClosed = error instanceof AbortError && closing.aborted && error.reason === closing.reason
    throw isClosed ? new UsageError('CLOSED', (closing.reason as Error).message) : error
  } finally {
    link.release()
  }
}

async function runLinked(shared: Shared, request: RunRequest, signal: AbortSignal): Promise<RunResult> {
  const { prompt, given, listener } = request
  const { run, start } = beginning(shared, request, signal)
  const began = performance.now()
  const scope = scopeOf(run, prompt, given, start.values)
  const parts = promptParts(prompt)
  await checkParts(scope, parts)
  await requireRoom(scope, start.transcript, parts)
  refuseAborted(run.signal)
  const walked = await walk(scope, { ...start, values: Values.none }, parts, [])
  const chat = withoutResumed(walked.chat, walked.transcript.pieces)
  const end = await writeLast(run, '', { ...walked, chat })
  refuseAborted(run.signal)
  warnOfOptions(scope, end.values.all())
  const { session } = run
  if (request.end === 'computed') await session.prefill(end.transcript.position, run.signal)
  const ledger = session.ledger([end.transcript, ...run.kept].map(({ position }) => position))
  listener.emit({ type: 'usage', ledger })
  return {
    transcript: end.transcript,
    chat: end.chat,
    marks: end.marks,
    values: end.values.all(start.values),
    ledger,
    choices: run.choices,
    ends: run.ends,
    votes: run.votes,
    logprobs: run.logprobs,
    decodeCalls: session.decodeCalls,
    ms: performance.now() - began,
  }
}

/** Where functions make parts, any name may be one of theirs, so options in the wrong place show only in the end. */
function warnOfOptions({ run, known }: Scope, values: Readonly<Record<string, unknown>>): void {
  for (const hole of Object.keys(known)) {
    if (Object.hasOwn(values, hole) || !runNames.names.includes(hole)) continue
    // An input may have taken it.
    if (typeof known[hole] === 'string') continue
    const message = `Nothing took ${hole}. Options of a run come third: run(prompt, {}, options).`
    run.listener.emit({ type: 'warning', hole, message })
  }
}

/** What the run's caller, its reader and its model can end it with. */
function linkOf(options: RunOptions, closing: AbortSignal, left: AbortSignal | null): Link {
  requireOptions(options, runNames, 'the run')
  const { signal = null } = options
  if (signal !== null && !isSignal(signal)) {
    throw new PromptError(
      'OPTION_INVALID',
      `signal of the run is ${shown(signal)}; it must be an AbortSignal.`,
    )
  }
  return linked(signal, left, closing)
}

function beginning(
  shared: Shared,
  { options, listener, start: from }: RunRequest,
  signal: AbortSignal,
): { readonly run: RunContext; readonly start: RunStart } {
  checkNumbers(options, 'the run')
  const {
    seed = 0,
    signal: _,
    overflow: wanted,
    history = 'template',
    chat: given,
    adapters,
    fresh,
    ...sampling
  } = options
  checkHistory(history)
  const { engine, chat, turns } = shared
  const overflow = checkOverflow(wanted, engine.capabilities)
  const draws = drawsOf(fresh)
  const began = startOf(shared, from, adapters)
  const start = { ...began, chat: withVariables(chat, listener, began.chat, given) }
  const pace = new Pace(signal)
  const run = {
    engine,
    session: engine.session({ overflow, draws, pace, turns }),
    chat,
    variables: start.chat.variables,
    sampling,
    seed,
    signal,
    history,
    listener,
    turns,
    pace,
    attempts: new Map(),
    choices: new Map(),
    ends: new Map(),
    votes: new Map(),
    logprobs: new Map(),
    kept: [],
  }
  return { run, start }
}

function drawsOf(fresh: unknown): 'known' | 'fresh' {
  if (fresh === undefined || typeof fresh === 'boolean') return fresh === true ? 'fresh' : 'known'
  throw new PromptError('OPTION_INVALID', `fresh of the run is ${shown(fresh)}; it must be true or false.`)
}

function checkHistory(value: unknown): void {
  if (value === 'template' || value === 'verbatim') return
  throw new PromptError(
    'OPTION_INVALID',
    `history of the run is ${String(value)}; it must be 'template' or 'verbatim'.`,
  )
}

function scopeOf(run: RunContext, prompt: Prompt, given: unknown, outer: RunStart['values']): Scope {
  if (!isPrompt(prompt)) {
    throw new PromptError(
      'PROMPT_EXPECTED',
      `A run got ${shown(prompt)} instead of a prompt; make one with prompt\`...\`.`,
    )
  }
  const { inputs, known } = splitGiven(prompt, given, runNames)
  return { run, prefix: '', seedPrefix: '', inputs, known, outer, tried: new Tried(), depth: 0 }
}
