// Goal: what a dry run says a prompt would take is what it takes, and nothing is drawn, decoded or moved for that.
// Method: prompts over the oracle, whose runs' ledgers judge the explanation; each kind of note by a prompt that
// deserves it and one that does not.

import {
  assistant,
  beam,
  bestOf,
  branches,
  checked,
  each,
  gen,
  input,
  integer,
  json,
  type Prompt,
  prompt,
  regex,
  repeat,
  select,
  system,
  tool,
  tools,
  user,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { fakeModel } from '../../support/fake-model.js'
import { leftovers, nothingLeft, programModel } from '../../support/program-model.js'
import { crowded, optionsOf, roomy } from '../../support/program-outcome.js'
import { randomProgram } from '../../support/random-program.js'

const words = (count: number, word = 'alpha'): string => `${word} `.repeat(count)
const fresh = { fresh: true } as const

test('texts are told from what is cached by now, and the run says the same', async () => {
  const { model } = programModel(roomy)
  const form = prompt`${words(30)}${input('x')}${words(20, 'beta')}${integer('n', { min: 0, max: 9 })};`
  for (const [x, round] of [
    ['one', 0],
    ['one', 1],
    ['two', 2],
    ['one', 3],
  ] as const) {
    const { tokens, parts, fits, isOpen, sequencesMax } = await model.explain(form, { x })
    expect(parts.map(({ kind, path }) => [kind, path])).toEqual([
      ['text', ''],
      ['input', 'x'],
      ['text', ''],
      ['hole', 'n'],
      ['text', ''],
    ])
    expect([fits, isOpen, sequencesMax]).toEqual(['yes', false, 1])
    const run = await model.run(form, { x }, fresh)
    const { ledger } = run
    expect(tokens.reused + tokens.prefilled).toBeGreaterThan(0)
    // A token is decoded again for its logits, and the text behind the hole waits.
    expect(Math.abs(tokens.reused - ledger.reused - ledger.redecoded)).toBeLessThanOrEqual(1)
    expect(Math.abs(tokens.prefilled - ledger.prefilled - ledger.healed - ledger.spared)).toBeLessThanOrEqual(
      2,
    )
    if (round === 1) expect(tokens.prefilled).toBeLessThan(3)
    expect(tokens.forced + tokens.drawnMax).toBeGreaterThanOrEqual(ledger.sampled + ledger.forced)
  }
  await model.dispose()
})

test('an input breaks what stands behind it, and the order that shares more is told', async () => {
  const { model } = programModel(roomy)
  const early = await model.explain(prompt`a ${input('x')}${words(20)}.${gen('t')}`, { x: 'b' })
  const late = await model.explain(prompt`${words(20)}${input('x')} a${gen('t')}`, { x: 'b' })
  const breaksOf = ({ parts }: typeof early) => parts.find(({ kind }) => kind === 'input')!.breaks
  expect(breaksOf(early)).toBeGreaterThan(20)
  expect(breaksOf(late)).toBeLessThan(10)
  expect(early.notes.map(({ code, path }) => [code, path])).toEqual([['INPUT_EARLY', 'x']])
  expect(late.notes).toEqual([])
})

const noted: readonly [string, string, Prompt, readonly string[]][] = [
  ['a space before a hole', 'SPACE_BEFORE_HOLE', prompt`a: ${gen('h', { stop: '.', heal: false })}`, ['h']],
  ['a space that heals', '', prompt`a: ${gen('h', { stop: '.' })}`, []],
  ['a line before a hole', '', prompt`a:\n${gen('h', { stop: '.' })}`, []],
  ['a text before a hole', 'TEXT_WITHOUT_END', prompt`a:${gen('h')}${gen('i')}`, ['h']],
  ['a text before a text', '', prompt`a:${gen('h')}.${gen('i')}`, []],
  ['options within options', 'OPTION_BEGINS_OPTION', prompt`a:${select('h', ['no', 'yes', 'not'])};`, ['h']],
  ['options apart', '', prompt`a:${select('h', ['no', 'yes'])};`, []],
  [
    'a hole that is too long',
    'HOLE_LONGER_THAN_CONTEXT',
    prompt`a:${gen('h', { tokensMax: 1 << 20 })}`,
    ['h'],
  ],
]
test.each(noted)('%s', async (_name, code, form, paths) => {
  const { model } = programModel(roomy)
  const { notes } = await model.explain(form as Prompt<unknown, unknown, unknown>)
  expect(notes.map((note) => note.path)).toEqual(paths)
  for (const note of notes)
    expect([note.code, note.message]).toEqual([code, expect.stringMatching(/^.{20,}\.$/)])
})

test.each([
  ['one digit', integer('h', { min: 0, max: 9 }), 2],
  ['a choice', select('h', ['no', 'never']), 5],
  ['a pattern', regex('h', /é{2}x?/), 5],
  ['a text', gen('h', { tokensMax: 7 }), 7],
  ['any number', integer('h', { tokensMax: 3 }), 3],
  [
    'a value',
    json('h', {
      type: 'object',
      properties: { a: { type: 'boolean' } },
      required: ['a'],
      additionalProperties: false,
    }),
    13,
  ],
])('%s is no longer than it can be', async (_name, hole, most) => {
  const { model } = programModel(roomy)
  const { tokens } = await model.explain(prompt`a:${hole}`)
  expect(tokens.forced + tokens.drawnMax).toBeLessThanOrEqual(most)
  expect(tokens.forced + tokens.drawnMax).toBeGreaterThan(0)
})

test('a beginning that is forced is told', async () => {
  const { model } = programModel(roomy)
  const hole = regex('h', /always the same [a-c]/)
  const { tokens } = await model.explain(prompt`a:${hole}`)
  const run = await model.run(prompt`a:${hole}`)
  expect(tokens.forced).toBe(run.ledger.forced)
  expect(tokens.forced).toBeGreaterThan(0)
})

test('what depends on values is open, and no function runs', async () => {
  const never = () => {
    throw new Error('a function ran')
  }
  const { model } = programModel(roomy)
  const check = never as never
  const parts = [
    never,
    each('list', never, never),
    checked(prompt`${gen('a', { check, stop: '.' })}`, check),
    bestOf(3, gen('b', { stop: '.' }), never),
  ] as const
  for (const part of parts) {
    const { isOpen, parts: told } = await model.explain(prompt`a${part as Prompt}`)
    expect(isOpen).toBe(told.some(({ kind }) => kind === 'open'))
  }
  expect((await model.explain(prompt`a${never as () => string}` as Prompt)).isOpen).toBe(true)
  expect((await model.explain(prompt`a${parts[2] as Prompt}`)).isOpen).toBe(false)
})

test('side by side costs sequences and cells, one behind the other does not', async () => {
  const { model } = programModel(roomy)
  const one = prompt`b${gen('t', { tokensMax: 10, stop: '.' })}`
  const of = async (form: Prompt) => {
    const { sequencesMax, cellsMax, transcriptMax, tokens } = await model.explain(form)
    return { sequencesMax, cellsMax, transcriptMax, drawnMax: tokens.drawnMax }
  }
  expect(await of(prompt`a${one}`)).toEqual({
    sequencesMax: 1,
    cellsMax: 12,
    transcriptMax: 12,
    drawnMax: 10,
  })
  expect(await of(prompt`a${branches({ x: one, y: one }, { join: null })}`)).toEqual({
    sequencesMax: 2,
    cellsMax: 22,
    transcriptMax: 12,
    drawnMax: 20,
  })
  expect(await of(prompt`a${each('l', [1, 2, 3], () => one, { join: null })}`)).toMatchObject({
    sequencesMax: 3,
    drawnMax: 30,
  })
  expect(await of(prompt`a${bestOf(4, one, () => 1)}`)).toMatchObject({
    sequencesMax: 4,
    drawnMax: 40,
    transcriptMax: 12,
  })
  expect(await of(prompt`a${repeat('r', one, { min: 1, max: 5 })}`)).toMatchObject({
    sequencesMax: 1,
    drawnMax: 50,
  })
  expect(await of(prompt`a${beam(3, regex('t', /[ab]{4}/))}`)).toMatchObject({
    sequencesMax: 3,
    transcriptMax: 6,
  })
})

test('whether it fits is told where a run is refused', async () => {
  const fits = async (form: Prompt) => (await scripted([], { contextTokens: 20 }).explain(form)).fits
  expect(await fits(prompt`a b c ${gen('t', { tokensMax: 10 })}`)).toBe('yes')
  expect(await fits(prompt`a b c ${gen('t', { tokensMax: 100 })}`)).toBe('maybe')
  expect(await fits(prompt`${words(30)}${gen('t', { tokensMax: 1 })}`)).toBe('no')
  expect(await fits(prompt`${words(19)}${gen('t', { tokensMax: 1 })} ${words(10)}`)).toBe('no')
})

test('a conversation is told with the marks of its template, and from where it goes on', async () => {
  const template =
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}' +
    '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
  const { model, engine } = fakeModel(() => 'good', { chatTemplate: template })
  const turn = prompt`${user`${input('q')}`}${assistant`${gen('a', { tokensMax: 4 })}`}`
  const start = await model.start(prompt`${system`Be brief.`}`)
  const { decoded } = engine
  const told = await start.explain(turn, { q: 'why?' })
  expect(engine.decoded).toBe(decoded)
  expect(told.before).toBe(start.tokens.length)
  expect(told.parts.map(({ kind, path }) => [kind, path])).toEqual([
    ['mark', ''],
    ['input', 'q'],
    ['mark', ''],
    ['hole', 'a'],
    ['mark', ''],
  ])
  const run = await start.extend(turn, { q: 'why?' })
  const known = told.parts.reduce(
    (sum, { reused, restored, prefilled }) => sum + reused + restored + prefilled,
    0,
  )
  const own = run.pieces
    .filter(({ kind }) => kind === 'generated')
    .reduce((sum, { text }) => sum + text.length, 0)
  expect(Math.abs(run.tokens.length - told.before - known)).toBeLessThanOrEqual(own + 1)
})

