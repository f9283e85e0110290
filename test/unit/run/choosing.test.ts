// Goal: what chooses among several fills (beam, scores, votes) takes known values and checks as any hole does, counts
// what it says it counts, and refuses options it would not look at. Method: the fake engine; tables of ways to fill.
import {
  beam,
  bestOf,
  branches,
  type CheckDetail,
  type CheckResult,
  checked,
  each,
  type FillError,
  gen,
  grammar,
  integer,
  type Prompt,
  prompt,
  regex,
  select,
  vote,
} from '../../../lib/index.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const digit = { min: 0, max: 9 }
const warm = { temperature: 1 }

/** Ways to fill a hole `n` with a digit, with a check. */
const ways: Readonly<Record<string, (check?: (n: number) => CheckResult, retries?: number) => Prompt>> = {
  beam: (check, retries) =>
    prompt`${beam(2, integer('n', { ...digit, ...(check && { check }), ...(retries && { retries }) }))}`,
  bestOf: (check, retries) =>
    prompt`${bestOf(2, integer('n', { ...digit, ...(check && { check }), ...(retries && { retries }) }), () => 0)}`,
  vote: (check, retries) =>
    prompt`${vote(2, integer('n', { ...digit, ...(check && { check }), ...(retries && { retries }) }))}`,
  'a beam in a vote': (check, retries) =>
    prompt`${vote(2, beam(3, integer('n', { ...digit, ...(check && { check }), ...(retries && { retries }) })))}`,
}

describe.each(Object.entries(ways))('%s', (_name, way) => {
  test('takes a known value', async () => {
    const { model, engine } = fakeModel(answers({}))
    const run = await model.run(
      prompt`x ${way()}.` as Prompt<{ n: number }, object, object>,
      { n: 4 } as never,
    )
    expect(run.values.n).toBe(4)
    expect(run.text).toBe('x 4.')
    expect(run.ledger.sampled).toBe(0)
    expect(engine.generates).toHaveLength(0)
  })

  test('asks the check until it is content', async () => {
    const { model } = fakeModel(answers({ 'x ': '3.' }))
    const asked: number[] = []
    const check = (n: number): CheckResult => {
      asked.push(n)
      return n === 3 ? 'not three' : true
    }
    const run = await model.run(prompt`x ${way(check)}.` as Prompt<{ n: number }>)
    expect(asked).toContain(3)
    expect(run.values.n).not.toBe(3)
    expect(asked).toContain(run.values.n)
  })

  test('gives up after its retries, with every attempt', async () => {
    const { model } = fakeModel(answers({ 'x ': '3.' }))
    const failing = model.run(prompt`x ${way(() => 'never', 4)}.`)
    await expect(failing).rejects.toMatchObject({ name: 'FillError', code: 'ATTEMPTS_SPENT', hole: 'n' })
    const { attempts } = (await failing.catch((error: unknown) => error)) as FillError
    expect(attempts).toHaveLength(5)
    expect(new Set(attempts.map(({ text }) => text)).size).toBe(5)
    for (const { reason } of attempts) expect(reason).toBe('never')
  })

  test('ends at a dead end where every value was rejected', async () => {
    const { model } = fakeModel(answers({}))
    const failing = model.run(prompt`x ${way(() => 'never', 99)}.`)
    await expect(failing).rejects.toMatchObject({ name: 'FillError', code: 'DEAD_END' })
  })
})

test('a beam is a hole: it goes back to earlier ones, and later ones go back to it', async () => {
  const { model } = fakeModel(answers({ 'x ': 'a', 'y ': '3.' }))
  const first = select('a', ['a', 'b'])
  const check = (_: unknown, { values }: CheckDetail): CheckResult => values.a === 'b' || 'not behind a'
  const back = await model.run(
    prompt`x ${first} y ${beam(2, integer('n', { ...digit, backtrack: 1, check }))}.`,
  )
  expect(back.values.a).toBe('b')
  const later = select('b', ['p', 'q'], {
    backtrack: 1,
    retries: 0,
    check: (_, { values }) => values.n !== 3 || 'not after three',
  })
  const again = await model.run(prompt`y ${beam(2, integer('n', digit))}.${later}`)
  expect(again.values.n).not.toBe(3)
  expect(again.trace.filter(({ type }) => type === 'hole-start').length).toBeGreaterThan(3)
})

