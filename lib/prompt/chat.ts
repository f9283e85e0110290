// Chat messages as parts: the words of a role, between the marks the model's own chat template puts around them.
// Decides only what a message holds; which marks, the engine's template says.
import { PromptError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { isUnicodeText, shown } from '../base/seen.js'
import type { MessageHead } from './message-head.js'
import { requireOptions } from './options.js'
import type { Interpolation, Message } from './part.js'
import { assemble, templateParts } from './prompt.js'
import { checkThoughts } from './thinking.js'
import type { InputsOf, KnownOf, StopsOf, ValuesOf } from './typing.js'

type MessageTag = <const P extends readonly Interpolation[]>(
  text: TemplateStringsArray,
  ...parts: P
) => Message<ValuesOf<P>, InputsOf<P>, KnownOf<P>, StopsOf<P>>

function message(head: MessageHead): MessageTag {
  const { role } = head
  return (text, ...parts) => {
    const inner = assemble(templateParts(text, parts), null).parts
    if (inner.some((part) => part.kind === 'message' || part.kind === 'tools')) {
      throw new PromptError(
        'MESSAGE_NESTED',
        `A ${role} message holds another message; messages stand one after the other.`,
      )
    }
    checkThoughts(head, inner)
    return Object.freeze({ kind: 'message', ...head, parts: inner })
  }
}

/**
 * What the model is told before the conversation.
 *
 * Throws PromptError MESSAGE_NESTED for a message in a message, and as `prompt`.
 *
 * @example
 * ```ts
 * const answer = gen('answer', { tokensMax: 16 })
 * const chat = prompt`${system`You are helpful.`}${user`${input('question')}`}${assistant`${answer}`}`
 * console.log((await model.run(chat, { question: 'Who are you?' })).values.answer)
 * ```
 */
export const system: MessageTag = message({ role: 'system' })
/** What the user says. Throws as `system`. */
export const user: MessageTag = message({ role: 'user' })
/** What the model says; holes belong here. Throws as `system`. */
export const assistant: MessageTag = message({ role: 'assistant' })

/** What `toolResult` takes. */
export interface ToolResultOptions {
  /** Of the tool. Default: none, which some chat templates refuse. */
  readonly name?: string
  /** Of the call this is the result of. Default: none, which some chat templates refuse. */
  readonly id?: string
}

const toolResultNames = optionNames<ToolResultOptions>('toolResult()', { name: true, id: true })

/**
 * What a tool answered, as a message of the role 'tool'. A run rejects with CapabilityError where the model's chat
 * template has no such role or refuses it there.
 *
 * Throws PromptError OPTION_INVALID, UsageError OPTION_UNKNOWN, and as `system`.
 *
 * @example
 * ```ts
 * import { scripted } from 'espalier/testing'
 *
 * const asked = [
 *   { role: 'user', content: 'Is it raining in Rome?' },
 *   { role: 'assistant', tool_calls: [{ id: 'call_1', name: 'weather', arguments: { city: 'Rome' } }] },
 * ]
 * const answer = assistant`${select('raining', ['Yes', 'No'])}`
 * const chat = prompt`${messages(asked)}${toolResult({ name: 'weather', id: 'call_1' })`sunny`}${answer}`
 * console.log((await scripted({ raining: 'No' }).run(chat)).text)
 * ```
 */
export function toolResult(options: ToolResultOptions = {}): MessageTag {
  requireOptions(options, toolResultNames, 'a tool result')
  const { name, id } = options
  for (const [member, text] of Object.entries({ name, id })) {
    if (text === undefined || (typeof text === 'string' && text !== '' && isUnicodeText(text))) continue
    throw new PromptError(
      'OPTION_INVALID',
      `${member} of a tool result is ${shown(text)}; it must be text, and not empty.`,
    )
  }
  return message({
    role: 'tool',
    ...(name === undefined ? {} : { name }),
    ...(id === undefined ? {} : { toolCallId: id }),
  })
}
