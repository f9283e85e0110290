// Renders chat messages with the Jinja template a model carries. Decides what the template gets to see, and how its
// failures are told; which marks come out of it is the walk's business.
import { Template } from '@huggingface/jinja'
import { CapabilityError } from '../base/errors.js'
import type { RenderChat } from '../run/chat.js'
import { BudgetSpent, render, withinTime } from './template-budget.js'

/** Characters; the longest templates known have a tenth of that. */
const sourceMax = 1 << 18

/** Throws CapabilityError CHAT_TEMPLATE_INVALID, or CHAT_TEMPLATE_BUDGET where reading or rendering has no end. */
export function chatTemplate(source: string): RenderChat {
  if (source.length > sourceMax) throw invalid(`it has ${source.length} characters; ${sourceMax} are allowed`)
  let parsed: Template['parsed']
  try {
    ;({ parsed } = withinTime(() => new Template(source)))
  } catch (error) {
    throw failed(error)
  }
  return (messages, { opensAssistant }) => {
    try {
      // The transcript has its BOS already where the model wants one, so the template must not write a second.
      const items = {
        messages: messages.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: opensAssistant === 'yes',
        bos_token: '',
        eos_token: '',
      }
      const characters = messages.reduce((sum, { content }) => sum + content.length, 0)
      return render(parsed, items, { messages: messages.length, characters })
    } catch (error) {
      throw failed(error)
    }
  }
}

function failed(error: unknown): CapabilityError {
  if (error instanceof BudgetSpent) {
    return new CapabilityError(
      'CHAT_TEMPLATE_BUDGET',
      `The model's chat template is not rendered: ${error.message}. Write the marks as text instead of messages.`,
    )
  }
  // A stack that overflows in another context has its own class of errors.
  const isTooDeep = (error as { name?: unknown } | null)?.name === 'RangeError'
  const told = isTooDeep ? 'it is nested too deeply, or its values are too long' : messageOf(error)
  return invalid(told, error)
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | null)?.message ?? error)
}

function invalid(told: string, cause?: unknown): CapabilityError {
  const message = `The model's chat template can't be rendered: ${told}.`
  return new CapabilityError('CHAT_TEMPLATE_INVALID', message, cause === undefined ? {} : { cause })
}
