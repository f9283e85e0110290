// The thought of an assistant's message in a walk: it is opened before anything else of the message, filled like any
// hole, and closed with the mark of the chat template. Decides where it may stand, and that a conversation taken back
// to it begins the message anew.
import type { Hole, Thinking } from '../../prompt/part.js'
import { misplaced } from '../../prompt/thinking.js'
import { endThought, writeThoughtOpening } from '../chat/chat-write.js'
import { stopsOfThought } from '../chat/thought.js'
import { formatKnown, parseKnown } from '../given/known.js'
import type { OpenMessage } from '../state/chat.js'
import { marked } from '../state/marks.js'
import { pathOf, type Scope } from '../state/scope.js'
import type { FollowPart, Step, WalkState } from '../state/walk-state.js'

type TakeHole = (scope: Scope, state: WalkState, hole: Hole, after: Iterable<FollowPart>) => Promise<Step>

/** Throws PromptError THINKING_MISPLACED; CapabilityError as `thoughtOpening`. */
export async function takeThought(
  take: TakeHole,
  scope: Scope,
  state: WalkState,
  { hole }: Thinking,
): Promise<Step> {
  const { run, prefix } = scope
  const open = emptyMessage(state)
  if (Object.hasOwn(scope.known, hole.name)) {
    const text = formatKnown(scope, hole, scope.known[hole.name])
    const value = await parseKnown(scope, hole, text)
    const thoughts = [{ kind: 'known', hole: pathOf(scope, hole.name), text } as const]
    const chat = { ...state.chat, open: { ...open, thoughts: text === '' ? [] : thoughts } }
    const values = state.values.with(hole.name, value)
    return { state: { ...state, chat, values }, instead: null, drawn: null }
  }
  const { talk, mark } = await writeThoughtOpening(run, prefix, state, open)
  const start = talk.transcript.pieces
  const before = { ...talk, chat: { ...talk.chat, open: { ...open, start } } }
  const ending = { ...hole, language: { stops: stopsOfThought(mark) } }
  const { state: filled, drawn } = await take(scope, before, ending, [])
  const thoughts = filled.transcript.pieces.since(start.length)
  const end = await endThought(run, prefix, filled, { ...open, start, thoughts }, mark)
  const marks = marked(scope, hole.name, state)
  return { state: { ...end, marks }, instead: null, drawn, from: talk.transcript }
}

function emptyMessage({ chat: { open } }: WalkState): OpenMessage {
  if (open === null) throw misplaced('outside of a message')
  if (open.head.role !== 'assistant') throw misplaced(`in a ${open.head.role} message`)
  const isEmpty = open.thoughts === null && open.start === null && open.pieces.length === 0
  if (!isEmpty) throw misplaced('after other parts of its message')
  return open
}
