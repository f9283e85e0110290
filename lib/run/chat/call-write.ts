// Writes an assistant's message with calls, as far as the template has it without the model: what stands before a call,
// between its parts and between two of them. Every text is cut out of what the template renders for the conversation as
// it is, with stand-ins for what is still to come. Never draws and never decides.
import { CapabilityError } from '../../base/errors.js'
import type { ToolCall } from '../../prompt/message-head.js'
import type { Chat, ChatMessage } from '../state/chat.js'
import type { RunContext } from '../state/run-context.js'
import { commonStart, type Decision, decisionIn, standIn, upTo } from '../tools/call-places.js'
import { callId, callJson } from '../tools/call-probe.js'
import { type Talk, textOfTurns, writeText } from './chat-write.js'
import { type RenderTurns, rendered } from './render.js'

/** How much of what comes otherwise tells it from a call. */
export const otherwiseMax = 64

/** A walk of the messages of one run. */
export interface CallWriter {
  readonly run: RunContext
  /** Of the walk, for events. */
  readonly path: string
}

/** What the model decides between behind the text that was written. */
export interface Offer<T> {
  readonly talk: T
  readonly mark: string
  readonly otherwise: string
}

const standInArguments = { [standIn.key]: standIn.value }
const nameless = { name: standIn.name, arguments: standInArguments }

/** Writes up to where the model calls or answers. Throws CapabilityError CHAT_TEMPLATE_UNUSABLE. */
export async function writeToDecision<T extends Talk>(writer: CallWriter, talk: T): Promise<Offer<T>> {
  let found: Decision | null = null
  const next = await writeText(writer.run, writer.path, talk, async (turns) => {
    const decision = decisionIn({
      call: await cutAt(writer, talk.chat, standIn.name, [
        ...turns,
        ...called([{ id: nextId(talk), ...nameless }]),
      ]),
      answer: await cutAt(writer, talk.chat, standIn.content, [...turns, answering]),
      prompt: await rendered(writer.run, talk.chat, turns, 'yes'),
    })
    if (decision === null) throw unusable()
    found ??= decision
    return decision.before
  })
  const { mark, otherwise } = found!
  return { talk: next, mark, otherwise }
}

/** Writes up to the content of an answer. */
export function writeToAnswer<T extends Talk>(writer: CallWriter, talk: T): Promise<T> {
  const render: RenderTurns = (turns) => cutAt(writer, talk.chat, standIn.content, [...turns, answering])
  return writeText(writer.run, writer.path, talk, render)
}

/** Writes up to the name of the next call. */
export function writeToName<T extends Talk>(
  writer: CallWriter,
  talk: T,
  calls: readonly ToolCall[],
): Promise<T> {
  return writeText(writer.run, writer.path, talk, upToName(writer, talk, calls))
}

/** What stands between the name and the arguments, as far as it is the same for every name and is plain text. */
export async function textBehindName(
  writer: CallWriter,
  talk: Talk,
  calls: readonly ToolCall[],
): Promise<string> {
  const before = await textOfTurns(writer.run, talk, upToName(writer, talk, calls))
  const call = nextCall(talk, calls)
  const isWhole = talk.chat.calls?.parts === 'whole'
  const whole = await textOfTurns(
    writer.run,
    talk,
    isWhole
      ? upToArguments(writer, talk, calls, call)
      : (turns) => rendered(writer.run, talk.chat, [...turns, ...called([...calls, call])], 'no'),
  )
  const behind = whole.slice(before.length + standIn.name.length)
  return plain(upTo(behind, standIn.name, 0) ?? behind)
}

/** Writes up to the arguments of the last call. */
export function writeToArguments<T extends Talk>(
  writer: CallWriter,
  talk: T,
  calls: readonly ToolCall[],
  name: string,
): Promise<T> {
  const call = { ...nextCall(talk, calls), name }
  return writeText(writer.run, writer.path, talk, upToArguments(writer, talk, calls, call))
}

