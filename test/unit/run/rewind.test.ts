// Goal: a conversation taken back to just before a hole is what it was there, in text, tokens, values and messages, so
// that answering the same again gives the same conversation; and where it can't be taken, that is said by name. Method:
// texts and chats of several templates over the fake engine, rewound to every hole and told again.
import {
  assistant,
  bestOf,
  branches,
  checked,
  each,
  gen,
  input,
  integer,
  type Prompt,
  prompt,
  repeat,
  system,
  type Transcript,
  user,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const digit = { min: 0, max: 9 }
const generation = '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
const each_ = (content: string): string =>
  `{% for m in messages %}<|im_start|>{{ m.role }}\n{{ ${content} }}<|im_end|>\n{% endfor %}`
const templates: readonly [string, string][] = [
  ['adds to what it wrote', each_('m.content') + generation],
  [
    'counts its messages',
    `{% for m in messages %}[{{ messages | length }}]{{ m.role }}: {{ m.content }}\n{% endfor %}`,
  ],
  ['forgets thoughts', each_('m.content if loop.last else m.content.split("</think>")[-1]') + generation],
]
const thoughts = { 'one?': 'hm</think>good', 'two?': 'the order', 'three?': 'so</think>be it' }
/** Says behind the last "So: " what the last question before it is answered with. */
const said = (text: string): string => {
  const at = text.lastIndexOf('So: ')
  const before = text.slice(0, at)
  const asked = Object.entries(thoughts).sort(([a], [b]) => before.lastIndexOf(b) - before.lastIndexOf(a))
  const [, answer] = asked[0]!
  const begun = text.slice(at + 'So: '.length)
  return answer.startsWith(begun) ? answer.slice(begun.length) : ''
}
const turn = prompt`${user`${input('question')}`}${assistant`So: ${gen('answer', { tokensMax: 40 })}.`}`
const questions = ['one?', 'two?', 'three?']

/** A conversation, its turns one after the other from the given one on. */
async function told(start: Transcript, from: number): Promise<Transcript> {
  let talk = start
  for (const question of questions.slice(from)) talk = (await talk.extend(turn, { question })) as never
  return talk
}

describe.each(templates)('where a template %s', (_name, chatTemplate) => {
  test.each([0, 1, 2])('a conversation is told again from answer %i on', async (index) => {
    const { model } = fakeModel(said, { chatTemplate })
    const begun = (await model.start(prompt`${system`Be brief.`}`)) as Transcript
    const all = await told(begun, 0)
    const before = await all.at(index)
    const known = all.messages[2 * index + 2]!.content.slice('So: '.length, -1)
    expect(before.messages).toEqual(all.messages.slice(0, 2 * index + 2))
    expect(before.text.endsWith('So: ')).toBe(true)
    expect(before.values).toEqual(index === 0 ? {} : { answer: expect.any(String) })
    const anew = await before.extend(prompt`${gen('answer', { tokensMax: 40 })}.`)
    expect(anew.values.answer).toBe(known)
    const again = await told(anew as never, index + 1)
    expect(again.text).toBe(all.text)
    expect(again.tokens).toEqual(all.tokens)
    expect(again.messages).toEqual(all.messages)
    const edited = await before.extend(prompt`${gen('answer')}!${user`more`}`, { answer: 'no' })
    expect(edited.messages.slice(-2)).toEqual([
      { role: 'assistant', content: 'So: no!' },
      { role: 'user', content: 'more' },
    ])
  })
})

test('a text is taken back to each of its holes, with the tokens it had there', async () => {
  const { model } = fakeModel(answers({ 'x ': 'the order.', 'y ': '17;', 'z ': 'good' }))
  const parts = [
    prompt`x ${gen('a', { stop: '.' })}`,
    prompt`. y ${integer('b')}; z `,
    prompt`${gen('c')}`,
  ] as const
  const run = await model.run(prompt`${parts[0]}${parts[1]}${parts[2]}`)
  const texts = ['x ', 'x the order. y ', 'x the order. y 17; z ']
  for (const [index, name] of (['a', 'b', 'c'] as const).entries()) {
    for (const hole of [name, index, index - 3]) {
      const before = await run.at(hole)
      expect(before.text).toBe(texts[index])
      expect(Object.keys(before.values)).toEqual(['a', 'b'].slice(0, index))
      expect([before.ends.size, before.trace.length, before.ledger.decoded]).toEqual([0, 0, 0])
      const rest = [
        prompt`${gen('a', { stop: '.' })}${parts[1]}${parts[2]}`,
        prompt`${integer('b')}; z ${parts[2]}`,
        parts[2],
      ]
      const again = await before.extend(rest[index] as Prompt<{ c: string }>)
      expect(again.tokens).toEqual(run.tokens)
      expect(again.text).toBe(run.text)
      expect(again.values).toEqual(run.values)
      await expect(before.at(name)).rejects.toMatchObject({ code: 'HOLE_UNKNOWN' })
    }
  }
})

test('a name means its last hole, whichever run it was in, and each run stays what it is', async () => {
  const model = scripted({ n: ['1', '2', '3'], m: '4' })
  const first = await model.run(prompt`a ${integer('n', digit)};`)
  const second = await first.extend(prompt`b ${integer('n', digit)};${integer('m', digit)};`)
  expect((await second.at('n')).text).toBe('a 1;b ')
  expect((await second.at('n')).values).toEqual({ n: 1 })
  expect((await second.at(0)).text).toBe('a ')
  expect((await (await second.at('m')).at('n')).text).toBe('a 1;b ')
  expect((await first.at('n')).text).toBe('a ')
  const third = await (await second.at('n')).extend(prompt`c ${integer('n', digit)};`)
  expect([third.text, third.values, second.text]).toEqual(['a 1;b c 3;', { n: 3 }, 'a 1;b 2;4;'])
})

test('what was rejected, and what was not chosen, leaves no place behind', async () => {
  const check = (n: number) => n > 2 || 'too small'
  const model = scripted({ a: ['1', '3'], b: ['4', '5', '6'], c: ['7', '8'] })
  const form = prompt`${integer('a', { ...digit, check })};${checked(
    prompt`${integer('b', digit)};`,
    ({ b }) => b > 4 || 'too small',
  )}${bestOf(2, integer('c', digit), ({ c }) => c)};`
  const run = await model.run(form)
  expect([(await run.at(0)).text, (await run.at(1)).text, (await run.at(2)).text]).toEqual(['', '3;', '3;5;'])
  await expect(run.at(3)).rejects.toMatchObject({ code: 'HOLE_UNKNOWN' })
})

test('branches, items and turns have no place, known values have one', async () => {
  const model = scripted({ 'l.n': '1', 'items[].n': '2', 'turns[].n': ['3'], a: '4' })
  const n = integer('n', digit)
  const form = prompt`${branches({ l: prompt`${n};` })}${each('items', ['x'], () => prompt`${n};`)}${repeat(
    'turns',
    prompt`${n};`,
    { min: 1, max: 1 },
  )}${integer('a', digit)};${integer('b', digit)};`
  const run = await model.run(form, { b: 5 })
  expect((await run.at(0)).values).toEqual({ l: { n: 1 }, items: [{ n: 2 }], turns: [{ n: 3 }] })
  for (const hole of ['b', 1, -1]) expect((await run.at(hole)).text).toBe(run.text.slice(0, -2))
  for (const hole of ['l.n', 'items[0].n', 'turns[0].n', 'n', 'x', 2, -3, 0.5, Number.NaN]) {
    await expect(run.at(hole)).rejects.toMatchObject({ name: 'UsageError', code: 'HOLE_UNKNOWN' })
  }
  await expect(run.at('n')).rejects.toThrow(/\(a, b; not in branches/)
})

test('an answer that was put in by hand is asked again where it stands', async () => {
  const { model } = fakeModel(said, { chatTemplate: templates[0]![1] })
  const all = await told((await model.start(prompt`${system`Be brief.`}`)) as Transcript, 0)
  const edited = await (await all.at('answer')).extend(prompt`${gen('answer')}.`, { answer: 'no' })
  const before = await edited.at('answer')
  expect(before.messages).toEqual(all.messages.slice(0, -1))
  const again = await before.extend(prompt`${gen('answer', { tokensMax: 40 })}.`)
  expect([again.text, again.values]).toEqual([all.text, all.values])
})

describe.each(templates)('where a template %s', (_name, chatTemplate) => {
  const answer = assistant`So: ${gen('answer', { tokensMax: 40 })}.`
  const asked = prompt`${user`${gen('question')}`}${answer}`
  test.each([0, 1, 2])('question %i, a hole with a known value, is asked another way', async (index) => {
    const { model } = fakeModel(said, { chatTemplate })
    const ask = async (start: Transcript, list: readonly string[]) => {
      let talk = start
      for (const question of list) talk = (await talk.extend(asked, { question })) as never
      return talk
    }
    const start = (await model.start(prompt`${system`Be brief.`}`)) as Transcript
    const all = await ask(start, questions)
    const straight = await ask(start, [...questions.slice(0, index), 'two?', 'three?'])
    const edit = prompt`${gen('question')}${answer}`
    for (const from of [all, await model.restore(JSON.parse(JSON.stringify(all)))]) {
      const before = (await from.at(2 * index)) as Transcript
      expect(before.messages).toEqual(all.messages.slice(0, 2 * index + 1))
      const edited = (await before.extend(edit, { question: 'two?' })) as unknown as Transcript
      const rest = await ask(edited, ['three?'])
      expect(rest.values).toEqual({ question: 'three?', answer: 'so</think>be it' })
      expect([rest.text, rest.values, rest.messages]).toEqual([
        straight.text,
        straight.values,
        straight.messages,
      ])
      expect(rest.tokens).toEqual(straight.tokens)
    }
  })
})

test('a message that goes on still holds no other, and ends with the run', async () => {
  const { model } = fakeModel(said, { chatTemplate: templates[0]![1] })
  const run = await model.run(turn, { question: 'two?' })
  const before = await run.at('answer')
  const ended = await before.extend(prompt`never mind`)
  expect(ended.messages.at(-1)).toEqual({ role: 'assistant', content: 'So: never mind' })
  expect(ended.text.endsWith('So: never mind<|im_end|>\n')).toBe(true)
  const nested = prompt`${assistant`x ${() => prompt`${user`y`}`}`}`
  await expect(before.extend(nested)).rejects.toMatchObject({ code: 'MESSAGE_NESTED' })
})

test('an aborted signal and a closed model are told as everywhere', async () => {
  const model = scripted({ a: '1' })
  const run = await model.run(prompt`${integer('a', digit)};`)
  const aborted = AbortSignal.abort(new Error('enough'))
  await expect(run.at('a', { signal: aborted })).rejects.toMatchObject({ name: 'AbortError' })
  await model.dispose()
  await expect(run.at('a')).rejects.toMatchObject({ code: 'CLOSED' })
})