test('a beam knows a grammar, a stop of its surroundings, a bias and log-probabilities', async () => {
  const { model, engine } = fakeModel(answers({ 'A: ': 'good\nB', 'N: ': '1.', 'J: ': 'x1, 1.' }))
  const run = await model.run(prompt`A: ${beam(2, gen('a'))}\nB`, {}, { logprobs: 2 })
  expect(run.values.a).toBe('good')
  expect(run.logprobs.get('a')!.length).toBeGreaterThan(0)
  const seen: unknown[] = []
  const check = (value: unknown): CheckResult => (seen.push(value) < 4 ? 'another' : true)
  const either = grammar('a', 'root ::= "x" [12] ", " [12]', { check, retries: 3 })
  const object = await model.run(prompt`J: ${beam(1, either)}.`)
  expect(object.values.a).toMatch(/^x[12], [12]$/)
  expect(seen).toHaveLength(4)
  expect(new Set(seen).size).toBe(4)
  const [one] = engine.vocabulary.tokenize(new TextEncoder().encode('1'))
  const number = integer('n', { min: 1, max: 2, bias: { [one!]: -Infinity } })
  expect((await model.run(prompt`N: ${beam(2, number)}.`)).values.n).toBe(2)
  const unbiased = beam(2, integer('n', { min: 1, max: 2 }))
  expect((await model.run(prompt`N: ${unbiased}.`)).values.n).toBe(1)
})

test('a beam that is cut is a text between two characters, or a FillError', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'x🙃🙃' }))
  const cut = await model.run(prompt`A: ${beam(1, gen('a', { tokensMax: 3 }))}`)
  expect(cut.values.a).toBe('x')
  await expect(
    model.run(prompt`A: ${beam(2, regex('a', /[a-z]{9}/, { tokensMax: 3 }))}`),
  ).rejects.toMatchObject({
    code: 'TOKENS_MAX',
  })
})

const pair = prompt`${gen('why', { tokensMax: 2, ...warm })}|${select('n', ['yes', 'no', 'good'], warm)}`

test('a vote counts the last value of its part, whatever stands before it', async () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const { model } = fakeModel(answers({}))
    const seen: string[] = []
    await model.run(prompt`A: ${bestOf(7, pair, ({ n }) => seen.push(n))}`, {}, { seed })
    const run = await model.run(prompt`A: ${vote(7, pair)}`, {}, { seed })
    const { options, winner, abstained } = run.votes.get('n')!
    for (const { key, votes } of options) expect(seen.filter((n) => n === key)).toHaveLength(votes)
    expect(options.reduce((sum, { votes }) => sum + votes, 0)).toBe(7)
    expect(abstained).toBe(0)
    expect(run.values.n).toBe(winner)
    const most = Math.max(...options.map(({ votes }) => votes))
    expect(options.find(({ key }) => key === winner)!.votes).toBe(most)
  }
})

/** The winner where the fills vote so, and which fill it was. */
async function voted(keys: readonly unknown[]) {
  const { model } = fakeModel(answers({}))
  let calls = 0
  const texts: string[] = []
  const by = ({ why }: { readonly why: string }): unknown => {
    texts.push(why)
    return keys[calls++]
  }
  const run = await model.run(prompt`A: ${vote(keys.length, pair, { by })}`)
  return { counts: run.votes.get('n')!, at: texts.indexOf(run.values.why) }
}

