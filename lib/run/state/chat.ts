// The chat messages of a run as an immutable value: what was said, and how much of it stands in the transcript as the
// model's template writes it. Decides which messages' text may still change. Never renders and never touches tokens.
import type { MessageHead } from '../../prompt/message-head.js'
import { GrowingList } from './growing-list.js'
import { type Piece, Pieces } from './pieces.js'

/** A message of a conversation, and what a template gets to see of it. */
export interface ChatMessage extends MessageHead {
  /** What was thought before the content, which is without it. Default: nothing. */
  readonly thinking?: string
  readonly content: string
}

/** What a template sees beside the messages, by name: JSON values. */
export type TemplateVariables = Readonly<Record<string, unknown>>

export interface FinishedMessage extends ChatMessage {
  /** The content in stretches, each with who wrote it. */
  readonly pieces: readonly Piece[]
  /** The same for what was thought. */
  readonly thoughts: readonly Piece[]
}

/**
 * Renders messages with the model's template. `time`: what the template takes for now. Throws CapabilityError
 * CHAT_TEMPLATE_INVALID or CHAT_TEMPLATE_BUDGET where it can't.
 */
export interface RenderChat {
  (messages: readonly ChatMessage[], options: RenderOptions): string
  /** Whether the template mentions a variable of this name; without it nobody can tell. */
  readonly reads?: (variable: string) => boolean
}

export interface RenderOptions {
  readonly opensAssistant: 'yes' | 'no'
  readonly time?: Date
  /** Default: none. */
  readonly variables?: TemplateVariables
  /** What the template gets of the arguments of calls: JSON values, or their text. Default: what the template shows. */
  readonly arguments?: 'object' | 'text'
}

/** How calls of tools are written in a conversation: data, which stays with it. */
export interface CallForm {
  /** 'template': in its own syntax. Else in ours, and the tools are told in the system message or the first user's. */
  readonly by: 'template' | 'system' | 'user'
  readonly arguments: 'object' | 'text'
  /** 'whole': one JSON object. Else each between marks of its own, 'flat members' as long as none is JSON itself. */
  readonly parts: 'whole' | 'members' | 'flat members'
  /** Where they are members, what stands behind one. */
  readonly close: string
  /** Of the arguments' JSON. */
  readonly whitespace: 'compact' | 'spaced'
  /** Calls that one message may hold. */
  readonly calls: 'one' | 'several'
}

/** 'template': the text is what the template renders for all messages. 'verbatim': what was generated stays. */
export type ChatHistory = 'template' | 'verbatim'

/** A message that is being written. */
export interface OpenMessage {
  readonly head: MessageHead
  /** What was thought; null: nothing. */
  readonly thoughts: readonly Piece[] | null
  /** Known text of the content that is not in the transcript yet. */
  readonly pieces: readonly Piece[]
  /** The transcript's text before the content or the thought; null: nothing of the message stands there yet. */
  readonly start: Pieces | null
  /** The transcript's text before the content, where that is another one. */
  readonly body: Pieces | null
  /** 'with the next': a run went back into it, so no part of a prompt ends it, but the next message or the run. */
  readonly ends: 'with its part' | 'with the next'
}

export interface Chat {
  /** Messages that are finished. */
  readonly messages: GrowingList<FinishedMessage>
  readonly open: OpenMessage | null
  /** Messages whose content stands in the transcript. */
  readonly inText: number
  /** Whether what stands there is what the template renders for these, with nothing after them. */
  readonly isClosed: boolean
  /** Messages whose text stays, whatever the template would make of it now. */
  readonly frozen: number
  /** What stands behind the content of the last one of these; null: what the template closes it with. */
  readonly tail: string | null
  /** The text that is not frozen. */
  readonly text: string
  /** What stands before it. */
  readonly base: Pieces
  /** When the conversation began, for templates that write the date: all of it has the same. */
  readonly time: Date | null
  readonly variables: TemplateVariables
  /** null: it has no tools of a prompt's. */
  readonly calls: CallForm | null
}

export const noChat: Chat = {
  messages: GrowingList.of<FinishedMessage>([]),
  open: null,
  inText: 0,
  isClosed: true,
  frozen: 0,
  tail: null,
  text: '',
  base: Pieces.none,
  time: null,
  variables: {},
  calls: null,
}

/** Whether finished messages have text that is still to be written. */
export function isPending({ messages, inText, isClosed }: Chat): boolean {
  return messages.length > inText || !isClosed
}

/** `thoughts`: known ones; null: none are. */
export function opened(chat: Chat, head: MessageHead, thoughts: readonly Piece[] | null): Chat {
  return { ...chat, open: { head, thoughts, pieces: [], start: null, body: null, ends: 'with its part' } }
}

/** What a message says beside its text, and nothing else of what holds it. */
export function headOf({ role, name, toolCallId, toolCalls }: MessageHead): MessageHead {
  return {
    role,
    ...(name === undefined ? {} : { name }),
    ...(toolCallId === undefined ? {} : { toolCallId }),
    ...(toolCalls === undefined ? {} : { toolCalls }),
  }
}

/** Known text of the open message, as long as nothing of it stands in the transcript. */
export function withKnown(chat: Chat, open: OpenMessage, piece: Piece): Chat {
  if (piece.text === '') return chat
  return { ...chat, open: { ...open, pieces: [...open.pieces, piece] } }
}

/** The open message is finished; `text`: the transcript's, with the content at its end if that stands there. */
export function closed(chat: Chat, open: OpenMessage, text: Pieces): Chat {
  const { head, start } = open
  const pieces = start === null ? open.pieces : text.since((open.body ?? start).length)
  const thoughts = open.thoughts ?? []
  const thinking = thoughts.length === 0 ? {} : { thinking: joined(thoughts) }
  const message = { ...head, ...thinking, content: joined(pieces), pieces, thoughts }
  const messages = chat.messages.with(message)
  if (start === null) return { ...chat, messages, open: null }
  const standing = {
    inText: messages.length,
    isClosed: false,
    text: chat.text + joined(text.since(start.length)),
  }
  return { ...chat, ...standing, messages, open: null }
}

/** The text of pieces. */
export function joined(pieces: readonly Piece[]): string {
  let text = ''
  for (const piece of pieces) text += piece.text
  return text
}

/** Without a message that only the next one or the end of the run ends. */
export function withoutResumed(chat: Chat, text: Pieces): Chat {
  return chat.open?.ends === 'with the next' ? closed(chat, chat.open, text) : chat
}

/** What stands in the transcript stays as it is: other text follows it, or the caller wants it so. */
export function frozen(chat: Chat, text: Pieces): Chat {
  if (chat.inText === chat.frozen) {
    const tail = chat.tail === null ? null : chat.tail + chat.text
    return { ...chat, tail, text: '', base: text }
  }
  return { ...chat, frozen: chat.inText, tail: chat.isClosed ? null : '', text: '', base: text }
}
