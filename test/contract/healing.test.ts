// Goal: the end of a literal is healed and costs a value nothing; what the model wrote keeps its tokens, wherever a
// transcript goes on. Method: on the embedded model, tables of ends and of ways on; the tokens of every transcript
// are the beginning of those of what extends it.
import {
  beam,
  bestOf,
  branches,
  each,
  gen,
  type Hole,
  input,
  integer,
  json,
  load,
  type Model,
  type Prompt,
  prompt,
  regex,
  repeat,
  select,
  type Transcript,
  vote,
} from '../../lib/index.js'

let model: Model
beforeAll(async () => {
  model = await load(undefined, { contextTokens: 1024, threads: 1 })
})
afterAll(async () => {
  await model.dispose()
})

const cut = { tokensMax: 3, temperature: 1 }
const person = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] } as const

/** Prompts that end with text the model wrote. */
const ends: Readonly<Record<string, () => Prompt>> = {
  'a text that is cut': () => prompt`A story:${gen('a', cut)}`,
  'one token': () => prompt`A story:${gen('a', { ...cut, tokensMax: 1 })}`,
  'a text up to a stop within a token': () => prompt`A story:${gen('a', { tokensMax: 9, stop: ['e', 'a'] })}`,
  'an option': () => prompt`The sky is ${select('a', ['blue', 'blu', 'red', 'reddish'])}`,
  'a scored option': () => prompt`The sky is ${select('a', ['blue', 'blu', 'red'], { by: 'logprob' })}`,
  'a number': () => prompt`It is 1${integer('a', { min: 0, max: 99_999, temperature: 1 })}`,
  'a pattern': () => prompt`Name: ${regex('a', /[A-Z][a-z]{1,5}/, { temperature: 1 })}`,
  'a value with forced ends': () => prompt`JSON: ${json('a', person, { temperature: 1 })}`,
  'a beam': () => prompt`Name: ${beam(2, regex('a', /[A-Z][a-z]{1,3}/))}`,
  'the best of several': () => prompt`A story:${bestOf(3, gen('a', cut), () => 0)}`,
  'what most agree on': () => prompt`A story:${vote(3, gen('a', cut))}`,
  'a prompt in a prompt': () => prompt`A story:${prompt`${prompt`${gen('a', cut)}`}`}`,
  'a function of the values': () => prompt`A story:${gen('a', cut)}${() => prompt`${gen('b', cut)}`}`,
  branches: () =>
    prompt`Say ${branches({ one: prompt`it:${gen('a', cut)}`, two: prompt`so:${gen('a', cut)}` })}`,
  items: () =>
    prompt`Say ${each('all', ['it:', 'so:'], (item) => prompt`${item}${gen('a', cut)}`, { join: '; ' })}`,
  turns: () => prompt`List:${repeat('all', prompt`\n-${gen('a', cut)}`, { min: 2, max: 2 })}`,
}

/** What comes next. */
const ways: Readonly<Record<string, () => Prompt>> = {
  'a text': () => prompt`${gen('next', cut)}`,
  'an option': () => prompt`${select('next', ['s', 'ing', ' is', ', and'])}`,
  'a scored option': () => prompt`${select('next', ['s', 'ing', ' is'], { by: 'logprob' })}`,
  'a number': () => prompt`${integer('next', { min: 0, max: 9999 })}`,
  'a beam': () => prompt`${beam(2, regex('next', /[a-z ]{1,3}/))}`,
  'the best of several': () => prompt`${bestOf(2, gen('next', cut), () => 0)}`,
  'a literal that joins': () => prompt`ing ${gen('next', cut)}`,
  'white space': () => prompt` \n\n ${gen('next', cut)}`,
  'a function': () => prompt`${() => prompt`${gen('next', cut)}`}`,
  branches: () => prompt`${branches({ one: prompt`${gen('next', cut)}` })}`,
  turns: () => prompt`${repeat('next', prompt`er${gen('a', cut)}`, { min: 0, max: 2 })}.`,
}

function expectBeginning({ tokens }: Transcript<unknown>, whole: Transcript<unknown>, what: string): void {
  const kept = whole.tokens.subarray(0, tokens.length)
  expect({ what, tokens: [...kept] }).toEqual({ what, tokens: [...tokens] })
}

function bytesAreText({ text, tokens }: Transcript<unknown>): void {
  expect(text).not.toContain('\ufffd')
  expect(tokens.length).toBeGreaterThan(0)
}

test.each(Object.entries(ends))('%s keeps its tokens, whatever comes next', async (end, make) => {
  for (let seed = 0; seed < 4; seed += 1) {
    const one = await model.run(make(), {}, { seed })
    for (const [way, next] of Object.entries(ways)) {
      const two = await one.extend(next(), {}, { seed: seed + 100 })
      expectBeginning(one, two, `${end}, then ${way}, seed ${seed}`)
      bytesAreText(two)
    }
  }
})

