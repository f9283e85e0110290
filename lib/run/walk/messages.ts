// Chat messages in a walk. Decides when their text has to stand in the transcript: as late as possible, since a
// template writes a list of messages, and only the whole list. Until then what is known of them waits.
import { PromptError } from '../../base/errors.js'
import type { Message } from '../../prompt/part.js'
import { writeIfTaken, writeMessages, writeOpening } from '../chat/chat-write.js'
import { closed, frozen, isPending, opened, withKnown, withoutResumed } from '../state/chat.js'
import type { Piece } from '../state/pieces.js'
import { deeper, type Scope } from '../state/scope.js'
import type { Walk, WalkPart, WalkState } from '../state/walk-state.js'

/** The message's parts are walked; what they write is its content. */
export async function walkMessage(
  walk: Walk,
  scope: Scope,
  from: WalkState,
  part: Message,
): Promise<WalkState> {
  const state = { ...from, chat: withoutResumed(from.chat, from.transcript.pieces) }
  if (scope.run.chat === null) {
    throw new PromptError(
      'CHAT_TEMPLATE_MISSING',
      `The prompt has a ${part.role} message, and the model has no chat template.`,
    )
  }
  if (state.chat.open !== null) {
    // Functions may nest them without end; that is told first.
    await walk(deeper(scope), state, part.parts, [])
    throw new PromptError(
      'MESSAGE_NESTED',
      `The ${state.chat.open.role} message holds the ${part.role} message; messages stand one after the other.`,
    )
  }
  const before = { ...state, chat: opened(state.chat, part.role) }
  const { chat, ...end } = await walk(deeper(scope), before, part.parts, [])
  return { ...end, chat: closed(chat, chat.open!, end.transcript.pieces) }
}

/** The state with all that in the transcript which the part comes after. */
export async function readyFor(scope: Scope, state: WalkState, part: WalkPart): Promise<WalkState> {
  const { run, prefix } = scope
  const { open } = state.chat
  if (open === null && !isPending(state.chat)) return state
  switch (part.kind) {
    case 'message':
    case 'computed':
      return state
    case 'prompt':
      if (part.prompt.check === null) return state
      break
    case 'text':
    case 'mark':
    case 'input':
      return open === null ? writeMessages(run, prefix, state) : state
    case 'ask':
      if (Object.hasOwn(scope.known, part.name)) return state
      break
    case 'hole':
      if (open === null) return writeMessages(run, prefix, state)
      if (Object.hasOwn(scope.known, part.name)) return state
  }
  if (open === null) return writeIfTaken(run, prefix, state)
  return open.start === null ? writeOpening(run, prefix, state, open) : state
}

/** Known text that waits in an open message; null where it has to be written. */
export function waiting(state: WalkState, piece: Piece): WalkState | null {
  const { open } = state.chat
  if (open === null || open.start !== null) return null
  return { ...state, chat: withKnown(state.chat, open, piece) }
}

/** After a part: other text than that of messages stays where it is, and so do the messages before it. */
export function settled(before: WalkState, after: WalkState): WalkState {
  const isOther = after.transcript !== before.transcript && after.chat === before.chat
  if (!isOther || after.chat.open !== null || after.chat.messages.length === 0) return after
  return { ...after, chat: frozen(after.chat, after.transcript.pieces) }
}
