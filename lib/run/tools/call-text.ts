// Calls of tools for chat templates that know none: told in a text of ours, written as JSON between tags, their results
// as what a user says. Decides that text and those tags; what templates write by themselves is not touched.
import { jsonSchema } from '../../constraint/json-schema.js'
import type { ToolCall } from '../../prompt/message-head.js'
import type { CallForm, ChatMessage, RenderChat } from '../state/chat.js'

type ToldIn = Exclude<CallForm['by'], 'template'>

const json = jsonSchema(true, { whitespace: 'spaced' })

/** The template as it is for messages that hold no calls, results and tools any more. */
export function withCallTexts(render: RenderChat, toldIn: ToldIn): RenderChat {
  return (messages, options) => {
    const { tools, ...variables } = options.variables ?? {}
    const list = Array.isArray(tools) ? (tools as readonly unknown[]) : []
    return render(told(joined(messages.map(asText)), toldText(list), toldIn), {
      ...options,
      variables,
    })
  }
}

function asText(message: ChatMessage): ChatMessage {
  const { role, content, toolCalls = [] } = message
  if (role === 'tool') return { role, content: `<tool_response>\n${content}\n</tool_response>` }
  if (toolCalls.length === 0) return message
  const texts = toolCalls.map(callText)
  return { role, content: [content, ...texts].filter((text) => text !== '').join('\n') }
}

function callText({ name, arguments: given }: ToolCall): string {
  return `<tool_call>\n{"name": "${name}", "arguments": ${json.format(given)}}\n</tool_call>`
}

/** Results in a row are one message, since many templates take no two of a user. */
function joined(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const list: ChatMessage[] = []
  for (const message of messages) {
    const last = list.at(-1)
    if (message.role !== 'tool') list.push(message)
    else if (last === undefined || !isResults(last)) list.push({ role: 'user', content: message.content })
    else list[list.length - 1] = { role: 'user', content: `${last.content}\n${message.content}` }
  }
  return list
}

function isResults({ role, content }: ChatMessage): boolean {
  return role === 'user' && content.startsWith('<tool_response>\n') && content.endsWith('\n</tool_response>')
}

function told(messages: readonly ChatMessage[], text: string, toldIn: ToldIn): readonly ChatMessage[] {
  const [first, ...others] = messages
  if (toldIn === 'system') {
    if (first?.role !== 'system') return [{ role: 'system', content: text }, ...messages]
    return [{ ...first, content: `${first.content}\n\n${text}` }, ...others]
  }
  const at = messages.findIndex(({ role }) => role === 'user')
  return messages.map((message, index) =>
    index === at ? { ...message, content: `${text}\n\n${message.content}` } : message,
  )
}

function toldText(tools: readonly unknown[]): string {
  return `You can call these tools:
${tools.map((tool) => json.format(tool)).join('\n')}
To call one, write nothing but this, with its name and its arguments:
<tool_call>
{"name": "...", "arguments": {...}}
</tool_call>
What it returns comes back between <tool_response> and </tool_response>. Where no tool is of use, answer.`
}
