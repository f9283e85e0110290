// Places a conversation may be taken back to: just before each hole the model filled in the text of a run itself, not
// of a branch, an item or a turn. A list that grows without a copy, and holds no tokens and no rendered text: what can
// be made again from the text is left out, so that a long conversation does not keep itself once for each hole.
import { type Chat, joined, noChat } from './chat.js'
import type { Pieces } from './pieces.js'
import type { Scope } from './scope.js'
import type { TranscriptState } from './transcript.js'
import type { Values } from './values.js'

export interface Mark {
  readonly hole: string
  readonly before: Mark | null
  readonly pieces: Pieces
  readonly values: Values
  /** Of earlier runs. */
  readonly outer: Scope['outer']
  readonly adapters: readonly number[]
  /** Without its messages, of which there were `messages`, and without its text. */
  readonly chat: Chat
  readonly messages: number
  readonly hasText: boolean
}

/** Where a walk stands. */
interface Stand {
  readonly transcript: TranscriptState
  readonly values: Values
  readonly chat: Chat
  readonly marks: Mark | null
}

/** The list with the place where the walk stands; itself inside of branches, items and turns. */
export function marked(scope: Scope, hole: string, state: Stand): Mark | null {
  const { transcript, chat, values, marks } = state
  if (scope.prefix !== '') return marks
  return {
    hole,
    before: marks,
    pieces: transcript.pieces,
    values,
    outer: scope.outer,
    adapters: scope.run.engine.adaptersOf(transcript.position),
    chat: { ...chat, messages: noChat.messages, text: '' },
    messages: chat.messages.length,
    hasText: chat.text !== '',
  }
}

/** The conversation as it was there; `later`: as it is now. An open message goes on until another one begins. */
export function chatAt({ chat, messages, hasText, pieces }: Mark, later: Chat): Chat {
  const { open, base } = chat
  const until = open?.start ?? pieces
  const text = hasText ? joined(until.since(base.length)) : ''
  const resumed = open === null ? null : ({ ...open, ends: 'with the next' } as const)
  return { ...chat, open: resumed, messages: later.messages.until(messages), text }
}
