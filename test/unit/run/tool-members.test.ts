// Goal: where a template has each argument between marks of its own, each is held to its schema and typed, optional
// ones come as the model would have it, and what can't be held so is called in our syntax. Method: a template of that
// manner, a script for the model.
import { z } from 'zod'
import { chatTemplate } from '../../../lib/model/chat-template.js'
import { user } from '../../../lib/prompt/chat.js'
import { gen } from '../../../lib/prompt/hole.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { tool, tools } from '../../../lib/prompt/tools.js'
import { scripted } from '../../../lib/testing/testing.js'

const marked = (close: string): string => `{%- for tool in tools or [] %}{{ tool | tojson }}
{% endfor %}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% for call in m.tool_calls or [] %}
<call={{ call.function.name }}>{% for key, value in call.function.arguments.items() %}
<arg={{ key }}>{{ value if value is string else value | tojson }}${close}{% endfor %}
</call>{% endfor %}
{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}`
const chat = chatTemplate(marked('</arg>'))
const answer = gen('answer', { tokensMax: 20 })
const question = user`Book it.`
const book = {
  type: 'object',
  properties: {
    guest: { type: 'string', description: 'Who.' },
    room: { enum: ['single', 'double'] },
    nights: { type: 'integer', minimum: 1, maximum: 30 },
    breakfast: { type: 'boolean' },
    wishes: { type: 'array', items: { type: 'string' }, maxItems: 2 },
    note: { type: 'string' },
  },
  required: ['guest', 'room', 'nights'],
  additionalProperties: false,
} as const
const said = {
  calls: 1,
  'calls[0].tool': 'act',
  'calls[0].arguments.guest': 'Ann "the\nsecond"',
  'calls[0].arguments.room': 'double',
  'calls[0].arguments.nights': 3,
  'calls[0].arguments.breakfast?': true,
  'calls[0].arguments.breakfast': 'true',
  'calls[0].arguments.wishes?': true,
  'calls[0].arguments.wishes': [['quiet']],
  'calls[0].arguments.note?': false,
  answer: 'Booked.',
}
const given = { guest: 'Ann "the\nsecond"', room: 'double', nights: 3, breakfast: true, wishes: ['quiet'] }

test('each argument is a hole, and optional ones come as the model would have it', async () => {
  const seen: unknown[] = []
  const act = tool(book, (args) => seen.push(args))
  const model = scripted(said, { chat })
  const run = await model.run(prompt`${question}${tools({ act }, { answer })}`)
  expect(run.values).toEqual({ answer: 'Booked.', calls: [{ tool: 'act', arguments: given, result: 1 }] })
  expect(seen).toEqual([given])
  expect(model.unused()).toEqual([])
  const texts = ['guest>Ann "the\nsecond"', 'room>double', 'nights>3', 'breakfast>true', 'wishes>["quiet"]']
  const written = texts.map((text) => `<arg=${text}</arg>`).join('')
  expect(run.text.replaceAll('\n', '')).toContain(
    `[assistant]<call=act>${written.replace('\n', '')}</call>[tool]1[assistant]Booked.`,
  )
})

test.each([
  ['nights', 31],
  ['room', 'suite'],
  ['wishes', [['a', 'b', 'c']]],
])('what the schema does not have can not be drawn: %s', async (key, value) => {
  const act = tool(book, () => 1)
  const model = scripted({ ...said, [`calls[0].arguments.${key}`]: value }, { chat })
  const running = model.run(prompt`${question}${tools({ act }, { answer })}`)
  await expect(running).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})

test('arguments that a check of the schema refuses together are an error the model sees', async () => {
  const span = z
    .object({ from: z.int(), until: z.int() })
    .refine(({ from, until }) => from < until, 'from is late')
  const act = tool(span, () => 'never')
  const script = { ...said, 'calls[0].arguments.from': 5, 'calls[0].arguments.until': 2 }
  const run = await scripted(script, { chat }).run(prompt`${question}${tools({ act }, { answer })}`)
  expect(run.values.calls).toEqual([
    { tool: 'act', arguments: { from: 5, until: 2 }, error: expect.stringContaining('from is late') },
  ])
  expect(run.text).toContain('[tool]Error: ')
})

test('a schema types what it makes of them', async () => {
  const act = tool(z.object({ text: z.string().transform((text) => text.length) }), ({ text }) => text + 1)
  const script = { ...said, 'calls[0].arguments.text': 'four' }
  const run = await scripted(script, { chat }).run(prompt`${question}${tools({ act }, { answer })}`)
  expect(run.values.calls).toEqual([{ tool: 'act', arguments: { text: 4 }, result: 5 }])
})

test.each<[string, object]>([
  ['a pattern', { type: 'string', pattern: '^[a-z]+$' }],
  ['a length', { type: 'string', maxLength: 5 }],
  ['several types', { type: ['string', 'null'] }],
  ['a reference', { type: 'array', items: { $ref: '#/$defs/a' } }],
  ['alternatives', { oneOf: [{ type: 'string' }, { type: 'integer' }] }],
])('a schema with %s is called in our syntax, and held', async (_, schema) => {
  const parameters = {
    type: 'object',
    properties: { a: schema },
    required: ['a'],
    $defs: { a: { const: 'abc' } },
  }
  const act = tool(parameters, () => 1)
  const value = 'items' in schema ? ['abc'] : 'abc'
  const script = { ...said, 'calls[0].arguments': { a: value } }
  const run = await scripted(script, { chat }).run(prompt`${question}${tools({ act }, { answer })}`)
  expect(run.values.calls).toEqual([{ tool: 'act', arguments: { a: value }, result: 1 }])
  expect(run.text).toContain('<tool_call>\n{"name": "act", "arguments": ')
})

test('what ends a text has to be text: else our syntax is taken', async () => {
  const special = chatTemplate(marked('<|end_arg|>'))
  const act = tool(book, () => 1)
  const script = { ...said, 'calls[0].arguments': { guest: 'Ann', room: 'single', nights: 1 } }
  const run = await scripted(script, { chat: special }).run(prompt`${question}${tools({ act }, { answer })}`)
  expect(run.text).toContain('<tool_call>\n{"name": "act", "arguments": ')
})

test('a tool without arguments', async () => {
  const act = tool({ type: 'object', properties: {} }, () => 'done')
  const run = await scripted(said, { chat }).run(prompt`${question}${tools({ act }, { answer })}`)
  expect(run.values.calls).toEqual([{ tool: 'act', arguments: {}, result: 'done' }])
})
