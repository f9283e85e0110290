// Goal: a conversation that was written as JSON and read again, in another process or another model of the same
// vocabulary, goes on as it would have; and what was changed in between, or can't be read, is refused by name. Method:
// conversations of several templates over the fake engine, each against the one that never was away.
import { constants } from 'node:buffer'
import type { Constraint } from '../../../lib/constraint/constraint-type.js'
import { regex as pattern } from '../../../lib/constraint/regex.js'
import {
  assistant,
  gen,
  hole,
  input,
  integer,
  prompt,
  regex,
  select,
  system,
  type Transcript,
  user,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const generation = '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
const listed = (content: string): string =>
  `{% for m in messages %}<|im_start|>{{ m.role }}\n{{ ${content} }}<|im_end|>\n{% endfor %}`
const templates: readonly [string, string][] = [
  ['adds to what it wrote', listed('m.content') + generation],
  [
    'counts its messages',
    `{% for m in messages %}[{{ messages | length }}]{{ m.role }}: {{ m.content }}\n{% endfor %}`,
  ],
  ['forgets thoughts', listed('m.content if loop.last else m.content.split("</think>")[-1]') + generation],
  ['writes the time', `{{ strftime_now("%s") }}${listed('m.content')}${generation}`],
]
const said = answers({ 'one?': 'hm</think>good', 'two?': 'the order', 'three?': 'so</think>be it' })
const turn = prompt`${user`${input('question')}`}${assistant`So: ${gen('answer', { tokensMax: 40 })}.`}`
const questions = ['one?', 'two?', 'three?']

type Talk = Transcript<{ readonly answer: string }>

/** As a file has it. */
const kept = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe.each(templates)('where a template %s', (_name, chatTemplate) => {
  test.each(['template', 'verbatim'] as const)(
    'a conversation goes on as if it had stayed (%s)',
    async (history) => {
      let talk = (await fakeModel(said, { chatTemplate }).model.start(
        prompt`${system`Be brief.`}`,
      )) as unknown as Talk
      let away = talk
      for (const question of questions) {
        const { model } = fakeModel(said, { chatTemplate })
        const restored = await model.restore<Talk['values']>(kept(away))
        expect([restored.text, restored.values, restored.messages]).toEqual([
          away.text,
          away.values,
          away.messages,
        ])
        expect(restored.tokens).toEqual(away.tokens)
        expect(restored.pieces).toEqual(away.pieces)
        expect(kept(restored.toJSON().saved)).toEqual(kept(away.toJSON().saved))
        talk = await talk.extend(turn, { question }, { history })
        away = await restored.extend(turn, { question }, { history })
        expect([away.text, away.values, away.messages]).toEqual([talk.text, talk.values, talk.messages])
        expect(away.tokens).toEqual(talk.tokens)
      }
      const { model } = fakeModel(said, { chatTemplate })
      const restored = await model.restore(kept(talk))
      for (const at of [0, 1, 2, -1]) {
        const [before, other] = [await talk.at(at), await restored.at(at)]
        expect([other.text, other.values, other.messages]).toEqual([
          before.text,
          before.values,
          before.messages,
        ])
        expect(other.tokens).toEqual(before.tokens)
        const again = await (await model.restore(kept(other))).extend(
          prompt`${gen('answer', { tokensMax: 40 })}.`,
        )
        expect(again.text).toBe((await before.extend(prompt`${gen('answer', { tokensMax: 40 })}.`)).text)
      }
    },
  )
})

test('a token that runs into what follows is no other after it', async () => {
  const { model } = fakeModel(answers({ 'x ': 'the order.' }))
  const run = await model.run(prompt`x ${gen('a', { stop: '.' })}`)
  const restored = await model.restore(kept(run))
  const [one, other] = [await run.extend(prompt`. y`), await restored.extend(prompt`. y`)]
  expect(other.tokens).toEqual(one.tokens)
})

test('values come back as they were where JSON or a mark has them', async () => {
  const value = {
    day: new Date('2026-01-02'),
    big: 12345678901234567890n,
    map: new Map([['a', new Set([1, Number.NaN, -0])]]),
    none: undefined,
    '~': 'date',
    list: [null, true, Number.POSITIVE_INFINITY, 'x'],
  }
  const odd = { ...pattern(/a/), parse: () => value, format: () => 'a' } as unknown as Constraint<object>
  const model = scripted(['a'])
  const run = await model.run(prompt`${hole('odd', odd)}`)
  expect((await model.restore(kept(run))).values).toEqual({ odd: value })
})

test.each([
  [
    'a class',
    () =>
      new (class Point {
        x = 1
      })(),
    { x: 1 },
  ],
  ['what writes itself', () => ({ toJSON: () => 'me' }), 'me'],
  ['an address', () => new URL('https://example.org/'), 'https://example.org/'],
])('%s comes back as JSON writes it', async (_name, make, expected) => {
  const odd = { ...pattern(/a/), parse: make as () => unknown, format: () => 'a' } as Constraint<unknown>
  const model = scripted(['a'])
  expect((await model.restore(kept(await model.run(prompt`${hole('odd', odd)}`)))).values).toEqual({
    odd: expected,
  })
})

test('a value that holds itself is told', async () => {
  const loop: { own?: unknown } = {}
  loop.own = loop
  const odd = { ...pattern(/a/), parse: () => loop, format: () => 'a' } as Constraint<unknown>
  const run = await scripted(['a']).run(prompt`${hole('odd', odd)}`)
  expect(() => run.toJSON()).toThrow(expect.objectContaining({ name: 'UsageError', code: 'VALUE_UNSAVABLE' }))
})

test('whoever keeps it may have another order of members', async () => {
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, one]) => [name, turned(one)]),
    )
  }
  const model = scripted({ n: '1' })
  const run = await model.run(prompt`a ${integer('n')};`)
  expect((await model.restore(turned(kept(run)))).text).toBe('a 1;')
  const { saved } = kept(run) as { saved: unknown }
  expect((await model.restore(saved)).text).toBe('a 1;')
})

