// The assistant's turn with tools: round after round the model calls or answers. Decides when it may still call, what
// runs beside what, and what of the calls stays in the conversation. One message is one stretch of the transcript:
// nothing before it is computed again.
import { PromptError } from '../../base/errors.js'
import type { ToolCall } from '../../prompt/message-head.js'
import type { Tools } from '../../prompt/part.js'
import { type Offer, writeToAnswer, writeToDecision, writeToNext } from '../chat/call-write.js'
import { writeIfTaken } from '../chat/chat-write.js'
import { type Chat, closed, frozen, opened, withoutResumed } from '../state/chat.js'
import { deeper, type Scope } from '../state/scope.js'
import type { Walk, WalkState } from '../state/walk-state.js'
import { callFormFor } from '../tools/call-form.js'
import { walkMessage } from './messages.js'
import { drawCall } from './tool-call.js'
import { comes } from './tool-decision.js'
import { type CallOutcome, type DrawnCall, runTool } from './tool-run.js'

export async function walkTools(walk: Walk, from: Scope, before: WalkState, part: Tools): Promise<WalkState> {
  const start = prepared(from, before, part)
  if (Object.hasOwn(from.known, part.answer.name)) {
    const message = { kind: 'message', role: 'assistant', parts: [part.answer] } as const
    return captured(await walkMessage(walk, from, start, message), part, [])
  }
  // A message with calls is written piece by piece, and what stands of it may not be frozen in between.
  const scope: Scope = { ...from, run: { ...from.run, history: 'template' } }
  const outcomes: CallOutcome[] = []
  let state = start
  for (let rounds = 0; ; rounds += 1) {
    if (from.run.history === 'verbatim') state = await kept(scope, state)
    const offer = await writeToDecision({ run: scope.run, path: scope.prefix }, state)
    const index = outcomes.length
    if (rounds === part.limits.rounds || !(await comes(scope, offer, `${part.name}[${index}]?`, rounds))) {
      return captured(await answered(walk, scope, offer, part), part, outcomes)
    }
    const turn = await called(scope, offer.talk, part, { index, rounds })
    const results = await ran(scope, turn.drawn, part, start)
    outcomes.push(...results)
    state = withResults(turn.state, turn.calls, results)
  }
}

function captured(end: WalkState, part: Tools, outcomes: readonly CallOutcome[]): WalkState {
  const calls = outcomes.map(({ value }) => value)
  return { ...end, values: end.values.with(part.name, calls) }
}

/** What stands there stays as it is, where a message of it has ended. */
async function kept({ run, prefix }: Scope, state: WalkState): Promise<WalkState> {
  const written = await writeIfTaken(run, prefix, state)
  const { chat, transcript } = written
  return chat.isClosed && chat.inText > chat.frozen
    ? { ...written, chat: frozen(chat, transcript.pieces) }
    : written
}

/** The conversation with the tools, as far as they may be used there. */
function prepared({ run }: Scope, from: WalkState, part: Tools): WalkState {
  const chat = withoutResumed(from.chat, from.transcript.pieces)
  if (run.chat === null) {
    throw new PromptError(
      'CHAT_TEMPLATE_MISSING',
      'The prompt has tools, and the model has no chat template.',
    )
  }
  if (chat.open !== null) {
    throw new PromptError(
      'MESSAGE_NESTED',
      `The ${chat.open.head.role} message holds tools(), which is a message of its own; put it behind that.`,
    )
  }
  const tools = Object.entries(part.tools).map(([name, { description, schema }]) => ({
    type: 'function',
    function: { name, description, parameters: schema },
  }))
  const variables = { ...chat.variables, tools }
  const time = chat.time ?? new Date()
  return {
    ...from,
    chat: { ...chat, time, variables, calls: callFormFor(run.chat, Object.values(part.tools), run.engine) },
  }
}

interface Turn {
  readonly state: WalkState
  readonly calls: readonly ToolCall[]
  readonly drawn: readonly DrawnCall[]
}

/** The calls of one message. */
async function called(
  scope: Scope,
  start: WalkState,
  part: Tools,
  { index, rounds }: { readonly index: number; readonly rounds: number },
): Promise<Turn> {
  const calls: ToolCall[] = []
  const drawn: DrawnCall[] = []
  const most = start.chat.calls!.calls === 'one' ? 1 : part.limits.calls
  let state = start
  for (;;) {
    const step = await drawCall(scope, state, part, { calls, index: index + calls.length })
    calls.push(step.call)
    drawn.push(step.drawn)
    state = step.state
    if (calls.length === most) break
    const offer = await writeToNext({ run: scope.run, path: scope.prefix }, state, calls)
    if (offer === null) break
    state = offer.talk
    if (!(await comes(scope, offer, `${part.name}[${index + calls.length}]?`, rounds))) break
  }
  return { state, calls, drawn }
}

async function answered(
  walk: Walk,
  scope: Scope,
  { talk, mark, otherwise }: Offer<WalkState>,
  part: Tools,
): Promise<WalkState> {
  const state = otherwise === '' ? talk : await writeToAnswer({ run: scope.run, path: scope.prefix }, talk)
  const opening = opened(state.chat, { role: 'assistant' }, null)
  const start = state.transcript.pieces
  const before = { ...state, chat: { ...opening, open: { ...opening.open!, start } } }
  refuseCall(scope, before, part, mark)
  const { chat, ...end } = await walk(deeper(scope), before, [part.answer], [])
  return { ...end, chat: closed(chat, chat.open!, end.transcript.pieces) }
}

/** Free text could begin as a call does, where that is told by no special token. */
function refuseCall({ run, tried }: Scope, { transcript }: WalkState, { answer }: Tools, mark: string): void {
  const [opening = ''] = mark.trim().split(/\s/)
  if ('stops' in answer.language && opening !== '' && !run.engine.hasSpecial(mark)) {
    tried.addBeginning(transcript, opening)
  }
}

/** Side by side; the first that fails is the run's failure, once all have ended. */
async function ran(
  scope: Scope,
  drawn: readonly DrawnCall[],
  part: Tools,
  start: WalkState,
): Promise<readonly CallOutcome[]> {
  const values = start.values.all(scope.outer)
  const settled = await Promise.allSettled(
    drawn.map((call) => runTool(scope, call, part.tools[call.tool]!, values)),
  )
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value
    throw one.reason
  })
}

function withResults(
  state: WalkState,
  calls: readonly ToolCall[],
  results: readonly CallOutcome[],
): WalkState {
  const said = { role: 'assistant', content: '', pieces: [], thoughts: [], toolCalls: calls } as const
  const told = calls.map(({ id, name }, index) => {
    const { text } = results[index]!
    const piece = { kind: 'input', hole: null, text } as const
    return { role: 'tool', name, toolCallId: id, content: text, pieces: [piece], thoughts: [] } as const
  })
  const written = state.chat.messages.with(said)
  let messages: Chat['messages'] = written
  for (const message of told) messages = messages.with(message)
  const chat: Chat = { ...state.chat, messages, inText: written.length, isClosed: false }
  return { ...state, chat }
}