/** What stands behind the arguments, as far as it is plain text. */
export async function textBehindArguments(
  writer: CallWriter,
  talk: Talk,
  calls: readonly ToolCall[],
  name: string,
): Promise<string> {
  const call = { ...nextCall(talk, calls), name }
  const whole = await textOfTurns(writer.run, talk, (turns) =>
    rendered(writer.run, talk.chat, [...turns, ...called([...calls, call])], 'no'),
  )
  const given = spelled(talk.chat, standInArguments)
  return plain(whole.slice(whole.indexOf(given) + given.length))
}

/** Writes what stands behind a call whatever comes next; null: no other call can come in this message. */
export async function writeToNext<T extends Talk>(
  writer: CallWriter,
  talk: T,
  calls: readonly ToolCall[],
): Promise<Offer<T> | null> {
  const { run, path } = writer
  const ended = await textOfTurns(run, talk, (turns) =>
    rendered(run, talk.chat, [...turns, ...called(calls)], 'no'),
  )
  const more = await textOfTurns(run, talk, upToName(writer, talk, calls))
  const { text } = talk.chat
  if (!ended.startsWith(text) || !more.startsWith(text)) return null
  const common = commonStart(ended.slice(text.length), more.slice(text.length))
  const mark = more.slice(text.length + common.length)
  const rest = ended.slice(text.length + common.length)
  const otherwise = (upTo(rest, standIn.result, 0) ?? rest).slice(0, otherwiseMax)
  if (mark === '' || otherwise.startsWith(mark)) return null
  const next = await writeText(run, path, talk, async (turns) => {
    const all = await upToName(writer, talk, calls)(turns)
    return all.slice(0, all.length - mark.length)
  })
  return { talk: next, mark, otherwise }
}

function upToName(writer: CallWriter, talk: Talk, calls: readonly ToolCall[]): RenderTurns {
  const messages = called([...calls, nextCall(talk, calls)])
  return (turns) => cutAt(writer, talk.chat, standIn.name, [...turns, ...messages])
}

function upToArguments(
  writer: CallWriter,
  talk: Talk,
  calls: readonly ToolCall[],
  call: ToolCall,
): RenderTurns {
  const messages = called([...calls, call])
  const text = spelled(talk.chat, standInArguments)
  return (turns) => cutAt(writer, talk.chat, text, [...turns, ...messages])
}

async function cutAt(
  { run }: CallWriter,
  chat: Chat,
  found: string,
  messages: readonly ChatMessage[],
): Promise<string> {
  const text = upTo(await rendered(run, chat, messages, 'no'), found, 0)
  if (text === null) throw unusable()
  return text
}

/** A message with calls, and results of them, since templates write the last message another way than others. */
export function called(calls: readonly ToolCall[]): readonly ChatMessage[] {
  const results = calls.map(({ id, name }): ChatMessage => {
    return { role: 'tool', name, toolCallId: id, content: standIn.result }
  })
  return [{ role: 'assistant', content: '', toolCalls: calls }, ...results]
}

const answering: ChatMessage = { role: 'assistant', content: standIn.content }

function nextCall(talk: Talk, calls: readonly ToolCall[]): ToolCall {
  return { id: nextId(talk, calls.length), ...nameless }
}

/** Another one for each call of a conversation. */
export function nextId({ chat }: Talk, calls = 0): string {
  return callId(chat.messages.length + calls)
}

export function spelled({ calls }: Chat, value: unknown): string {
  return callJson[calls?.whitespace ?? 'spaced'].format(value)
}

/** Text that can be drawn together with what stands before it: no special token begins without one of these. */
function plain(text: string): string {
  return /^[^<[\u{FDD0}-\u{FDEF}]*/u.exec(text)![0]
}

export function unusable(): CapabilityError {
  return new CapabilityError(
    'CHAT_TEMPLATE_UNUSABLE',
    "The model's chat template writes calls of these tools in a way that leaves no place for the model to decide; " +
      'use other names, or another model.',
  )
}
