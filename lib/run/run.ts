// One run of a prompt from a transcript: checks what was given, walks, and adds up the ledger. Decides what a run
// returns and that nothing happens before everything that can be refused has been.
import { AbortError, PromptError, UsageError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { shown } from '../base/seen.js'
import type { Engine } from '../engine/engine.js'
import type { TokenLogprobs } from '../native/addon.js'
import { checkNumbers, requireOptions, type SamplingOptions, samplingTable } from '../prompt/options.js'
import type { Prompt } from '../prompt/part.js'
import { isPrompt } from '../prompt/shape.js'
import { type AdapterChoice, Adapters, areAlike, type NamedAdapter } from './adapters.js'
import { Answers } from './answers.js'
import { Appended } from './append.js'
import type { TokenBoundary } from './boundary.js'
import { promptParts } from './branches.js'
import { type Chat, type ChatHistory, noChat, type RenderChat } from './chat.js'
import { writeLast } from './chat-write.js'
import { ConstraintCache } from './constraint-cache.js'
import type { Listener } from './event.js'
import { checkParts, splitGiven } from './given.js'
import { requireLeastRoom } from './least-room.js'
import { type Ledger, RunLedger } from './ledger.js'
import { checkRoom } from './opening.js'
import { checkOverflow, type Overflow } from './overflow.js'
import { Pace, Starts } from './pace.js'
import { type RunContext, type Scope, TriedPaths } from './scope.js'
import type { ChoiceScores } from './score.js'
import { Turns } from './side-by-side.js'
import { isSignal, type Link, linked, refuseAborted } from './signal.js'
import { emptyTranscript, type TranscriptState } from './transcript.js'
import { Values } from './values.js'
import type { VoteCounts } from './vote.js'
import { walk } from './walk.js'

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
}

const runNames = optionNames<RunOptions>('a run', {
  ...samplingTable,
  seed: true,
  signal: true,
  overflow: true,
  history: true,
  adapters: true,
})

/** What a run is made on. */
export interface Ground {
  readonly engine: Engine
  readonly boundary: TokenBoundary
  readonly chat: RenderChat | null
  readonly constraints: ConstraintCache
  readonly answers: Answers
  readonly adapters: Adapters
  /** For what walks side by side in all runs. */
  readonly turns: Turns
  readonly starts: Starts
  /** Aborted when the model is disposed; the reason is what its runs end with. */
  readonly closing: AbortSignal
}

/** Where a run begins: an earlier transcript and the conversation in it. */
export interface RunStart {
  readonly transcript: TranscriptState
  readonly chat: Chat
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
  readonly values: Readonly<Record<string, unknown>>
  readonly ledger: Ledger
  /** Scores of the holes filled by log-probability, by path. */
  readonly choices: ReadonlyMap<string, ChoiceScores>
  /** What the fills of each `vote` agreed on, by the path of its last value. */
  readonly votes: ReadonlyMap<string, VoteCounts>
  /** Log-probabilities of the tokens drawn, by path of the hole; only where `logprobs` was asked for. */
  readonly logprobs: ReadonlyMap<string, readonly TokenLogprobs[]>
  /** llama_decode calls this run took part in. */
  readonly decodeCalls: number
  /** Wall time, milliseconds. */
  readonly ms: number
}

export function groundOf(
  parts: Pick<Ground, 'engine' | 'boundary' | 'chat'>,
  closing: AbortSignal,
  { answersMax, adapters: named = [] }: { answersMax?: number; adapters?: readonly NamedAdapter[] } = {},
): Ground {
  const { engine, boundary, chat } = parts
  const adapters = new Adapters(engine, named)
  const constraints = new ConstraintCache((ir) => engine.vocabulary.compile(ir))
  const answers = new Answers(engine, answersMax)
  const [turns, starts] = [new Turns(), new Starts()]
  return { engine, boundary, chat, constraints, answers, adapters, turns, starts, closing }
}

