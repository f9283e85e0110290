// Goal: every mistake gets a typed error with a stable code, before any work, and the model works afterwards. Method:
// one list of mistakes and their codes, then a run that must succeed.

import { choice } from '../../../lib/constraint/choice.js'
import { Vocab } from '../../../lib/constraint/constraint.js'
import { Model } from '../../../lib/model/model.js'
import { Transcript } from '../../../lib/model/transcript.js'
import { branches, each, repeat } from '../../../lib/prompt/branches.js'
import { beam, bestOf, vote } from '../../../lib/prompt/choose.js'
import { gen, hole, integer, number, regex, select } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { json } from '../../../lib/prompt/json.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import type { FakeEngine } from '../../support/fake-engine.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const speak = answers({ 'A: ': 'good\n' })
const simple = prompt`A: ${gen('a')}
`
// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the types forbid.
const wrong = (value: unknown): any => value

const revoked = <T extends object>(target: T): T => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
/** An object without a prototype, which can't become text. */
const bare = <T extends object>(members: T): T => Object.assign(Object.create(null), members)
/** A hole whose constraint is lowered to that. */
const loweredTo = (symbol: unknown) =>
  prompt`A: ${hole('a', { ...choice(['x']), lower: () => wrong(symbol) })}`

const one = prompt`${integer('n', { max: 9 })};`
const items = each('items', ['x', 'y'], () => one)
const turns = repeat('turns', prompt`- ${one}`, { max: 3 })

const circle: unknown[] = []
circle.push(['x'], circle)

