// Messages as chat templates know them: the members they look for, by the names they have there. Decides in which of
// the forms that are in use a template gets contents; never renders anything.
import type { ChatMessage, RenderOptions } from '../run/state/chat.js'
import type { ThoughtForm } from './template-thoughts.js'

/** What a template gets of a message: its text, or a list of typed parts. */
export type ContentForm = 'text' | 'parts'

/** How templates are told of what is beside the text. */
export interface MessageForm {
  readonly content: ContentForm
  readonly thought: ThoughtForm
  readonly arguments: NonNullable<RenderOptions['arguments']>
}

/** Names under which templates look for what a model thought; those they do not know they leave alone. */
const thoughtNames = ['reasoning_content', 'reasoning', 'thinking', 'thought']

/** Members that a message does not have are left out: templates ask whether they are there. */
export function templateMessage(message: ChatMessage, form: MessageForm): Readonly<Record<string, unknown>> {
  const { role, thinking, name, toolCallId, toolCalls } = message
  const seen: Record<string, unknown> = { role, content: contentOf(message, form) }
  if (thinking !== undefined && form.thought === 'member')
    for (const key of thoughtNames) seen[key] = thinking
  if (name !== undefined) seen.name = name
  if (toolCallId !== undefined) seen.tool_call_id = toolCallId
  if (toolCalls !== undefined) seen.tool_calls = toolCalls.map((call) => templateCall(call, form))
  return seen
}

function contentOf({ content, thinking }: ChatMessage, form: MessageForm): unknown {
  if (thinking === undefined || form.thought === 'member') {
    return form.content === 'parts' ? [{ type: 'text', text: content }] : content
  }
  if (form.thought === 'part') {
    return [
      { type: 'thinking', thinking },
      { type: 'text', text: content },
    ]
  }
  const text = form.thought.open + thinking + form.thought.close + content
  return form.content === 'parts' ? [{ type: 'text', text }] : text
}

type Call = NonNullable<ChatMessage['toolCalls']>[number]

function templateCall(call: Call, form: MessageForm): Readonly<Record<string, unknown>> {
  const given = form.arguments === 'text' ? JSON.stringify(call.arguments) : call.arguments
  return { id: call.id, type: 'function', function: { name: call.name, arguments: given } }
}
