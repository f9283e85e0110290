// Goal: a run says how each of its values ended, in `ends` and in the 'hole-end' events alike, for the values that
// stayed and no others. Method: the fake engine and scripts, each way of ending by each way of filling.
import {
  beam,
  bestOf,
  branches,
  checked,
  each,
  gen,
  type HoleEnd,
  input,
  integer,
  type Prompt,
  prompt,
  regex,
  repeat,
  select,
  vote,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const stop = ['.', '\n']
const short = { tokensMax: 3 }

/** What the model says after `x `, the prompt, and how it ends. */
const ways: readonly [name: string, said: string, prompt: Prompt, end: HoleEnd][] = [
  ['a stop of its own', 'the order. And', prompt`x ${gen('a', { stop })}!`, { reason: 'stop', stop: '.' }],
  ['another one', 'the order\nAnd.', prompt`x ${gen('a', { stop })}!`, { reason: 'stop', stop: '\n' }],
  ['what follows a text', 'the order! And', prompt`x ${gen('a')}!`, { reason: 'literal' }],
  ['what follows beside stops', 'the order! And.', prompt`x ${gen('a', { stop })}!`, { reason: 'literal' }],
  [
    'a stop that follows',
    'the order. And',
    prompt`x ${gen('a', { stop })}. B`,
    { reason: 'stop', stop: '.' },
  ],
  ['what follows a pattern', 'aaa!', prompt`x ${regex('a', /a+/)}!`, { reason: 'literal' }],
  ['a whole pattern', 'aaa!', prompt`x ${regex('a', /a{3}/)}`, { reason: 'complete' }],
  ['a whole option', 'good', prompt`x ${select('a', ['good', 'bad'])}`, { reason: 'complete' }],
  ['an option by score', '', prompt`x ${select('a', ['u', 'v'], { by: 'logprob' })}`, { reason: 'complete' }],
  ['a limit', 'xxxxxxxx', prompt`x ${gen('a', short)}`, { reason: 'limit' }],
  ['a limit in a pattern', 'aaaaaaa', prompt`x ${regex('a', /a+/, short)}`, { reason: 'limit' }],
  ['the model', 'the order', prompt`x ${gen('a')}`, { reason: 'end' }],
  ['the model, in a pattern', 'aaa', prompt`x ${regex('a', /a+/)}`, { reason: 'end' }],
  ['a beam at a limit', 'aaaaaaa', prompt`x ${beam(1, regex('a', /a+/, short))}`, { reason: 'limit' }],
  ['a beam of a whole option', 'good', prompt`x ${beam(2, select('a', ['good']))}`, { reason: 'complete' }],
  ['a beam that the model ends', 'aaa', prompt`x ${beam(1, regex('a', /a+/))}`, { reason: 'end' }],
  ['a beam before a text', 'aaa!', prompt`x ${beam(1, regex('a', /a+/))}!`, { reason: 'literal' }],
]

test.each(ways)('a value ends at %s', async (_name, said, form, end) => {
  const { model } = fakeModel(answers({ 'x ': said }))
  const run = await model.run(form as Prompt<unknown>)
  expect([...run.ends]).toEqual([['a', end]])
  const told = run.trace.flatMap((event) => (event.type === 'hole-end' ? [event.end] : []))
  expect(told).toEqual([end])
  expect(run.toJSON().ends).toEqual({ a: end })
  const again = await model.run(form as Prompt<unknown>)
  expect([...again.ends]).toEqual([...run.ends])
})

test.each([
  ['a stop', 'One. Two', prompt`${gen('a', { stop })}!`, { reason: 'stop', stop: '.' }],
  ['what follows', 'One! Two', prompt`${gen('a', { stop })}!`, { reason: 'literal' }],
  ['the limit', 'one two three', prompt`${gen('a', { tokensMax: 2 })}`, { reason: 'limit' }],
  ['the end of what is said', 'one', prompt`${gen('a')}`, { reason: 'end' }],
  ['the only value', 'yes', prompt`${select('a', ['yes', 'no'])}`, { reason: 'complete' }],
  ['a beam', 'ABC', prompt`${beam(2, regex('a', /[A-Z]{3}/))}\n`, { reason: 'complete' }],
] as [string, string, Prompt, HoleEnd][])('a script tells of %s', async (_name, said, form, end) => {
  expect([...(await scripted({ a: said }).run(form as Prompt<unknown>)).ends]).toEqual([['a', end]])
})

test('known values and inputs have no end, and an answer the model remembers has the one it had', async () => {
  const { model } = fakeModel(answers({ 'x ': 'on.', 'y ': 'an' }), {}, 1000)
  const form = prompt`${input('z')}x ${gen('a', { stop })}|y ${gen('b')}`
  const first = await model.run(form, { z: '-' })
  expect([...first.ends.keys()]).toEqual(['a', 'b'])
  expect([...(await model.run(form, { z: '-' })).ends]).toEqual([...first.ends])
  expect([...(await model.run(form, { z: '-', a: 'off' })).ends.keys()]).toEqual(['b'])
})

test('branches, items and turns have theirs by their paths, without what only decides', async () => {
  const said = {
    x: '1',
    y: 'one.',
    'items[].n': '2',
    'turns[].n': [7, 8],
    'turns[1]?': true,
    'turns[2]?': false,
  }
  const form = prompt`${branches({ l: prompt`${integer('x', { min: 0, max: 9 })};` })}
${branches({ r: prompt`${gen('y', { stop })}!` })}
${each('items', ['p', 'q'], (item) => prompt`${item} ${integer('n', { min: 0, max: 9 })}\n`)}
${repeat('turns', prompt`- ${integer('n', { min: 0, max: 9 })}\n`, { min: 1, max: 4 })}End`
  const run = await scripted({ ...said, 'l.x': '1', 'r.y': 'one.' }).run(form)
  expect([...run.ends.keys()].sort()).toEqual([
    'items[0].n',
    'items[1].n',
    'l.x',
    'r.y',
    'turns[0].n',
    'turns[1].n',
  ])
  expect(run.ends.get('r.y')).toEqual({ reason: 'stop', stop: '.' })
})

test('of several fills only the one that was kept has an end', async () => {
  const form = gen('a', { tokensMax: 2, stop })
  const voted = await scripted({ a: ['one two three', 'yes.', 'yes.'] }).run(prompt`${vote(3, form)}`)
  expect([...voted.ends]).toEqual([['a', { reason: 'stop', stop: '.' }]])
  const best = bestOf(2, form, ({ a }) => a.length)
  const kept = await scripted({ a: ['one two three', 'yes.'] }).run(prompt`${best}`)
  expect([...kept.ends]).toEqual([['a', { reason: 'limit' }]])
})

test('what was rejected leaves no end behind', async () => {
  const check = (text: string) => text !== 'one two' || 'not this one'
  const one = await scripted({ a: ['one two three', 'yes.'] }).run(
    prompt`${gen('a', { tokensMax: 2, stop, check })}`,
  )
  expect([...one.ends]).toEqual([['a', { reason: 'stop', stop: '.' }]])
  const part = prompt`${gen('a', { tokensMax: 2, stop })}`
  const all = await scripted({ a: ['one two three', 'yes.'] }).run(
    prompt`${checked(part, ({ a }) => a !== 'one two' || 'not this one')}`,
  )
  expect([...all.ends]).toEqual([['a', { reason: 'stop', stop: '.' }]])
})

test('a transcript tells of the run that made it, and a shortened one still does', async () => {
  const { model } = fakeModel(answers({ 'x ': 'on.', 'y ': 'an' }))
  const first = await model.run(prompt`x ${gen('a', { stop })}|`)
  const second = await first.extend(prompt`y ${gen('b')}`)
  expect([[...first.ends.keys()], [...second.ends.keys()]]).toEqual([['a'], ['b']])
  const { length } = second.tokens
  expect((await second.drop({ from: length - 1, until: length })).ends).toEqual(second.ends)
})
