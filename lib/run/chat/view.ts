// What a chat template makes of a conversation, as a function of the texts in it: so that its marks can be told from
// what was said. Decides what of the rendering is looked at where earlier text stays as it is, and refuses a template
// that leaves out calls of tools.
import type { Chat } from '../state/chat.js'
import { GrowingList } from '../state/growing-list.js'
import type { RunContext } from '../state/run-context.js'
import { asSeen, type Field, type IsHidden, withFields, withTexts } from './chat-fields.js'
import { leftOut, type RenderFields } from './chat-text.js'
import { commonStart, isRefusal, type RenderTurns, rendered } from './render.js'

// Noncharacters, which no text has.
const standInFrozen = '\uFDD2frozen\uFDD2'
/** What a template makes of the fields that are not frozen, from where the frozen text ends. */
export async function viewOf(run: RunContext, chat: Chat, render: RenderTurns): Promise<RenderFields> {
  const { frozen: kept } = chat
  const messages = chat.messages.since(0)
  const isHidden = hiddenTo(run)
  const withTextsOf = (list: typeof messages, texts?: readonly string[]) =>
    texts === undefined ? asSeen(list) : withFields(list, isHidden, texts)
  const last = messages[kept - 1]
  if (last === undefined) {
    const { startText } = run.engine
    return async (texts) => {
      const text = await render(withTextsOf(messages, texts))
      // The transcript has it already, and never twice.
      return text.startsWith(startText) ? text.slice(startText.length) : text
    }
  }
  const before = messages.slice(0, kept).map((message) => withTexts(message, isHidden, standInFor))
  const afterFrozen = (text: string): string => {
    const at = text.lastIndexOf(standInFrozen)
    if (at < 0) throw leftOut(last.role)
    return text.slice(at + standInFrozen.length)
  }
  const tail = chat.tail ?? afterFrozen(await rendered(run, chat, before, 'no'))
  return async (texts) => {
    const turns = withTextsOf(messages.slice(kept), texts)
    const text = afterFrozen(await render([...before, ...turns]))
    return text.slice(commonStart(tail, text))
  }
}

function standInFor({ isContent, text }: Field): string {
  return isContent ? standInFrozen : text
}

export function hiddenTo({ engine }: RunContext): IsHidden {
  return (text) => engine.hasSpecial(text)
}

/** Refuses a template that writes new messages with calls of tools as it would without. */
export async function requireCalls(
  run: RunContext,
  chat: Chat,
  render: RenderTurns,
  text: string,
): Promise<void> {
  const { messages, inText } = chat
  if (!messages.since(inText).some(({ toolCalls }) => toolCalls !== undefined)) return
  const without = messages.since(0).map((message, index) => {
    const { toolCalls: _, ...others } = message
    return index < inText ? message : others
  })
  const view = await viewOf(run, { ...chat, messages: GrowingList.of(without) }, render)
  const bare = await view().catch((error: unknown) => {
    if (isRefusal(error)) return null
    throw error
  })
  if (bare === text) throw leftOut('assistant', 'calls of tools')
}
