// Goal: a name that every object inherits (constructor, toString, __proto__, ...) is a name like any other, wherever
// names are given or captured. Method: each kind of part under each of these names, over the fake engine.
import { branches, each, repeat } from '../../../lib/prompt/branches.js'
import { vote } from '../../../lib/prompt/choose.js'
import { gen, integer, select } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { json } from '../../../lib/prompt/json.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { partialJson } from '../../support/partial-json.js'

const names = [
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  '__proto__',
  'prototype',
]
const speak = answers({ 'A: ': 'good\n', 'B: ': 'bad\n', 'N: ': '5;', '- ': 'good\n' })

/** An object whose own member of that name has the value. */
const own = (name: string, value: unknown) =>
  JSON.parse(JSON.stringify([[name, value]]), (_, item) =>
    Array.isArray(item) && Array.isArray(item[0]) ? Object.fromEntries(item) : item,
  ) as Record<string, unknown>

const same = (values: unknown, expected: unknown) => {
  // Names in the order they came, own ones only; toEqual skips __proto__.
  expect(JSON.stringify(values)).toBe(JSON.stringify(expected))
}

describe.each(names)('%s', (name) => {
  test('is captured, known and needed', async () => {
    const { model } = fakeModel(speak)
    const one = prompt`A: ${gen(name)}\n`
    same((await model.run(one)).values, own(name, 'good'))
    same((await model.run(one, own(name, 'mine') as never)).values, own(name, 'mine'))
    const needed = prompt`${input(name)} A: ${gen('a')}\n`
    expect((await model.run(needed, own(name, 'text') as never)).text).toBe('text A: good\n')
    await expect(model.run(needed, {} as never)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
    await expect(model.run(prompt`A: ${gen('a')}\n`, own(name, 'x') as never)).rejects.toMatchObject({
      code: 'INPUT_UNKNOWN',
    })
    await expect(model.run(one, own(name, 5) as never)).rejects.toMatchObject({ code: 'KNOWN_VALUE_INVALID' })
  })

  test('is a branch, items and turns', async () => {
    const { model } = fakeModel(speak)
    const inner = prompt`A: ${gen(name)}\n`
    const both = prompt`On. ${branches(own(name, inner) as { readonly b: typeof inner })}`
    same((await model.run(both)).values, own(name, own(name, 'good')))
    same((await model.run(both, own(name, own(name, 'mine')) as never)).values, own(name, own(name, 'mine')))
    const list = prompt`On. ${each(name, ['x', 'y'], (item) => prompt`${item} A: ${gen(name)}\n`)}`
    same((await model.run(list)).values, own(name, [own(name, 'good'), own(name, 'good')]))
    const known = own(name, [own(name, 'mine'), {}])
    same((await model.run(list, known as never)).values, own(name, [own(name, 'mine'), own(name, 'good')]))
    const turns = prompt`On. ${repeat(name, prompt`- ${gen(name)}\n`, { min: 2, max: 2 })}`
    same((await model.run(turns)).values, own(name, [own(name, 'good'), own(name, 'good')]))
  })

  test('is chosen, voted for, checked and seen by functions', async () => {
    const { model } = fakeModel(speak)
    const option = prompt`On: ${select(name, [name, 'other'], { by: 'logprob' })}`
    const run = await model.run(option)
    expect([...run.choices.keys()]).toEqual([name])
    expect(run.choices.get(name)!.options.map((scored) => scored.option)).toEqual([name, 'other'])
    const drawn = await model.run(prompt`A: ${gen(name, { logprobs: 1 })}\n`)
    expect([...drawn.logprobs.keys()]).toEqual([name])
    const seen: unknown[] = []
    const all = prompt`A: ${vote(2, gen(name))}\n${(values: Record<string, unknown>) => {
      seen.push(Object.hasOwn(values, name) && values[name])
      return 'N: '
    }}${integer('n', { max: 9 })};`
    const judged = checked(all, (values) => {
      seen.push(Object.hasOwn(values, name) && (values as Record<string, unknown>)[name])
      return true
    })
    await model.run(judged)
    expect(seen).toEqual(['good', 'good'])
  })

  test('is a member of JSON, whole and as it grows', async () => {
    const schema = { type: 'object', properties: own(name, { type: 'integer' }), required: [name] } as const
    const text = JSON.stringify(own(name, 5))
    for (const lenient of [true, false]) {
      const { model } = fakeModel(answers({ 'J: ': text }))
      const part = prompt`J: ${json('value', schema as object, { lenient })}.`
      same((await model.run(part)).values, { value: own(name, 5) })
      same((await model.run(part, { value: own(name, 7) } as never)).values, { value: own(name, 7) })
      await expect(model.run(part, { value: {} } as never)).rejects.toMatchObject({
        code: 'KNOWN_VALUE_INVALID',
      })
    }
    same(partialJson(text), own(name, 5))
    same(partialJson(`{"a":${text.slice(0, -1)},"b":[`), { a: { ...own(name, 5), b: [] } })
  })
})

test('what is given is its own and never inherited', async () => {
  const { model } = fakeModel(speak)
  const given = Object.create({ who: 'inherited' })
  await expect(model.run(prompt`${input('who')} A: ${gen('a')}\n`, given)).rejects.toMatchObject({
    code: 'INPUT_MISSING',
  })
})
