// Renders chat messages with the Jinja template a model carries. Decides what the template gets to see; which marks
// come out of it is the walk's business.
import { Template } from '@huggingface/jinja'
import { CapabilityError } from '../base/errors.js'
import type { RenderChat } from '../run/chat.js'

/** Throws CapabilityError CHAT_TEMPLATE_INVALID where the template can't be read. */
export function chatTemplate(source: string): RenderChat {
  let template: Template
  try {
    template = new Template(source)
  } catch (error) {
    throw invalid(error)
  }
  return (messages, { opensAssistant }) => {
    try {
      // The transcript has its BOS already where the model wants one, so the template must not write a second.
      return template.render({
        messages: messages.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: opensAssistant === 'yes',
        bos_token: '',
        eos_token: '',
      })
    } catch (error) {
      throw invalid(error)
    }
  }
}

function invalid(error: unknown): CapabilityError {
  const told = error instanceof Error ? error.message : String(error)
  return new CapabilityError(
    'CHAT_TEMPLATE_INVALID',
    `The model's chat template can't be rendered: ${told}.`,
    {
      cause: error,
    },
  )
}
