// Banned texts and biases by text through whole runs: on the demo model, over the oracle and with a script. Judges that
// no banned text is finished by the model wherever it began, that literals may hold them, and what is told where
// nothing is left.
import { beam, gen, json, load, type Model, prompt, regex, repeat, select } from '../../lib/index.js'
import { scripted } from '../../lib/testing/testing.js'
import { programModel } from '../support/program-model.js'

let model: Model
beforeAll(async () => {
  model = await load(undefined, { contextTokens: 2048, threads: 1 })
})
afterAll(() => model.dispose())

const seeds = Array.from({ length: 12 }, (_, seed) => seed)

/** How often a text stands in another one. */
const countOf = (text: string, one: string): number => text.split(one).length - 1

test('what the model would write is not written, at any temperature', async () => {
  const form = prompt`The lid is ${gen('x', { tokensMax: 24 })}`
  for (const seed of seeds) {
    const sampling = { seed, temperature: seed % 3 === 0 ? 0 : 1.5 }
    const free = (await model.run(form, {}, sampling)).values.x
    const ban = [free.slice(0, 1), free.slice(3, 6), free.slice(8, 9)].filter((text) => text.trim() !== '')
    const run = await model.run(form, {}, { ...sampling, ban })
    for (const text of ban) expect(run.values.x).not.toContain(text)
    expect(run.values.x).not.toBe(free)
  }
})

test('nor what was begun before the hole, with and without healing', async () => {
  for (const heal of [true, false]) {
    for (const seed of seeds) {
      const form = prompt`As an ${gen('x', { tokensMax: 12, temperature: 1.5, seed, heal })}`
      const letters = 'abcdefghijklmnopqrstuvwxyz'.split('')
      const ban = [...letters.map((letter) => `As an ${letter}`), 'an an']
      const run = await model.run(form, {}, { ban })
      expect(run.values.x).not.toMatch(/^[a-z]/)
      expect(run.text.startsWith('As an ')).toBe(true)
    }
  }
})

test('literals, known values and what ends a value may hold them', async () => {
  const form = prompt`AI: ${gen('x', { tokensMax: 12 })}, an AI.\n${gen('y', { tokensMax: 4 })}`
  const run = await model.run(form, { y: 'AI' }, { ban: ['AI', '\n', ', an'] })
  expect(countOf(run.text, 'AI')).toBe(3)
  expect(run.values.x).not.toMatch(/AI|\n|, an/)
  const stopped = prompt`Say: ${gen('x', { stop: 'END', tokensMax: 20 })}`
  const { x } = (await model.run(stopped, {}, { ban: ['E'], temperature: 1.5, seed: 3 })).values
  expect(x).not.toContain('E')
})

test('a choice is made among what is left', async () => {
  const form = prompt`Answer: ${select('x', ['AI', 'Ant', 'ML'])}\n`
  for (const seed of seeds) {
    const run = await model.run(form, {}, { ban: ['AI', 'M'], temperature: 2, seed })
    expect(run.values.x).toBe('Ant')
  }
})

test('where more ways lead to a banned text than anybody can try, the hole is given up', async () => {
  const error = { name: 'FillError', code: 'DEAD_END', message: expect.stringContaining('"X" banned') }
  for (const sampling of [{ ban: ['X'] }, { ban: ['X'], temperature: 1 }]) {
    const form = prompt`Go: ${regex('x', /[a-z]{3,40}X/, { check: () => 'no', best: 'least bad' })}\n`
    await expect(model.run(form, {}, sampling)).rejects.toMatchObject(error)
  }
})

test('where nothing is left the ban is named', async () => {
  const error = { name: 'FillError', code: 'DEAD_END', message: expect.stringContaining('"AI" banned') }
  await expect(model.run(prompt`Answer: ${regex('x', /AI/)}\n`, {}, { ban: ['AI'] })).rejects.toMatchObject(
    error,
  )
  const object = { type: 'object', properties: { AI: { type: 'integer' } }, required: ['AI'] } as const
  await expect(model.run(prompt`Go: ${json('x', object)}`, {}, { ban: ['AI'] })).rejects.toMatchObject(error)
  const other = {
    type: 'object',
    properties: { ML: { type: 'string', maxLength: 3 } },
    required: ['ML'],
  } as const
  const run = await model.run(prompt`Go: ${json('x', other)}`, {}, { ban: ['AI', 'e'], temperature: 2 })
  // As it stands in the text: JSON has other ways to write a letter.
  expect(run.text.slice('Go: '.length)).not.toMatch(/AI|e/)
})

