// Goal: the model's choice between prompts is what it would have written, costs no token twice, is decided by a known
// key, can be taken back like any value, and prompts nobody can tell apart are refused before any work. Method: the
// fake engine, the scripted engine and the oracle; a chosen prompt against the same one written there.
import {
  assistant,
  bestOf,
  checked,
  each,
  gen,
  input,
  integer,
  oneOf,
  prompt,
  regex,
  repeat,
  select,
  user,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { leftovers, nothingLeft, programModel } from '../../support/program-model.js'

const prompts = {
  question: prompt`Question: ${gen('topic', { stop: '\n' })}\n`,
  order: prompt`Order: ${integer('pieces', { max: 99 })} pieces\n`,
  none: prompt``,
}
const reply = oneOf('kind', prompts)
const mail = prompt`Mail: ${input('mail')}\n${reply}End.`
const speak = answers({ 'lids\n': 'Order: 12 pieces\n', 'Why\n': 'Question: life\n', 'Hm\n': 'End.' })

test.each([
  ['lids', { kind: 'order', pieces: 12 }, 'Order: 12 pieces\n'],
  ['Why', { kind: 'question', topic: 'life' }, 'Question: life\n'],
  ['Hm', { kind: 'none' }, ''],
])('what the model writes about %s decides', async (text, values, written) => {
  const { model } = fakeModel(speak)
  const run = await model.run(mail, { mail: text })
  expect(run.values).toEqual(values)
  expect(run.text).toBe(`Mail: ${text}\n${written}End.`)
  const twin = await model.run(
    prompt`Mail: ${text}\n${prompts[values.kind as 'order']}End.`,
    {},
    { fresh: true },
  )
  expect([...run.tokens]).toEqual([...twin.tokens])
  expect([...run.ends.keys()]).toEqual([...twin.ends.keys()])
  const told = run.trace.filter(({ type }) => type === 'one-of')
  expect(told).toMatchObject([{ hole: 'kind', key: values.kind }])
})

test('a key that is known decides, and so do known values of its prompt', async () => {
  const { model, engine } = fakeModel(speak)
  const run = await model.run(mail, { mail: 'lids', kind: 'question', topic: 'time' })
  expect(run.values).toEqual({ kind: 'question', topic: 'time' })
  expect(engine.generates).toHaveLength(0)
  expect(run.trace.some(({ type }) => type === 'one-of')).toBe(false)
  const wrong = model.run(mail, { mail: 'lids', kind: 'ordre' as never })
  await expect(wrong).rejects.toThrow(/oneOf kind is "ordre"; .*"order".* Did you mean order\?/)
  await expect(wrong).rejects.toMatchObject({ code: 'KNOWN_VALUE_INVALID' })
  await expect(model.run(mail, { mail: 'x', kind: 'order', pieces: 100 })).rejects.toMatchObject({
    code: 'KNOWN_VALUE_INVALID',
  })
  expect(engine.generates).toHaveLength(0)
})

test('a hole before it ends where one of the prompts begins', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'good\nOrder: 7 pieces\nEnd.', 'B: ': 'bad\nEnd.' }))
  const both = (name: string) => prompt`${name}: ${gen('before')}\n${reply}End.`
  expect((await model.run(both('A'))).values).toEqual({ before: 'good', kind: 'order', pieces: 7 })
  expect((await model.run(both('B'))).values).toEqual({ before: 'bad', kind: 'none' })
  const one = prompt`\nOrder: ${integer('n', { max: 9 })}`
  const close = prompt`A: ${gen('before')}${oneOf('kind', { one, two: prompt`.` })}`
  expect((await model.run(close)).values).toEqual({ before: 'good', kind: 'one', n: 7 })
})

