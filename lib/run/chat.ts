// The marks a model's chat template puts around messages, as the walk needs them: text before a message's content and
// text after it. Decides how marks of neighbouring messages are told apart and that earlier turns never change. The
// template itself is rendered elsewhere.
import { CapabilityError } from '../base/errors.js'
import type { Role } from '../prompt/part.js'

export interface ChatMessage {
  readonly role: Role
  readonly content: string
}

/** Renders messages with the model's template; throws CapabilityError where it can't. */
export type RenderChat = (
  messages: readonly ChatMessage[],
  options: { readonly opensAssistant: 'yes' | 'no' },
) => string

export interface ChatMarks {
  /** Marks around the content of the message that comes after `before`. */
  around(before: readonly ChatMessage[], role: Role): { readonly before: string; readonly after: string }
}

// Private-use characters: no template and no tokenizer treats them in a special way.
const standIn = '\uE0FEespalier\uE0FE'

/** Finds the marks by rendering with a stand-in as the content. */
export function chatMarks(render: RenderChat): ChatMarks {
  // A transcript that is kept has been marked as if nothing came after it; so must every later rendering.
  const cut = (messages: readonly ChatMessage[], role: Role): { head: string; tail: string } => {
    const all = render([...messages, { role, content: standIn }], { opensAssistant: 'no' })
    const at = all.lastIndexOf(standIn)
    if (at < 0) {
      throw new CapabilityError(
        'CHAT_TEMPLATE_UNUSABLE',
        `The model's chat template leaves out the content of a ${role} message.`,
      )
    }
    return { head: all.slice(0, at), tail: all.slice(at + standIn.length) }
  }
  return {
    around(before, role) {
      const { head, tail } = cut(before, role)
      const earlier = before.length === 0 ? '' : render(before, { opensAssistant: 'no' })
      if (!head.startsWith(earlier)) {
        throw new CapabilityError(
          'CHAT_TEMPLATE_REWRITES',
          `The chat template writes the first ${before.length} messages differently once a ${role} message follows.`,
        )
      }
      return { before: openingOf(render, before, role, earlier, head), after: tail }
    },
  }
}

/** For an assistant, what the template itself opens an answer with, where both agree so far. */
function openingOf(
  render: RenderChat,
  before: readonly ChatMessage[],
  role: Role,
  earlier: string,
  head: string,
): string {
  const plain = head.slice(earlier.length)
  if (role !== 'assistant' || before.length === 0) return plain
  const opened = render(before, { opensAssistant: 'yes' })
  return opened.startsWith(earlier) ? opened.slice(earlier.length) : plain
}
