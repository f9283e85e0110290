// Goal: forks go on side by side and share what they have in common; values of one reach another while it goes on, and
// are never taken back; whoever loses or fails frees all it held; forks that wait for each other are told so. Method:
// the fake engine, the scripted engine, and the oracle, whose books say what was computed and what is still held.
import { AsyncLocalStorage } from 'node:async_hooks'
import { sideBySide, Turns } from '../../../lib/async/side-by-side.js'
import {
  AbortError,
  all,
  assistant,
  branches,
  collect,
  Fork,
  fork,
  gen,
  integer,
  join,
  prompt,
  race,
  regex,
  select,
  system,
  user,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { leftovers, nothingLeft, programModel } from '../../support/program-model.js'

const speak = answers({ 'Pro: ': 'good\n', 'Con: ': 'bad\n', 'So: ': 'yes\n', 'against good: ': 'item\n' })
const pro = prompt`Pro: ${gen('claim')}\n`
const con = prompt`Con: ${gen('claim')}\n`
const roomy = { cells: 1 << 15, sequences: 64, batch: 512 }

test('forks go on from each other, and are joined by index or name', async () => {
  const { model } = fakeModel(speak)
  const base = await model.run(prompt`On it.\n${select('n', ['x'])}\n`)
  const [a, b] = fork(base, 2)
  const first = a.extend(pro).extend(prompt`So: ${gen('so')}\n`)
  const second = b.extend(con)
  expect((await first.transcript()).values).toEqual({ n: 'x', claim: 'good', so: 'yes' })
  const listed = await join(base, [first, await second.transcript()])
  expect(listed.text).toBe('On it.\nx\nPro: good\nSo: yes\nCon: bad\n')
  expect(listed.values).toEqual({
    n: 'x',
    0: { n: 'x', claim: 'good', so: 'yes' },
    1: { n: 'x', claim: 'bad' },
  })
  const named = await join(base, { first, second }, { join: '---\n' })
  expect(named.text).toBe('On it.\nx\nPro: good\nSo: yes\n---\nCon: bad\n')
  const end = await named.extend(prompt`${({ second }: { second: { claim: string } }) => second.claim}`)
  expect(end.text.endsWith('bad\nbad')).toBe(true)
  const counted = await join(base, [first, second], { join: (texts) => `${texts.length}.` })
  expect(counted.text).toBe('On it.\nx\n2.')
  expect((await join(base, [second], { join: null })).text).toBe(base.text)
  const twin = await model.run(prompt`On it.\n${branches({ p: prompt`${pro}So: ${gen('so')}\n`, c: con })}`)
  expect(listed.text.slice('On it.\nx\n'.length)).toBe(twin.text.slice('On it.\n'.length))
  expect((await listed.at('n')).text).toBe('On it.\n')
})

test('a value reaches another fork while the first one goes on', async () => {
  const { model } = fakeModel(speak)
  const base = await model.start(prompt`On it.\n`)
  let open: () => void = () => undefined
  const gate = new Promise<string>((resolve) => {
    open = () => resolve('So: ')
  })
  const [a, b] = fork(base, 2)
  const first = a.extend(prompt`Pro: ${gen('claim')}\n${gate}${gen('so')}\n`)
  const second = b.extend(prompt`against ${() => first.value('claim')}: ${gen('but')}\n`)
  expect(await second.value('but')).toBe('item')
  open()
  expect(await first.value('so')).toBe('yes')
  expect((await all([first, second])).map(({ text }) => text)).toEqual([
    'On it.\nPro: good\nSo: yes\n',
    'On it.\nagainst good: item\n',
  ])
  await expect(second.value('claim' as never)).rejects.toMatchObject({
    code: 'VALUE_UNKNOWN',
    message: expect.stringContaining('it has but'),
  })
  expect(await fork(await first.transcript()).value('claim')).toBe('good')
})

test('a value that somebody has is not taken back, and one that nobody has is', async () => {
  const { model } = fakeModel(answers({}))
  const base = await model.start(prompt`On it.\n`)
  const taken = (wait: Promise<unknown>) =>
    fork(base).extend(
      prompt`${select('a', ['x', 'y'])}${async () => void (await wait)}${select('b', ['z'], {
        backtrack: 1,
        retries: 0,
        check: (_, { values }) => values.a === 'y' || 'not behind x',
      })}`,
    )
  expect(await taken(Promise.resolve()).value('b')).toBe('z')
  let go: () => void = () => undefined
  const one = taken(
    new Promise<void>((resolve) => {
      go = resolve
    }),
  )
  const a = await one.value('a')
  go()
  if (a === 'x') await expect(one.transcript()).rejects.toMatchObject({ code: 'ATTEMPTS_SPENT' })
  expect(await one.value('a')).toBe(a)
  expect(a).toBe('x')
  const list = fork(base).extend(
    prompt`Pro: ${collect('l', select('x', ['p']))}${collect('l', select('x', ['q']))}`,
  )
  expect(await list.value('l')).toEqual(['p', 'q'])
})

test('the first one wins, and the others are gone', async () => {
  const oracle = programModel(roomy)
  const base = await oracle.model.start(prompt`Start `)
  const forks = fork(base, 4).map((one, index) =>
    one.extend(prompt`a${index}`).extend(
      prompt` ${gen('x', { tokensMax: index === 2 ? 2 : 400, temperature: 1 })}`,
      {},
      {
        seed: index,
      },
    ),
  )
  const won = await race(forks)
  expect(won.text.startsWith('Start a2 ')).toBe(true)
  expect(await leftovers(oracle)).toEqual(nothingLeft)
  await expect(forks[0]!.transcript()).rejects.toBeInstanceOf(AbortError)
  const failing = prompt`${gen('x', { tokensMax: 2, retries: 0, check: () => 'never' })}`
  const long = prompt`${gen('x', { tokensMax: 400, temperature: 1 })}`
  const [one, other] = fork(base, 2)
  const slow = other.extend(long)
  await expect(all([one.extend(failing), slow])).rejects.toMatchObject({ code: 'ATTEMPTS_SPENT' })
  await expect(slow.transcript()).rejects.toBeInstanceOf(AbortError)
  expect(await leftovers(oracle)).toEqual(nothingLeft)
  expect((await race([fork(base).extend(failing), fork(base).extend(prompt`x`)])).text).toBe('Start x')
  await expect(race([fork(base).extend(failing)])).rejects.toMatchObject({ code: 'ATTEMPTS_SPENT' })
})

test('an abort ends what nobody else wants, and nothing else', async () => {
  const oracle = programModel(roomy)
  const base = await oracle.model.start(prompt`Start `)
  const long = prompt`${gen('x', { tokensMax: 300, temperature: 1 })}`
  const first = fork(base).extend(long)
  const [one, other] = [first.extend(prompt` one`), first.extend(prompt` other`)]
  one.abort()
  await expect(one.transcript()).rejects.toMatchObject({ code: 'ABORTED' })
  expect((await other.transcript()).text.endsWith(' other')).toBe(true)
  const alone = fork(base).extend(long, {}, { seed: 5 })
  const next = alone.extend(prompt` next`)
  next.abort(new Error('enough'))
  await expect(alone.transcript()).rejects.toMatchObject({ code: 'ABORTED', reason: { message: 'enough' } })
  expect(await leftovers(oracle)).toEqual(nothingLeft)
  other.abort()
  expect((await other.transcript()).text).toContain('Start ')
  const controller = new AbortController()
  const signalled = fork(base).extend(long, {}, { signal: controller.signal, seed: 6 })
  controller.abort(new Error('mine'))
  await expect(signalled.transcript()).rejects.toMatchObject({ reason: { message: 'mine' } })
})

test('two forks of the same text at once compute it once', async () => {
  const oracle = programModel(roomy)
  const base = await oracle.model.start(prompt`A text that all begin with. `)
  const same = prompt`The same question for all: ${regex('x', /[ab]{4}/)}`
  const ends = await all(fork(base, 8).map((one) => one.extend(same, {}, { temperature: 1, seed: 3 })))
  expect(new Set(ends.map(({ text }) => text)).size).toBe(1)
  const { rowsDecoded, rowsUnique } = oracle.context
  expect(rowsDecoded).toBe(rowsUnique)
  const joined = await join(base, ends)
  expect(oracle.context.rowsDecoded).toBe(rowsDecoded)
  expect(joined.ledger.decoded).toBe(0)
  expect(joined.text).toBe(base.text + ends.map(({ text }) => text.slice(base.text.length)).join(''))
  await joined.extend(prompt`!${regex('y', /[cd]/)}`)
  expect(oracle.context.rowsDecoded).toBe(oracle.context.rowsUnique)
  expect(await leftovers(oracle)).toEqual(nothingLeft)
})

describe('forks that wait for each other are told', () => {
  const { model } = fakeModel(speak)
  const waits = { name: 'UsageError', code: 'FORKS_WAIT' }

  test('in a ring', async () => {
    const base = await model.start(prompt`On it.\n`)
    const forks: Fork<{ v: string }>[] = []
    for (let index = 0; index < 5; index += 1) {
      const other = () => forks[(index + 1) % 5]!.value('v')
      forks.push(fork(base).extend(prompt`${other}${select('v', ['x'])}`))
    }
    const ends = await Promise.allSettled(forks.map((one) => one.transcript()))
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true)
    expect((ends[0] as PromiseRejectedResult).reason).toMatchObject(waits)
  })

  test('itself, what it goes on from, and from within branches', async () => {
    const base = await model.start(prompt`On it.\n`)
    const itself: Fork<{ v: string }> = fork(base).extend(
      prompt`${() => itself.value('v')}${select('v', ['x'])}`,
    )
    await expect(itself.transcript()).rejects.toMatchObject(waits)
    const before: Fork<{ v: string }> = fork(base).extend(
      prompt`${async () => (await after.transcript()).text}${select('v', ['x'])}`,
    )
    const after: Fork<{ v: string }> = before.extend(prompt`!`)
    await expect(after.transcript()).rejects.toMatchObject(waits)
    const deep: Fork<{ v: string }> = fork(base).extend(
      prompt`${branches({
        one: prompt`1 ${gen('x', { tokensMax: 2 })}`,
        two: prompt`2 ${() => wide.value('v')}`,
        three: prompt`3 ${gen('x', { tokensMax: 2 })}`,
      })}${select('v', ['x'])}`,
    )
    const some = [...'abcdef'].map((name) => [name, prompt`${name} ${() => deep.value('v')}`] as const)
    const wide: Fork<{ v: string }> = fork(base).extend(
      prompt`${branches(Object.fromEntries(some))}${select('v', ['x'])}`,
    )
    await expect(all([deep, wide])).rejects.toMatchObject(waits)
  })

  test('and those that wait for what is there, or one after the other, are not', async () => {
    const base = await model.start(prompt`On it.\n`)
    const own: Fork<{ v: string }> = fork(base).extend(prompt`${select('v', ['x'])}${() => own.value('v')}`)
    expect((await own.transcript()).text).toBe('On it.\nxx')
    const [a, b] = fork(base, 2)
    const left: Fork<{ p: string; q: string }> = a.extend(
      prompt`${select('p', ['x'])}${() => right.value('r')}${select('q', ['y'])}`,
    )
    const right: Fork<{ r: string; s: string }> = b.extend(
      prompt`${() => left.value('p')}${select('r', ['z'])}${() => left.value('q')}${select('s', ['w'])}`,
    )
    const ends = await all([left, right])
    expect(ends.map(({ text }) => text)).toEqual(['On it.\nxzy', 'On it.\nxzyw'])
  })
})