test('of tools it is told what stands before them, and the rest is open', async () => {
  const model = scripted([])
  const days = tool({ type: 'object', properties: { city: { type: 'string' } } }, () => 3)
  const told = await model.explain(prompt`${user`How long?`}${tools({ days }, { answer: gen('answer') })}`)
  expect(told.parts.map(({ kind }) => kind)).toEqual(['mark', 'text', 'mark', 'open'])
  expect(told.isOpen).toBe(true)
})

test('what a run refuses before any work is refused', async () => {
  const { model } = programModel(roomy)
  await expect(model.explain(prompt`${input('x')}`, {} as never)).rejects.toMatchObject({
    code: 'INPUT_MISSING',
  })
  await expect(model.explain(prompt`a`, {}, { seed: -1 })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  await model.dispose()
  await expect(model.explain(prompt`a`)).rejects.toMatchObject({ code: 'CLOSED' })
})

test('random programs are explained without a trace in the engine, and take no more than was said', async () => {
  let judged = 0
  for (let seed = 0; seed < 40; seed += 1) {
    const shared = programModel(seed % 2 === 0 ? roomy : crowded)
    let calls = 0
    const program = randomProgram(seed, (event) => {
      // What items there are is known before.
      if (event !== 'item') calls += 1
    })
    const rows = shared.context.rowsDecoded
    const told = await shared.model.explain(program, {}, optionsOf(seed))
    expect([calls, shared.context.rowsDecoded]).toEqual([0, rows])
    expect(await leftovers(shared)).toEqual(nothingLeft)
    const run = await shared.model.run(program, {}, { ...optionsOf(seed), ...fresh }).catch(() => null)
    if (run === null || told.isOpen) continue
    judged += 1
    // Where texts meet values a few tokens more or less spell the same.
    const holes = told.parts.length
    expect(run.tokens.length).toBeLessThanOrEqual(told.transcriptMax + 2 * holes)
    await shared.model.dispose()
  }
  expect(judged).toBeGreaterThan(5)
})
