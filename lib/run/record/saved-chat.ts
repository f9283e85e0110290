// The messages of a conversation as JSON has them, and back. Decides that what the pieces of the text have is not
// written again.
import { type Chat, type FinishedMessage, joined, type OpenMessage } from '../state/chat.js'
import { GrowingList } from '../state/growing-list.js'
import { chatText } from '../state/marks.js'
import type { Piece, Pieces } from '../state/pieces.js'
import type { Rows } from './lists.js'

export type SavedPiece = readonly [kind: Piece['kind'], hole: string | null, text: string]

type SavedMessage = Omit<FinishedMessage, 'content' | 'thinking' | 'pieces' | 'thoughts'> & {
  readonly pieces: readonly SavedPiece[]
  readonly thoughts: readonly SavedPiece[]
}
/** Lists of pieces by number. */
type SavedOpen = Omit<OpenMessage, 'pieces' | 'thoughts' | 'start' | 'body'> & {
  readonly pieces: readonly SavedPiece[]
  readonly thoughts: readonly SavedPiece[] | null
  readonly start: number | null
  readonly body: number | null
}
/** Of its text only whether there is one, since the pieces have it; time in milliseconds since 1970. */
export type SavedChat = Omit<Chat, 'messages' | 'open' | 'text' | 'base' | 'time'> & {
  readonly messages: readonly SavedMessage[]
  readonly open: SavedOpen | null
  readonly hasText: boolean
  readonly base: number
  readonly time: number | null
}

export function savedChat(lists: Rows<Piece, SavedPiece>, chat: Chat): SavedChat {
  const { text, base, time, open, messages, ...rest } = chat
  return {
    ...rest,
    messages: messages.since(0).map(savedMessage),
    open: open === null ? null : savedOpen(lists, open),
    hasText: text !== '',
    base: lists.numberOf(base),
    time: time?.getTime() ?? null,
  }
}

function savedMessage({
  content: _,
  thinking: _1,
  pieces,
  thoughts,
  ...message
}: FinishedMessage): SavedMessage {
  return { ...message, pieces: pieces.map(rowOf), thoughts: thoughts.map(rowOf) }
}

function savedOpen(
  lists: Rows<Piece, SavedPiece>,
  { pieces, thoughts, start, body, ...rest }: OpenMessage,
): SavedOpen {
  return {
    ...rest,
    pieces: pieces.map(rowOf),
    thoughts: thoughts?.map(rowOf) ?? null,
    start: start === null ? null : lists.numberOf(start),
    body: body === null ? null : lists.numberOf(body),
  }
}

/** `text`: the transcript's there. */
export function chatIn(saved: SavedChat, lists: readonly Pieces[], text: Pieces): Chat {
  const { hasText, base, time, open, messages, ...rest } = saved
  const chat: Chat = {
    ...rest,
    messages: GrowingList.of(messages.map(messageIn)),
    open: open === null ? null : openIn(open, lists),
    base: lists[base]!,
    time: time === null ? null : new Date(time),
    text: '',
  }
  return hasText ? { ...chat, text: chatText(chat, text) } : chat
}

function messageIn(message: SavedMessage): FinishedMessage {
  const pieces = message.pieces.map(pieceOf)
  const thoughts = message.thoughts.map(pieceOf)
  const thinking = thoughts.length === 0 ? {} : { thinking: joined(thoughts) }
  return { ...message, ...thinking, content: joined(pieces), pieces, thoughts }
}

function openIn(open: SavedOpen, lists: readonly Pieces[]): OpenMessage {
  const listOf = (number: number | null): Pieces | null => (number === null ? null : lists[number]!)
  return {
    ...open,
    pieces: open.pieces.map(pieceOf),
    thoughts: open.thoughts?.map(pieceOf) ?? null,
    start: listOf(open.start),
    body: listOf(open.body),
  }
}

export function rowOf({ kind, hole, text }: Piece): SavedPiece {
  return [kind, hole, text]
}

export function pieceOf([kind, hole, text]: SavedPiece): Piece {
  return { kind, hole, text }
}
