// Goal: messages as people have them become parts, once and for all, and what would be lost is refused. Method: lists
// in both forms, judged by what a script's conversation says of them; a table of what is refused.
import { assistant, toolResult, user } from '../../../lib/prompt/chat.js'
import { gen } from '../../../lib/prompt/hole.js'
import { type MessageData, messages } from '../../../lib/prompt/messages.js'
import type { Prompt } from '../../../lib/prompt/part.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { scripted } from '../../../lib/testing/testing.js'

const openai: MessageData[] = [
  { role: 'developer', content: 'Be kind.' },
  {
    role: 'system',
    content: [
      { type: 'text', text: 'Be' },
      { type: 'text', text: 'brief.' },
    ],
  },
  { role: 'user', content: 'Rome?', name: 'Ann' },
  {
    role: 'assistant',
    content: null,
    reasoning_content: 'hm',
    tool_calls: [
      {
        id: 'c1',
        type: 'function',
        function: { name: 'weather', arguments: '{"city":"Rome","days":[1,2]}' },
      },
      { id: 'c2', type: 'function', function: { name: 'time', arguments: '' } },
    ],
  },
  { role: 'tool', content: 'sunny', tool_call_id: 'c1', name: 'weather' },
  { role: 'assistant', content: 'It is sunny.', tool_calls: [] },
]
const said = [
  { role: 'developer', content: 'Be kind.' },
  { role: 'system', content: 'Be\nbrief.' },
  { role: 'user', content: 'Rome?', name: 'Ann' },
  {
    role: 'assistant',
    content: '',
    thinking: 'hm',
    toolCalls: [
      { id: 'c1', name: 'weather', arguments: { city: 'Rome', days: [1, 2] } },
      { id: 'c2', name: 'time', arguments: {} },
    ],
  },
  { role: 'tool', content: 'sunny', name: 'weather', toolCallId: 'c1' },
  { role: 'assistant', content: 'It is sunny.' },
]

test('a list in either form is the conversation, and what was said makes the same again', async () => {
  const model = scripted({ answer: 'Yes.' })
  const run = await model.run(prompt`${messages(openai)}`)
  expect(run.messages).toEqual(said)
  const again = await model.run(messages(run.messages))
  expect([again.text, again.messages]).toEqual([run.text, run.messages])
  const next = prompt`${messages(openai)}${user`Sure?`}${assistant`${gen('answer')}`}`
  expect((await model.run(next)).messages).toHaveLength(8)
  const made = await model.run(prompt`${() => messages(openai)}${assistant`${gen('answer')}`}`)
  expect(made.messages.slice(0, 6)).toEqual(said)
  const extended = await run.extend(messages([{ role: 'user', content: 'x' }]))
  expect(extended.messages.at(-1)).toEqual({ role: 'user', content: 'x' })
  expect((await model.run(messages([]))).messages).toEqual([])
})

test('later changes of the list change nothing', async () => {
  const given = { city: 'Rome', days: [1] }
  const list = [
    { role: 'user', content: 'x' },
    { role: 'assistant', tool_calls: [{ id: 'a', name: 'b', arguments: given }] },
  ]
  const made = messages(list)
  list[0]!.content = 'y'
  given.city = 'Oslo'
  given.days.push(2)
  list.pop()
  const { messages: told } = await scripted([]).run(made)
  expect(told).toEqual([
    { role: 'user', content: 'x' },
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'a', name: 'b', arguments: { city: 'Rome', days: [1] } }],
    },
  ])
  expect(() => (told[1]!.toolCalls![0]!.arguments as unknown[]).push(1)).toThrow(TypeError)
})

test('a tool result carries the call it belongs to', async () => {
  const result = toolResult({ name: 'weather', id: 'c1' })`${gen('weather')}.`
  const run = await scripted({ weather: 'sunny' }).run(prompt`${messages(openai.slice(0, 4))}${result}`)
  expect(run.messages.at(-1)).toEqual({ role: 'tool', content: 'sunny.', name: 'weather', toolCallId: 'c1' })
  expect((await scripted([]).run(prompt`${toolResult()`x`}`)).messages).toEqual([
    { role: 'tool', content: 'x' },
  ])
  for (const [options, code] of [
    [{ name: '' }, 'OPTION_INVALID'],
    [{ id: 5 }, 'OPTION_INVALID'],
    [{ id: '\ud800' }, 'OPTION_INVALID'],
    [{ callId: 'x' }, 'OPTION_UNKNOWN'],
    [null, 'OPTION_INVALID'],
  ] as const) {
    expect(() => toolResult(options as never)).toThrow(expect.objectContaining({ code }))
  }
})

