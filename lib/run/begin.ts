// What a run begins with: its options checked, its session opened, its names sorted into inputs and known values.
// Decides that nothing of it is work.
import { Pace } from '../async/pace.js'
import { isSignal, type Link, linked } from '../async/signal.js'
import { PromptError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import type { SessionOptions } from '../engine/engine.js'
import { checkNumbers, requireOptions } from '../prompt/options.js'
import type { Prompt } from '../prompt/part.js'
import { isPrompt } from '../prompt/shape.js'
import { splitGiven } from './given/given.js'
import { checkOverflow } from './given/overflow.js'
import { withVariables } from './given/variables.js'
import type { Call } from './record/calls.js'
import { Recorder } from './record/recorder.js'
import { Watched } from './record/watched.js'
import type { RunRequest, RunStart, Shared } from './request.js'
import { type RunOptions, runNames } from './run-options.js'
import { noChat } from './state/chat.js'
import type { RunContext } from './state/run-context.js'
import type { Scope } from './state/scope.js'
import { emptyTranscript } from './state/transcript.js'
import { Tried } from './state/tried.js'

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

/** What the run's caller, its reader and its model can end it with. */
export function linkOf(options: RunOptions, closing: AbortSignal, left: AbortSignal | null): Link {
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
  { options, listener, live, watcher, start: from }: RunRequest,
  signal: AbortSignal,
  room: SessionOptions['room'] = 'context',
): {
  readonly run: RunContext
  readonly start: RunStart
  readonly calls: readonly Call[]
  readonly watched: Watched | null
} {
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
  const looked = watcher?.alternatives ?? 0
  const recorder = new Recorder(
    engine.session({ overflow, draws, room, looked, pace, turns }),
    start.transcript.position,
  )
  const watched = watcher === null ? null : new Watched(recorder, watcher)
  const run: RunContext = {
    engine,
    session: watched ?? recorder,
    chat,
    variables: start.chat.variables,
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
  return { run, start, calls: recorder.calls, watched }
}

function drawsOf(fresh: unknown): 'known' | 'fresh' {
  if (fresh === undefined || typeof fresh === 'boolean') return fresh === true ? 'fresh' : 'known'
  throw new PromptError('OPTION_INVALID', `fresh of the run is ${shown(fresh)}; it must be true or false.`)
}

function checkHistory(value: unknown): void {
  if (value === 'template' || value === 'verbatim') return
  throw new PromptError(
    'OPTION_INVALID',
    `history of the run is ${shown(value)}; it must be 'template' or 'verbatim'.`,
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