const atOnce: readonly [string, () => unknown, string][] = [
  ['two holes of one name', () => prompt`${gen('a')} ${gen('a')}`, 'HOLE_NAME_TWICE'],
  ['a nested hole of that name', () => prompt`${gen('a')} ${prompt`x ${gen('a')}`}`, 'HOLE_NAME_TWICE'],
  ['a branch of that name', () => prompt`${gen('a')} ${branches({ a: prompt`x` })}`, 'HOLE_NAME_TWICE'],
  ['an input named as a hole', () => prompt`${gen('a')} ${input('a')}`, 'NAME_TWICE'],
  ['an empty name', () => gen(''), 'NAME_INVALID'],
  ['a name that is a path', () => gen('a.b'), 'NAME_INVALID'],
  ['a name that is no text', () => input(wrong(5)), 'NAME_INVALID'],
  ['a format that is none', () => input('a', { format: wrong('x') }), 'OPTION_INVALID'],
  ['another option of an input', () => input('a', wrong({ type: Date })), 'OPTION_UNKNOWN'],
  ['an array in itself', () => prompt`${wrong(circle)}`, 'NESTING_TOO_DEEP'],
  ['a million parts in an array', () => prompt`${Array(1e6)}`, 'PART_INVALID'],
  ['two holes of one name in an array', () => prompt`${[gen('a'), [gen('a')]]}`, 'HOLE_NAME_TWICE'],
  ['a select without options', () => select('a', []), 'CHOICE_EMPTY'],
  ['a select with an option twice', () => select('a', ['x', 'x']), 'CHOICE_OPTION_TWICE'],
  ['a regex that is none', () => regex('a', '('), 'REGEX_SYNTAX'],
  ['a regex that looks ahead', () => regex('a', /a(?=b)/), 'REGEX_UNSUPPORTED'],
  ['an empty range', () => integer('a', { min: 3, max: 2 }), 'CONSTRAINT_EMPTY'],
  ['a bound that is no number', () => number('a', { min: Number.NaN }), 'NUMBER_BOUND_INVALID'],
  ['null as options of gen', () => gen('a', wrong(null)), 'OPTION_INVALID'],
  ['a number as options of select', () => select('a', ['x'], wrong(5)), 'OPTION_INVALID'],
  ['a bare object as heal', () => gen('a', { heal: wrong(bare({})) }), 'OPTION_INVALID'],
  ['null as options of integer', () => integer('a', wrong(null)), 'OPTION_INVALID'],
  ['null as options of number', () => number('a', wrong(null)), 'OPTION_INVALID'],
  ['null as options of regex', () => regex('a', /x/, wrong(null)), 'OPTION_INVALID'],
  ['null as options of branches', () => branches({ a: prompt`x` }, wrong(null)), 'OPTION_INVALID'],
  ['no branches', () => branches(wrong(undefined)), 'OPTION_INVALID'],
  ['repeat without options', () => repeat('a', prompt`x`, wrong(undefined)), 'OPTION_INVALID'],
  ['null as options of checked', () => checked(simple, () => true, wrong(null)), 'OPTION_INVALID'],
  [
    'items that make no prompts',
    () => each('a', Array.from({ length: 3 }), () => wrong(1)),
    'PROMPT_EXPECTED',
  ],
  ['a hundred million holes', () => each('a', new Array(1e8), () => one), 'OPTION_INVALID'],
  ['a billion turns', () => repeat('a', prompt`x`, { min: 1e9, max: 1e9 }), 'OPTION_INVALID'],
  ['true as a part', () => prompt`${wrong(true)}`, 'PART_INVALID'],
  ['NaN as a part', () => prompt`${Number.NaN}`, 'PART_INVALID'],
  ['an object as a part', () => prompt`${wrong({})}`, 'PART_INVALID'],
  ['prompt as a function', () => prompt(wrong('text')), 'TEMPLATE_EXPECTED'],
  ['a negative temperature', () => gen('a', { temperature: -1 }), 'OPTION_INVALID'],
  ['tokensMax 0', () => gen('a', { tokensMax: 0 }), 'OPTION_INVALID'],
  ['topP NaN', () => gen('a', { topP: Number.NaN }), 'OPTION_INVALID'],
  ['a check that is no function', () => gen('a', { check: wrong('x') }), 'OPTION_INVALID'],
  ['checkEvery of another kind', () => gen('a', { checkEvery: wrong('day') }), 'OPTION_INVALID'],
  ['an empty stop', () => gen('a', { stop: '' }), 'OPTION_INVALID'],
  ['a penalty that is no number', () => gen('a', { penalties: { repeat: wrong('2') } }), 'OPTION_INVALID'],
  [
    'a bias for a million tokens',
    () => gen('a', { bias: Object.fromEntries(Array(1e6).fill(1).entries()) }),
    'OPTION_INVALID',
  ],
  ['a bias for no token', () => gen('a', { bias: wrong({ x: 1 }) }), 'OPTION_INVALID'],
  ['no constraint', () => hole('a', wrong({})), 'CONSTRAINT_EXPECTED'],
  ['no branches', () => branches({}), 'BRANCHES_EMPTY'],
  ['a branch that is no prompt', () => branches({ a: wrong('x') }), 'PROMPT_EXPECTED'],
  ['items that are none', () => each('a', wrong(5), () => prompt`x`), 'OPTION_INVALID'],
  [
    'an item that makes no prompt',
    () =>
      each(
        'a',
        [1],
        wrong(() => 'x'),
      ),
    'PROMPT_EXPECTED',
  ],
  ['a repetition without end', () => repeat('a', simple, wrong({})), 'OPTION_INVALID'],
  ['a repetition from 3 to 2', () => repeat('a', simple, { min: 3, max: 2 }), 'OPTION_INVALID'],
  ['a vote of none', () => vote(0, gen('a')), 'OPTION_INVALID'],
  ['a best of no hole', () => bestOf(2, wrong('x'), () => 1), 'PROMPT_EXPECTED'],
  ['a beam of half', () => beam(0.5, gen('a')), 'OPTION_INVALID'],
  ['a check on no prompt', () => checked(wrong('x'), () => true), 'PROMPT_EXPECTED'],
  ['a proxy of a RegExp', () => regex('a', new Proxy(/x/, {})), 'REGEX_SYNTAX'],
  ['a schema that is a revoked proxy', () => json('a', revoked({})), 'SCHEMA_INVALID'],
  ['a schema that holds one', () => json('a', { properties: { a: revoked({}) } }), 'SCHEMA_INVALID'],
  ['null as options of json', () => json('a', {}, wrong(null)), 'OPTION_INVALID'],
  ['revoked options', () => gen('a', revoked({})), 'OPTION_INVALID'],
  ['a revoked bias', () => gen('a', { bias: revoked({}) }), 'OPTION_INVALID'],
  ['revoked stops', () => gen('a', { stop: wrong(revoked([])) }), 'OPTION_INVALID'],
  ['revoked select options', () => select('a', wrong(revoked([]))), 'CHOICE_EMPTY'],
  ['revoked bounds', () => integer('a', revoked({})), 'OPTION_INVALID'],
  ['revoked items', () => each('a', wrong(revoked([])), () => simple), 'OPTION_INVALID'],
  ['revoked branches', () => branches(revoked({})), 'OPTION_INVALID'],
  ['a revoked prompt', () => repeat('a', wrong(revoked(simple)), { max: 2 }), 'PROMPT_EXPECTED'],
  ['a revoked constraint', () => hole('a', wrong(revoked({}))), 'CONSTRAINT_EXPECTED'],
  ['a revoked part', () => prompt`${wrong(revoked({}))}`, 'PART_INVALID'],
  ...['input', 'hole', 'message', 'branches', 'each', 'repeat', 'choose', 'prompt', 'text', 'computed'].map(
    (kind): [string, () => unknown, string] => [
      `a part that is only a ${kind}`,
      () => prompt`${wrong({ kind })}`,
      'PART_INVALID',
    ],
  ),
  ['a hole of no language', () => prompt`${wrong({ kind: 'hole', name: 'a', options: {} })}`, 'PART_INVALID'],
  [
    'a message of numbers',
    () => prompt`${wrong({ kind: 'message', role: 'user', parts: [5] })}`,
    'PART_INVALID',
  ],
  ['a bare object as a part', () => prompt`${wrong(bare({}))}`, 'PART_INVALID'],
  ['a bare object as a number', () => gen('a', { tokensMax: wrong(bare({})) }), 'OPTION_INVALID'],
  ['a bare object as a name', () => gen(wrong(bare({}))), 'NAME_INVALID'],
  ['a bare object as a bias', () => gen('a', { bias: { 5: wrong(bare({})) } }), 'OPTION_INVALID'],
  ['a bare object as checkEvery', () => gen('a', { checkEvery: wrong(bare({})) }), 'OPTION_INVALID'],
  ['a bare object as by', () => select('a', ['x'], { by: wrong(bare({})) }), 'OPTION_INVALID'],
  ['a bare object as a count', () => vote(wrong(bare({})), gen('a')), 'OPTION_INVALID'],
  ['a bare object as turns', () => repeat('a', simple, { max: wrong(bare({})) }), 'OPTION_INVALID'],
  [
    'a bare object as retries',
    () => checked(simple, () => true, { retries: wrong(bare({})) }),
    'OPTION_INVALID',
  ],
  ['a symbol as a number', () => gen('a', { tokensMax: wrong(Symbol('x')) }), 'OPTION_INVALID'],
  ['a model made by new', () => new Model(wrong(undefined)), 'NOT_CONSTRUCTIBLE'],
  ['a model made of nothing', () => new Model(wrong({})), 'NOT_CONSTRUCTIBLE'],
  [
    'a transcript made by new',
    () => new Transcript(wrong(undefined), wrong(undefined), []),
    'NOT_CONSTRUCTIBLE',
  ],
  ['a transcript made of nothing', () => new Transcript(wrong({}), wrong({}), []), 'NOT_CONSTRUCTIBLE'],
  ['a vocabulary made by new', () => new Vocab(wrong(undefined)), 'NOT_CONSTRUCTIBLE'],
]

