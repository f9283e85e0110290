// Goal: every mistake with tools gets a typed error with a stable code, at once or before any work. Method: one list of
// mistakes and their codes.
import { z } from 'zod'
import { chatTemplate } from '../../../lib/model/chat-template.js'
import { assistant, user } from '../../../lib/prompt/chat.js'
import { gen } from '../../../lib/prompt/hole.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { tool, tools } from '../../../lib/prompt/tools.js'
import { scripted } from '../../../lib/testing/testing.js'

const place = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const
const weather = tool(place, ({ city }) => ({ city, degrees: 21 }))
const answer = gen('answer', { tokensMax: 40 })
const question = user`How warm is it?`
const agent = prompt`${question}${tools({ weather }, { answer })}`
// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the types forbid.
const wrong = (value: unknown): any => value
const once = { calls: 1, 'calls[0].tool': 'weather', 'calls[0].arguments': { city: 'Rome' }, answer: 'done' }
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    ({ code }: { code: unknown }) => code,
  )

const mistakes: readonly [string, () => unknown, string][] = [
  ['no tools', () => tools({}, { answer }), 'OPTION_INVALID'],
  ['tools that are none', () => tools(wrong(null), { answer }), 'OPTION_INVALID'],
  ['a tool that is a function', () => tools(wrong({ act: () => 1 }), { answer }), 'OPTION_INVALID'],
  ['a name with a space', () => tools({ 'a b': weather }, { answer }), 'NAME_INVALID'],
  ['a long name', () => tools({ ['a'.repeat(65)]: weather }, { answer }), 'NAME_INVALID'],
  ['no answer', () => tools({ weather }, wrong({})), 'OPTION_INVALID'],
  ['an answer that is text', () => tools({ weather }, wrong({ answer: 'x' })), 'OPTION_INVALID'],
  ['an answer named as the calls', () => tools({ weather }, { answer: gen('calls') }), 'HOLE_NAME_TWICE'],
  ['no rounds', () => tools({ weather }, { answer, roundsMax: 0 }), 'OPTION_INVALID'],
  ['half a call', () => tools({ weather }, { answer, callsMax: 0.5 }), 'OPTION_INVALID'],
  ['no tokens', () => tools({ weather }, { answer, tokensMax: 0 }), 'OPTION_INVALID'],
  ['an unknown option', () => tools({ weather }, wrong({ answer, rounds: 3 })), 'OPTION_UNKNOWN'],
  ['a name twice', () => prompt`${gen('answer')}${tools({ weather }, { answer })}`, 'HOLE_NAME_TWICE'],
  ['calls twice', () => prompt`${gen('calls')}${tools({ weather }, { answer })}`, 'HOLE_NAME_TWICE'],
  ['tools in a message', () => assistant`${tools({ weather }, { answer })}`, 'MESSAGE_NESTED'],
  ['a tool without a function', () => tool({ type: 'object' }, wrong(undefined)), 'OPTION_INVALID'],
  ['a description that is none', () => tool({}, () => 1, { description: wrong(5) }), 'OPTION_INVALID'],
  ['a schema of a text', () => tool({ type: 'string' }, () => 1), 'OPTION_INVALID'],
  ['a schema that is none', () => tool(wrong(5), () => 1), 'OPTION_INVALID'],
  ['text that is no JSON', () => tool('{', () => 1), 'SCHEMA_INVALID'],
  ['a schema of a date', () => tool(z.object({ at: z.date() }), () => 1), 'SCHEMA_UNSUPPORTED'],
]

test.each(mistakes)('%s is refused at once', (_, make, code) => {
  expect(make).toThrow(expect.objectContaining({ code }))
})

test.each<[string, () => Promise<unknown>, string]>([
  ['no chat template', () => scripted({}, { chat: null }).run(agent), 'CHAT_TEMPLATE_MISSING'],
  ['no log-probabilities', () => scripted(once, { logprobs: 'none' }).run(agent), 'NO_LOGPROBS'],
  [
    'a schema with no value',
    () => {
      const never = tool({ type: 'object', properties: { a: false }, required: ['a'] }, () => 1)
      return scripted(once).run(prompt`${question}${tools({ never }, { answer })}`)
    },
    'SCHEMA_EMPTY',
  ],
  [
    'a template that takes no messages',
    () => scripted(once, { chat: chatTemplate('{{ raise_exception("no") }}') }).run(agent),
    'CHAT_TEMPLATE_UNUSABLE',
  ],
])('%s is refused before any work', async (_, run, code) => {
  expect(await codeOf(run())).toBe(code)
})
