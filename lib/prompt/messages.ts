// A conversation as data: messages as people keep them and as OpenAI's interface has them, made into parts. Decides
// what of that is taken, and refuses what would be lost: images, sounds, members of other roles. A message's text is
// text, whatever it looks like.
import { PromptError } from '../base/errors.js'
import { isArray, isReadable, isRecord, isUnicodeText, shown } from '../base/seen.js'
import { jsonCopy } from './json-copy.js'
import type { MessageHead, Role, ToolCall } from './message-head.js'
import type { Message, Nothing, Part, Prompt } from './part.js'
import { makePrompt } from './prompt.js'
import { noteSound } from './shape.js'

/** Text of a message, or a piece of it. */
export type ContentData = string | readonly { readonly type: string; readonly text?: string }[] | null

/** A call of a tool, in the form of OpenAI's interface or of `transcript.messages`. */
export type CallData =
  | {
      readonly id?: string
      readonly type?: string
      /** `arguments`: a JSON value, or its text. */
      readonly function: { readonly name: string; readonly arguments: unknown }
    }
  | { readonly id?: string; readonly name: string; readonly arguments: unknown }

/** A message, in the form of OpenAI's interface or of `transcript.messages`. */
export interface MessageData {
  readonly role: string
  /** Parts of type 'text' stand on lines of their own. Default: no text. */
  readonly content?: ContentData | undefined
  /** Of an assistant's message: what was thought before. Default: nothing. */
  readonly thinking?: string | null | undefined
  /** As `thinking`. Default: nothing. */
  readonly reasoning_content?: string | null | undefined
  /** Of an assistant's message. Default: none. */
  readonly toolCalls?: readonly CallData[] | null | undefined
  /** As `toolCalls`. Default: none. */
  readonly tool_calls?: readonly CallData[] | null | undefined
  /** Of the tool, for its result. Default: none. */
  readonly name?: string | null | undefined
  /** Of a 'tool' message: the call it is the result of. Default: none. */
  readonly toolCallId?: string | null | undefined
  /** As `toolCallId`. Default: none. */
  readonly tool_call_id?: string | null | undefined
}

type Seen = Readonly<Record<string, unknown>>

const roles: readonly Role[] = ['system', 'user', 'assistant', 'tool', 'developer']
/** Members that hold what is not taken, where they hold anything. */
const untaken = ['audio', 'images', 'image', 'function_call']

/**
 * The messages of a list, as parts: what `system`, `user`, `assistant` and `toolResult` make, from data. The list is in
 * the form of OpenAI's interface (`content` is a text, null or text parts; `tool_calls`, `tool_call_id`, `name`,
 * `reasoning_content`) or that of `transcript.messages`; members it does not know are left alone. It is read once:
 * later changes of it change nothing.
 *
 * Throws PromptError MESSAGES_INVALID for what is no such message, and MEDIA_UNSUPPORTED for images, sounds and files.
 * A run rejects with CapabilityError where the model's chat template refuses the messages or leaves out a tool's
 * result, a call of one, or a developer's message.
 *
 * @example
 * ```ts
 * const history = [
 *   { role: 'user', content: 'Who are you?' },
 *   { role: 'assistant', content: 'A machine.' },
 * ]
 * const next = prompt`${messages(history)}${user`What kind?`}${assistant`${gen('answer', { tokensMax: 16 })}`}`
 * console.log((await model.run(next)).messages.length)
 * ```
 */
export function messages(list: readonly MessageData[]): Prompt<Nothing, Nothing, Nothing> {
  if (!isArray(list)) throw invalid(`messages() got ${shown(list)}; it takes a list of messages`)
  return makePrompt(Array.from(list, messageOf))
}

function messageOf(given: unknown, index: number): Message {
  const where = `Message ${index + 1}`
  if (!isRecord(given))
    throw invalid(`${where} is ${shown(given)}; it must be an object with role and content`)
  const data = given as Seen
  const { role } = data
  if (!isRole(role)) {
    const expected = roles.map((one) => `'${one}'`).join(', ')
    throw invalid(`${where} has the role ${shown(role)}; expected one of ${expected}`)
  }
  const media = untaken.find((member) => isGiven(data[member]))
  if (media === 'function_call') throw invalid(`${where} has a function_call; write it as tool_calls`)
  if (media !== undefined) throw untakenMedia(where, media)
  const thinking = textOf(data, ['thinking', 'reasoning_content'], where)
  if (thinking !== '' && role !== 'assistant')
    throw invalid(`${where} has a thought, and its role is ${role}`)
  const head = headIn(data, role, where)
  const text = contentOf(data.content, where)
  const parts: readonly Part[] = text === '' ? [] : [Object.freeze({ kind: 'text', text })]
  const thought = thinking === '' ? {} : { thinking }
  const message: Message = Object.freeze({
    kind: 'message',
    ...head,
    ...thought,
    parts: Object.freeze(parts),
  })
  noteSound(message)
  return message
}