test('a hole has its own list, and turns are decided without one', async () => {
  const form = prompt`${select('a', ['x', 'y'], { ban: [] })}${select('b', ['x', 'y'])}`
  const run = await model.run(prompt`Say ${form}`, { a: 'x' }, { ban: ['x'] })
  expect(run.values).toEqual({ a: 'x', b: 'y' })
  const list = prompt`Go:\n${repeat('t', prompt`- ${select('n', ['a', 'b'])}\n`, { min: 1, max: 2 })}End.`
  expect((await model.run(list, {}, { ban: ['- ', 'End', 'a'] })).text).toMatch(/^Go:\n(- b\n)+End\.$/)
})

test('beams keep to it', async () => {
  const form = prompt`The lid is ${beam(3, regex('x', /[a-z]{4}/))}`
  const free = (await model.run(form)).values.x
  const run = await model.run(form, {}, { ban: [free.slice(1, 3)] })
  expect(run.values.x).not.toContain(free.slice(1, 3))
})

test('streams draw what runs draw, and what was drawn under another ban is no answer', async () => {
  const form = prompt`The colour of the lid is ${gen('x', { tokensMax: 8 })}`
  const free = (await model.run(form)).values.x
  const ban = [free.slice(2, 4)]
  const run = await model.run(form, {}, { ban })
  for await (const event of model.stream(form, {}, { ban, fresh: true })) {
    if (event.type === 'done') expect(event.run.values.x).toBe(run.values.x)
  }
  expect(run.values.x).not.toBe(free)
  expect((await model.run(form)).values.x).toBe(free)
})

test('over the oracle, too', async () => {
  const { model: oracle, matchersOpen } = programModel()
  const form = prompt`Go: ${gen('x', { tokensMax: 16, temperature: 1 })}`
  for (const seed of seeds) {
    const free = (await oracle.run(form, {}, { seed })).values.x
    const characters = Array.from(free).filter((one) => one !== '\ufffd')
    const ban = [characters[0]!, characters.slice(2, 4).join('')].filter((text) => text !== '')
    const { x } = (await oracle.run(form, {}, { seed, ban })).values
    for (const text of ban) expect(x).not.toContain(text)
  }
  expect(matchersOpen()).toBe(0)
})

test('a script that says it is told so', async () => {
  const form = prompt`As an ${gen('x')}`
  const run = (answer: string) => scripted({ x: answer }).run(form, {}, { ban: ['As an AI', 'bot'] })
  expect((await run('ant')).values.x).toBe('ant')
  for (const answer of ['AI', 'ant robot']) {
    await expect(run(answer)).rejects.toMatchObject({
      code: 'ANSWER_INVALID',
      message: expect.stringMatching(/banned/),
    })
  }
})

test('a bias by text is one by id', async () => {
  const form = prompt`Answer: ${select('x', ['AI', 'Ant', 'ML'])}\n`
  const text = Buffer.from(
    (await model.detokenize((await model.tokenize('ant bee')).slice(-1))) ?? '',
  ).toString()
  const [id] = (await model.tokenize('ant bee')).slice(-1)
  const free = prompt`The lid is ${gen('y', { tokensMax: 3 })}`
  const byText = await model.run(free, {}, { biasText: { [text]: 100 } })
  const byId = await model.run(free, {}, { bias: { [id!]: 100 } })
  expect(byText.values.y).toBe(byId.values.y)
  const long = model.run(form, {}, { biasText: { 'a text of many tokens': 2 } })
  await expect(long).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringMatching(/tokens.*ban/),
  })
})

test('mistakes are refused before any work', async () => {
  const odd = [
    { ban: 'AI' },
    { ban: [''] },
    { ban: [5] },
    { ban: ['\ud800'] },
    { ban: ['x'.repeat(257)] },
    { ban: Array.from({ length: 1001 }, (_, index) => `${index}`) },
    { biasText: { x: '2' } },
    { biasText: { x: Number.POSITIVE_INFINITY } },
    { biasText: ['x'] },
    { biasText: { '': 1 } },
  ]
  for (const options of odd) {
    await expect(model.run(prompt`x`, {}, options as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    expect(() => gen('x', options as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  }
  const scored = () => select('x', ['a', 'b'], { by: 'logprob', ban: ['a'] } as never)
  expect(scored).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})
