// Goal: branches, items and turns have values of their own, go on as one text, and share what they have in common.
// Method: programs over the fake engine, whose cache counts every token it computes.
import { branches, each, repeat } from '../../../lib/prompt/branches.js'
import { beam, bestOf, vote } from '../../../lib/prompt/choose.js'
import { gen, integer, select } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { json } from '../../../lib/prompt/json.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const speak = answers({
  'Pro: ': 'good item\n',
  'Con: ': 'bad item\n',
  'Verdict: ': 'yes\n',
  'a: ': 'good\n',
  'b: ': 'bad\n',
})

const sides = { pro: prompt`Pro: ${gen('text')}\n`, con: prompt`Con: ${gen('text')}\n` }

test('branches start from one point, and their texts go on one after the other', async () => {
  const { model, engine } = fakeModel(speak)
  const debate = prompt`On ${input('topic')}.
${branches(sides)}Verdict: ${select('verdict', ['yes', 'no'])}`
  const run = await model.run(debate, { topic: 'the order' })
  expect(run.values).toEqual({ pro: { text: 'good item' }, con: { text: 'bad item' }, verdict: 'yes' })
  expect(run.text).toBe('On the order.\nPro: good item\nCon: bad item\nVerdict: yes')
  expect(run.ledger.decoded).toBe(engine.decoded)
  const con = engine.generates.map(({ tokens }) =>
    Buffer.concat(Array.from(tokens, (t) => engine.vocabulary.tokenBytes(t))).toString(),
  )
  expect(con.some((text) => text.startsWith('On the order.\nCon:'))).toBe(true)
})

test('known values of a branch are written there', async () => {
  const { model } = fakeModel(speak)
  const both = prompt`${branches(sides, { join: '---' })}`
  const run = await model.run(prompt`On.\n${both}`, { pro: { text: 'mine' } })
  expect(run.text).toBe('On.\nPro: mine\n---Con: bad item\n')
  await expect(model.run(prompt`On.\n${both}`, { pro: { text: 5 } } as never)).rejects.toMatchObject({
    code: 'KNOWN_VALUE_INVALID',
  })
  await expect(model.run(prompt`On.\n${both}`, { pro: { other: 'x' } } as never)).rejects.toMatchObject({
    code: 'INPUT_UNKNOWN',
  })
})

test('join decides what stays of the branches', async () => {
  const { model } = fakeModel(speak)
  const verdict = select('v', ['yes', 'no'])
  const without = await model.run(prompt`On.\n${branches(sides, { join: null })}Verdict: ${verdict}`)
  expect(without.text).toBe('On.\nVerdict: yes')
  const counting = branches(sides, { join: (texts) => `${texts.length} texts. ` })
  const counted = await model.run(prompt`On.\n${counting}Verdict: ${verdict}`)
  expect(counted.text).toBe('On.\n2 texts. Verdict: yes')
})

test('each runs one prompt an item, in the order of the items', async () => {
  const { model } = fakeModel(speak)
  const list = prompt`List:
${each('items', ['a', 'b', 'a'], (item) => prompt`${item}: ${select('mood', ['good', 'bad'])}\n`)}`
  const run = await model.run(list)
  expect(run.values.items).toEqual([{ mood: 'good' }, { mood: 'bad' }, { mood: 'good' }])
  expect(run.text).toBe('List:\na: good\nb: bad\na: good\n')
})

test('the items may come from the values so far, and a part from a function', async () => {
  const { model } = fakeModel(answers({ 'Count: ': '2\n', 'Item: ': 'good\n' }))
  const program = prompt`Count: ${integer('count', { min: 1, max: 3 })}
${each(
  'items',
  (values) => Array.from({ length: values.count as number }, (_, index) => index),
  () => prompt`Item: ${gen('text')}\n`,
)}${(values: { count: number }) => `${values.count} items`}`
  const run = await model.run(program)
  expect(run.values).toEqual({ count: 2, items: [{ text: 'good' }, { text: 'good' }] })
  expect(run.text.endsWith('2 items')).toBe(true)
})

