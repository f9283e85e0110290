// Goal: an error is a sentence in the caller's words: the value seen and what it is, the value expected, the option
// to change, a whole path, the place in a schema. Method: a list of mistakes, and what their messages must say.
import path from 'node:path'
import { z } from 'zod'
import { jsonSchema, loadVocab } from '../../lib/constraint/constraint.js'
import {
  and,
  bestOf,
  branches,
  each,
  gen,
  hole,
  input,
  integer,
  load,
  prompt,
  repeat,
  seq,
  words,
} from '../../lib/index.js'
import { openModel } from '../../lib/native/native.js'
import { answers, fakeModel } from '../support/fake-model.js'

// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the types forbid.
type Wrong = any
const wrong = (value: unknown): Wrong => value

test.each<[unknown, string]>([
  [new Date(), 'is a Date'],
  [new Date(), 'date.toISOString()'],
  [true, 'is true'],
  [true, '`condition && part`'],
  [[[{}]], 'is an object'],
  [{}, 'is an object'],
  [new Map(), 'is a Map'],
  [/x/, 'is a RegExp'],
  [new Uint8Array(1), 'is a Uint8Array'],
  [new Error('x'), 'is an Error'],
  [Number.NaN, 'is NaN'],
])('a part that is %p is called what it is', (part, said) => {
  const refused = expect.objectContaining({ code: 'PART_INVALID', message: expect.stringContaining(said) })
  expect(() => prompt`a ${wrong(part)}`).toThrow(refused)
})

test('a constraint in a template is told that a hole gives it a name', () => {
  const refused = (said: string) =>
    expect.objectContaining({ code: 'PART_INVALID', message: expect.stringContaining(said) })
  expect(() => prompt`a ${wrong(words(1, 2))}`).toThrow(refused('is a constraint; it must be'))
  expect(() => prompt`a ${wrong(words(1, 2))}`).toThrow(refused("hole('name', constraint)"))
  expect(() => prompt`a ${wrong(/x/)}`).toThrow(refused("regex('name', pattern)"))
})

test.each<[string, () => unknown]>([
  ['seq()', () => seq(wrong(integer('age')), ' years')],
  ['and', () => and(wrong(integer('age')), /x/)],
  ['hole "size"', () => hole('size', wrong(integer('age')))],
])('a hole as a constraint is told where constraints of its name are: %s', (_, mistake) => {
  expect(mistake).toThrow(/the hole "age".*espalier\/constraint/)
})

test('false is nothing, so that a condition may stand before a part', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'good\n' }))
  const isLong: boolean = JSON.parse('false')
  const some = prompt`A: ${gen('a')}\n${isLong && prompt`B: ${gen('b')}`}${() => isLong && input('i')}`
  expect((await model.run(some)).text).toBe('A: good\n')
})

const file = path.resolve('models', 'no-such-file.gguf')

test.each<[string, () => unknown, RegExp]>([
  [
    'a path',
    () => load('models/no-such-file.gguf'),
    new RegExp(`no model file at ${file.replaceAll('\\', '.')}`),
  ],
  ['a folder', () => load('models'), /models is a folder/],
  ['another path', () => openModel('models/no-such-file.gguf'), new RegExp(path.dirname(file))],
  ['a vocabulary', () => loadVocab('models/no-such-file.gguf'), new RegExp(path.dirname(file))],
  ['options first', () => load(wrong({ contextTokens: 512 })), /an object.*options come second/i],
  ['a URL', () => load(wrong(new URL('file:///x.gguf'))), /a URL.*fileURLToPath/],
  ['no path', () => load(''), /empty text.*path of a GGUF file/],
  ...[0, -1, 1.5, '4096', Number.NaN, 1e12, null].map((count): [string, () => unknown, RegExp] => [
    `contextTokens ${count}`,
    () => load(undefined, { contextTokens: wrong(count) }),
    /^contextTokens of load\(\) is .*; expected a whole number from 1 to \d+\.$/,
  ]),
  ['queueMax', () => load(undefined, { queueMax: 0 }), /^queueMax of load\(\) is 0; .* 1 or more/],
  ['threads', () => load(undefined, { threads: 0 }), /^threads is 0; expected a whole number from 1 to \d+/],
  ['threads too', () => load(undefined, { threads: wrong('2') }), /^threads is "2"; expected/],
])('%s is told in the caller’s words', async (_name, mistake, said) => {
  await expect(mistake()).rejects.toThrow(said)
})

test.each<[string, () => unknown, RegExp]>([
  [
    'a date',
    () => jsonSchema(z.object({ a: z.object({ born: z.date() }) })),
    /Date.*at #\/properties\/a\/properties\/born\)/,
  ],
  ['a list', () => jsonSchema(z.array(z.object({ n: z.bigint() }))), /BigInt.*at #\/items\/properties\/n\)/],
  ['one of', () => jsonSchema(z.union([z.string(), z.map(z.string(), z.string())])), /Map.*at #\/anyOf\/1\)/],
  ['the whole', () => jsonSchema(z.date()), /Date.*at #\)/],
  ['a join', () => branches({ a: prompt`x` }, { join: wrong([',']) }), /join is an array/],
  ['items', () => each('a', wrong(new Set([1])), () => prompt`x`), /are a Set; they must be an array/],
  ['turns', () => repeat('a', wrong([]), { max: 2 }), /got an array instead of a prompt/],
  ['a score', () => bestOf(2, integer('a'), wrong('x')), /score of bestOf\(\) is "x"/],
  ['a check', () => gen('a', { check: wrong(/x/) }), /check of hole a is a RegExp/],
  ['a name', () => gen(wrong(['a'])), /name of a hole is an array/],
])('%s is called what it is, and where it is', (_name, mistake, said) => {
  expect(mistake).toThrow(said)
})

test('what a run is given is called what it is', async () => {
  const { model } = fakeModel(answers({}))
  const ask = prompt`A: ${input('who')} ${gen('a')}`
  const run = (given: unknown) => model.run(ask, wrong(given))
  await expect(run({ who: new Date() })).rejects.toThrow(
    /^The input who is a Date; it must be text or a finite number\. .*date\.toISOString\(\).*format/,
  )
  await expect(run({ who: ['x'] })).rejects.toThrow(/is an array; .*list\.join/)
  await expect(run({ who: true })).rejects.toThrow(/is true; .*value \? 'yes' : 'no'/)
  await expect(run({ who: {} })).rejects.toThrow(/is an object; .*JSON\.stringify/)
  await expect(run([])).rejects.toThrow('A run was given an array')
  await expect(run({ who: 'x', a: new Map() })).rejects.toThrow('hole a is a Map; it must be text')
  await expect(model.run(wrong(['x']))).rejects.toThrow('A run got an array instead of a prompt')
  await expect(run({ whom: 'x' })).rejects.toThrow('Did you mean who?')
})
