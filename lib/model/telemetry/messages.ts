// A conversation as OpenTelemetry's GenAI conventions write it. Decides which messages a run was given and which one it
// wrote: the last one of the assistant's.
import type { Chat } from '../../run/state/chat.js'

interface WrittenMessage {
  readonly role: string
  readonly parts: readonly object[]
  readonly finish_reason?: 'stop' | 'tool_call'
}

export function conversation(chat: Chat): {
  readonly inputs: readonly WrittenMessage[]
  readonly outputs: readonly WrittenMessage[]
} {
  const messages = chat.messages.since(0).map(({ role, content, thinking, toolCalls = [], toolCallId }) => {
    if (role === 'tool')
      return { role, parts: [{ type: 'tool_call_response', id: toolCallId ?? null, response: content }] }
    const thought = thinking === undefined ? [] : [{ type: 'reasoning', content: thinking }]
    const said = content === '' ? [] : [{ type: 'text', content }]
    const calls = toolCalls.map(({ id, name, arguments: given }) => ({
      type: 'tool_call',
      id,
      name,
      arguments: given,
    }))
    return { role, parts: [...thought, ...said, ...calls] }
  })
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return { inputs: messages, outputs: [] }
  return { inputs: messages.slice(0, -1), outputs: [{ ...last, finish_reason: 'stop' }] }
}

/** A tool may return what JSON can't write. */
export function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch {
    return '"[unwritable]"'
  }
}
