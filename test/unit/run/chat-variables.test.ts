// Goal: a conversation keeps the values its template was given, a run that gives others gives all of them, and nothing
// is given that is no JSON. Method: a template that shows what it sees, over the fake engine.
import { assistant, user } from '../../../lib/prompt/chat.js'
import { gen } from '../../../lib/prompt/hole.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const shows =
  '{{ effort | default("-") }}{{ tools | default([]) | length }};{% for m in messages %}<|im_start|>{{ m.role }}\n' +
  '{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
const turn = prompt`${user`one`}${assistant`${gen('answer')}`}`
const made = () => fakeModel(answers({ 'assistant\n': 'good' }), { chatTemplate: shows }).model
const written = '<|im_start|>user\none<|im_end|>\n<|im_start|>assistant\ngood<|im_end|>\n'

test('a conversation keeps its variables; a run that gives some gives all of them', async () => {
  const model = made()
  const chat = { effort: 'low', tools: [{ name: 'a' }] }
  const first = await model.run(turn, {}, { chat })
  chat.tools.push({ name: 'b' })
  chat.effort = 'high'
  expect(first.text).toBe(`low1;${written}`)
  const second = await first.extend(turn)
  expect(second.text).toBe(`low1;${written}${written}`)
  expect(second.ledger.reused).toBeGreaterThanOrEqual(first.tokens.length - 2)
  const other = await second.extend(turn, {}, { chat: { effort: 'high' } })
  expect(other.text).toBe(`high0;${written.repeat(3)}`)
  expect(other.trace.filter(({ type }) => type === 'rewrite')).toHaveLength(1)
  expect((await other.extend(turn)).text).toBe(`high0;${written.repeat(4)}`)
  expect((await other.extend(turn, {}, { chat: {} })).text).toBe(`-0;${written.repeat(4)}`)
  const back = await other.at(0)
  expect((await back.extend(prompt`${gen('answer')}`)).text).toBe(`low1;${written}`)
  let streamed = ''
  for await (const event of other.stream(turn)) if (event.type === 'done') streamed = event.run.text
  expect(streamed).toBe(`high0;${written.repeat(4)}`)
  // Text of another kind ends what the template writes; the variables stay.
  const mixed = await (await first.extend(prompt`--`)).extend(turn)
  expect(mixed.text).toBe(`low1;${written}--${written}`)
})

test('a name that the template does not mention is told', async () => {
  const warned = async (model: ReturnType<typeof made>, chat: object) => {
    const { trace } = await model.run(prompt`x`, {}, { chat: chat as Record<string, unknown> })
    return trace.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
  }
  expect(await warned(made(), { effort: 'low', enable_thinking: false, eff: 1 })).toEqual([
    "chat.enable_thinking of the run changes nothing: the model's chat template does not mention it.",
    "chat.eff of the run changes nothing: the model's chat template does not mention it.",
  ])
  expect(await warned(fakeModel(answers({})).model, { effort: 1 })).toEqual([
    'chat.effort of the run changes nothing: the model has no chat template.',
  ])
})

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
const knot: Record<string, unknown> = {}
knot.self = knot

test.each<[unknown, RegExp]>([
  [null, /chat of the run is null/],
  ['tools', /chat of the run is "tools"/],
  [[], /chat of the run is an array/],
  [{ messages: [] }, /has messages, which the run itself gives/],
  [{ add_generation_prompt: true }, /has add_generation_prompt/],
  [{ bos_token: '' }, /has bos_token/],
  [{ eos_token: '' }, /has eos_token/],
  [{ a: Number.NaN }, /chat of the run\.a is NaN/],
  [{ a: { b: [1, () => 1] } }, /chat of the run\.a\.b\[1\] is a function/],
  [{ a: [undefined] }, /chat of the run\.a\[0\] is undefined/],
  [{ a: 5n }, /chat of the run\.a is 5n/],
  [{ a: new Date() }, /chat of the run\.a is a Date/],
  [{ a: new Map() }, /chat of the run\.a is a Map/],
  [{ a: { toJSON: () => 1 } }, /chat of the run\.a is an object/],
  [{ a: '\ud800' }, /chat of the run\.a is text with half a surrogate pair/],
  [{ a: deep(200) }, /holds itself or more than 100 levels/],
  [knot, /holds itself or more than 100 levels/],
  [{ a: 'x'.repeat(5_000_000) }, /has \d+ characters or more; at most 4194304/],
])('%#: what is no JSON is refused before any work', async (chat, message) => {
  await expect(made().run(turn, {}, { chat: chat as never })).rejects.toMatchObject({
    name: 'PromptError',
    code: 'OPTION_INVALID',
    message: expect.stringMatching(message),
  })
})