test('it stands in items, turns, candidates, checked prompts and messages', async () => {
  const model = scripted({
    'mails[0].kind': 'order',
    'mails[0].pieces': 2,
    'mails[1].kind': 'none',
    turns: 2,
    'turns[0].kind': 'question',
    'turns[1].kind': 'none',
    'turns[0].topic': 'time',
    kind: 'question',
    topic: 'life',
  })
  const list = await model.run(prompt`${each('mails', [1, 2], (n) => prompt`${n}: ${reply}End.`)}`)
  expect(list.values.mails).toEqual([{ kind: 'order', pieces: 2 }, { kind: 'none' }])
  const turns = await model.run(prompt`${repeat('turns', prompt`- ${reply}End.\n`, { max: 3 })}That is all.`)
  expect(turns.values.turns).toEqual([{ kind: 'question', topic: 'time' }, { kind: 'none' }])
  const best = await model.run(prompt`${bestOf(2, prompt`${reply}End.`, () => 1)}`)
  expect(best.values).toEqual({ kind: 'question', topic: 'life' })
  const chat = await model.run(prompt`${user`Hi`}${assistant`${reply}End.`}`)
  expect(chat.values).toEqual({ kind: 'question', topic: 'life' })
  expect(chat.messages[1]).toEqual({ role: 'assistant', content: 'Question: life\nEnd.' })
  await expect(scripted({ kind: 'Order: ' }).run(prompt`${reply}End.`)).rejects.toMatchObject({
    code: 'ANSWER_INVALID',
    message: expect.stringContaining('one of the prompts "question", "order", "none"'),
  })
})

test('a choice is taken back by what comes after it, and by at()', async () => {
  const { model } = fakeModel(speak)
  const back = prompt`Mail: lids\n${reply}${select('s', ['x'], {
    backtrack: 2,
    retries: 0,
    check: (_, { values }) => values.kind !== 'order' || 'no orders',
  })}`
  const run = await model.run(back)
  expect(run.values.kind).not.toBe('order')
  const texts = oneOf('kind', { a: prompt`Order: 1`, b: prompt`Orders`, c: prompt`Question` })
  const whole = checked(prompt`Mail: lids\n${texts}.`, ({ kind }) => kind === 'c' || 'another')
  expect((await model.run(whole)).values).toEqual({ kind: 'c' })
  const all = prompt`Mail: lids\n${reply}${select('s', ['x'], { backtrack: 20, retries: 0, check: () => 'never' })}`
  await expect(model.run(all)).rejects.toMatchObject({ name: 'FillError' })
  const first = await model.run(mail, { mail: 'lids' })
  const before = await first.at('kind')
  expect(before.text).toBe('Mail: lids\n')
  expect(before.values).toEqual({})
  const other = await before.extend(prompt`${reply}End.`, { kind: 'none' })
  expect(other.text).toBe('Mail: lids\nEnd.')
  expect((await first.at('pieces')).text).toBe('Mail: lids\nOrder: ')
})

test('what is chosen is what was drawn, whatever it is', async () => {
  const chosen = new Set<string>()
  const oracle = programModel({ cells: 1 << 15, sequences: 64, batch: 512 })
  for (let seed = 0; seed < 40; seed += 1) {
    const choice = oneOf('kind', {
      a: prompt`alpha:${integer('n', { max: 99, heal: false })};`,
      b: prompt`beta:${select('s', ['x', 'yy'], { heal: false })};`,
      c: prompt`alps:${gen('t', { tokensMax: 3, heal: false })}`,
    })
    const before = oracle.context.rowsDecoded
    const run = await oracle.model.run(
      prompt`Seed ${seed} ${regex('g', /[xyz]{1,4}/)}${choice} end`,
      {},
      {
        seed,
        temperature: 1,
      },
    )
    chosen.add(run.values.kind)
    expect(run.ledger.decoded).toBe(oracle.context.rowsDecoded - before)
    const { rowsDecoded, rowsUnique } = oracle.context
    expect(rowsDecoded).toBe(rowsUnique + oracle.engine.totals.rowsAgain)
    // The last of what a choice forces is decoded before anybody knows that a draw comes behind it.
    expect(run.ledger.redecoded).toBeLessThanOrEqual(1)
    expect(run.text).toContain({ a: 'alpha:', b: 'beta:', c: 'alps:' }[run.values.kind])
  }
  expect([...chosen].sort()).toEqual(['a', 'b', 'c'])
  expect(await leftovers(oracle)).toEqual(nothingLeft)
})