test('a vote goes by the key a function gives, and a tie to the one that had as many first', async () => {
  expect(await voted(['a', 'b', 'b', 'a'])).toMatchObject({ counts: { winner: 'b' }, at: 1 })
  expect(await voted(['a', 'b', 'c'])).toMatchObject({ counts: { winner: 'a' }, at: 0 })
  expect(await voted([{ x: [1] }, 2, { x: [1] }])).toMatchObject({ counts: { winner: { x: [1] } }, at: 0 })
  const { counts, at } = await voted([undefined, 1, undefined, '1', '1'])
  expect(at).toBe(3)
  expect(counts).toEqual({
    options: [
      { key: 1, votes: 1 },
      { key: '1', votes: 2 },
    ],
    winner: '1',
    abstained: 2,
  })
  expect(await voted([null, null, false])).toMatchObject({ counts: { winner: null } })
  expect(await voted([Promise.resolve('z'), 'z', 'y'])).toMatchObject({ counts: { winner: 'z' } })
  await expect(voted([undefined, undefined])).rejects.toMatchObject({
    name: 'FillError',
    code: 'VOTES_EMPTY',
  })
  for (const key of [() => 1, 1n, Symbol('x')]) {
    await expect(voted([key])).rejects.toMatchObject({ name: 'UsageError', code: 'VOTE_INVALID' })
  }
})

test('votes are told by path, also within branches and items, and of a part that captures nothing', async () => {
  const { model } = fakeModel(answers({}))
  const inner = prompt`: ${vote(3, pair)}.`
  const run = await model.run(
    prompt`A ${branches({ one: inner })} ${each('all', [1, 2], () => inner)} ${vote(2, prompt`same`)}`,
  )
  expect([...run.votes.keys()].sort()).toEqual(['(prompt)', 'all[0].n', 'all[1].n', 'one.n'])
  expect(run.votes.get('(prompt)')).toEqual({
    options: [{ key: 'same', votes: 2 }],
    winner: 'same',
    abstained: 0,
  })
})

test('a prompt with a check draws other candidates each time', async () => {
  const { model } = fakeModel(answers({}))
  const seen: string[] = []
  const part = (inner: Prompt<{ readonly why: string }>) =>
    checked(inner, (_values, text) => seen.push(text) > 4 || 'another', { retries: 6 })
  const one = prompt`${vote(1, gen('why', { tokensMax: 6, ...warm }))}`
  await model.run(prompt`A: ${part(one)}`)
  expect(new Set(seen).size).toBe(5)
  seen.length = 0
  const best = prompt`${bestOf(2, gen('why', { tokensMax: 6, ...warm }), () => 0)}`
  await model.run(prompt`A: ${part(best)}`)
  expect(new Set(seen).size).toBe(5)
})

test('what is told of a run is told of the fills that stand, not of those that lost', async () => {
  for (let seed = 0; seed < 8; seed += 1) {
    const { model } = fakeModel(answers({}))
    const part = prompt`${gen('why', { tokensMax: 3, ...warm, logprobs: 1 })}|${branches(
      { side: prompt`${gen('other', { tokensMax: 3, ...warm, logprobs: 1 })}|${vote(2, pair)}` },
      { join: null },
    )}`
    const longest = bestOf(4, part, ({ why, side }) => why.length - side.other.length)
    const run = await model.run(prompt`A: ${longest}.`, {}, { seed })
    const text = (path: string): string => {
      const tokens = run.logprobs.get(path)!.map(({ alternatives }) => alternatives[0]!.token)
      return Buffer.from(tokens).toString('latin1')
    }
    expect(run.logprobs.get('why')!.length).toBeGreaterThan(0)
    expect(run.votes.get('side.n')!.winner).toBe(run.values.side.n)
    const plain = /^[\x20-\x7e]*$/
    if (plain.test(text('why'))) expect(text('why').startsWith(run.values.why)).toBe(true)
    expect(run.ledger.rolledBack).toBeGreaterThan(run.ledger.sampled)
  }
})

test.each([
  ['more known values than items', [{ a: 'x' }, { a: 'y' }, { a: 'z' }], 'KNOWN_VALUE_INVALID'],
  ['a known value for no hole', [{ a: 'x', b: 'y' }], 'INPUT_UNKNOWN'],
])('%s are refused, whether the items are known before or made', async (_, all, code) => {
  const { model } = fakeModel(answers({}))
  for (const items of [[1, 2], () => [1, 2]]) {
    const list = prompt`A: ${each('all', items, () => prompt`- ${gen('a')}\n`)}`
    await expect(model.run(list, { all } as never)).rejects.toMatchObject({ name: 'PromptError', code })
  }
})