test('the model decides how often a prompt repeats', async () => {
  const turns = answers({ 'Pack:\n': '- item\n- good\n- bad\nReply: yes\n' })
  const { model, engine } = fakeModel(turns)
  const packing = prompt`Pack:
${repeat('things', prompt`- ${gen('thing')}\n`, { min: 1, max: 5 })}Reply: ${select('reply', ['yes', 'no'])}`
  const run = await model.run(packing)
  expect(run.values).toEqual({
    things: [{ thing: 'item' }, { thing: 'good' }, { thing: 'bad' }],
    reply: 'yes',
  })
  expect(run.text).toBe('Pack:\n- item\n- good\n- bad\nReply: yes')
  const bytes = Buffer.concat(Array.from(run.tokens, (token) => engine.vocabulary.tokenBytes(token)))
  expect(bytes.toString()).toBe(run.text)
})

test('a repetition keeps to its bounds, with a separator, and known turns are given', async () => {
  const { model } = fakeModel(answers({ 'Pack:\n': '- item\n- good\n- bad\n- bad\n' }))
  const bounded = prompt`Pack:
${repeat('things', prompt`- ${gen('thing')}\n`, { min: 2, max: 3 })}End`
  expect((await model.run(bounded)).values.things).toHaveLength(3)
  const early = fakeModel(answers({ 'Pack:\n': '- item\nEnd' })).model
  expect((await early.run(bounded)).values.things).toHaveLength(2)
  const known = await model.run(bounded, { things: [{ thing: 'one' }, { thing: 'two' }] })
  expect(known.text).toBe('Pack:\n- one\n- two\nEnd')
})

test('a turn may end with a text, which ends at the separator or at what follows', async () => {
  const { model, engine } = fakeModel(answers({ 'List: ': 'item, good, bad.\n' }))
  const run =
    await model.run(prompt`List: ${repeat('things', prompt`${gen('thing')}`, { min: 1, max: 9, separator: ', ' })}.
`)
  expect(run.values.things).toEqual([{ thing: 'item' }, { thing: 'good' }, { thing: 'bad' }])
  expect(run.text).toBe('List: item, good, bad.\n')
  const bytes = Buffer.concat(Array.from(run.tokens, (token) => engine.vocabulary.tokenBytes(token)))
  expect(bytes.toString()).toBe(run.text)
  expect(() => repeat('n', prompt`${integer('n')}`, { max: 2, separator: ',' })).toThrow(
    expect.objectContaining({ code: 'REPEAT_UNDECIDABLE' }),
  )
})

test('a turn may end with a value of any kind, which may hold the separator', async () => {
  const { model, engine } = fakeModel(
    answers({ 'Ages: ': '12, 7, 30.\nBox: 1', 'Pairs: ': '[1,2],[3,4]; end' }),
  )
  const three = repeat('ages', prompt`${integer('age')}`, { min: 1, max: 9, separator: ', ' })
  const run = await model.run(prompt`Ages: ${three}.\nBox: ${integer('box')}`)
  expect(run.values).toMatchObject({ ages: [{ age: 12 }, { age: 7 }, { age: 30 }] })
  expect(run.text.startsWith('Ages: 12, 7, 30.\nBox: 1')).toBe(true)
  const bytes = Buffer.concat(Array.from(run.tokens, (token) => engine.vocabulary.tokenBytes(token)))
  expect(bytes.toString()).toBe(run.text)
  const pair = json('pair', { type: 'array', items: { type: 'integer' } })
  const pairs = prompt`Pairs: ${repeat('pairs', prompt`${pair}`, { min: 1, max: 9, separator: ',' })}; end`
  expect((await model.run(pairs)).values.pairs).toEqual([{ pair: [1, 2] }, { pair: [3, 4] }])
})

