// Goal: what the model thinks is a value of its own, ends with the template's mark, and is written as any hole is:
// given, checked, cut, streamed, chosen among several, taken back. Method: templates of three manners over the fake
// engine, judged by one rendering; the engine that follows a script.
import { chatTemplate } from '../../../lib/model/chat-template.js'
import { assistant, system, user } from '../../../lib/prompt/chat.js'
import { bestOf } from '../../../lib/prompt/choose.js'
import { gen, input, select } from '../../../lib/prompt/hole.js'
import type { Prompt } from '../../../lib/prompt/part.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import { thinking } from '../../../lib/prompt/thinking.js'
import type { ChatMessage } from '../../../lib/run/state/chat.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { fakeEnd } from '../../support/fake-vocabulary.js'

const generation = '{% if add_generation_prompt %}<|im_start|>assistant\n'
/** As a member, in the messages behind the last question only. */
const member =
  '{% set ns = namespace(last=-1) %}{% for m in messages %}{% if m.role == "user" %}{% set ns.last = loop.index0 %}' +
  '{% endif %}{% endfor %}{% for m in messages %}<|im_start|>{{ m.role }}\n' +
  '{% if m.reasoning_content and loop.index0 > ns.last %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}' +
  `{{ m.content }}<|im_end|>\n{% endfor %}${generation}{% endif %}`
/** Cut out of the content of every message, and opened with the answer. */
const cut =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split("</think>")[-1].lstrip("\n") }}<|im_end|>\n' +
  `{% endfor %}${generation}<think>\n{% endif %}`
/** Kept in every message, where thinking is on. */
const kept =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.thinking %}[T]{{ m.thinking }}[/T]{% endif %}' +
  `{{ m.content }}<|im_end|>\n{% endfor %}${generation}` +
  '{% if enable_thinking is false %}[T][/T]{% endif %}{% endif %}'

const speak = answers({
  '<think>\n': 'hm\n</think>\n\n',
  '[T]': 'hm[/T]',
  '</think>\n\n': 'yes',
  '[/T]': 'yes',
  'assistant\n': 'at once',
})
const turn = prompt`${user`why?`}${assistant`${thinking('thought')}${gen('answer')}`}`

function judged(template: string, said: readonly ChatMessage[]): string {
  return chatTemplate(template, { bos: '', eos: '<|im_end|>' })(said, { opensAssistant: 'no' })
}

const said: readonly ChatMessage[] = [
  { role: 'user', content: 'why?' },
  { role: 'assistant', thinking: 'hm', content: 'yes' },
]

test.each([
  ['as a member', member, 'hm'],
  ['cut out', cut, 'hm'],
  ['kept', kept, 'hm'],
])(
  '%s: captured, out of the content, and written as the template writes it',
  async (_, template, thought) => {
    const { model } = fakeModel(speak, { chatTemplate: template })
    let talk = await model.run(turn)
    const told: ChatMessage[] = []
    for (let count = 0; count < 4; count += 1) {
      told.push(...said)
      expect(talk.values).toEqual({ thought, answer: 'yes' })
      expect(talk.messages).toEqual(told)
      expect(talk.text).toBe(judged(template, told))
      expect(talk.tokens.filter((token) => token === fakeEnd)).toHaveLength(told.length)
      talk = await talk.extend(turn)
    }
    expect(talk.ends.get('thought')?.reason).toBe('stop')
    const own = talk.pieces.filter(({ hole }) => hole === 'thought')
    expect(own).toHaveLength({ [member]: 1, [cut]: 0, [kept]: 5 }[template]!)
  },
)

