// Goal: what ends a hole's value can be a RegExp, its text goes where the hole says, and no end comes too early: also
// with checks that keep a beginning, constraints that are whole before, known values and transcripts that go on.
// Method: the fake engine, scripts, and each refusal by its code.
import { beam, gen, hole, integer, json, prompt, regex, select, seq } from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const code = (work: () => unknown): string | null => {
  try {
    work()
  } catch (error) {
    return (error as { code: string }).code
  }
  return null
}

test('a kept stop stands behind the value in the transcript, where a conversation goes on from it', async () => {
  const form = prompt`x ${gen('a', { stop: /[.!?]/, stopText: 'kept' })} y`
  for (const model of [fakeModel(answers({ 'x ': 'is it? No' })).model, scripted({ a: 'is it? No' })]) {
    const run = await model.run(form)
    expect([run.values.a, run.text]).toEqual(['is it', 'x is it? y'])
    const next = await run.extend(prompt` z`)
    expect(next.text).toBe('x is it? y z')
  }
})

test('a stop of the value is seen by its check, and a rejected value keeps its beginning', async () => {
  const said: string[] = []
  const check = (value: string) => {
    said.push(value)
    return said.length === 1 ? { from: value.indexOf('bad'), reason: 'bad' } : true
  }
  const form = prompt`x ${gen('a', { stop: /[.]/, stopText: 'value', check, tokensMin: 3 })}`
  const run = await scripted({ a: ['one two bad.', 'one two three.'] }).run(form)
  expect([run.values.a, said]).toEqual(['one two three.', ['one two bad.', 'one two three.']])
  said.length = 0
  const local = await fakeModel(answers({ 'x ': 'the order is bad.' })).model.run(form)
  expect(said[0]).toBe('the order is bad.')
  expect(local.values.a.startsWith('the order is')).toBe(true)
  expect(local.values.a).not.toBe('the order is bad.')
})

test('a value that is whole ends as it must, and one that can go on does until there are enough tokens', async () => {
  const { model } = fakeModel(answers({ 'x ': 'a!', 'y ': '7', 'z ': '{"a":1}', 'w ': 'a' }))
  const least = { tokensMin: 5 }
  const whole = await model.run(prompt`x ${regex('a', /a/, least)}!`)
  expect([whole.values.a, whole.ends.get('a')]).toEqual(['a', { reason: 'complete' }])
  const longer = await model.run(prompt`x ${regex('a', /a+/, least)}!`)
  expect(longer.values.a.length).toBeGreaterThanOrEqual(5)
  expect(longer.text).toBe(`x ${longer.values.a}!`)
  const digits = await model.run(prompt`y ${integer('n', { min: 0, max: 99, tokensMin: 5 })} y`)
  expect(String(digits.values.n).length).toBeLessThanOrEqual(2)
  const schema = {
    type: 'object',
    properties: { a: { enum: [1] } },
    required: ['a'],
    additionalProperties: false,
  }
  const object = await model.run(prompt`z ${json('o', schema, { tokensMin: 50 })}`)
  expect(object.values.o).toEqual({ a: 1 })
})

test('the model says that it is done only where it may', async () => {
  const { model } = fakeModel(answers({ 'x ': 'no' }))
  const free = await model.run(prompt`x ${gen('a', { tokensMin: 6, tokensMax: 9 })}`)
  expect(free.values.a.startsWith('no')).toBe(true)
  expect(Buffer.byteLength(free.values.a)).toBeGreaterThanOrEqual(6)
  const exact = await model.run(prompt`x ${gen('a', { tokensMin: 4, tokensMax: 4 })}`)
  expect(exact.ends.get('a')).toEqual({ reason: 'limit' })
})

test('a script whose answer is too short is refused, and one that is whole is not', async () => {
  const short = scripted({ a: 'one two.' }).run(prompt`${gen('a', { stop: '.', tokensMin: 3 })}`)
  await expect(short).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
  const whole = await scripted({ a: 'yes' }).run(prompt`${select('a', ['yes', 'no'], { tokensMin: 3 })}`)
  expect(whole.values.a).toBe('yes')
})

test('a known value holds no stop but the one it may end with, and nothing stands behind it', async () => {
  const { model } = fakeModel(answers({}))
  const kept = prompt`x ${gen('a', { stop: /\d/, stopText: 'kept' })}|`
  expect((await model.run(kept, { a: 'on' })).text).toBe('x on|')
  await expect(model.run(kept, { a: 'on1' })).rejects.toMatchObject({ code: 'KNOWN_VALUE_INVALID' })
  const own = prompt`x ${gen('a', { stop: /\d/, stopText: 'value' })}|`
  expect((await model.run(own, { a: 'on1' })).text).toBe('x on1|')
  await expect(model.run(own, { a: 'on1e' })).rejects.toMatchObject({ code: 'KNOWN_VALUE_INVALID' })
})

test.each([
  ['a stop that matches nothing at all', () => gen('a', { stop: /a*/ }), 'OPTION_INVALID'],
  ['an empty one', () => gen('a', { stop: ['.', ''] }), 'OPTION_INVALID'],
  ['a number', () => gen('a', { stop: [5 as never] }), 'OPTION_INVALID'],
  ['half a surrogate pair', () => gen('a', { stop: '\ud800' }), 'OPTION_INVALID'],
  ['a look-ahead', () => gen('a', { stop: /a(?=b)/ }), 'REGEX_UNSUPPORTED'],
  ['a place for no stop', () => gen('a', { stopText: 'kept' }), 'OPTION_INVALID'],
  ['a place that is none', () => gen('a', { stop: '.', stopText: 'transcript' as never }), 'OPTION_INVALID'],
  ['a least above the most', () => gen('a', { tokensMin: 6, tokensMax: 5 }), 'OPTION_INVALID'],
  ['a least above the default', () => gen('a', { tokensMin: 513 }), 'OPTION_INVALID'],
  ['a broken least', () => hole('a', seq('a'), { tokensMin: 1.5 }), 'OPTION_INVALID'],
  [
    'a least of options by score',
    () => select('a', ['u', 'v'], { by: 'logprob', tokensMin: 1 }),
    'OPTION_INVALID',
  ],
  ['a least of beams', () => beam(2, regex('a', /a+/, { tokensMin: 1 })), 'OPTION_INVALID'],
])('refuses %s', (_name, work, expected) => {
  expect(code(work)).toBe(expected)
})
