// One way to ask a chat template for calls of tools: conversations with stand-ins, and what the template makes of them.
// Decides which conversations tell enough; what follows from them is decided elsewhere.
import { CapabilityError } from '../../base/errors.js'
import { jsonSchema } from '../../constraint/json-schema.js'
import type { ToolCall } from '../../prompt/message-head.js'
import type { CallForm, ChatMessage, RenderChat } from '../state/chat.js'
import { decisionIn, standIn, upTo } from './call-places.js'

/** JSON as the forms have it. */
export const callJson = {
  compact: jsonSchema(true, { whitespace: 'compact' }),
  spaced: jsonSchema(true, { whitespace: 'spaced' }),
} as const

export const probeNames = ['tell_weather', 'find_place'] as const
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
const definitions = probeNames.map((name) => ({
  type: 'function',
  function: {
    name,
    description: 'Tells.',
    parameters: {
      type: 'object',
      properties: {
        place: { type: 'string', description: 'Where.' },
        area: { type: 'string', description: 'How large.' },
        count: { type: 'number', description: 'How many.' },
        list: { type: 'array', description: 'Which.' },
      },
    },
  },
}))
const jsonMember = new RegExp(`"${standIn.key}":\\s*"${standIn.value}"`)
const question: ChatMessage = { role: 'user', content: 'Where?' }

/** One way to give calls to a template. */
export class Probe {
  readonly #render: RenderChat
  readonly #given: CallForm['arguments']

  constructor(render: RenderChat, form: CallForm['arguments']) {
    this.#render = render
    this.#given = form
  }

  /** Whether arguments are written as some kind of JSON, or left out, where they are given as an object. */
  writesJson(): boolean {
    const text = new Probe(this.#render, 'object').called(probeNames[0], given)
    return text === null || !text.includes(standIn.value) || jsonMember.test(text)
  }

  /** How arguments are spelled where the template writes them as they are; null: it does not. */
  whitespace(): CallForm['whitespace'] | null {
    const one = this.called(probeNames[0], given)
    const two = this.called(probeNames[1], other)
    const before = this.before(given)
    if (one === null || two === null || before === null) return null
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

  /** What stands before the name of a call where the model can decide for one; null: it can't. */
  before(value: object): string | null {
    const answer = upTo(this.rendered([question, answering]) ?? '', standIn.content, 0)
    const before = upTo(this.called(standIn.name, value) ?? '', standIn.name, 0)
    if (answer === null || before === null) return null
    const prompt = this.rendered([question], 'yes')
    return decisionIn({ call: before, answer, prompt }) === null ? null : before
  }

  callsOfJson(whitespace: CallForm['whitespace']): CallForm['calls'] {
    const json = callJson[whitespace]
    return this.calls([given, other], [json.format(given), json.format(other)])
  }

  /** How many calls one message holds, if the texts of the first and the second one's last argument are these. */
  calls([first, second]: readonly [object, object], texts: readonly [string, string]): CallForm['calls'] {
    const message = calling([
      [probeNames[0], first],
      [probeNames[1], second],
    ])
    const text = this.rendered([question, message, ...probeNames.map(result)])
    const one = this.called(probeNames[0], first)
    if (text === null || one === null) return 'one'
    const end = one.lastIndexOf(texts[0]) + texts[0].length
    const at = text.indexOf(texts[1], end)
    const isBehind = text.startsWith(one.slice(0, end)) && at > end
    return isBehind && text.slice(end, at).includes(probeNames[1]) ? 'several' : 'one'
  }

  /** With other arguments all but these is the same, and the name is where it was. */
  #isExact(before: string, one: string, whitespace: CallForm['whitespace']): boolean {
    const [text, replaced] = [callJson[whitespace].format(given), callJson[whitespace].format(other)]
    const at = one.indexOf(text, before.length)
    const behind = one.slice(at + text.length)
    const again = this.called(probeNames[0], other)
    return (
      one.startsWith(before + probeNames[0]) &&
      again === one.slice(0, at) + replaced + behind &&
      behind.includes(standIn.result)
    )
  }

  /** A call that has its result. */
  called(name: string, value: object): string | null {
    return this.rendered([question, calling([[name, value]]), result(name, 0)])
  }

  /** null: the template refuses it. */
  rendered(messages: readonly ChatMessage[], opensAssistant: 'yes' | 'no' = 'no'): string | null {
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