const knot: Record<string, unknown> = {}
knot.self = knot
const calling = (call: unknown) => [{ role: 'assistant', tool_calls: [call] }]

test.each<[unknown, RegExp]>([
  [null, /messages\(\) got null/],
  ['hello', /got "hello"; it takes a list/],
  [{ role: 'user' }, /got an object/],
  [[null], /Message 1 is null/],
  [[{ role: 'user', content: 'x' }, 'x'], /Message 2 is "x"/],
  [[{ content: 'x' }], /role undefined; expected one of 'system'/],
  [[{ role: 'function', content: 'x' }], /role "function"/],
  [[{ role: 'user', content: 5 }], /content of message 1 is 5/],
  [[{ role: 'user', content: {} }], /content of message 1 is an object/],
  [[{ role: 'user', content: '\ud800' }], /content of message 1 holds half a surrogate/],
  [[{ role: 'user', content: [{ type: 'text' }] }], /text of part 1 of message 1 is undefined/],
  [
    [{ role: 'user', content: [{ type: 'refusal', refusal: 'x' }] }],
    /Part 1 of message 1 is of type "refusal"/,
  ],
  [[{ role: 'user', content: ['x'] }], /Part 1 of message 1 is "x"/],
  [[{ role: 'user', content: 'x', reasoning_content: 'y' }], /has a thought, and its role is user/],
  [[{ role: 'user', content: 'x', tool_calls: [{}] }], /has tool_calls, and its role is user/],
  [[{ role: 'user', content: 'x', tool_call_id: 'c' }], /has a tool_call_id, and its role is user/],
  [[{ role: 'assistant', tool_calls: {} }], /tool_calls of message 1 are an object/],
  [[{ role: 'assistant', function_call: { name: 'x' } }], /function_call; write it as tool_calls/],
  [calling(5), /Call 1 of message 1 is 5/],
  [calling({ id: 'a', function: { arguments: '{}' } }), /Call 1 of message 1 has no name/],
  [calling({ id: 5, name: 'x', arguments: {} }), /id of call 1 of message 1 is 5/],
  [
    calling({ id: 'a', name: 'x', arguments: '{' }),
    /arguments of call 1 of message 1 are "\{", which is no JSON/,
  ],
  [
    calling({ id: 'a', name: 'x', arguments: { a: () => 1 } }),
    /arguments of call 1 of message 1\.a is a function/,
  ],
  [calling({ id: 'a', name: 'x', arguments: knot }), /holds itself or more than 100 levels/],
])('%#: what is no message is refused', (list, message) => {
  expect(() => messages(list as never)).toThrow(
    expect.objectContaining({
      name: 'PromptError',
      code: 'MESSAGES_INVALID',
      message: expect.stringMatching(message),
    }),
  )
})

test.each([
  [
    [
      { type: 'text', text: 'x' },
      { type: 'image_url', image_url: { url: '' } },
    ],
    'image_url',
  ],
  [[{ type: 'input_audio', input_audio: {} }], 'input_audio'],
  [[{ type: 'video' }], 'video'],
  [[{ type: 'file', file: {} }], 'file'],
])('%#: images and sounds are refused by name', (content, type) => {
  expect(() => messages([{ role: 'user', content }])).toThrow(
    expect.objectContaining({
      name: 'PromptError',
      code: 'MEDIA_UNSUPPORTED',
      message: expect.stringMatching(new RegExp(`message 1 holds "${type}": no images`)),
    }),
  )
  expect(() => messages([{ role: 'assistant', audio: { id: 'x' } } as never])).toThrow(/holds "audio"/)
})

test('a hand-made message is looked at, too', async () => {
  const part = (members: object) =>
    ({ kind: 'message', role: 'assistant', parts: [], ...members }) as unknown as Prompt
  for (const members of [
    { name: 5 },
    { toolCallId: {} },
    { thinking: 5 },
    { toolCalls: {} },
    { toolCalls: [5] },
    { toolCalls: [{ id: 'a', name: 5, arguments: {} }] },
    { toolCalls: [{ id: 'a', name: 'x', arguments: knot }] },
  ]) {
    expect(() => prompt`${part(members)}`).toThrow(expect.objectContaining({ code: 'PART_INVALID' }))
  }
  const sound = part({ thinking: 'hm', toolCalls: [{ id: 'a', name: 'x', arguments: { a: 1 } }] })
  expect((await scripted([]).run(prompt`${sound}`)).messages).toHaveLength(1)
})
