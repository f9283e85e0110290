// The texts of messages, one by one, in the order templates write them: what was thought, the content, and what calls
// hold. Decides which texts of a message are looked for in a rendering. Never renders.
import { isArray, isRecord } from '../../base/seen.js'
import type { ToolCall } from '../../prompt/message-head.js'
import { type ChatMessage, type FinishedMessage, headOf } from '../state/chat.js'
import type { Piece } from '../state/pieces.js'

/** One text of a message. */
export interface Field {
  readonly role: ChatMessage['role']
  readonly isContent: boolean
  /** Whether a conversation without it is another one; what was thought, templates leave out of earlier turns. */
  readonly isNeeded: boolean
  readonly text: string
  /** The text in stretches, each with who wrote it. */
  readonly pieces: readonly Piece[]
}

/** Whether a text that callers or models write into a call could be taken for a mark. */
export type IsHidden = (text: string) => boolean

export function fieldsOf(messages: readonly FinishedMessage[], isHidden: IsHidden): Field[] {
  const fields: Field[] = []
  for (const message of messages) {
    withTexts(message, isHidden, (field) => {
      fields.push(field)
      return field.text
    })
  }
  return fields
}

/** As a template sees them, and nothing else of what they hold. */
export function asSeen(messages: readonly FinishedMessage[]): ChatMessage[] {
  return messages.map((message) =>
    withTexts(
      message,
      () => false,
      ({ text }) => text,
    ),
  )
}

/** The messages with other texts, in the order of their fields. */
export function withFields(
  messages: readonly FinishedMessage[],
  isHidden: IsHidden,
  texts: readonly string[],
): ChatMessage[] {
  let index = 0
  return messages.map((message) => withTexts(message, isHidden, () => texts[index++]!))
}

/** As a template sees a message, with what `change` makes of each of its texts. */
export function withTexts(
  message: FinishedMessage,
  isHidden: IsHidden,
  change: (field: Field) => string,
): ChatMessage {
  const { role, content, thinking, thoughts } = message
  const isNeeded = role === 'tool' || role === 'developer'
  const said = { role, isContent: true, isNeeded, text: content, pieces: message.pieces }
  // Most messages of a long conversation, all of which are seen several times a turn.
  if (isPlain(message)) return { role, content: change(said) }
  const head = headOf(message)
  const beside = { role, isContent: false, isNeeded: false }
  const plain = (text: string): string => {
    if (!isHidden(text)) return text
    return change({ ...beside, text, pieces: [{ kind: 'input', hole: null, text }] })
  }
  const thought = thinking === undefined ? null : change({ ...beside, text: thinking, pieces: thoughts })
  return {
    ...head,
    ...(thought === null ? {} : { thinking: thought }),
    content: change(said),
    ...(head.toolCalls === undefined ? {} : { toolCalls: head.toolCalls.map((call) => callOf(call, plain)) }),
    ...(head.name === undefined ? {} : { name: plain(head.name) }),
    ...(head.toolCallId === undefined ? {} : { toolCallId: plain(head.toolCallId) }),
  }
}

function isPlain({ thinking, name, toolCallId, toolCalls }: ChatMessage): boolean {
  return thinking === undefined && name === undefined && toolCallId === undefined && toolCalls === undefined
}

function callOf({ id, name, arguments: given }: ToolCall, plain: (text: string) => string): ToolCall {
  return { id: plain(id), name: plain(name), arguments: leavesOf(given, plain) }
}

function leavesOf(value: unknown, plain: (text: string) => string): unknown {
  if (typeof value === 'string') return plain(value)
  if (isArray(value)) return value.map((item) => leavesOf(item, plain))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [plain(key), leavesOf(item, plain)] as const),
  )
}
