// How a chat template takes calls of tools, found out by rendering conversations with stand-ins. Decides whether the
// template's own syntax is used: only where name and arguments stand in it as they are, and results come back; else a
// text of ours is. Never reads a template's source.
import { CapabilityError } from '../../base/errors.js'
import { jsonSchema } from '../../constraint/json-schema.js'
import type { ToolCall } from '../../prompt/message-head.js'
import type { CallForm, ChatMessage, RenderChat } from '../state/chat.js'
import { decisionIn, standIn, upTo } from './call-places.js'
import { withCallTexts } from './call-text.js'

/** JSON as the forms have it. */
export const callJson = {
  compact: jsonSchema(true, { whitespace: 'compact' }),
  spaced: jsonSchema(true, { whitespace: 'spaced' }),
} as const

const known = new WeakMap<RenderChat, CallForm>()

/** Throws CapabilityError CHAT_TEMPLATE_UNUSABLE where the template takes neither its own calls nor ours. */
export function callFormOf(render: RenderChat): CallForm {
  const form = known.get(render) ?? found(render)
  known.set(render, form)
  return form
}

/** What renders a conversation whose calls have this form. */
export function renderedAs(render: RenderChat, form: CallForm | null): RenderChat {
  return form === null || form.by === 'template' ? render : withCallTexts(render, form.by)
}

function found(render: RenderChat): CallForm {
  for (const by of ['template', 'system', 'user'] as const) {
    for (const given of ['object', 'text'] as const) {
      const form = { by, arguments: given, whitespace: 'spaced', calls: 'one' } as const
      const probe = new Probe(renderedAs(render, form), given)
      // As a text only where they are JSON as an object, too: else the model was trained on something else.
      if (given === 'text' && !probe.writesJson()) continue
      const whitespace = probe.whitespace()
      if (whitespace !== null) return { ...form, whitespace, calls: probe.calls(whitespace) }
    }
  }
  throw new CapabilityError(
    'CHAT_TEMPLATE_UNUSABLE',
    "The model's chat template takes no calls of tools: neither messages with calls and results, nor a user's message " +
      'with what they are; use another model, or give its results as text.',
  )
}

const names = ['tell_weather', 'find_place'] as const
const given = {
  [standIn.key]: standIn.value,
  count: 7,
  share: 0.5,
  exact: true,
  other: null,
  list: [1, 'a'],
  inner: { quoted: '"\\\n\té' },
}
const other = { [standIn.value]: [] }
const definitions = names.map((name) => ({
  type: 'function',
  function: {
    name,
    description: 'Tells.',
    parameters: { type: 'object', properties: { place: { type: 'string', description: 'Where.' } } },
  },
}))
const jsonMember = new RegExp(`"${standIn.key}":\\s*"${standIn.value}"`)
const question: ChatMessage = { role: 'user', content: 'Where?' }

/** One way to give calls to a template. */
class Probe {
  readonly #render: RenderChat
  readonly #given: CallForm['arguments']

  constructor(render: RenderChat, form: CallForm['arguments']) {
    this.#render = render
    this.#given = form
  }

  /** Whether arguments are written as some kind of JSON, or left out, where they are given as an object. */
  writesJson(): boolean {
    const text = new Probe(this.#render, 'object').#called(names[0], given)
    return text === null || !text.includes(standIn.value) || jsonMember.test(text)
  }

  /** How arguments are spelled where the template writes them as they are; null: it does not. */
  whitespace(): CallForm['whitespace'] | null {
    const one = this.#called(names[0], given)
    const two = this.#called(names[1], other)
    const call = this.#called(standIn.name, given)
    const answer = upTo(this.#rendered([question, answering]) ?? '', standIn.content, 0)
    const before = upTo(call ?? '', standIn.name, 0)
    if (one === null || two === null || answer === null || before === null) return null
    const prompt = this.#rendered([question], 'yes')
    if (decisionIn({ call: before, answer, prompt }) === null) return null
    const spelled = (['spaced', 'compact'] as const).filter((whitespace) =>
      [
        [one, given],
        [two, other],
      ].every(([text, value]) =>
        (text as string).includes(callJson[whitespace].format(value), before.length),
      ),
    )
    // Nothing but the arguments may differ.
    return spelled.find((whitespace) => this.#isExact(before, one, whitespace)) ?? null
  }

  calls(whitespace: CallForm['whitespace']): CallForm['calls'] {
    const [first, second] = [callJson[whitespace].format(given), callJson[whitespace].format(other)]
    const text = this.#rendered([
      question,
      calling([
        [names[0], given],
        [names[1], other],
      ]),
      ...names.map(result),
    ])
    const one = this.#called(names[0], given)
    if (text === null || one === null) return 'one'
    const end = one.lastIndexOf(first) + first.length
    const at = text.indexOf(second, end)
    return text.startsWith(one.slice(0, end)) && at > end && text.slice(end, at).includes(names[1])
      ? 'several'
      : 'one'
  }

  /** With other arguments all but these is the same, and the name is where it was. */
  #isExact(before: string, one: string, whitespace: CallForm['whitespace']): boolean {
    const [text, replaced] = [callJson[whitespace].format(given), callJson[whitespace].format(other)]
    const at = one.indexOf(text, before.length)
    const behind = one.slice(at + text.length)
    const again = this.#called(names[0], other)
    return (
      one.startsWith(before + names[0]) &&
      again === one.slice(0, at) + replaced + behind &&
      behind.includes(standIn.result)
    )
  }

  #called(name: string, value: object): string | null {
    return this.#rendered([question, calling([[name, value]]), result(name, 0)])
  }

  #rendered(messages: readonly ChatMessage[], opensAssistant: 'yes' | 'no' = 'no'): string | null {
    try {
      return this.#render(messages, {
        opensAssistant,
        time: new Date(0),
        variables: { tools: definitions },
        arguments: this.#given,
      })
    } catch (error) {
      if (error instanceof CapabilityError) return null
      throw error
    }
  }
}

const answering: ChatMessage = { role: 'assistant', content: standIn.content }

function calling(calls: readonly (readonly [string, object])[]): ChatMessage {
  const toolCalls = calls.map(
    ([name, value], index): ToolCall => ({ id: callId(index), name, arguments: value }),
  )
  return { role: 'assistant', content: '', toolCalls }
}

function result(name: string, index: number): ChatMessage {
  return { role: 'tool', name, toolCallId: callId(index), content: standIn.result }
}

/** Nine letters and digits, which is what the strictest templates ask for. */
export function callId(index: number): string {
  return `call${String(index % 100_000).padStart(5, '0')}`
}