/** Where the run begins. Tokens that others computed stay what they are; their cells are the chosen adapters' own. */
function startOf({ engine, adapters }: Ground, start: RunStart | null, choice: unknown): RunStart {
  if (start === null) {
    const lineage = choice === undefined ? adapters.initial : adapters.chosen(choice)
    return { transcript: emptyTranscript(engine.vocabulary, lineage), chat: noChat }
  }
  if (choice === undefined) return start
  const lineage = adapters.chosen(choice)
  if (areAlike(lineage, start.transcript.lineage)) return start
  return { ...start, transcript: { ...start.transcript, lineage } }
}

/** Throws PromptError and ConstraintError before any work; FillError, CapacityError, AbortError, EngineError later. */
export async function runPrompt(ground: Ground, request: RunRequest): Promise<RunResult> {
  const link = linkOf(request.options, ground.closing, request.left)
  try {
    const turn = ground.starts.take()
    if (turn !== null) await turn
    return await runLinked(ground, request, link.signal)
  } catch (error) {
    const { closing } = ground
    const isClosed = error instanceof AbortError && closing.aborted && error.reason === closing.reason
    throw isClosed ? new UsageError('CLOSED', (closing.reason as Error).message) : error
  } finally {
    link.release()
  }
}

async function runLinked(ground: Ground, request: RunRequest, signal: AbortSignal): Promise<RunResult> {
  const { prompt, given, listener } = request
  const { run, start } = beginning(ground, request, signal)
  const began = performance.now()
  const scope = scopeOf(run, prompt, given)
  const parts = promptParts(prompt)
  await checkParts(scope, parts)
  await checkRoom(scope, start.transcript, parts)
  await requireLeastRoom(scope, start.transcript, parts)
  refuseAborted(run.signal)
  const walked = await walk(scope, { ...start, values: Values.none }, parts, [])
  const end = await writeLast(run, '', walked)
  refuseAborted(run.signal)
  warnOfOptions(scope, end.values.all())
  if (request.end === 'computed') await computeEnd(run, end.transcript)
  const ledger = run.ledger.total([end.transcript, ...run.kept])
  listener.emit({ type: 'usage', ledger })
  return {
    transcript: end.transcript,
    chat: end.chat,
    values: end.values.all(),
    ledger,
    choices: run.choices,
    votes: run.votes,
    logprobs: run.logprobs,
    decodeCalls: run.ledger.decodeCalls,
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

async function computeEnd(run: RunContext, transcript: TranscriptState): Promise<void> {
  const { tokens } = transcript
  if (tokens.length === 0) return
  run.ledger.countUncached(tokens.length)
  run.ledger.record(
    transcript,
    await run.engine.prefill(tokens, run.signal, transcript.lineage),
    tokens.length,
  )
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
  ground: Ground,
  { options, listener, start: from }: RunRequest,
  signal: AbortSignal,
): { readonly run: RunContext; readonly start: RunStart } {
  checkNumbers(options, 'the run')
  const { seed = 0, signal: _, overflow: wanted, history = 'template', adapters, ...sampling } = options
  checkHistory(history)
  const overflow = checkOverflow(wanted, ground.engine.capabilities)
  const start = startOf(ground, from, adapters)
  const run = {
    ...ground,
    sampling,
    adapted: start.transcript.lineage?.unshifted ?? null,
    seed,
    signal,
    overflow,
    history,
    listener,
    ledger: new RunLedger(),
    attempts: new Map(),
    choices: new Map(),
    votes: new Map(),
    logprobs: new Map(),
    kept: [],
    opening: new Appended(),
    pace: new Pace(signal),
  }
  return { run, start }
}

function checkHistory(value: unknown): void {
  if (value === 'template' || value === 'verbatim') return
  throw new PromptError(
    'OPTION_INVALID',
    `history of the run is ${String(value)}; it must be 'template' or 'verbatim'.`,
  )
}

function scopeOf(run: RunContext, prompt: Prompt, given: unknown): Scope {
  if (!isPrompt(prompt)) {
    throw new PromptError(
      'PROMPT_EXPECTED',
      `A run got ${shown(prompt)} instead of a prompt; make one with prompt\`...\`.`,
    )
  }
  const { inputs, known } = splitGiven(prompt, given, runNames)
  return { run, prefix: '', seedPrefix: '', inputs, known, outer: {}, tried: new TriedPaths(), depth: 0 }
}
