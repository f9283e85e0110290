// What a script says that no model could: turns a repeat has not, probabilities that are none, JSON the schema does not
// have, a conversation that is no text. None is rounded, cut or made up for; each is told with what was said.
import { repeat } from '../../../lib/prompt/branches.js'
import { assistant, user } from '../../../lib/prompt/chat.js'
import { gen, select } from '../../../lib/prompt/hole.js'
import { json } from '../../../lib/prompt/json.js'
import type { Prompt } from '../../../lib/prompt/part.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { type Answers, type ScriptedOptions, scripted } from '../../../lib/testing/testing.js'

async function refusal(form: Prompt, answers: Answers, options: ScriptedOptions = {}): Promise<string> {
  try {
    await scripted(answers, options).run(form as Prompt<unknown, Record<never, string>>, {})
    return 'none'
  } catch (error) {
    const { name, code, message } = error as { name: string; code: string; message: string }
    return `${name} ${code}: ${message}`
  }
}

const things = prompt`${repeat('things', prompt`- ${gen('thing')}\n`, { min: 1, max: 3 })}End.`
const thing = { 'things[].thing': 'a hat' }

describe('turns of a repeat', () => {
  test.each([
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [4, '4'],
    [9, '9'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['2', '"2"'],
    [true, 'true'],
    [null, 'null'],
    [[2], '[2]'],
  ])('%p is no number of them', async (count, seen) => {
    expect(await refusal(things, { things: count, ...thing })).toBe(
      'UsageError ANSWER_INVALID: Hole things[1]? asks for an answer behind "- a hat\\n", and the script answers ' +
        `${seen} for "things": a repeat there takes a whole number of turns from 1 to 3. It may hold "- " to go on ` +
        'or "End." to end.',
    )
  })

  test.each([1, 2, 3])('%p are taken', async (count) => {
    const run = await scripted({ things: count, ...thing }).run(things)
    expect(run.values.things).toHaveLength(count)
  })

  test.each([5, null, { goesOn: true }, [[true]]])('%j says of no turn whether it comes', async (answer) => {
    expect(await refusal(things, { 'things[1]?': answer, ...thing })).toMatch(
      /^UsageError ANSWER_INVALID: Hole things\[1\]\? .*expected true to go on or false to end/,
    )
  })
})

describe('probabilities of options', () => {
  const options = ['good', 'bad', 'constructor']
  const mood = prompt`Mood: ${select('mood', options, { by: 'logprob' })}\n`

  test.each<[string, object, string]>([
    ['a name that is no option', { godo: 1 }, 'there is no option "godo". Did you mean "good"?'],
    ['a name beside options', { good: 0.5, bad: 0.5, so: 0 }, 'there is no option "so".'],
    ['none', {}, 'the probabilities add up to 0; expected 1.'],
    ['all of them 0', { good: 0, bad: 0 }, 'the probabilities add up to 0; expected 1.'],
    [
      'less than 0',
      { good: -0.5, bad: 1 },
      'the probability of "good" is -0.5; expected a number from 0 to 1.',
    ],
    ['more than 1', { good: 70, bad: 30 }, 'the probability of "good" is 70; expected a number from 0 to 1.'],
    ['NaN', { good: Number.NaN, bad: 1 }, 'the probability of "good" is NaN; expected a number from 0 to 1.'],
    ['a text', { good: '1' }, 'the probability of "good" is "1"; expected a number from 0 to 1.'],
    [
      'undefined',
      { good: undefined },
      'the probability of "good" is undefined; expected a number from 0 to 1.',
    ],
    ['too much in all', { good: 0.9, bad: 0.9 }, 'the probabilities add up to 1.8; expected 1.'],
    ['too little in all', { good: 0.2, bad: 0.1 }, 'the probabilities add up to 0.3; expected 1.'],
  ])('%s', async (_name, shares, told) => {
    const said = await refusal(mood, { mood: shares })
    expect(said).toMatch(/^UsageError ANSWER_INVALID: Hole mood asks for an answer behind "Mood: "/)
    expect(said).toContain(told)
  })

  test.each([
    [{ good: 0.33, bad: 0.33, constructor: 0.34 }, 'constructor'],
    [{ good: 0.33, bad: 0.34, constructor: 0.32 }, 'bad'],
    [{ good: 1 }, 'good'],
  ])('%j: what is left out is 0, and a rounded sum is one', async (shares, chosen) => {
    const run = await scripted({ mood: shares }).run(mood)
    expect(run.values.mood).toBe(chosen)
  })
})

describe('a conversation written by `chat`', () => {
  const talk = prompt`${user`How are you?`}${assistant`${gen('answer')}`}`

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'undefined'],
    ['a number', 5, '5'],
    ['null', null, 'null'],
    ['a list', ['a'], 'an array'],
    ['a promise', Promise.resolve('a'), 'a Promise'],
  ])('%s is no text', async (_name, written, seen) => {
    expect(await refusal(talk, ['Fine.'], { chat: () => written as string })).toBe(
      `UsageError OPTION_INVALID: chat of scripted() returned ${seen}; expected the text of the conversation.`,
    )
  })

  test('a promise that rejects ends no process', async () => {
    const chat = (): string => Promise.reject(new Error('late')) as unknown as string
    expect(await refusal(talk, ['Fine.'], { chat })).toContain('returned a Promise')
  })
})

