// Goal: nothing is too deep, too long or too many for a prompt: a run or a typed error, never a stack that overflows,
// and no work that grows with the square. Method: everything that nests, nested far; functions that make themselves;
// and thousands of parts, each of which must not look at all the others.
import { branches, each, repeat } from '../../../lib/prompt/branches.js'
import { assistant, user } from '../../../lib/prompt/chat.js'
import { bestOf } from '../../../lib/prompt/choose.js'
import { gen } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import type { Prompt } from '../../../lib/prompt/part.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

// biome-ignore lint/suspicious/noExplicitAny: what is made in a loop has no type of its own.
type Any = any
const speak = answers({ 'A: ': 'good\n' })
const hole = prompt`A: ${gen('a')}\n`
const chatml = '{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}'

function nested(count: number, around: (inner: Any, index: number) => Any): () => Any {
  return () => {
    let made: Any = hole
    for (let index = 0; index < count; index += 1) made = around(made, index)
    return made
  }
}

const containers: Readonly<Record<string, (inner: Any, index: number) => Any>> = {
  checked: (inner) => checked(inner, () => true),
  'checked, in a template': (inner) => prompt`x ${checked(inner, () => true)}`,
  branches: (inner) => prompt`x ${branches({ b: inner })}`,
  each: (inner) => prompt`x ${each('items', [1], () => inner)}`,
  repeat: (inner) => prompt`x ${repeat('turns', inner, { min: 1, max: 1 })}`,
  bestOf: (inner) => prompt`x ${bestOf(1, inner, () => 1)}`,
}

test.each(Object.entries(containers))(
  '%s, nested too deep, is refused; as deep as may be, it runs',
  async (_, around) => {
    expect(nested(100_000, around)).toThrow(
      expect.objectContaining({
        name: 'PromptError',
        code: 'NESTING_TOO_DEEP',
        message: 'Prompts are nested 101 deep; at most 100 levels are allowed.',
      }),
    )
    const deep = nested(100, around)() as Prompt
    const { model } = fakeModel(speak)
    expect((await model.run(deep)).text).toContain('A: good\n')
  },
)

test('prompts that are simply put into one another', async () => {
  expect(nested(100_000, (inner) => prompt`x${inner}`)).toThrow(
    expect.objectContaining({ code: 'NESTING_TOO_DEEP' }),
  )
  const many = nested(3_000, (inner, index) => prompt`${inner}x${input(`name${index}`)}`)() as Any
  expect(() => prompt`${many}${gen('name5')}`).toThrow(expect.objectContaining({ code: 'NAME_TWICE' }))
  expect(() => prompt`${many}${gen('a')}`).toThrow(expect.objectContaining({ code: 'HOLE_NAME_TWICE' }))
  // The same again: names are not lost where a prompt is put into several.
  expect(() => prompt`${many}${many}`).toThrow(expect.objectContaining({ code: 'HOLE_NAME_TWICE' }))
})

test('a part that holds itself is refused', () => {
  const self: Any = { kind: 'message', role: 'user', parts: [] }
  self.parts.push(self)
  expect(() => prompt`${self}`).toThrow(expect.objectContaining({ code: 'NESTING_TOO_DEEP' }))
})

const again: Any = () => again
const growing: Any = () => prompt`x${growing}`
const items: Any = () => prompt`${each('items', () => [1], items)}`
const speaking: Any = () => prompt`${user`x${speaking}`}`
const turning: Any = () => prompt`${repeat('turns', prompt`x${turning}`, { min: 1, max: 2 })}`
const checking: Any = () => prompt`${checked(prompt`x${checking}`, () => true)}`
test.each([
  ['itself', again],
  ['itself behind text', growing],
  ['items that make items', items],
  ['messages in messages', speaking],
  ['turns in turns', turning],
  ['checks in checks', checking],
])('a function that makes %s without end', async (_, make) => {
  const { model } = fakeModel(speak, { chatTemplate: chatml })
  await expect(model.run(prompt`x${make}`)).rejects.toMatchObject({
    name: 'PromptError',
    code: 'NESTING_TOO_DEEP',
  })
  expect((await model.run(hole)).values.a).toBe('good')
})

test('functions that make functions some hundred times are fine', async () => {
  let left = 500
  const make: Any = () => {
    left -= 1
    return left > 0 ? prompt`x${make}` : 'end'
  }
  const { model } = fakeModel(speak)
  expect((await model.run(prompt`${make}`)).text).toBe(`${'x'.repeat(499)}end`)
})

/** Parts between texts that are empty: what is judged is the walk, not the tokens. */
function template(count: number, part: (index: number) => unknown): Prompt {
  const texts = Array.from({ length: count + 1 }, () => '')
  const strings = Object.assign(texts, { raw: texts }) as unknown as TemplateStringsArray
  return prompt(strings, ...(Array.from({ length: count }, (_, index) => part(index)) as Any[])) as Prompt
}

const count = 20_000
const empty = Object.fromEntries(Array.from({ length: count }, (_, index) => [`name${index}`, '']))

test('20,000 inputs', async () => {
  const { model } = fakeModel(speak)
  const run = await model.run(
    template(count, (index) => input(`name${index}`)),
    empty as never,
  )
  expect(run.text).toBe('')
})

test('20,000 holes with known values, and what they captured', async () => {
  const { model } = fakeModel(speak)
  const run = await model.run(
    template(count, (index) => gen(`name${index}`)),
    empty as never,
  )
  expect(run.values).toEqual(empty)
})

test('20,000 functions, and as many turns', async () => {
  const { model } = fakeModel(speak)
  expect((await model.run(template(count, () => () => ''))).text).toBe('')
  const run = await model.run(prompt`${repeat('turns', prompt``, { min: count, max: count })}`)
  expect(run.values.turns).toHaveLength(count)
})

test('names of a megabyte, and mistakes in them told in a sentence', async () => {
  const name = 'n'.repeat(1_000_000)
  const { model } = fakeModel(speak)
  expect((await model.run(prompt`A: ${gen(name)}\n`)).values[name]).toBe('good')
  const mistakes = [
    () => gen(`${name}.`),
    () => prompt`${gen(name)}${gen(name)}`,
    () => prompt`${gen(name)}${input(name)}`,
  ]
  for (const mistake of mistakes) {
    try {
      mistake()
      throw new Error('not refused')
    } catch (error) {
      expect((error as Error).name).toBe('PromptError')
      expect((error as Error).message.length).toBeLessThan(400)
    }
  }
  await expect(model.run(prompt`${assistant`${gen(name)}`}`)).rejects.toMatchObject({
    code: 'CHAT_TEMPLATE_MISSING',
  })
})