test.each(atOnce)('%s is refused at once', (_name, mistake, code) => {
  expect(mistake).toThrow(expect.objectContaining({ code }))
})

const kind = select('kind', ['x', 'y'])
const few = integer('n', { min: 1, max: 5 })
const ticket = prompt`A: ${input('ticket')} ${kind} ${few} ${gen('text', { stop: '.' })}`
const aborted = AbortSignal.abort(new Error('no'))
const atRun: readonly [string, (model: Model) => Promise<unknown>, string][] = [
  ['a missing input', (model) => model.run(ticket, wrong({})), 'INPUT_MISSING'],
  ...[
    undefined,
    null,
    5,
    {},
    { lexeme: 'x' },
    { lexeme: 999 },
    { rule: 0 },
    Promise.resolve({}),
    revoked({}),
  ].map((symbol, index): [string, (model: Model) => Promise<unknown>, string] => [
    `a constraint lowered to nothing (${index})`,
    (model: Model) => model.run(loweredTo(symbol)),
    'SYMBOL_INVALID',
  ]),
  ['a revoked prompt', (model) => model.run(revoked(simple)), 'PROMPT_EXPECTED'],
  ['a revoked given', (model) => model.run(ticket, revoked({ ticket: 'x' })), 'INPUT_INVALID'],
  ['revoked options', (model) => model.run(simple, {}, revoked({})), 'OPTION_INVALID'],
  ['a revoked signal', (model) => model.run(simple, {}, { signal: revoked(aborted) }), 'OPTION_INVALID'],
  [
    'what is no signal but looks so',
    (model) => model.run(simple, {}, { signal: Object.create(AbortSignal.prototype) }),
    'OPTION_INVALID',
  ],
  ['a bare object as a seed', (model) => model.run(simple, {}, { seed: wrong(bare({})) }), 'OPTION_INVALID'],
  [
    'a bare object as overflow',
    (model) => model.run(simple, {}, { overflow: wrong(bare({})) }),
    'OPTION_INVALID',
  ],
  [
    'a bare object as history',
    (model) => model.run(simple, {}, { history: wrong(bare({})) }),
    'OPTION_INVALID',
  ],
  ['a revoked part on the way', (model) => model.run(prompt`A: ${() => wrong(revoked({}))}`), 'PART_INVALID'],
  ['an unknown name', (model) => model.run(ticket, wrong({ ticket: 'x', kindd: 'x' })), 'INPUT_UNKNOWN'],
  ['an input that is no text', (model) => model.run(ticket, wrong({ ticket: {} })), 'INPUT_INVALID'],
  ['an input that is NaN', (model) => model.run(ticket, { ticket: Number.NaN }), 'INPUT_INVALID'],
  [
    'an input whose format returns a promise',
    (model) => model.run(prompt`A: ${input('x', { format: wrong(async () => 'x') })}${gen('a')}`, { x: 'y' }),
    'INPUT_INVALID',
  ],
  ['half a surrogate pair', (model) => model.run(ticket, { ticket: '\ud800' }), 'INPUT_INVALID'],
  ['given that is no object', (model) => model.run(ticket, wrong('x')), 'INPUT_INVALID'],
  [
    'a known option that is none',
    (model) => model.run(ticket, wrong({ ticket: 'x', kind: 'z' })),
    'KNOWN_VALUE_INVALID',
  ],
  ['a known number out of range', (model) => model.run(ticket, { ticket: 'x', n: 9 }), 'KNOWN_VALUE_INVALID'],
  [
    'a known number that is text',
    (model) => model.run(ticket, wrong({ ticket: 'x', n: '3' })),
    'KNOWN_VALUE_INVALID',
  ],
  [
    'a known text with its stop',
    (model) => model.run(ticket, { ticket: 'x', text: 'a.b' }),
    'KNOWN_VALUE_INVALID',
  ],
  ['something else than a prompt', (model) => model.run(wrong('text')), 'PROMPT_EXPECTED'],
  ['options that are none', (model) => model.run(simple, {}, wrong(5)), 'OPTION_INVALID'],
  ['a seed that is none', (model) => model.run(simple, {}, { seed: -1 }), 'OPTION_INVALID'],
  ['a signal that is none', (model) => model.run(simple, {}, wrong({ signal: 5 })), 'OPTION_INVALID'],
  ['a token that is none', (model) => model.run(simple, {}, { bias: { 999999: 1 } }), 'OPTION_INVALID'],
  ['an aborted signal', (model) => model.run(simple, {}, { signal: aborted }), 'ABORTED'],
  [
    'a prompt that does not fit',
    (model) => model.run(prompt`${'the order '.repeat(200)}${gen('a')}`),
    'PROMPT_TOO_LONG',
  ],
  [
    'a repetition nobody can decide',
    (model) => model.run(prompt`A: ${repeat('r', prompt`, ${gen('x')}`, { max: 3 })}, and`),
    'REPEAT_UNDECIDABLE',
  ],
  [
    'a known value an item may not have',
    (model) => model.run(prompt`A: ${items}`, { items: [{}, { n: 11 }] }),
    'KNOWN_VALUE_INVALID',
  ],
  [
    'more known items than there are',
    (model) => model.run(prompt`A: ${items}`, { items: [{}, {}, {}] }),
    'KNOWN_VALUE_INVALID',
  ],
  [
    'a name no item has',
    (model) => model.run(prompt`A: ${items}`, { items: [wrong({ m: 1 })] }),
    'INPUT_UNKNOWN',
  ],
  [
    'a known value a turn may not have',
    (model) => model.run(prompt`A: ${turns}`, { turns: [{ n: 11 }] }),
    'KNOWN_VALUE_INVALID',
  ],
  [
    'known values of a branch that are none',
    (model) => model.run(prompt`A: ${branches({ one })}`, { one: wrong('text') }),
    'KNOWN_VALUE_INVALID',
  ],
  [
    'an input a function needs at the start',
    (model) => model.run(prompt`A: ${() => prompt`${gen('x')} ${input('late')}`}`, wrong({})),
    'INPUT_MISSING',
  ],
]

