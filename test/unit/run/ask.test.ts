// Goal: a question on the side leaves its value and no text, in any place, at no cost for what is before it; a list
// grows wherever its holes stand. Method: the fake engine, the scripted engine and the oracle.
import {
  ask,
  assistant,
  bestOf,
  branches,
  checked,
  collect,
  each,
  fork,
  gen,
  integer,
  join,
  oneOf,
  prompt,
  regex,
  repeat,
  select,
  user,
  vote,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { leftovers, nothingLeft, programModel } from '../../support/program-model.js'

const speak = answers({ 'A: ': 'good\n', 'city? ': 'yes\n', 'B: ': 'bad\n', 'C: ': 'item\n' })
const city = prompt`Is it a city? ${select('is', ['yes', 'no'])}\n`

describe('ask', () => {
  test('leaves the value of pick, and what follows stands where it would without', async () => {
    const { model, engine } = fakeModel(speak)
    const asked = ask('isCity', city, ({ is }, { text }) => [is === 'yes', text] as const)
    const next = ({ isCity }: { isCity: readonly [boolean, string] }) => (isCity[0] ? 'B: ' : 'C: ')
    const program = prompt`A: ${gen('a')}\n${asked}${next}${gen('b')}\n`
    const run = await model.run(program)
    expect(run.values).toEqual({ a: 'good', isCity: [true, 'Is it a city? yes\n'], b: 'bad' })
    expect(run.text).toBe('A: good\nB: bad\n')
    const twin = await fakeModel(speak).model.run(prompt`A: ${gen('a')}\nB: ${gen('b')}\n`)
    expect([...run.tokens]).toEqual([...twin.tokens])
    expect(run.ledger.decoded).toBe(engine.decoded)
    expect([...run.ends.keys()]).toEqual(['a', 'isCity.is', 'b'])
    const branch = run.trace.filter(({ type }) => type.startsWith('branch'))
    expect(branch).toMatchObject([
      { type: 'branch-start', branch: 'isCity' },
      { type: 'branch-end', branch: 'isCity', text: 'Is it a city? yes\n' },
    ])
  })

  test('without pick leaves the last value, or the text; a promise is waited for', async () => {
    const model = scripted({ 'x.n': 3, 'x.is': 'no', 'z.is': 'yes' })
    const several = ask('x', prompt`${integer('n')} ${city}`)
    const text = ask('y', prompt`just text`)
    const later = ask('z', city, async ({ is }) => is.length)
    const run = await model.run(prompt`A${several}${text}${later}.`)
    expect(run.values).toEqual({ x: 'no', y: 'just text', z: 3 })
    expect(run.text).toBe('A.')
    const mine = new Error('mine')
    const failing = ask('z', city, () => Promise.reject(mine))
    await expect(model.run(prompt`${failing}`)).rejects.toBe(mine)
  })

  test('a known value is taken, and nothing is asked', async () => {
    const { model, engine } = fakeModel(speak)
    const run = await model.run(prompt`A.${ask('isCity', city, ({ is }) => is === 'yes')} B`, {
      isCity: false,
    })
    expect([run.values, run.text]).toEqual([{ isCity: false }, 'A. B'])
    expect(engine.generates).toHaveLength(0)
  })

  test('stands in messages, and asks whole messages behind one', async () => {
    const model = scripted({ 'mood.m': 'good', answer: 'Hi.', 'judge.j': 'no', more: 'Yes.' })
    const mood = ask('mood', prompt`(my mood: ${select('m', ['good', 'bad'])})`)
    const judge = ask('judge', prompt`${user`Was that rude?`}${assistant`${select('j', ['yes', 'no'])}`}`)
    const turn = prompt`${user`Hello`}${assistant`${mood}${gen('answer')}`}`
    const talk = prompt`${turn}${judge}${user`Sure?`}${assistant`${gen('more')}`}`
    const run = await model.run(talk)
    expect(run.values).toEqual({ mood: 'good', answer: 'Hi.', judge: 'no', more: 'Yes.' })
    expect(run.messages.map(({ content }) => content)).toEqual(['Hello', 'Hi.', 'Sure?', 'Yes.'])
    const plain = prompt`${user`Hello`}${assistant`${gen('answer')}`}${user`Sure?`}${assistant`${gen('more')}`}`
    expect(run.text).toBe((await model.run(plain)).text)
  })

  test('goes with what it stands in: taken back with it, nested, in items, turns and candidates', async () => {
    const { model } = fakeModel(speak)
    let asked = 0
    const counted = ask('n', city, () => {
      asked += 1
      return asked
    })
    const back = prompt`A: ${select('a', ['good', 'bad'])}\n${counted}${select('s', ['x'], {
      backtrack: 1,
      retries: 0,
      check: (_, { values }) => values.a === 'bad' || 'not good',
    })}`
    expect((await model.run(back)).values).toEqual({ a: 'bad', n: 2, s: 'x' })
    const judged = checked(
      prompt`A: ${select('a', ['good', 'bad'])}\n${counted}`,
      ({ n }) => n > 3 || 'again',
    )
    expect((await model.run(judged)).values.n).toBe(4)
    const deep = ask('o', prompt`A: ${gen('a')}\n${ask('i', city)}B: ${gen('b')}\n`, (values) => values)
    expect((await model.run(prompt`${deep}C: ${gen('c')}\n`)).values).toEqual({
      o: { a: 'good', i: 'yes', b: 'bad' },
      c: 'item',
    })
    const list = each('l', [1, 2], (n) => prompt`${n} ${ask('i', city)}\n`)
    expect((await model.run(prompt`${list}`)).values.l).toEqual([{ i: 'yes' }, { i: 'yes' }])
    const turns = repeat('t', prompt`- ${ask('i', city)}\n`, { min: 2, max: 2 })
    expect((await model.run(prompt`${turns}.`)).values.t).toEqual([{ i: 'yes' }, { i: 'yes' }])
    const best = bestOf(2, prompt`A: ${gen('a')}\n${ask('i', city)}`, ({ i }) => i.length)
    expect((await model.run(prompt`${best}`)).values).toEqual({ a: 'good', i: 'yes' })
    const first = await model.run(prompt`A: ${gen('a')}\n${ask('i', city)}B: ${gen('b')}\n`)
    const before = await first.at('b')
    expect([before.text, before.values]).toEqual(['A: good\nB: ', { a: 'good', i: 'yes' }])
  })

  test('no token is computed twice', async () => {
    const oracle = programModel({ cells: 1 << 15, sequences: 64, batch: 512 })
    const side = (name: string) => ask(name, prompt`aside ${name}: ${regex('r', /[ab]{2}/)};`)
    const run = await oracle.model.run(
      prompt`Start ${regex('x', /[cd]{3}/)}:${side('p')}${side('q')} end ${regex('y', /[ef]/)}`,
    )
    expect(run.values).toMatchObject({
      p: expect.stringMatching(/^[ab]{2}$/),
      q: expect.stringMatching(/^[ab]{2}$/),
    })
    expect(oracle.context.rowsDecoded).toBe(oracle.context.rowsUnique)
    expect(run.ledger.decoded).toBe(oracle.context.rowsDecoded)
    expect(run.ledger.rolledBack).toBe(0)
    expect(await leftovers(oracle)).toEqual(nothingLeft)
  })
})

describe('collect', () => {
  test('makes a list, in arrays, functions, messages and checked prompts', async () => {
    const { model } = fakeModel(speak)
    const thing = collect('things', gen('thing'))
    const run = await model.run(prompt`${['A: ', 'B: ', 'C: '].map((name) => [name, thing, '\n'])}`)
    expect(run.values).toEqual({ things: ['good', 'bad', 'item'] })
    expect([...run.ends.keys()]).toEqual(['things[0]', 'things[1]', 'things[2]'])
    expect((await run.at('things[1]')).text).toBe('A: good\nB: ')
    const seen: unknown[] = []
    const more = ({ things = [] }: { things?: readonly string[] }): unknown => {
      seen.push([...things])
      return things.length < 3 && ['C: ', thing, '\n', more]
    }
    const grown = await model.run(prompt`A: ${thing}\n${more as () => false}` as never)
    expect(grown.values).toEqual({ things: ['good', 'item', 'item'] })
    expect(seen).toEqual([['good'], ['good', 'item'], ['good', 'item', 'item']])
    const judge = (values: unknown): true => seen.push(values) > 0 || true
    const judged = prompt`A: ${thing}\n${checked(prompt`B: ${thing}\n`, judge as never)}C: ${thing}\n`
    expect((await model.run(judged)).values).toEqual({ things: ['good', 'bad', 'item'] })
    expect(seen.at(-1)).toEqual({ things: ['bad'] })
    const best = prompt`A: ${thing}\n${bestOf(2, prompt`B: ${thing}\n`, () => 1)}`
    expect((await model.run(best)).values).toEqual({ things: ['good', 'bad'] })
    const inner = branches({ one: prompt`A: ${thing}\n`, two: prompt`B: ${thing}\n${thing}` }, { join: null })
    expect((await model.run(prompt`${inner}`)).values).toMatchObject({ one: { things: ['good'] } })
  })

  test('takes known values in order, and what is taken back leaves the list', async () => {
    const { model } = fakeModel(speak)
    const digit = collect('n', integer('digit', { max: 9, retries: 9, check: odd }))
    const run = await model.run(prompt`N: ${digit},${digit},${digit}.`, { n: [1, 3] })
    expect(run.text).toMatch(/^N: 1,3,[13579]\.$/)
    await expect(model.run(prompt`${digit}.`, { n: [10] })).rejects.toMatchObject({
      code: 'KNOWN_VALUE_INVALID',
    })
    await expect(model.run(prompt`${digit}.`, { n: 1 as never })).rejects.toMatchObject({
      code: 'KNOWN_VALUE_INVALID',
    })
    const rising = collect(
      'n',
      integer('digit', {
        max: 9,
        backtrack: 3,
        retries: 2,
        check: (n, { values }) => n > Math.max(-1, ...((values.n as number[]) ?? [])) || 'not more',
      }),
    )
    const list = await model.run(prompt`N: ${rising},${rising},${rising}.`, {}, { seed: 3, temperature: 1 })
    const { n } = list.values
    expect(n).toHaveLength(3)
    expect([...n].sort()).toEqual(n)
  })

  test('two holes of a name that is no list are refused', () => {
    const list = collect('x', gen('y'))
    const twice = expect.objectContaining({ code: 'HOLE_NAME_TWICE' })
    expect(() => prompt`${list}${gen('x')}`).toThrow(twice)
    expect(() => prompt`${gen('x')}${list}`).toThrow(twice)
    expect(() => prompt`${ask('x', prompt`z`)}${list}`).toThrow(twice)
    expect(() => prompt`${list}${list}${gen('y')}`).not.toThrow()
    expect(() => collect('x', prompt`z` as never)).toThrow(expect.objectContaining({ code: 'HOLE_EXPECTED' }))
    expect(() => ask('x', 'text' as never)).toThrow(expect.objectContaining({ code: 'PROMPT_EXPECTED' }))
    expect(() => ask('x', prompt`z`, 5 as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })

  test('a name that functions make twice is refused where it is no list', async () => {
    const { model } = fakeModel(speak)
    const late = prompt`A: ${collect('x', gen('y'))}\n${() => prompt`B: ${gen('x')}\n`}`
    await expect(model.run(late as never)).rejects.toMatchObject({ code: 'HOLE_NAME_TWICE' })
    const hidden = prompt`A: ${gen('x')}\n${() => prompt`${checked(prompt`B: ${gen('x')}\n`, () => true)}`}`
    await expect(model.run(hidden as never)).rejects.toMatchObject({ code: 'HOLE_NAME_TWICE' })
  })
})

const odd = (n: number): true | string => n % 2 === 1 || 'even'

test('events of candidates can be told apart, and which one was kept is said', async () => {
  const { model } = fakeModel(speak)
  const inner = vote(2, prompt`A: ${gen('a')}\n`)
  const best = bestOf(3, prompt`${inner}B: ${gen('b')}\n`, ({ a }) => a.length)
  const seen = new Map<string, string>()
  const kept: unknown[] = []
  for await (const event of model.stream(prompt`${best}C: ${gen('c')}\n`)) {
    if (event.type === 'token') {
      const key = JSON.stringify([event.hole, event.candidate])
      seen.set(key, (seen.get(key) ?? '') + event.text)
    }
    if (event.type === 'kept') kept.push([event.fill, event.candidate])
  }
  const fills = [0, 1, 2]
  for (const fill of fills) {
    for (const one of [0, 1]) expect(seen.get(`["a",[${fill},${one}]]`)).toContain('good')
    expect(seen.get(`["b",[${fill}]]`)).toContain('bad')
  }
  expect(seen.get('["c",null]')).toContain('item')
  expect(seen.size).toBe(10)
  expect(kept).toHaveLength(4)
  expect(kept.at(-1)).toEqual([0, undefined])
})

test('what may be chosen, asked and listed is explained, and lists come back with a saved conversation', async () => {
  const { model } = fakeModel(speak)
  const thing = collect('things', gen('thing', { tokensMax: 5 }))
  const some = oneOf('kind', { one: prompt`B: ${gen('b', { tokensMax: 7 })}`, none: prompt`C` })
  const program = prompt`A: ${thing}\nA: ${thing}\n${ask('is', city)}${some}.`
  const told = await model.explain(program)
  expect(told.parts.flatMap(({ kind, path }) => (kind === 'hole' ? [path] : []))).toEqual([
    'things[0]',
    'things[1]',
    'is.is',
    'b',
  ])
  expect([told.isOpen, told.fits]).toEqual([false, 'yes'])
  const run = await model.run(prompt`A: ${thing}\nA: ${thing}\n${ask('is', city)}C: ${gen('c')}\n`)
  expect(run.tokens.length).toBeLessThanOrEqual(told.transcriptMax)
  const known = await model.explain(program, { things: ['x', 'y'], is: 'no', kind: 'none' })
  expect(known.tokens.drawnMax).toBe(0)
  const again = await model.restore(JSON.parse(JSON.stringify(run)))
  expect(again.values).toEqual(run.values)
  expect((await again.at('c')).values).toEqual({ things: ['good', 'good'], is: 'yes' })
  expect((await again.at('things[1]')).values).toEqual({ things: ['good'] })
  const joined = await join(again, { more: fork(again).extend(prompt`B: ${gen('b')}\n`) })
  const back = await model.restore(JSON.parse(JSON.stringify(joined)))
  expect([back.text, back.values]).toEqual([joined.text, joined.values])
})