test('where the separator and what follows begin alike, the model still decides', async () => {
  const { model } = fakeModel(answers({ 'Pack:\n': '- item\n- good\nReply: yes' }))
  const list = repeat('things', prompt`- ${gen('thing')}`, { min: 1, max: 5, separator: '\n' })
  const run = await model.run(prompt`Pack:\n${list}\nReply: ${select('reply', ['yes', 'no'])}`)
  expect(run.values).toEqual({ things: [{ thing: 'item' }, { thing: 'good' }], reply: 'yes' })
  expect(run.text).toBe('Pack:\n- item\n- good\nReply: yes')
})

test('a token may straddle the end of a turn and what the model goes on with', async () => {
  const { model, engine } = fakeModel(answers({ 'Items: [': '"good", "bad"]' }))
  const items = repeat('items', prompt`"${gen('item')}"`, { min: 1, max: 5, separator: ', ' })
  const [joint] = engine.vocabulary.tokenize(Buffer.from('",'))
  const drawn: number[] = []
  for await (const event of model.stream(prompt`Items: [${items}]`)) {
    if (event.type === 'token' && event.hole === 'items[0].item') drawn.push(...event.tokens)
    if (event.type === 'done') expect(event.run.values.items).toEqual([{ item: 'good' }, { item: 'bad' }])
  }
  expect(drawn).toContain(joint)
})

test('a hole ends where the part after it begins, also if that is a repetition or a prompt', async () => {
  const speaks = answers({ 'A: ': 'good; item; bad. B: yes.', 'Z: ': 'good. B: yes.' })
  const { model } = fakeModel(speaks)
  const more = repeat('more', prompt`; ${gen('word')}`, { max: 5 })
  const last = checked(prompt`. B: ${select('b', ['yes', 'no'])}.`, () => true)
  const run = await model.run(prompt`A: ${gen('a')}${more}${last}`)
  expect(run.values).toEqual({ a: 'good', more: [{ word: 'item' }, { word: 'bad' }], b: 'yes' })
  expect(run.text).toBe('A: good; item; bad. B: yes.')
  const none = await model.run(prompt`Z: ${gen('a')}${more}${last}`)
  expect(none.values).toEqual({ a: 'good', more: [], b: 'yes' })
})

test('the end of a repetition may be the end of the prompt', async () => {
  const { model } = fakeModel(answers({ 'Pack:\n': '- item\n- good\n' }))
  const run = await model.run(prompt`Pack:
${repeat('things', prompt`- ${gen('thing')}\n`, { max: 9 })}`)
  expect(run.values.things).toEqual([{ thing: 'item' }, { thing: 'good' }])
})

test('the failure of one branch is the failure of the run, and stops the others', async () => {
  const { model } = fakeModel(speak)
  const broken = prompt`On.\n${branches({
    pro: prompt`Pro: ${gen('text', { retries: 0, check: () => 'no' })}\n`,
    con: prompt`Con: ${gen('text')}\n`,
  })}`
  await expect(model.run(broken)).rejects.toMatchObject({ code: 'ATTEMPTS_SPENT', hole: 'pro.text' })
  expect((await model.run(prompt`Pro: ${gen('text')}\n`)).values.text).toBe('good item')
})

test('an option is chosen by its log-probability, with the whole distribution', async () => {
  const { model, engine } = fakeModel(answers({ 'Kind: ': 'defect' }))
  const run = await model.run(
    prompt`Kind: ${select('kind', ['billing', 'delivery', 'defect'], { by: 'logprob' })}.`,
  )
  expect(run.values.kind).toBe('defect')
  expect(engine.scores).toHaveLength(1)
  const scores = run.choices.get('kind')!
  expect(scores.options.map(({ option }) => option)).toEqual(['billing', 'delivery', 'defect'])
  expect(scores.options.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1)
  expect(scores.margin).toBeGreaterThan(0.5)
  expect(run.ledger.decoded).toBe(engine.decoded)
})

