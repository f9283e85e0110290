// Goal: the values and messages of a conversation are those of all its runs, one rule for names that come again, and
// nothing an earlier transcript has ever changes. Method: conversations over the fake engine and scripts.
import {
  assistant,
  branches,
  checked,
  each,
  gen,
  input,
  integer,
  prompt,
  select,
  system,
  user,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'

const digit = { min: 0, max: 9 }

test('values grow, and a name captured again has its last value', async () => {
  const model = scripted({ a: ['1', '3'], b: 'two', c: '4' })
  const first = await model.run(prompt`a ${integer('a', digit)}\n`)
  const second = await first.extend(prompt`b ${gen('b')}\n`)
  const third = await second.extend(prompt`a ${integer('a', digit)}, c ${integer('c', digit)}\n`)
  expect(first.values).toEqual({ a: 1 })
  expect(second.values).toEqual({ a: 1, b: 'two' })
  expect(third.values).toEqual({ a: 3, b: 'two', c: 4 })
  expect(first.values).toEqual({ a: 1 })
  const other = await first.extend(prompt`c ${integer('c', digit)}\n`, { c: 8 })
  expect(other.values).toEqual({ a: 1, c: 8 })
  expect([...third.ends.keys()]).toEqual(['a', 'c'])
})

test('functions and checks of a later prompt see earlier values, and the new ones over them', async () => {
  const seen: unknown[] = []
  const note = (values: object) => {
    seen.push({ ...values })
    return prompt``
  }
  const check = (_: unknown, { values }: { values: object }) => {
    seen.push({ ...values })
    return true as const
  }
  const model = scripted({ a: ['1', '2'], b: '3', 'l.b': '4', 'items[].n': '5' })
  const first = await model.start(prompt`${integer('a', digit)};`)
  const items = (values: object) => {
    seen.push({ ...values })
    return ['x']
  }
  await first.extend(
    prompt`${note}${integer('a', digit)};${integer('b', { ...digit, check })};${note}${branches({
      l: prompt`${note}${integer('b', digit)};`,
    })}${each('items', items, () => prompt`${integer('n', digit)};`)}`,
  )
  expect(seen).toEqual([{ a: 1 }, { a: 2 }, { a: 2, b: 3 }, { a: 2, b: 3 }, { a: 2, b: 3, l: { b: 4 } }])
})

test('a check of a whole prompt judges what that prompt captured', async () => {
  const model = scripted({ a: '1', b: '2' })
  const seen: unknown[] = []
  const part = checked(prompt`${integer('b', digit)};`, (values) => seen.push(values) > 0 || 'never')
  const run = await (await model.run(prompt`${integer('a', digit)};`)).extend(prompt`${part}`)
  expect(seen).toEqual([{ b: 2 }])
  expect(run.values).toEqual({ a: 1, b: 2 })
})

test('names that every object has are names like any others', async () => {
  const model = scripted({ constructor: '1', valueOf: '2' })
  const first = await model.run(prompt`${integer('constructor', digit)};`)
  const second = await first.extend(prompt`${integer('valueOf', digit)};`)
  expect(Object.entries(second.values)).toEqual([
    ['constructor', 1],
    ['valueOf', 2],
  ])
})

test('an input may have the name of an earlier value, and what is given is what stands there', async () => {
  const model = scripted({ a: 'said' })
  const first = await model.run(prompt`${gen('a')}\n`)
  const second = await first.extend(prompt`${input('a')}!`, { a: 'given' })
  expect(second.text).toBe('said\ngiven!')
  expect(second.values).toEqual({ a: 'said' })
})

test('what a stream ends with has all values, too', async () => {
  const model = scripted({ a: '1', b: '2' })
  const first = await model.run(prompt`one ${integer('a', digit)};`)
  for await (const event of first.stream(prompt`${integer('b', digit)};`)) {
    if (event.type !== 'done') continue
    expect(event.run.values).toEqual({ a: 1, b: 2 })
  }
})

describe('messages', () => {
  const turn = prompt`${user`${input('question')}`}${assistant`${gen('answer')}`}`

  test('are what was said, in order, and never change', async () => {
    const model = scripted({ answer: ['Fine.', 'Too.'] })
    const first = await model.start(prompt`${system`Be brief.`}${turn}`, { question: 'How are you?' })
    const second = await first.extend(turn, { question: 'And now?' })
    const said = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'How are you?' },
      { role: 'assistant', content: 'Fine.' },
    ]
    expect(first.messages).toEqual(said)
    const more = [
      { role: 'user', content: 'And now?' },
      { role: 'assistant', content: 'Too.' },
    ]
    expect(second.messages).toEqual([...said, ...more])
    expect(first.messages).toEqual(said)
    expect(
      Object.isFrozen(second.messages) && second.messages.every((message) => Object.isFrozen(message)),
    ).toBe(true)
  })

  test('are none without a conversation, and those of messages that still wait', async () => {
    const model = scripted({ a: 'x' })
    expect((await model.run(prompt`one ${select('a', ['x'])}`)).messages).toEqual([])
    const waiting = await model.start(prompt`${system`Be brief.`}`)
    expect(waiting.messages).toEqual([{ role: 'system', content: 'Be brief.' }])
  })
})
