// Goal: a transcript that would outgrow the context is a CapacityError with the numbers and the option to raise, before
// any work where the texts alone tell. Method: every way a transcript grows, over the fake engine with a small context.
import { branches, each, repeat } from '../../../lib/prompt/branches.js'
import { assistant, user } from '../../../lib/prompt/chat.js'
import { beam, bestOf, vote } from '../../../lib/prompt/choose.js'
import { gen, regex, select } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import type { Prompt } from '../../../lib/prompt/part.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const contextTokens = 100
const chatTemplate = '{% for m in messages %}<|im_start|>{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}'
const speak = answers({ ': ': `${'z'.repeat(30)}\n`, '- ': `${'z'.repeat(30)}\n`, 'B. ': 'yyy\n' })
// No word of the vocabulary is in it: a token a character.
const long = 'x'.repeat(45)
const item = (text: string) => prompt`${text}: ${gen('x')}\n`
const short = ['u', 'v', 'w', 'q']

const before: readonly [string, Prompt, Record<string, unknown>?][] = [
  ['items', prompt`L: ${each('rows', ['a', 'b', 'c'], () => item(long))}`],
  [
    'items with separators',
    prompt`L: ${each('rows', ['a', 'b', 'c', 'd'], () => item('k'), { join: long })}`,
  ],
  [
    'an item that is only known',
    prompt`L: ${each('rows', ['a'], () => item('k'))}`,
    { rows: [{ x: long + long + long }] },
  ],
  ['branches', prompt`L: ${branches({ a: item(long), b: item(long), c: item(long) })}`],
  [
    'one of several branches that are not joined',
    prompt`L: ${branches({ a: item('k'), b: item(long + long + long) }, { join: null })}`,
  ],
  ['turns', prompt`L: ${repeat('turns', item(long), { min: 3, max: 9 })}`],
  [
    'turns that are known',
    prompt`L: ${repeat('turns', prompt`- ${gen('x')}\n`, { max: 9 })}`,
    { turns: [{ x: long }, { x: long }, { x: long }] },
  ],
  ['a text behind a hole', prompt`L: ${gen('a')}\n${long}${long}${long}`],
  ['an input behind a hole', prompt`L: ${gen('a')}\n${input('i')}`, { i: long + long + long }],
  ['a known value behind a hole', prompt`L: ${gen('a')}\n: ${gen('b')}`, { b: long + long + long }],
  ['a message behind another', prompt`${user`${gen('a')}\n`}${user`${long}${long}${long}`}`],
  ['a candidate', prompt`L: ${gen('a')}\n${vote(2, prompt`${long}${long}${long}${gen('b')}`)}`],
  [
    'a checked prompt',
    prompt`L: ${gen('a')}\n${checked(prompt`${long}${long}${long}${gen('b')}`, () => true)}`,
  ],
]

test.each(before)('%s without room: refused before any work', async (_name, wide, given = {}) => {
  const { model, engine } = fakeModel(speak, { contextTokens, chatTemplate })
  await expect(model.run(wide, given as never)).rejects.toMatchObject({
    name: 'CapacityError',
    code: 'CONTEXT_FULL',
    message: expect.stringMatching(/\d+.* tokens.*the context holds 100.*contextTokens/),
  })
  expect(engine.generates).toEqual([])
  // Where there is room, the same prompt runs.
  const roomy = fakeModel(speak, { contextTokens: 2000, chatTemplate }).model
  await roomy.run(wide, given as never)
})

const onTheWay: readonly [string, Prompt, Record<string, unknown>?][] = [
  ['items', prompt`L: ${each('rows', short, item)}`],
  ['branches', prompt`L: ${branches({ a: item('a'), b: item('b'), c: item('c'), d: item('d') })}`],
  ['a join', prompt`L: ${branches({ a: item('a') }, { join: () => long + long + long })}`],
  ['turns', prompt`L: ${repeat('turns', item('k'), { min: 4, max: 4 })}`],
  [
    'items made on the way',
    prompt`L: ${gen('a')}\n${each(
      'rows',
      () => [1, 2, 3],
      () => item(long),
    )}`,
  ],
  ['a part made on the way', prompt`L: ${gen('a')}\n${() => prompt`${long}${long}${long}`}`],
  ['what is forced', prompt`L: ${regex('a', `y${long}${long}${long}`)}`],
  ['an option', prompt`L: ${select('a', [long + long + long, 'k'])}${'k'.repeat(60)}`],
  ['scored options', prompt`L: ${select('a', [long + long + long, 'k'], { by: 'logprob' })}`],
  ['beams', prompt`L: ${'k'.repeat(80)}: ${beam(2, regex('a', /[yz]{30}/))}`],
  ['the best of some', prompt`L: ${bestOf(2, prompt`${each('rows', short, item)}`, () => 1)}`],
  ['messages', prompt`${user`${gen('a')}\n`}${assistant`: ${gen('b')}\n`}${user`: ${gen('c')}\n`}${user`k`}`],
]

test.each(onTheWay)('%s without room: refused where it happens', async (_name, wide) => {
  const { model } = fakeModel(speak, { contextTokens, chatTemplate })
  await expect(model.run(wide)).rejects.toMatchObject({
    name: 'CapacityError',
    message: expect.stringMatching(/the context holds 100.*contextTokens/),
  })
  const roomy = fakeModel(speak, { contextTokens: 2000, chatTemplate }).model
  await roomy.run(wide)
})

test('a transcript that is extended counts with what it has', async () => {
  const { model, engine } = fakeModel(speak, { contextTokens })
  let talk = await model.start(prompt`L: ${gen('a')}\n`)
  talk = await talk.extend(prompt`B: ${gen('a')}\n`)
  const { length } = engine.generates
  await expect(talk.extend(prompt`C: ${gen('a')}\n${long}`)).rejects.toMatchObject({
    code: 'CONTEXT_FULL',
    message: expect.stringContaining(`${talk.tokens.length} before them`),
  })
  expect(engine.generates.length).toBe(length)
})

test('what may be dropped is dropped where branches are joined, too', async () => {
  const { model } = fakeModel(speak, { contextTokens })
  const run = await model.run(prompt`L: ${each('rows', short, item)}`, {}, { overflow: 'shift' })
  expect(run.tokens.length).toBeLessThanOrEqual(contextTokens)
  expect(run.text).toContain('u: ')
})
