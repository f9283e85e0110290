// What a run gives the model's chat template beside the messages: JSON values by name. Decides which names and values
// there may be, and copies them, so that a conversation keeps what it was given. Never renders.
import { PromptError } from '../../base/errors.js'
import { isRecord, shown } from '../../base/seen.js'
import { jsonCopy } from '../../prompt/json-copy.js'
import type { Listener } from '../report/event.js'
import type { Chat, RenderChat, TemplateVariables } from '../state/chat.js'
import { jsonSizeAtLeast } from './json-size.js'

/** What templates get from the run itself. */
const own = ['messages', 'add_generation_prompt', 'bos_token', 'eos_token']
/** Characters, as JSON. */
const charactersMax = 1 << 22

/**
 * The conversation with the variables a run gives its template; undefined: those it has. Whoever listens hears of names
 * that the template does not mention. Throws PromptError OPTION_INVALID.
 */
export function withVariables(
  template: RenderChat | null,
  listener: Listener,
  chat: Chat,
  given: unknown,
): Chat {
  if (given === undefined) return chat
  const variables = checked(given)
  for (const name of Object.keys(variables)) {
    if (template?.reads === undefined ? template !== null : template.reads(name)) continue
    const why = `the model${template === null ? ' has no chat template' : "'s chat template does not mention it"}`
    listener.emit({ type: 'warning', hole: '', message: `chat.${name} of the run changes nothing: ${why}.` })
  }
  return { ...chat, variables }
}

function checked(chat: unknown): TemplateVariables {
  if (!isRecord(chat)) {
    throw invalid(`chat of the run is ${shown(chat)}; it must be an object of JSON values by name`)
  }
  const size = jsonSizeAtLeast(chat, charactersMax)
  if (size > charactersMax) {
    throw invalid(`chat of the run has ${size} characters or more; at most ${charactersMax} are allowed`)
  }
  const name = own.find((key) => Object.hasOwn(chat, key))
  if (name !== undefined) {
    throw invalid(`chat of the run has ${name}, which the run itself gives the chat template; leave it out`)
  }
  return jsonCopy(chat, 'chat of the run', invalid) as TemplateVariables
}

function invalid(told: string): PromptError {
  return new PromptError('OPTION_INVALID', `${told}.`)
}