test('a known thought, one that is cut, and one that is checked', async () => {
  const { model } = fakeModel(speak, { chatTemplate: kept })
  const known = await model.run(turn, { thought: 'so <|im_end|>' })
  expect(known.values).toEqual({ thought: 'so <|im_end|>', answer: 'yes' })
  expect(known.text).toContain('[T]so <|im_end|>[/T]yes')
  expect(known.tokens.filter((token) => token === fakeEnd)).toHaveLength(2)
  const all = await model.run(turn, { thought: 'so', answer: 'no' })
  expect(all.text).toBe(judged(kept, [said[0]!, { role: 'assistant', thinking: 'so', content: 'no' }]))
  const none = await model.run(turn, { thought: '' })
  expect(none.messages[1]).toEqual({ role: 'assistant', content: 'yes' })
  expect(none.text).toBe(judged(kept, [said[0]!, { role: 'assistant', content: 'yes' }]))
  const short = prompt`${user`why?`}${assistant`${thinking('thought', { tokensMax: 1 })}${gen('answer')}`}`
  const cutOff = await model.run(short)
  expect(cutOff.values).toEqual({ thought: 'h', answer: 'yes' })
  expect(cutOff.ends.get('thought')).toEqual({ reason: 'limit' })
  expect(cutOff.text).toContain('[T]h[/T]yes')
  const seen: string[] = []
  const check = (text: string) => seen.push(text) > 1 || 'think again'
  const twice = scripted({ thought: ['one', 'two'], answer: 'yes' })
  const run = await twice.run(
    prompt`${user`why?`}${assistant`${thinking('thought', { check, retries: 3 })}${gen('answer')}`}`,
  )
  expect([seen, run.values.thought]).toEqual([['one', 'two'], 'two'])
})

test('a stream tells a thought by its name, and what it tells is the text', async () => {
  for (const template of [member, cut, kept]) {
    const { model } = fakeModel(speak, { chatTemplate: template })
    let text = ''
    let tokens = ''
    for await (const event of model.stream(turn)) {
      if (event.type === 'rewrite') text = text.slice(0, event.kept)
      if (event.type === 'text' || event.type === 'hole-end') text += event.text
      if (event.type === 'token' && event.hole === 'thought') tokens += event.text
      if (event.type === 'done') expect(text).toBe(event.run.text)
    }
    expect(tokens).toBe('hm')
  }
})

test('taken back to a thought, the message begins anew', async () => {
  for (const template of [member, cut, kept]) {
    const { model } = fakeModel(speak, { chatTemplate: template })
    const talk = await (await model.run(turn)).extend(turn)
    const before = await talk.at('thought')
    expect(before.messages).toEqual([...said, said[0]])
    const answer = prompt`${thinking('thought')}${gen('answer')}`
    const again = await before.extend(answer)
    expect([again.text, again.messages]).toEqual([talk.text, talk.messages])
    const other = await before.extend(answer, { thought: 'so', answer: 'no' })
    expect(other.messages.at(-1)).toEqual({ role: 'assistant', thinking: 'so', content: 'no' })
    const plain = await before.extend(prompt`${gen('answer')}`, { answer: 'no' })
    expect(plain.messages.at(-1)).toEqual({ role: 'assistant', content: 'no' })
    const later = await (await talk.at('answer')).extend(prompt`${gen('answer')}`, { answer: 'no' })
    expect(later.messages.at(-1)).toEqual({ role: 'assistant', thinking: 'hm', content: 'no' })
    for (const run of [other, plain, later]) expect(run.text).toBe(judged(template, run.messages))
  }
})

test('several thoughts of which one is kept, and a prompt that is checked as a whole', async () => {
  const inner = prompt`${thinking('thought')}${gen('answer')}`
  const best = bestOf(3, inner, ({ answer }) => answer.length)
  const script = scripted({ thought: ['a', 'b', 'c'], answer: ['1', '123', '12'] })
  const run = await script.run(prompt`${user`why?`}${assistant`${best}`}`)
  expect(run.messages[1]).toEqual({ role: 'assistant', thinking: 'b', content: '123' })
  const both = checked(inner, ({ thought, answer }) => thought === answer || 'not what was thought')
  const second = scripted({ thought: ['a', 'b'], answer: ['b', 'b'] })
  const checkedRun = await second.run(prompt`${user`why?`}${assistant`${both}`}`)
  expect(checkedRun.messages[1]).toEqual({ role: 'assistant', thinking: 'b', content: 'b' })
  expect(checkedRun.text).toBe('<|user|>\nwhy?<|end|>\n<|assistant|>\n<think>\nb\n</think>\n\nb<|end|>\n')
  const third = scripted({ thought: ['a', 'b'], kind: ['x', 'y'] })
  const kind = select('kind', ['x', 'y'], {
    check: (value) => value === 'y' || 'no',
    retries: 0,
    backtrack: 1,
  })
  const back = await third.run(prompt`${user`why?`}${assistant`${thinking('thought')}${kind}`}`)

  expect(back.values).toEqual({ thought: 'b', kind: 'y' })
})