describe('what is refused', () => {
  const { model } = fakeModel(answers({ 'x ': 'good' }))
  let json: { saved: Record<string, unknown> }
  beforeAll(async () => {
    json = kept(await model.run(prompt`x ${select('a', ['good', 'bad'])};`)) as typeof json
  })

  test.each([
    null,
    undefined,
    7,
    'text',
    '{}',
    [],
    {},
    { saved: {} },
    { saved: null },
    new Date(),
    Promise.resolve(),
  ])('anything else: %p', async (other) => {
    await expect(model.restore(other)).rejects.toMatchObject({ name: 'UsageError', code: 'SAVED_INVALID' })
    await expect(model.replay(other)).rejects.toMatchObject({ name: 'UsageError' })
  })

  test('every member that was changed, left out or added', async () => {
    for (const name of Object.keys(json.saved)) {
      for (const other of [undefined, null, 3, 'x', [], {}]) {
        if (name === 'version' && other === 3) continue
        const saved = { ...json.saved, [name]: other }
        if (other === undefined) delete saved[name]
        if (JSON.stringify(saved) === JSON.stringify(json.saved)) continue
        await expect(model.restore({ saved })).rejects.toMatchObject({ code: 'SAVED_INVALID' })
      }
    }
    await expect(model.restore({ saved: { ...json.saved, more: 1 } })).rejects.toMatchObject({
      code: 'SAVED_INVALID',
    })
    await expect(model.restore({ saved: { ...json.saved, version: 99 } })).rejects.toThrow(
      /version 99.*version 1/,
    )
  })

  test('another vocabulary, and a context that is too small', async () => {
    await expect(scripted([]).restore(json)).rejects.toMatchObject({ code: 'MODEL_DIFFERS' })
    const small = fakeModel(answers({}), { contextTokens: 2 }).model
    await expect(small.restore(json)).rejects.toMatchObject({ name: 'CapacityError', code: 'CONTEXT_FULL' })
    const words = kept(await scripted({ a: 'good' }).run(prompt`x y z ${select('a', ['good'])}`))
    await expect(scripted([], { contextTokens: 3 }).restore(words)).rejects.toMatchObject({
      code: 'CONTEXT_FULL',
    })
  })

  test('a script, which has no tokens to compare', async () => {
    const script = scripted({ a: 'good' })
    const told = kept(await script.run(prompt`x ${select('a', ['good', 'bad'])}`))
    await expect(script.replay(told)).rejects.toMatchObject({ name: 'CapabilityError', code: 'NO_TOKENS' })
  })

  test('a model that was disposed', async () => {
    const gone = scripted([])
    await gone.dispose()
    await expect(gone.restore(json)).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(gone.replay(json)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

test('what is written grows with the conversation, not with its square', async () => {
  const model = scripted({ answer: Array.from({ length: 240 }, (_, n) => `answer ${n}`) })
  let talk = (await model.start(prompt`${system`Be brief.`}`)) as unknown as Talk
  const sizes: number[] = []
  for (let n = 1; n <= 240; n += 1) {
    talk = await talk.extend(prompt`${user`Question ${n}?`}${assistant`${gen('answer')}`}`)
    if (n === 120 || n === 240) sizes.push(JSON.stringify(talk.toJSON().saved).length)
  }
  expect(sizes[1]! / sizes[0]!).toBeLessThan(2.2)
  const restored = await model.restore(kept(talk))
  expect(restored.messages).toEqual(talk.messages)
  expect((await restored.at(100)).text).toBe((await talk.at(100)).text)
})

test('it is plain data, whole through postMessage as through JSON', async () => {
  const model = scripted({ n: '1', t: 'abc' })
  const run = await model.run(
    prompt`${integer('n')} ${regex('t', /[a-c]+/)};`,
    {},
    { seed: 4, temperature: 0.5 },
  )
  const json = run.toJSON()
  expect(structuredClone(json)).toEqual(json)
  expect(json.seed).toBe(4)
  expect(json.asked).toMatchObject({ given: {}, options: { seed: 4, temperature: 0.5 } })
  expect(JSON.stringify(json.asked)).toContain('"name":"t"')
  expect(JSON.stringify(json).length).toBeLessThan(constants.MAX_STRING_LENGTH)
})
