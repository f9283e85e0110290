// What a chat template writes before the content of a message that nobody has written yet. Decides between the opening
// of an answer and what the template writes before the content of a message that is finished.
import type { MessageHead } from '../../prompt/message-head.js'
import type { Chat } from '../state/chat.js'
import type { RunContext } from '../state/run-context.js'
import { leftOut } from './chat-text.js'
import { type RenderTurns, rendered, standIn } from './render.js'

/** For an assistant what the template opens an answer with, if it opens answers; else what it writes before content. */
export function openingOf(run: RunContext, chat: Chat, head: MessageHead): RenderTurns {
  const answer: RenderTurns = (turns) => rendered(run, chat, turns, 'yes')
  const beforeContent: RenderTurns = async (turns) => {
    const all = await rendered(run, chat, [...turns, { ...head, content: standIn }], 'no')
    const at = all.lastIndexOf(standIn)
    if (at < 0) throw leftOut(head.role)
    return all.slice(0, at)
  }
  let opens: boolean | null = null
  return async (turns) => {
    if (opens === null) {
      const isAnswer = head.role === 'assistant' && turns.length > 0
      const text = isAnswer ? await answer(turns) : null
      opens = text !== null && text !== (await rendered(run, chat, turns, 'no'))
      if (text !== null && opens) return text
    }
    return opens ? answer(turns) : beforeContent(turns)
  }
}
