// What a run gives the model's chat template beside the messages: JSON values by name. Decides which names and values
// there may be, and copies them, so that a conversation keeps what it was given. Never renders.
import { PromptError } from '../../base/errors.js'
import { isArray, isReadable, isRecord, isUnicodeText, quoted, shown } from '../../base/seen.js'
import type { Listener } from '../report/event.js'
import type { Chat, RenderChat, TemplateVariables } from '../state/chat.js'
import { jsonSizeAtLeast } from './json-size.js'

/** What templates get from the run itself. */
const own = ['messages', 'add_generation_prompt', 'bos_token', 'eos_token']
/** Characters, as JSON. */
const charactersMax = 1 << 22
const depthMax = 100

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
  return copyOf(chat, 'chat', 0) as TemplateVariables
}

/** Frozen; members that are undefined are left out. */
function copyOf(value: unknown, path: string, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string') {
    if (isUnicodeText(value)) return value
    throw invalid(`${path} of the run is text with half a surrogate pair; it must be a JSON value`)
  }
  if (depth > depthMax) {
    throw invalid(`${path.slice(0, 100)}... of the run holds itself or more than ${depthMax} levels`)
  }
  if (isArray(value)) {
    return Object.freeze(Array.from(value, (item, index) => copyOf(item, `${path}[${index}]`, depth + 1)))
  }
  if (!isRecord(value) || hasMethod(value)) {
    throw invalid(`${path} of the run is ${shown(value)}; it must be a JSON value`)
  }
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, copyOf(item, `${path}.${isPlain(key) ? key : quoted(key)}`, depth + 1)])
  return Object.freeze(Object.fromEntries(entries))
}

/** A value of some class that says itself how it is written. */
function hasMethod(value: object): boolean {
  return isReadable(value) && typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

function isPlain(key: string): boolean {
  return /^\w{1,40}$/.test(key)
}

function invalid(told: string): PromptError {
  return new PromptError('OPTION_INVALID', `${told}.`)
}