describe('JSON the schema does not have', () => {
  const item = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  }
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer' }, items: { type: 'array', items: item } },
    required: ['name', 'age'],
    additionalProperties: false,
  }
  const person = prompt`${json('person', schema)}`

  test.each<[string, unknown, string]>([
    [
      'a member of the wrong type',
      { name: 'Ann', age: 'old' },
      'the script answers {"name":"Ann","age":"old"}: its JSON text stops fitting at /age: nothing that begins with ' +
        '"{\\"name\\":\\"Ann\\",\\"age\\":\\"" can be.',
    ],
    [
      'a member that is missing',
      { name: 'Ann' },
      'the script answers {"name":"Ann"}: its JSON text stops fitting at the end of the object: nothing that begins ' +
        'with "{\\"name\\":\\"Ann\\"}" can be, but ",\\"age\\":" can come instead.',
    ],
    [
      'the first member is missing',
      { age: 5 },
      'at /age: nothing that begins with "{\\"a" can be, but "name\\":\\"" can',
    ],
    ['a member there is not', { name: 'Ann', age: 5, size: 3 }, 'stops fitting at /size: '],
    ['deep inside', { name: 'A', age: 5, items: [{ n: 1 }, { n: 'x' }] }, 'stops fitting at /items/1/n: '],
    ['missing deep inside', { name: 'A', age: 5, items: [{}] }, 'at the end of the object at /items/0: '],
    ['an escaped key', { name: 'A', age: 5, 'a/"b': 1 }, 'stops fitting at /a~1"b: '],
    [
      'no object',
      5,
      'the script answers 5: its JSON text stops fitting: nothing that begins with "5" can be, but',
    ],
    ['a text in it that is long', { name: 'A', age: 'x'.repeat(500) }, `"age":"${'x'.repeat(81)}...: its`],
  ])('%s', async (_name, answer, told) => {
    expect(await refusal(person, { person: answer })).toContain(told)
  })

  test.each([
    ['pretty', ',\\n  \\"age\\": '],
    ['flexible', ',\\"age\\":'],
  ] as const)('what is missing is told in %s text, too', async (whitespace, next) => {
    const form = prompt`${json('person', schema, { whitespace })}`
    expect(await refusal(form, { person: { name: 'Ann' } })).toContain(`, but "${next}" can come instead.`)
  })

  test('what is missing behind a number is told, though more digits could come', async () => {
    const pair = {
      ...item,
      properties: { n: { type: 'integer' }, m: { type: 'string' } },
      required: ['n', 'm'],
    }
    const form = prompt`${json('pair', pair)}`
    expect(await refusal(form, { pair: { n: 1 } })).toContain(', but ",\\"m\\":\\"" can come instead.')
  })

  test('what is no JSON is told as that', async () => {
    const circle: Record<string, unknown> = { name: 'Ann' }
    circle.age = circle
    expect(await refusal(person, { person: circle })).toMatch(
      /^UsageError ANSWER_INVALID: .* answers an object: /,
    )
  })
})

describe('hints', () => {
  const one = (name: string): Prompt => prompt`${gen(name)}`

  test.each<[string, Prompt, Answers, string]>([
    ['no answers', one('a'), {}, '; the script has no answers. It may'],
    ['another letter', one('a'), { b: 'x' }, 'the script has answers for "b" only. It may'],
    ['another letter of a path', things, { 'things[].t': 'x' }, 'has answers for "things[].t" only.'],
    ['the same letter', one('a'), { A: 'x' }, ' Is it meant by "A"?'],
    ['a slip', one('mood'), { moood: 'x' }, ' Is it meant by "moood"?'],
  ])('%s', async (_name, form, answers, told) => {
    expect(await refusal(form, answers)).toContain(told)
  })

  test('other letters behind the same path are other names', async () => {
    const nested = prompt`${repeat('xs', prompt`- ${gen('a')}\n`, { min: 1, max: 1 })}End.`
    expect(await refusal(nested, { 'xs[].b': 'x' })).not.toContain('Is it meant by')
  })

  test('a disposed script is not to be loaded', async () => {
    const model = scripted(['x'])
    await model.dispose()
    await expect(model.run(prompt`${gen('a')}`)).rejects.toMatchObject({
      code: 'CLOSED',
      message: 'The model was disposed; make another one to use it.',
    })
  })
})