test('work that gets its turn from another run goes on in its own context', async () => {
  const turns = new Turns(1)
  const { signal } = new AbortController()
  const context = new AsyncLocalStorage<string>()
  const seen: string[] = []
  const work = async (index: number): Promise<void> => {
    seen.push(context.getStore() ?? '')
    for (let turn = 0; turn <= index % 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  const runs = ['a', 'b'].map((name) => context.run(name, () => sideBySide({ turns, signal }, 9, work)))
  await Promise.all(runs)
  expect(seen.filter((name) => name === 'a')).toHaveLength(9)
  expect(seen.filter((name) => name === 'b')).toHaveLength(9)
})

test('a failure nobody waits for crashes nothing, and goes to whoever does', async () => {
  const { model } = fakeModel(speak)
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  const base = await model.start(prompt`On it.\n`)
  const mine = new Error('mine')
  const failing = fork(base).extend(prompt`${() => Promise.reject(mine)}${gen('x')}`)
  void failing.value('x')
  void failing.transcript()
  const next = failing.extend(prompt` and more`)
  const other = fork(base).extend(prompt`${() => failing.value('x')}`)
  await expect(other.transcript()).rejects.toBe(mine)
  await expect(next.transcript()).rejects.toBe(mine)
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

test('a chat is forked and joined', async () => {
  const model = scripted({ answer: 'Hi.', more: 'Yes.' })
  const base = await model.start(prompt`${system`Be kind.`}${user`Hello`}${assistant`${gen('answer')}`}`)
  const turn = fork(base).extend(prompt`${user`Sure?`}${assistant`${gen('more')}`}`)
  expect((await turn.transcript()).messages).toHaveLength(5)
  const joined = await join(base, { turn })
  expect(joined.text).toBe((await turn.transcript()).text)
  const next = await joined.extend(prompt`${user`And?`}${assistant`${gen('answer')}`}`)
  expect(next.text.startsWith(joined.text)).toBe(true)
  expect(next.values.turn.more).toBe('Yes.')
})

test('mistakes are refused by name', async () => {
  const { model } = fakeModel(speak)
  const base = await model.start(prompt`On it.\n`)
  const invalid = { name: 'UsageError', code: 'ARGUMENT_INVALID' }
  for (const count of [0, 1.5, -1, Number.NaN, 1e9, '2']) {
    expect(() => fork(base, count as number)).toThrow(expect.objectContaining(invalid))
  }
  expect(() => fork({} as never)).toThrow(expect.objectContaining(invalid))
  expect(() => new Fork(null, 5 as never)).toThrow(expect.objectContaining({ code: 'NOT_CONSTRUCTIBLE' }))
  await expect(all('x' as never)).rejects.toMatchObject(invalid)
  await expect(race([])).rejects.toMatchObject(invalid)
  await expect(race([base] as never)).rejects.toMatchObject(invalid)
  await expect(join(base, [])).rejects.toMatchObject(invalid)
  await expect(join(base, ['x'] as never)).rejects.toMatchObject(invalid)
  await expect(join({} as never, [base])).rejects.toMatchObject(invalid)
  await expect(join(base, [fork(base)], { join: 5 as never })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
  })
  await expect(join(base, [fork(base)], { glue: '' } as never)).rejects.toMatchObject({
    code: 'OPTION_UNKNOWN',
  })
  const other = await model.start(prompt`Another text`)
  await expect(join(base, [other])).rejects.toMatchObject({ name: 'UsageError', code: 'JOIN_INVALID' })
  const foreign = await fakeModel(speak).model.start(prompt`On it.\nmore`)
  await expect(join(base, [foreign])).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
  expect(await all([])).toEqual([])
  const gone = fork(base)
  await model.dispose()
  await expect(gone.extend(prompt`${integer('n')}`).transcript()).rejects.toMatchObject({ code: 'CLOSED' })
  await expect(join(base, [base])).rejects.toMatchObject({ code: 'CLOSED' })
})
