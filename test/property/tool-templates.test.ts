// Goal: with every template of llama.cpp's bundle a run with tools calls, reads results and answers, or is refused; and
// docs/tools.md says of each which it is. Method: a script calls twice in one message and once more; the judge renders
// the whole conversation in one go and compares, and hears whether anything was written another way on the way.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { CapabilityError } from '../../lib/base/errors.js'
import { chatTemplate } from '../../lib/model/chat-template.js'
import { user } from '../../lib/prompt/chat.js'
import { gen } from '../../lib/prompt/hole.js'
import { prompt } from '../../lib/prompt/prompt.js'
import type { Tool } from '../../lib/prompt/tool-part.js'
import { tool, tools } from '../../lib/prompt/tools.js'
import type { ChatMessage, RenderChat } from '../../lib/run/state/chat.js'
import { callFormFor, renderedAs } from '../../lib/run/tools/call-form.js'
import { type Answers, scripted } from '../../lib/testing/testing.js'
import { modelTemplates } from '../support/model-templates.js'

const templates = modelTemplates()
const given = { city: 'Rome "x"\\', days: 3 }
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
} as const
const list = {
  weather: tool(parameters, ({ city }) => ({ city, degrees: 21 }), { description: 'The weather.' }),
  find: tool(parameters, ({ city }) => `in ${city}`, { description: 'A place.' }),
}
const called = ['weather', 'find', 'find'] as const
const results = ['{"city":"Rome \\"x\\"\\\\","degrees":21}', 'in Rome "x"\\', 'in Rome "x"\\']

/** Two calls in the first message where the template takes them, then one more, then an answer. */
function script(perMessage: number): Answers {
  let asked = 0
  const decisions = perMessage === 1 ? [true, true, true, false] : [true, true, true, false, false]
  return ({ hole }) => {
    if (hole === 'answer') return 'It is fine.'
    if (hole.endsWith('?')) return decisions[asked++]
    const index = Number(/\d+/.exec(hole)![0])
    if (hole.endsWith('.tool')) return called[index]
    const member = hole.split('.')[2]
    return member === undefined ? given : member === 'city' ? given.city : given.days
  }
}

/** As a run on a script has it. */
const formOf = (render: RenderChat) =>
  callFormFor(render, Object.values(list) as unknown as Tool[], {
    hasSpecial: (text) => /<\|\w+\|>/.test(text),
  })

type Way = 'exact' | 'rewritten' | 'ours (system message)' | "ours (user's message)" | 'refused'

async function wayOf(render: RenderChat): Promise<Way> {
  try {
    formOf(render)
  } catch (error) {
    expect(error).toBeInstanceOf(CapabilityError)
    expect(error).toMatchObject({ code: 'CHAT_TEMPLATE_UNUSABLE' })
    return 'refused'
  }
  const form = formOf(render)
  const perMessage = form.calls === 'one' ? 1 : 2
  const agent = prompt`${user`How warm?`}${tools(list, { answer: gen('answer'), callsMax: 2 })}`
  let rewrites = 0
  for await (const event of scripted(script(perMessage), { chat: render }).stream(agent)) {
    if (event.type === 'rewrite') rewrites += 1
    if (event.type !== 'done') continue
    const { values, text } = event.run
    expect(values.answer).toBe('It is fine.')
    expect(values.calls.map((call) => [call.tool, call.arguments])).toEqual(
      called.map((name) => [name, given]),
    )
    expect(text).toBe(whole(render, perMessage))
  }
  if (form.by === 'system') return 'ours (system message)'
  if (form.by === 'user') return "ours (user's message)"
  return rewrites === 0 ? 'exact' : 'rewritten'
}

/** The conversation as the template writes it when it gets all of it at once. */
function whole(render: RenderChat, perMessage: number): string {
  const messages: ChatMessage[] = [{ role: 'user', content: 'How warm?' }]
  const groups = perMessage === 1 ? [[0], [1], [2]] : [[0, 1], [2]]
  for (const group of groups) {
    const first = messages.length
    const id = (index: number): string => `call${String(first + index).padStart(5, '0')}`
    const toolCalls = group.map((call, index) => ({ id: id(index), name: called[call]!, arguments: given }))
    messages.push({ role: 'assistant', content: '', toolCalls })
    for (const [index, call] of group.entries()) {
      messages.push({ role: 'tool', name: called[call]!, toolCallId: id(index), content: results[call]! })
    }
  }
  messages.push({ role: 'assistant', content: 'It is fine.' })
  const form = formOf(render)
  const definitions = Object.entries(list).map(([name, { description, schema }]) => ({
    type: 'function',
    function: { name, description, parameters: schema },
  }))
  return renderedAs(render, form)(messages, {
    opensAssistant: 'no',
    variables: { tools: definitions },
    arguments: form.arguments,
  })
}

test('docs/tools.md tells of every template what a run with tools does', async () => {
  const rows: string[] = []
  for (const [name, source] of templates) {
    const render = chatTemplate(source, { bos: '<s>', eos: '</s>' })
    const way = await wayOf(render)
    const several = way === 'refused' ? '' : formOf(render).calls === 'one' ? 'one' : 'several'
    rows.push(`| ${name.replace('.jinja', '')} | ${way} | ${several} |`)
  }
  expect(rows).toHaveLength(70)
  const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'tools.md'), 'utf8')
  expect(page.split('\n').filter((line) => / \| (exact|rewritten|ours|refused)/.test(line))).toEqual(rows)
}, 120_000)
