// Chat messages as parts: the words of a role, between the marks the model's own chat template puts around them.
// Decides only what a message holds; which marks, the engine's template says.
import { PromptError } from '../base/errors.js'
import type { Interpolation, Message, Role } from './part.js'
import { assemble, templateParts } from './prompt.js'
import type { InputsOf, KnownOf, ValuesOf } from './typing.js'

type MessageTag = <const P extends readonly Interpolation[]>(
  text: TemplateStringsArray,
  ...parts: P
) => Message<ValuesOf<P>, InputsOf<P>, KnownOf<P>>

function message(role: Role): MessageTag {
  return (text, ...parts) => {
    const inner = assemble(templateParts(text, parts), null).parts
    if (inner.some((part) => part.kind === 'message')) {
      throw new PromptError(
        'MESSAGE_NESTED',
        `A ${role} message holds another message; messages stand one after the other.`,
      )
    }
    return Object.freeze({ kind: 'message', role, parts: inner })
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
export const system: MessageTag = message('system')
/** What the user says. Throws as `system`. */
export const user: MessageTag = message('user')
/** What the model says; holes belong here. Throws as `system`. */
export const assistant: MessageTag = message('assistant')
