// Renders chat messages with the Jinja template a model carries. Decides what the template gets to see, and how its
// failures are told; what is done with the text is the walk's business.
import { Template } from '@huggingface/jinja'
import { CapabilityError } from '../base/errors.js'
import { jsonSizeAtLeast } from '../run/given/json-size.js'
import type { ChatMessage, RenderChat, TemplateVariables } from '../run/state/chat.js'
import { BudgetSpent, render, withinTime } from './template-budget.js'
import { type ContentForm, type MessageForm, templateMessage } from './template-messages.js'
import type { Parsed } from './template-python.js'
import { type ThoughtForm, thoughtFormFor } from './template-thoughts.js'

/** Characters; the longest templates known have a tenth of that. */
const sourceMax = 1 << 18
const probe = '\uFDD2probe\uFDD2'

/** Texts of the vocabulary's special tokens, as templates write them; '' where it has none. */
export interface TemplateTokens {
  readonly bos: string
  readonly eos: string
}

interface How {
  readonly opens: boolean
  readonly time: Date
  readonly form: MessageForm
  readonly variables: TemplateVariables
}

/**
 * Reads the template when it is first needed: whoever sends no messages needs none that is sound. Rendering throws
 * CapabilityError CHAT_TEMPLATE_INVALID, or CHAT_TEMPLATE_BUDGET where reading or rendering has no end.
 */
export function chatTemplate(source: string, tokens: TemplateTokens = { bos: '', eos: '' }): RenderChat {
  let parsed: Parsed | null = null
  let content: ContentForm | null = null
  let thought: ThoughtForm | null = null
  let given: MessageForm['arguments'] | null = null
  const rendered = (template: Parsed, messages: readonly ChatMessage[], how: How): string => {
    const given = messages.map((message) => templateMessage(message, how.form))
    const items = {
      // No `tools` unless somebody gives some: templates that look for an empty list tell the model to answer with a
      // call of a function, and those that look for none take what is undefined for it.
      ...how.variables,
      messages: given,
      add_generation_prompt: how.opens,
      bos_token: tokens.bos,
      eos_token: tokens.eos,
    }
    const characters = sizeOf(messages, how.variables)
    return render(template, items, { messages: messages.length, characters }, how.time)
  }
  const attempt = (
    template: Parsed,
    list: readonly ChatMessage[],
    tried: Partial<MessageForm>,
    more: Partial<How> = {},
  ): string => {
    const form = { content: content ?? 'text', thought: 'member', arguments: 'object', ...tried } as const
    return rendered(template, list, { opens: false, time: new Date(0), variables: {}, ...more, form })
  }
  /** Found out when it is first needed, once for all messages. */
  const formFor = (template: Parsed, messages: readonly ChatMessage[]): MessageForm => {
    content ??= contentFormFor((list, tried) => attempt(template, list, { content: tried }, { opens: true }))
    if (messages.some(({ thinking }) => thinking !== undefined)) {
      thought ??= thoughtFormFor(source, (list, tried, variables) =>
        orNull(() => attempt(template, list, { thought: tried }, { variables })),
      )
    }
    if (messages.some(({ toolCalls }) => toolCalls !== undefined)) {
      given ??= argumentsFormFor((list, tried) => attempt(template, list, { arguments: tried }))
    }
    return { content, thought: thought ?? 'member', arguments: given ?? 'object' }
  }
  const chat: RenderChat = (messages, options) => {
    const { opensAssistant, time = new Date(), variables = {} } = options
    try {
      const template = parsed ?? parse(source)
      parsed = template
      const found = formFor(template, messages)
      const form = { ...found, arguments: options.arguments ?? found.arguments }
      return rendered(template, messages, { opens: opensAssistant === 'yes', time, variables, form })
    } catch (error) {
      throw failed(error)
    }
  }
  let words: ReadonlySet<string> | null = null
  const reads = (variable: string): boolean => {
    words ??= new Set(source.match(/[\p{L}\p{N}_]+/gu))
    return words.has(variable)
  }
  return Object.assign(chat, { reads })
}

/** Parts where a message has to be a list of them: as a text it is left out, or refused. */
function contentFormFor(attempt: (list: readonly ChatMessage[], form: ContentForm) => string): ContentForm {
  const shows = (form: ContentForm): boolean =>
    orNull(() => attempt([{ role: 'user', content: probe }], form))?.includes(probe) === true
  return !shows('text') && shows('parts') ? 'parts' : 'text'
}

/** Their text where the template shows that only. */
function argumentsFormFor(
  attempt: (list: readonly ChatMessage[], form: MessageForm['arguments']) => string,
): MessageForm['arguments'] {
  // Some templates take identifiers of nine letters and digits only.
  const call = { id: 'call12345', name: 'x', arguments: { x: probe } }
  const list: ChatMessage[] = [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: '', toolCalls: [call] },
  ]
  const shows = (form: MessageForm['arguments']): boolean =>
    orNull(() => attempt(list, form))?.includes(probe) === true
  return !shows('object') && shows('text') ? 'text' : 'object'
}

/** null: the template refuses it. */
function orNull(attempt: () => string): string | null {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof BudgetSpent) throw error
    return null
  }
}

/** Characters of all that a template gets. */
function sizeOf(messages: readonly ChatMessage[], variables: TemplateVariables): number {
  let size = jsonSizeAtLeast(variables, Number.POSITIVE_INFINITY)
  for (const { content, thinking = '', toolCalls } of messages) {
    size += content.length + thinking.length
    if (toolCalls !== undefined) size += jsonSizeAtLeast(toolCalls, Number.POSITIVE_INFINITY)
  }
  return size
}

function parse(source: string): Parsed {
  if (source.length > sourceMax) {
    throw new Error(`it has ${source.length} characters; ${sourceMax} are allowed`)
  }
  return withinTime(() => new Template(source)).parsed
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
  return new CapabilityError(
    'CHAT_TEMPLATE_INVALID',
    `The model's chat template can't be rendered: ${told}.`,
    {
      cause: error,
    },
  )
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | null)?.message ?? error).replace(/\.$/, '')
}