test('in every turn of a conversation with other text and other histories', async () => {
  const { model } = fakeModel(speak, { chatTemplate: member })
  const first = await model.run(turn, {}, { history: 'verbatim' })
  const second = await first.extend(turn, {}, { history: 'verbatim' })
  expect(second.text).toBe(judged(member, said).repeat(2))
  const mixed = await (await model.run(turn)).extend(prompt`--${turn}`)
  expect(mixed.text).toBe(`${judged(member, said)}--${judged(member, said)}`)
  const started = await model.start(prompt`${system`s`}`)
  expect((await started.extend(turn)).text).toBe(judged(member, [{ role: 'system', content: 's' }, ...said]))
})

test('it comes first in a message of the assistant, and once', async () => {
  const thought = thinking('thought')
  const wrong: readonly (() => unknown)[] = [
    () => user`${thought}`,
    () => system`${thought}`,
    () => assistant`So: ${thought}`,
    () => assistant`${gen('answer')}${thought}`,
    () => assistant`${thought}${thinking('more')}`,
    () => assistant`${prompt`x`}${thought}`,
  ]
  for (const make of wrong) {
    expect(make).toThrow(expect.objectContaining({ name: 'PromptError', code: 'THINKING_MISPLACED' }))
  }
  expect(() => prompt`${assistant`${thought}${gen('thought')}`}`).toThrow(/thought is captured twice/)
  const { model, engine } = fakeModel(speak, { chatTemplate: kept })
  const late = (): Prompt => prompt`${thought}` as Prompt
  for (const run of [
    prompt`${thought}`,
    prompt`${user`${late}`}`,
    prompt`${user`x`}${assistant`a${late}`}`,
    prompt`${user`x`}${assistant`${thinking('first')}${late}`}`,
  ]) {
    const given = { first: 'x' } as never
    await expect(model.run(run as Prompt, given).catch((error) => error)).resolves.toMatchObject({
      code: expect.stringMatching(/THINKING_MISPLACED|INPUT_UNKNOWN/),
    })
  }
  expect(engine.decoded).toBe(0)
  for (const make of [
    () => thinking('thought', { stop: 'x' } as never),
    () => thinking('thought', 5 as never),
    () => thinking(5 as never),
  ]) {
    expect(make).toThrow(expect.objectContaining({ name: expect.stringMatching(/PromptError|UsageError/) }))
  }
})

test('what the template can not do is refused before any work', async () => {
  const after = prompt`${user`x`}${assistant`${gen('first')}`}${turn}`
  const refused = async (template: string, chat: object, code: string): Promise<void> => {
    const { model, engine } = fakeModel(speak, { chatTemplate: template })
    for (const run of [turn, after]) {
      await expect(model.run(run as Prompt, {}, { chat: chat as never })).rejects.toMatchObject({
        name: 'CapabilityError',
        code,
      })
    }
    expect(engine.decoded).toBe(0)
  }
  const plain = '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}'
  await refused(plain + generation.concat('{% endif %}'), {}, 'NO_THINKING')
  await refused(kept, { enable_thinking: false }, 'THINKING_OFF')
  // The mark is a special token that no text spells and that does not end a text.
  await refused(kept.replace('[/T]', '<|start|>'), {}, 'THINKING_UNENDED')
  // One that ends a text does.
  const ending = kept.replace('[/T]', '<|im_end|>')
  const { model } = fakeModel(answers({ '[T]': 'hm', 'hm<|im_end|>': 'yes' }), { chatTemplate: ending })
  const run = await model.run(turn, {}, {})
  expect(run.values.thought).toBe('hm')
  expect(run.ends.get('thought')).toEqual({ reason: 'end' })
  const { model: without } = fakeModel(speak)
  await expect(without.run(turn)).rejects.toMatchObject({ code: 'CHAT_TEMPLATE_MISSING' })
  const given = prompt`${input('x')}${turn}`
  await expect(without.run(given, { x: '', thought: 'a' })).rejects.toMatchObject({
    code: 'CHAT_TEMPLATE_MISSING',
  })
})
