// Writes the arguments of a call where the template has each between marks of its own: what stands before and behind a
// value. Cut out of what the template renders with two values, which differ where a value stands. Never draws.
import type { ToolCall } from '../../prompt/message-head.js'
import type { Chat } from '../state/chat.js'
import type { RunContext } from '../state/run-context.js'
import { commonStart, standIn, upTo, valuePlace } from '../tools/call-places.js'
import type { Member } from '../tools/members.js'
import { type CallWriter, called, type Offer, otherwiseMax, spelled, unusable } from './call-write.js'
import { type Talk, textOfTurns, writeText } from './chat-write.js'
import { type RenderTurns, rendered } from './render.js'

/** A call whose arguments are being written. */
export interface CallSoFar {
  /** Of the same message, before it. */
  readonly calls: readonly ToolCall[]
  /** With the arguments that stand there. */
  readonly call: ToolCall
}

/** Two values each, told by what stands there. */
const samples = {
  text: [standIn.value, standIn.content],
  number: [7, 8],
  boolean: [true, false],
  array: [[1], [2]],
  object: [{ a: 1 }, { a: 2 }],
} as const

/** Writes up to the value. Throws CapabilityError CHAT_TEMPLATE_UNUSABLE. */
export function writeToMember<T extends Talk>(
  writer: CallWriter,
  talk: T,
  so: CallSoFar,
  member: Member,
): Promise<T> {
  return writeText(writer.run, writer.path, talk, upToMember(writer.run, talk.chat, so, member))
}

/** Whether the argument comes, or another one (null: none); null: nothing tells. */
export async function offerOfMember<T extends Talk>(
  { run }: CallWriter,
  talk: T,
  so: CallSoFar,
  { member, next }: { readonly member: Member; readonly next: Member | null },
): Promise<Offer<T> | null> {
  const ending: RenderTurns = (turns) =>
    rendered(run, talk.chat, [...turns, ...called([...so.calls, so.call])], 'no')
  const own = await textOfTurns(run, talk, upToMember(run, talk.chat, so, member))
  const other = await textOfTurns(run, talk, next === null ? ending : upToMember(run, talk.chat, so, next))
  const { text } = talk.chat
  if (!own.startsWith(text) || !other.startsWith(text)) return null
  const [mark, rest] = [own.slice(text.length), other.slice(text.length)]
  return { talk, mark, otherwise: (upTo(rest, standIn.result, 0) ?? rest).slice(0, otherwiseMax) }
}

/** What stands behind a text, whatever comes next. Throws CapabilityError CHAT_TEMPLATE_UNUSABLE. */
export async function textBehindMember(
  { run }: CallWriter,
  { chat }: Talk,
  { call }: CallSoFar,
  { key }: Member,
): Promise<string> {
  const [value] = samples.text
  const behind = async (more: object): Promise<string> => {
    const text = await renderedWith(run, chat, call, { [key]: value, ...more })
    return text.slice(text.indexOf(value) + value.length)
  }
  const close = commonStart(await behind({}), await behind({ [standIn.key]: standIn.name }))
  if (close.trim() === '') throw unusable()
  return close
}

/** How the template spells truth values where this argument stands. Throws CapabilityError CHAT_TEMPLATE_UNUSABLE. */
export async function booleansOf(
  { run }: CallWriter,
  { chat }: Talk,
  { call }: CallSoFar,
  { key }: Member,
): Promise<readonly [string, string]> {
  const yes = await renderedWith(run, chat, call, { [key]: true })
  const no = await renderedWith(run, chat, call, { [key]: false })
  const at = valuePlace(yes, no, '') ?? yes.length
  const found = spellings.find(([one, other]) => yes.startsWith(one, at) && no.startsWith(other, at))
  if (found === undefined) throw unusable()
  return found
}

const spellings = [
  ['true', 'false'],
  ['True', 'False'],
] as const

/** The call by itself, with other arguments beside its own. */
function renderedWith(run: RunContext, chat: Chat, call: ToolCall, more: object): Promise<string> {
  const given = { ...call, arguments: { ...(call.arguments as object), ...more } }
  return rendered(run, chat, [...chat.messages.since(0), ...called([given])], 'no')
}

function upToMember(
  run: RunContext,
  chat: Chat,
  { calls, call }: CallSoFar,
  { key, type }: Member,
): RenderTurns {
  const lead = leadOf(chat, type)
  return async (turns) => {
    const [one, other] = await Promise.all(
      samples[type].map((value) => {
        const last = { ...call, arguments: { ...(call.arguments as object), [key]: value } }
        return rendered(run, chat, [...turns, ...called([...calls, last])], 'no')
      }),
    )
    const at = valuePlace(one!, other!, lead)
    if (at === null) throw unusable()
    return one!.slice(0, at)
  }
}

/** What both samples begin with. */
function leadOf(chat: Chat, type: Member['type']): string {
  const [one, other] = samples[type].map((value) =>
    typeof value === 'string' ? value : spelled(chat, value),
  )
  let at = 0
  while (one![at] === other![at]) at += 1
  return one!.slice(0, at)
}