test('of several candidates the best, or the most frequent, is kept', async () => {
  const { model } = fakeModel(answers({}))
  const scored: string[] = []
  const best = await model.run(
    prompt`A: ${bestOf(4, select('a', ['yes', 'no', 'good'], { temperature: 1 }), ({ a }) => {
      scored.push(a)
      return a.length
    })}.`,
    {},
    { seed: 3 },
  )
  expect(scored).toHaveLength(4)
  expect(best.values.a.length).toBe(Math.max(...scored.map((text) => text.length)))
  const voted = await model.run(prompt`A: ${vote(5, select('a', ['yes', 'no'], { temperature: 1 }))}.`)
  expect(['yes', 'no']).toContain(voted.values.a)
  const beamed = await fakeModel(answers({ 'A: ': 'yes' })).model.run(
    prompt`A: ${beam(2, select('a', ['yes', 'no']))}.`,
  )
  expect(beamed.values.a).toBe('yes')
  expect(beamed.text).toBe('A: yes.')
})

test('a part a function makes may not capture a name that has a value', async () => {
  const { model } = fakeModel(answers({ 'Kind: ': 'good' }))
  const twice = prompt`Kind: ${select('kind', ['good', 'bad'])} ${() => prompt`${select('kind', ['good', 'bad'])}`}`
  await expect(model.run(twice)).rejects.toMatchObject({ code: 'HOLE_NAME_TWICE' })
})

test('where the scores disagree, the trace says so', async () => {
  // One token of -4 against three of -0.1, -4 and -4: the sum prefers the first, the mean the second.
  const { model } = fakeModel(answers({ 'Kind: ': 'bill' }))
  const kind = (score: 'sum' | 'mean' | 'unconditional') =>
    model.run(prompt`Kind: ${select('kind', ['no', 'billxy'], { by: 'logprob', score })}.`)
  const bySum = await kind('sum')
  expect(bySum.values.kind).toBe('no')
  expect(bySum.trace.some(({ type }) => type === 'warning')).toBe(true)
  expect((await kind('mean')).values.kind).toBe('billxy')
  const free = (await kind('unconditional')).choices.get('kind')!
  expect(free.options.every(({ unconditional }) => unconditional !== null)).toBe(true)
})

test('log-probabilities of drawn tokens are there where they were asked for', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'good\n', 'B: ': 'bad\n' }))
  const run = await model.run(prompt`A: ${gen('a', { logprobs: 2 })}\nB: ${gen('b')}\n`)
  expect([...run.logprobs.keys()]).toEqual(['a'])
})

test('known turns are all there are, none at all as well, and no fewer than there must be', async () => {
  const { model } = fakeModel(answers({ '- ': 'order' }))
  const list = (min: number) =>
    prompt`List: ${repeat('things', prompt`- ${gen('thing')}\n`, { min, max: 4 })}End`
  for (const things of [[], [{ thing: 'a' }], [{ thing: 'a' }, { thing: 'b' }]]) {
    expect((await model.run(list(0), { things })).values).toEqual({ things })
    const nested = prompt`${branches({ one: list(0), two: list(0) })}`
    expect((await model.run(nested, { one: { things }, two: { things } })).values).toEqual({
      one: { things },
      two: { things },
    })
  }
  await expect(model.run(list(2), { things: [{ thing: 'a' }] })).rejects.toMatchObject({
    code: 'KNOWN_VALUE_INVALID',
    message: expect.stringContaining('at least 2 times'),
  })
})

test('what a transcript tells can be changed by nobody who goes on from it', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'order', 'B: ': 'order' }))
  const first = await model.run(prompt`A: ${gen('a')}\n`)
  for (const piece of first.pieces) expect(() => Object.assign(piece, { text: 'x' })).toThrow(TypeError)
  const next = await first.extend(prompt`B: ${gen('b')}\n`)
  expect(next.text).toBe('A: order\nB: order\n')
})