test('an input that parts made on the way need is asked for before any of them is walked', async () => {
  const { model, engine } = fakeModel(speak)
  const late = prompt`A: ${gen('a')}\n${() => prompt`B: ${gen('b')} by ${input('late')}`}`
  await expect(model.run(late, wrong({}))).rejects.toMatchObject({
    name: 'PromptError',
    code: 'INPUT_MISSING',
  })
  await expect(model.run(late, wrong({ late: [] }))).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  expect(engine.generates.every(({ tokens }) => !textOf(engine, tokens).includes('B: '))).toBe(true)
  expect((await model.run(late, wrong({ late: 'me' }))).text).toContain(' by me')
})

function textOf(engine: FakeEngine, tokens: Int32Array): string {
  return Buffer.concat(Array.from(tokens, (token) => engine.vocabulary.tokenBytes(token))).toString()
}

test.each(atRun)('%s is refused, and the model works afterwards', async (_name, mistake, code) => {
  const { model, engine } = fakeModel(speak, { contextTokens: 200 })
  await expect(mistake(model)).rejects.toMatchObject({ code })
  expect(engine.decoded).toBe(0)
  expect((await model.run(simple)).values.a).toBe('good')
})

test('after dispose every method says so, and dispose may be called again', async () => {
  const { model } = fakeModel(speak)
  const start = await model.start(prompt`A: `)
  await model.dispose()
  await model.dispose()
  const closed = { name: 'UsageError', code: 'CLOSED' }
  await expect(model.run(simple)).rejects.toMatchObject(closed)
  await expect(model.start(simple)).rejects.toMatchObject(closed)
  await expect(start.extend(prompt`${gen('a')}\n`)).rejects.toMatchObject(closed)
  await expect(start.pin()).rejects.toMatchObject(closed)
  await expect(model.stream(simple).next()).rejects.toMatchObject(closed)
})