function headIn(data: Seen, role: Role, where: string): MessageHead {
  const name = textOf(data, ['name'], where)
  const toolCallId = textOf(data, ['toolCallId', 'tool_call_id'], where)
  const calls = data.toolCalls ?? data.tool_calls ?? []
  if (!isArray(calls)) throw invalid(`tool_calls of ${lower(where)} are ${shown(calls)}; expected a list`)
  if (calls.length > 0 && role !== 'assistant')
    throw invalid(`${where} has tool_calls, and its role is ${role}`)
  if (toolCallId !== '' && role !== 'tool')
    throw invalid(`${where} has a tool_call_id, and its role is ${role}`)
  return {
    role,
    ...(name === '' ? {} : { name }),
    ...(toolCallId === '' ? {} : { toolCallId }),
    ...(calls.length === 0
      ? {}
      : {
          toolCalls: Object.freeze(
            Array.from(calls, (call, index) => callOf(call, `Call ${index + 1} of ${lower(where)}`)),
          ),
        }),
  }
}

function callOf(given: unknown, where: string): ToolCall {
  const inner = isRecord(given) && isGiven((given as Seen).function) ? (given as Seen).function : given
  if (!isRecord(given) || !isRecord(inner)) {
    throw invalid(`${where} is ${shown(inner)}; it must be an object with a name and arguments`)
  }
  const call = inner as Seen
  const name = textOf(call, ['name'], where)
  if (name === '') throw invalid(`${where} has no name`)
  const id = textOf(given as Seen, ['id'], where)
  const refused = (told: string): Error => invalid(told)
  return Object.freeze({
    id,
    name,
    arguments: jsonCopy(argumentsOf(call.arguments, where), `The arguments of ${lower(where)}`, refused),
  })
}

/** A text is JSON; one that is none is refused, since a template would write it as it is. */
function argumentsOf(given: unknown, where: string): unknown {
  if (given === undefined || given === null || given === '') return {}
  if (typeof given !== 'string') return given
  try {
    return JSON.parse(given)
  } catch {
    throw invalid(`The arguments of ${lower(where)} are ${shown(given)}, which is no JSON`)
  }
}

function contentOf(content: unknown, where: string): string {
  if (!isGiven(content)) return ''
  if (!isArray(content)) return checkedText(content, `The content of ${lower(where)}`)
  return Array.from(content, (part, index) => partText(part, `Part ${index + 1} of ${lower(where)}`)).join(
    '\n',
  )
}

function partText(part: unknown, where: string): string {
  const { type, text } = isReadable(part) ? (part as Seen) : {}
  if (type === 'text') return checkedText(text, `The text of ${lower(where)}`)
  if (typeof type === 'string' && /image|audio|video|file|media/i.test(type)) throw untakenMedia(where, type)
  throw invalid(
    `${where} is ${typeof type === 'string' ? `of type ${shown(type)}` : shown(part)}; expected one of type 'text'`,
  )
}

/** The first of the members that is there; '' for none. */
function textOf(data: Seen, members: readonly string[], where: string): string {
  const member = members.find((name) => isGiven(data[name]))
  return member === undefined ? '' : checkedText(data[member], `${member} of ${lower(where)}`)
}

function checkedText(text: unknown, what: string): string {
  if (typeof text !== 'string') throw invalid(`${what} is ${shown(text)}; it must be text`)
  if (!isUnicodeText(text)) throw invalid(`${what} holds half a surrogate pair`)
  return text
}

function isRole(role: unknown): role is Role {
  return (roles as readonly unknown[]).includes(role)
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function lower(where: string): string {
  return where[0]!.toLowerCase() + where.slice(1)
}

function untakenMedia(where: string, type: string): PromptError {
  return new PromptError(
    'MEDIA_UNSUPPORTED',
    `${where} holds ${shown(type)}: no images, sounds or files are taken, only text; leave it out or say in words ` +
      'what it shows.',
  )
}

function invalid(told: string): PromptError {
  return new PromptError('MESSAGES_INVALID', `${told}.`)
}
