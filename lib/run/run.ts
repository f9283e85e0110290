// One run of a prompt from a transcript: checks what was given, walks, and adds up the ledger. Decides what a run
// returns and that nothing happens before everything that can be refused has been.
import { refuseAborted } from '../async/signal.js'
import { AbortError, UsageError } from '../base/errors.js'
import { beginning, linkOf, scopeOf } from './begin.js'
import { writeLast } from './chat/chat-write.js'
import { checkParts } from './given/given.js'
import { isTaken } from './given/inputs.js'
import type { Watched } from './record/watched.js'
import type { RunRequest, RunResult, Shared } from './request.js'
import { runNames } from './run-options.js'
import { withoutResumed } from './state/chat.js'
import type { KeptText } from './state/run-context.js'
import type { Scope } from './state/scope.js'
import { Values } from './state/values.js'
import { promptParts } from './walk/branches.js'
import { requireRoom } from './walk/room.js'
import { walk } from './walk/walk.js'

/** Throws PromptError and ConstraintError before any work; FillError, CapacityError, AbortError, EngineError later. */
export async function runPrompt(shared: Shared, request: RunRequest): Promise<RunResult> {
  return whileWanted(shared, request, async (signal) => {
    const turn = shared.starts.take()
    if (turn !== null) await turn
    return runLinked(shared, request, signal)
  })
}

/** Work that ends with the caller's signal, with its reader or with the model; checks the names of the options. */
export async function whileWanted<T>(
  shared: Shared,
  { options, left }: Pick<RunRequest, 'options' | 'left'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const link = linkOf(options, shared.closing, left)
  try {
    return await work(link.signal)
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
  const { run, start, calls, watched } = beginning(shared, request, signal)
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
  const texts = [{ branch: null, transcript: end.transcript }, ...run.kept]
  const ledger = session.ledger(texts.map(({ transcript }) => transcript.position))
  if (watched !== null) tellTexts(shared, request, watched, texts)
  for (const { transcript } of texts) shared.engine.ended(transcript.position)
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

/** What the texts are made of, for whoever looks at the run. */
function tellTexts(
  { engine }: Shared,
  { watcher }: RunRequest,
  watched: Watched,
  texts: readonly (Omit<KeptText, 'branch'> & { readonly branch: string | null })[],
): void {
  const told = texts.map(({ branch, transcript: { position, pieces } }) => {
    return { branch, position, pieces, tokens: engine.tokensOf(position), costs: watched.costs(position) }
  })
  watcher?.end(told, watched.fillsOf(told.map(({ position }) => position)))
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