test('a signal aborted during a run ends it with the caller’s reason', async () => {
  const stop = new AbortController()
  let requests = 0
  const before = async (): Promise<void> => {
    requests += 1
    if (requests === 2) stop.abort(new Error('enough'))
  }
  const { model } = fakeModel(answers({ 'A: ': 'good\n', 'B: ': 'bad\n' }), { before })
  const pair = prompt`A: ${gen('a')}\nB: ${gen('b')}\n`
  await expect(model.run(pair, {}, { signal: stop.signal })).rejects.toMatchObject({
    name: 'AbortError',
    code: 'ABORTED',
  })
  expect((await model.run(pair)).values).toEqual({ a: 'good', b: 'bad' })
})

const atTranscript: readonly [string, (transcript: Transcript) => Promise<unknown>, string][] = [
  ['null as options of pin', (transcript) => transcript.pin(wrong(null)), 'ARGUMENT_INVALID'],
  ['a number as options of pin', (transcript) => transcript.pin(wrong(5)), 'ARGUMENT_INVALID'],
  ['revoked options of pin', (transcript) => transcript.pin(revoked({})), 'ARGUMENT_INVALID'],
  ['a signal of pin that is none', (transcript) => transcript.pin({ signal: wrong(5) }), 'ARGUMENT_INVALID'],
  ['null as a hole', (transcript) => transcript.at(wrong(null)), 'HOLE_UNKNOWN'],
  ['a revoked hole', (transcript) => transcript.at(wrong(revoked({}))), 'HOLE_UNKNOWN'],
  ['null as options of at', (transcript) => transcript.at(0, wrong(null)), 'ARGUMENT_INVALID'],
  ['a signal of at that is none', (transcript) => transcript.at(0, { signal: wrong(5) }), 'ARGUMENT_INVALID'],
  ['null as a range', (transcript) => transcript.drop(wrong(null)), 'RANGE_INVALID'],
  ['no range', (transcript) => transcript.drop(wrong(undefined)), 'RANGE_INVALID'],
  ['a revoked range', (transcript) => transcript.drop(revoked({ from: 1, until: 2 })), 'RANGE_INVALID'],
  [
    'null as options of drop',
    (transcript) => transcript.drop({ from: 1, until: 2 }, wrong(null)),
    'ARGUMENT_INVALID',
  ],
  [
    'revoked options of drop',
    (transcript) => transcript.drop({ from: 1, until: 2 }, revoked({})),
    'ARGUMENT_INVALID',
  ],
]

test.each(atTranscript)('%s is refused, and the transcript goes on', async (_name, mistake, code) => {
  const { model } = fakeModel(speak)
  const start = await model.start(prompt`A: `)
  await expect(mistake(start)).rejects.toMatchObject({ name: 'UsageError', code })
  expect((await start.extend(prompt`${gen('a')}\n`)).values.a).toBe('good')
})

test('objects without a prototype are objects as any other', async () => {
  const { model } = fakeModel(speak)
  const inner = prompt`A: ${gen('a', bare({ tokensMax: 9, bias: bare({ 5: 0 }), penalties: bare({ repeat: 1 }) }))}\n`
  const asked = prompt`${input('x')}${branches(bare({ one: inner }), bare({ join: null }))}`
  const run = await model.run(asked, bare({ x: '', one: bare({ a: 'good' }) }), bare({ seed: 1 }))
  expect(run.values).toEqual({ one: { a: 'good' } })
})