const hole = prompt`${gen('x')}`
const mistakes: readonly [string, () => unknown, string][] = [
  ['no prompts', () => oneOf('a', {}), 'OPTION_INVALID'],
  ['a list of prompts', () => oneOf('a', [prompt`x`] as never), 'OPTION_INVALID'],
  ['a prompt', () => oneOf('a', prompt`x` as never), 'OPTION_INVALID'],
  ['text', () => oneOf('a', { b: 'x' as never }), 'PROMPT_EXPECTED'],
  ['a name that is a path', () => oneOf('a.b', { b: prompt`x` }), 'NAME_INVALID'],
  ['one that begins with a hole', () => oneOf('a', { b: prompt`x`, c: hole }), 'ONE_OF_UNDECIDABLE'],
  [
    'one that is the beginning',
    () => oneOf('a', { b: prompt`x${hole}`, c: prompt`xy` }),
    'ONE_OF_UNDECIDABLE',
  ],
  [
    'two that begin alike',
    () => oneOf('a', { b: prompt`x${hole}`, c: prompt`x${hole}` }),
    'ONE_OF_UNDECIDABLE',
  ],
  ['two that are the same', () => oneOf('a', { b: prompt`x`, c: prompt`x` }), 'ONE_OF_UNDECIDABLE'],
  ['a message', () => oneOf('a', { b: prompt`x`, c: prompt`${user`y`}` }), 'ONE_OF_UNDECIDABLE'],
  ['its own name inside', () => prompt`${oneOf('x', { b: prompt`b ${gen('x')}` })}`, 'HOLE_NAME_TWICE'],
  [
    'a name twice beside it',
    () => prompt`${gen('x')}${oneOf('a', { b: prompt`b ${hole}` })}`,
    'HOLE_NAME_TWICE',
  ],
  [
    'an input named as a hole',
    () => prompt`${input('x')}${oneOf('a', { b: prompt`b ${hole}` })}`,
    'NAME_TWICE',
  ],
]

test.each(mistakes)('%s is refused at once', (_name, mistake, code) => {
  expect(mistake).toThrow(expect.objectContaining({ name: 'PromptError', code }))
})

test('what inputs and the text behind make undecidable is refused before the model is asked', async () => {
  const { model, engine } = fakeModel(speak)
  const given = prompt`Mail: ${oneOf('a', { b: prompt`${input('i')}: ${gen('x')}`, c: prompt`by: ${gen('y')}` })}`
  await expect(model.run(given, { i: 'by' })).rejects.toMatchObject({ code: 'ONE_OF_UNDECIDABLE' })
  const followed = prompt`Mail: ${oneOf('a', { none: prompt``, some: prompt`End: ${gen('x')}` })}End: yes`
  await expect(model.run(followed)).rejects.toMatchObject({ code: 'ONE_OF_UNDECIDABLE' })
  expect(engine.generates).toHaveLength(0)
  expect((await model.run(given, { i: 'by', a: 'b', x: 'z' })).text).toBe('Mail: by: z')
  const a = prompt`Order: ${gen('x', { stop: ' ' })}`
  const same = prompt`Mail: lids\n${oneOf('kind', { a, b: prompt`Orders: ${gen('x')}` })}`
  expect((await model.run(same)).values).toEqual({ kind: 'a', x: '12' })
})

test('beginnings that are long and alike are told apart where they differ', async () => {
  const long = 'x'.repeat(200)
  const { model } = fakeModel(answers({ 'A: ': `${long}b1.` }))
  const far = oneOf('kind', {
    a: prompt`${long}a${integer('n', { max: 9 })}`,
    b: prompt`${long}b${integer('n', { max: 9 })}`,
  })
  expect((await model.run(prompt`A: ${far}.`)).values).toEqual({ kind: 'b', n: 1 })
})