test('a text drawn token by token keeps every one of them', async () => {
  const one = prompt`${gen('t', { tokensMax: 1, temperature: 1 })}`
  for (let seed = 0; seed < 12; seed += 1) {
    let at: Transcript<unknown> = await model.run(prompt`A short story:${gen('t', cut)}`, {}, { seed })
    for (let step = 0; step < 12; step += 1) {
      const next = await at.extend(one, {}, { seed: seed * 100 + step })
      expectBeginning(at, next, `seed ${seed}, step ${step}`)
      expect(next.tokens.length - at.tokens.length).toBeLessThanOrEqual(1)
      at = next
    }
  }
})

const halves = [
  ...['The capital of Fran', 'Name: Mari', 'A short story: In', 'Order: 48', 'Hel', '{"na', 'x  ', 'caf'],
  ...['日', 'of the ', '🙂'],
]

test.each(halves)('the end of %j costs a text nothing', async (literal) => {
  for (const tokensMax of [1, 2, 3]) {
    for (let seed = 0; seed < 6; seed += 1) {
      const hole = gen('x', { tokensMax, temperature: 1 })
      const run = await model.run(prompt`${literal}${hole}`, {}, { seed })
      expect(run.text).toBe(literal + run.values.x)
      const given = await model.run(prompt`${input('before')}${hole}`, { before: literal }, { seed })
      expect(given.text).toBe(run.text)
      // At most: the literal in tokens of one byte, and the value.
      expect(run.tokens.length).toBeLessThanOrEqual(1 + Buffer.byteLength(literal) + tokensMax)
    }
  }
})

test('a value behind such an end has all its tokens', async () => {
  for (const tokensMax of [1, 2, 4]) {
    const run = await model.run(
      prompt`The capital of Fran${gen('x', { tokensMax, stop: '\u0001' })}`,
      {},
      { temperature: 0 },
    )
    const streamed = []
    for await (const event of model.stream(
      prompt`The capital of Fran${gen('x', { tokensMax, stop: '\u0001' })}`,
    )) {
      if (event.type === 'done') streamed.push(event.run.text)
    }
    expect(streamed).toEqual([run.text])
    expect(run.values.x.startsWith('ce')).toBe(true)
  }
})

test('a beam draws as many tokens for its value, too', async () => {
  const run = await model.run(prompt`The capital of Fran${beam(2, regex('x', /[a-z]{2}/, { tokensMax: 1 }))}`)
  expect(run.values.x).toBe('ce')
})

test('with heal: false a literal keeps its tokens', async () => {
  const holes: readonly Hole<'x', unknown>[] = [
    gen('x', { heal: false, tokensMax: 4, temperature: 1 }),
    select('x', ['ce', 'k', 'z'], { heal: false }),
    select('x', ['ce', 'k', 'z'], { heal: false, by: 'logprob' }),
    integer('x', { heal: false, min: 0, max: 9 }),
  ]
  for (const literal of halves) {
    const written = await model.run(prompt`${literal}`)
    for (const hole of holes) expectBeginning(written, await model.run(prompt`${literal}${hole}`), literal)
    expectBeginning(
      written,
      await model.run(prompt`${literal}${beam(2, regex('x', /[a-z]/, { heal: false }))}`),
      literal,
    )
  }
})

test('heal is true or false', () => {
  for (const heal of ['no', 0, null, {}]) {
    expect(() => gen('x', { heal: heal as unknown as boolean })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining('heal of hole x') }),
    )
  }
})

test('a known value, and a literal behind a value, are healed as any literal', async () => {
  let healed = 0
  const starts = ['Hel', 'litt', 'peop', 'The capital of Fran', 'a b', 'It is ']
  for (const start of starts) {
    const end = prompt`${gen('b', { tokensMax: 2 })}`
    const plain = await (await model.run(prompt`An x. ${start}`)).extend(end)
    const known = await model.run(prompt`An x. ${gen('a', cut)}${end}`, { a: start })
    expect([...known.tokens]).toEqual([...plain.tokens])
    const drawn = await model.run(prompt`An ${select('a', ['x'])}. ${start}`)
    const later = await drawn.extend(end)
    if (drawn.tokens.some((token, index) => later.tokens[index] !== token)) healed += 1
  }
  expect(healed).toBeGreaterThan(starts.length / 2)
})

test('turns go on behind their separators as behind any literal', async () => {
  const turn = prompt`- ${gen('a', { tokensMax: 4 })}\n`
  const list = prompt`A list of fruit:\n- apple\n- pear\n${repeat('all', turn, { min: 0, max: 3 })}End`
  const run = await model.run(list)
  for (const { a } of run.values.all) expect(a).not.toMatch(/^ /)
  expect(run.text.endsWith('End')).toBe(true)
})