test('branches that are not joined are drawn anew once their values were rejected together', async () => {
  const { model } = fakeModel(answers({}))
  const seen: string[] = []
  const sides = branches({ one: prompt`${gen('why', { tokensMax: 6, ...warm })}` }, { join: null })
  const check = ({ one }: { readonly one: { readonly why: string } }) => seen.push(one.why) > 3 || 'another'
  const run = await model.run(prompt`A: ${checked(prompt`${sides}`, check, { retries: 9 })}.`)
  expect(new Set(seen).size).toBe(4)
  expect(run.values.one.why).toBe(seen[3])
  expect(run.ledger.rolledBack).toBeGreaterThan(run.ledger.sampled)
})

const drawn = {
  temperature: 1,
  topK: 3,
  topP: 0.5,
  minP: 0.1,
  typicalP: 0.5,
  xtc: { probability: 0.5 },
  dry: { multiplier: 1 },
  seed: 4,
  penalties: { repeat: 2 },
  checkEvery: 'word',
} as const
const counted = { bias: { 1: 2 }, biasText: { a: 1 }, ban: ['c'], tokensMax: 5 } as const

test.each(Object.entries(drawn))('beam and scores refuse %s, which would mean nothing', (key, value) => {
  const message = expect.stringMatching(new RegExp(`${key} of hole x`))
  const refusal = expect.objectContaining({ code: 'OPTION_INVALID', message })
  expect(() => beam(2, select('x', ['a', 'b'], { [key]: value }))).toThrow(refusal)
  expect(() => select('x', ['a', 'b'], { by: 'logprob', [key]: value })).toThrow(refusal)
})

test.each(Object.entries(counted))('scores refuse %s, which beams take', (key, value) => {
  expect(() => select('x', ['a', 'b'], { by: 'logprob', [key]: value })).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }),
  )
  expect(() => beam(2, select('x', ['a', 'b'], { [key]: value }))).not.toThrow()
})

test('a score without scoring, a beam over scores and a beam over stops are refused', () => {
  const invalid = expect.objectContaining({ code: 'OPTION_INVALID' })
  expect(() => select('x', ['a', 'b'], { score: 'sum' })).toThrow(invalid)
  expect(() => beam(2, select('x', ['a', 'b'], { by: 'logprob' }))).toThrow(invalid)
  expect(() => beam(2, beam(2, select('x', ['a', 'b'])))).toThrow(invalid)
  expect(() => vote(2, gen('x'), { by: 'x' as never })).toThrow(invalid)
  expect(() => vote(2, gen('x'), null as never)).toThrow(invalid)
  const needsHole = expect.objectContaining({ code: 'BEAM_NEEDS_HOLE' })
  expect(() => beam(2, gen('x', { stop: '.' }))).toThrow(needsHole)
  expect(() => beam(2, prompt`${gen('x', { stop: '.' })}`)).toThrow(needsHole)
  expect(() => beam(2, undefined as never)).toThrow(needsHole)
})

test('a key of a vote is what JSON has, whatever the order of its members', async () => {
  const same = [
    { a: 1, b: [null] },
    { b: [null], a: 1 },
    { a: 1, b: [null], c: undefined },
  ]
  expect((await voted(same)).counts.options).toMatchObject([{ votes: 3 }])
  expect((await voted([new Date(0), new Date(0).toJSON()])).counts.options).toMatchObject([{ votes: 2 }])
  const circle: unknown[] = []
  circle.push(circle)
  for (const wrong of [
    Number.NaN,
    Infinity,
    new Map(),
    new Set(),
    1n,
    Symbol('x'),
    () => 1,
    circle,
    { a: Number.NaN },
  ]) {
    await expect(voted([wrong])).rejects.toMatchObject({ name: 'UsageError', code: 'VOTE_INVALID' })
  }
})

test('what agreed is in the JSON of a run', async () => {
  const { model } = fakeModel(answers({ 'A: ': '5' }))
  const run = await model.run(prompt`A: ${vote(2, integer('n', digit))}`)
  expect(JSON.parse(JSON.stringify(run)).votes).toEqual({
    n: { options: [{ key: 5, votes: 2 }], winner: 5, abstained: 0 },
  })
})
