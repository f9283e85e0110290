// One run of a prompt from a transcript: checks what was given, walks, and adds up the ledger. Decides what a run
// returns and that nothing happens before everything that can be refused has been.
import { Pace, type Starts } from '../async/pace.js'
import type { Turns } from '../async/side-by-side.js'
import { isSignal, type Link, linked, refuseAborted } from '../async/signal.js'
import { AbortError, PromptError, UsageError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { shown } from '../base/seen.js'
import type { Engine, Overflow, SessionOptions } from '../engine/engine.js'
import type { Ledger } from '../engine/ledger.js'
import type { TokenLogprobs } from '../engine/logprobs.js'
import { checkNumbers, requireOptions, type SamplingOptions, samplingTable } from '../prompt/options.js'
import type { Prompt } from '../prompt/part.js'
import { isPrompt } from '../prompt/shape.js'
import { writeLast } from './chat/chat-write.js'
import type { AdapterChoice, Adapters } from './given/adapters.js'
import { checkParts, splitGiven } from './given/given.js'
import { isTaken } from './given/inputs.js'
import { checkOverflow } from './given/overflow.js'
import type { Call, RunRecord } from './record/calls.js'
import { Recorder } from './record/recorder.js'
import type { Listener } from './report/event.js'
import type { ChoiceScores, HoleEnd, RankedFill, VoteCounts } from './report/results.js'
import { type Chat, type ChatHistory, noChat, type RenderChat, withoutResumed } from './state/chat.js'
import type { LiveValues } from './state/live.js'
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
  /** Told of values while the run goes on; null: nobody waits for them. */
  readonly live: LiveValues | null
}

export interface RunResult extends RunStart {
  readonly ledger: Ledger
  /** Scores of the holes filled by log-probability, by path. */
  readonly choices: ReadonlyMap<string, ChoiceScores>
  /** How the values of the holes the model filled ended, by path. */
  readonly ends: ReadonlyMap<string, HoleEnd>
  /** What the fills of each `vote` agreed on, by the path of its last value. */
  readonly votes: ReadonlyMap<string, VoteCounts>
  /** All fills of each `bestOf` and `beam`, the best first, by the path of its last value. */
  readonly ranked: ReadonlyMap<string, readonly RankedFill[]>
  /** Log-probabilities of the tokens drawn, by path of the hole; only where `logprobs` was asked for. */
  readonly logprobs: ReadonlyMap<string, readonly TokenLogprobs[]>
  /** llama_decode calls this run took part in. */
  readonly decodeCalls: number
  /** Wall time, milliseconds. */
  readonly ms: number
  /** What was asked, and every call of the engine; null: nothing was run. */
  readonly record: RunRecord | null
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
  const { run, start, calls } = beginning(shared, request, signal)
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
    ranked: run.ranked,
    logprobs: run.logprobs,
    decodeCalls: session.decodeCalls,
    ms: performance.now() - began,
    record: { prompt, given, options: request.options, start: start.transcript.position, calls },
  }
}

/** Where functions make parts, any name may be one of theirs, so options in the wrong place show only in the end. */
function warnOfOptions({ run, known, inputs }: Scope, values: Readonly<Record<string, unknown>>): void {
  for (const hole of Object.keys(known)) {
    if (Object.hasOwn(values, hole) || !runNames.names.includes(hole)) continue
    if (isTaken(inputs, hole)) continue
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

/** What a run begins with, once its options are checked. */
export function beginning(
  shared: Shared,
  { options, listener, live, start: from }: RunRequest,
  signal: AbortSignal,
  room: SessionOptions['room'] = 'context',
): { readonly run: RunContext; readonly start: RunStart; readonly calls: readonly Call[] } {
  checkNumbers(options, 'the run')
  const {
    seed = 0,
    signal: _,
    overflow: wanted,
    history = 'template',
    adapters,
    fresh,
    ...sampling
  } = options
  checkHistory(history)
  const { engine, chat, turns } = shared
  const overflow = checkOverflow(wanted, engine.capabilities)
  const draws = drawsOf(fresh)
  const start = startOf(shared, from, adapters)
  const pace = new Pace(signal)
  const session = new Recorder(
    engine.session({ overflow, draws, room, pace, turns }),
    start.transcript.position,
  )
  const run: RunContext = {
    engine,
    session,
    chat,
    sampling,
    seed,
    signal,
    history,
    listener,
    live,
    turns,
    pace,
    attempts: new Map(),
    choices: new Map(),
    ends: new Map(),
    votes: new Map(),
    ranked: new Map(),
    logprobs: new Map(),
    ranks: 'otherwise',
    kept: [],
  }
  return { run, start, calls: session.calls }
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

/** The namespace of a run. Throws PromptError for what was given wrongly. */
export function scopeOf(run: RunContext, prompt: Prompt, given: unknown, outer: RunStart['values']): Scope {
  if (!isPrompt(prompt)) {
    throw new PromptError(
      'PROMPT_EXPECTED',
      `A run got ${shown(prompt)} instead of a prompt; make one with prompt\`...\`.`,
    )
  }
  const { inputs, known } = splitGiven(prompt, given, runNames)
  return { run, prefix: '', seedPrefix: '', inputs, known, outer, tried: new Tried(), depth: 0 }
}
