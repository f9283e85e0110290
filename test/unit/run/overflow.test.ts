// Goal: at the end of the context nothing is lost unasked, and with overflow a run goes on, decoding only what is new.
// Method: the fake engine for what is said where; the oracle for what it costs and who finds it.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Transcript } from '../../../lib/model/transcript.js'
import { branches } from '../../../lib/prompt/branches.js'
import { gen, integer, select } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { fakeModel } from '../../support/fake-model.js'
import { programModel } from '../../support/program-model.js'

const endless = (): string => 'word '
const say = prompt`Say: ${gen('a', { tokensMax: 500 })}`
const turn = prompt`\nQ: ${input('question')}\nA: ${gen('answer', { tokensMax: 9, stop: '\n' })}`
const head = prompt`Answer in a few words.`

test('a text ends with the context; nothing drawn is lost', async () => {
  const { model } = fakeModel(endless, { contextTokens: 40 })
  const run = await model.run(say)
  expect(run.tokens.length).toBe(40)
  expect(run.text).toBe(`Say: ${run.values.a}`)
  expect(run.trace.filter((event) => event.type === 'warning')).toHaveLength(1)
})

test('a value that is not text is told with what there is of it', async () => {
  const { model } = fakeModel(() => '1', { contextTokens: 18 })
  const run = model.run(prompt`Number: ${integer('n', { min: 0 })}\n`)
  await expect(run).rejects.toMatchObject({ code: 'CONTEXT_FULL', name: 'CapacityError' })
  await expect(run).rejects.toThrow(/"1{3,}"/)
})

test('what can not fit is refused, the beginning before any work', async () => {
  const { model, engine } = fakeModel(endless, { contextTokens: 40 })
  const long = 'x y z '.repeat(20)
  const options = [{}, { overflow: 'shift' as const }, { overflow: { keep: 3 } }]
  for (const option of options) {
    const run = model.run(prompt`${input('text')}${gen('a')}`, { text: long }, option)
    await expect(run).rejects.toMatchObject({ code: 'PROMPT_TOO_LONG' })
  }
  expect(engine.generates).toHaveLength(0)
  const after = prompt`Say: ${gen('a', { tokensMax: 3 })}. ${input('text')}`
  await expect(model.run(after, { text: long })).rejects.toMatchObject({ code: 'CONTEXT_FULL' })
})

test('a wrong overflow is refused by name; memories that can not shift say so', async () => {
  const { model } = fakeModel(endless, { contextTokens: 40 })
  for (const overflow of ['drop', null, true, {}, { keep: 0 }, { keep: 1.5 }, { keep: 39 }, { keep: '3' }]) {
    const run = model.run(say, {}, { overflow: overflow as 'shift' })
    await expect(run).rejects.toMatchObject({ code: 'OPTION_INVALID', name: 'PromptError' })
  }
  const recurrent = programModel({ memory: 'recurrent' })
  const refused = { code: 'NO_SHIFT', name: 'CapabilityError' }
  await expect(recurrent.model.run(say, {}, { overflow: 'shift' })).rejects.toMatchObject(refused)
  expect(recurrent.context.stepCount).toBe(0)
  const start = await recurrent.model.start(head)
  await expect(start.drop({ from: 2, until: 4 })).rejects.toMatchObject(refused)
})

async function talk(turns: number, options: { overflow?: 'shift' | { keep: number } }) {
  const opened = programModel({ cells: 128 })
  let transcript: Transcript<object> = await opened.model.start(head)
  const texts = [transcript.text]
  const shifts: Transcript<object>[] = []
  for (let index = 0; index < turns; index += 1) {
    const before = transcript
    const question = `what about number ${index}?`
    transcript = await before.extend(turn, { question }, { seed: index, temperature: 1, ...options })
    texts.push(`\nQ: ${question}\nA: ${(transcript.values as { answer: string }).answer}`)
    if (transcript.tokens.length < before.tokens.length) shifts.push(transcript)
    expect(transcript.tokens.length).toBeLessThanOrEqual(128)
    opened.engine.checkIntegrity()
  }
  return { ...opened, transcript, text: texts.join(''), shifts }
}

test('a talk longer than the context stops without overflow and goes on with it', async () => {
  await expect(talk(12, {})).rejects.toMatchObject({ name: 'CapacityError' })
  for (const overflow of ['shift', { keep: 5 }] as const) {
    const { engine, context, matchersOpen, shifts, transcript, text } = await talk(30, { overflow })
    expect(transcript.text).toBe(text)
    expect(shifts.length).toBeGreaterThan(5)
    const keep = overflow === 'shift' ? 23 : 5
    for (const { ledger, tokens } of shifts) {
      // The tail went on in its cells: what is decoded is the new turn, and a token at a joint.
      expect(ledger.decoded).toBeLessThan(45)
      expect(ledger.reused + ledger.decoded).toBeGreaterThanOrEqual(tokens.length - 1)
      expect(ledger.prefilled).toBeLessThan(35)
      expect(tokens.slice(0, keep)).toEqual(transcript.tokens.slice(0, keep))
    }
    await engine.settled()
    expect(engine.occupancy).toMatchObject({ leasesWorking: 0, cellsLocked: 0, requestsOpen: 0 })
    expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
    expect(matchersOpen()).toBe(0)
  }
})

test('tokens before a hole make room for its value; the value itself is never cut', async () => {
  const { model } = programModel({ cells: 128 })
  const start = await model.start(prompt`Answer.\n${input('text')}`, {
    text: 'some words of no use. '.repeat(4),
  })
  const long = await start.extend(
    prompt`\nA: ${gen('a', { tokensMax: 400 })}`,
    {},
    { overflow: 'shift', temperature: 1 },
  )
  expect(long.tokens.length).toBeLessThanOrEqual(128)
  expect(long.text.endsWith(long.values.a)).toBe(true)
  expect(long.text.startsWith('Answer.\nsome words')).toBe(true)
  const { ledger } = long
  expect(ledger.sampled).toBeGreaterThan(0)
})

test('branches that overflow side by side keep apart, and an abort in the middle leaves nothing behind', async () => {
  const shifts: string[] = []
  const { model, engine, context, matchersOpen } = programModel({
    cells: 256,
    onStep: ({ ops }) => shifts.push(...ops.map(({ kind }) => kind).filter((kind) => kind === 'shift')),
  })
  const start = await model.start(prompt`Think.\n${input('text')}`, {
    text: 'some words of use. '.repeat(12),
  })
  const side = (name: string) => prompt`\n${name}: ${gen('a', { tokensMax: 40 })}`
  const both = prompt`${branches({ pro: side('pro'), con: side('con') })}`
  for (let after = 0; after < 12; after += 1) {
    const stop = new AbortController()
    const run = start.extend(
      both,
      {},
      { overflow: 'shift', temperature: 1, seed: after, signal: stop.signal },
    )
    for (let turns = 0; turns < after; turns += 1) await nextTurn()
    if (after < 11) stop.abort('enough')
    await run.then(
      ({ values }) => expect(Object.keys(values)).toEqual(['pro', 'con']),
      (error: Error) => expect(error.name).toBe('AbortError'),
    )
    await engine.settled()
    engine.checkIntegrity()
    expect(engine.occupancy).toMatchObject({ leasesWorking: 0, cellsLocked: 0, requestsOpen: 0 })
    expect(engine.occupancy.cellsLive).toBe(context.cellsUsed)
    expect(matchersOpen()).toBe(0)
  }
  // Mostly there is no room to copy a shared tail: then the shorter text is decoded again.
  expect(shifts.length).toBeGreaterThan(0)
})

test('options are scored though they would not fit', async () => {
  const { model } = programModel({ cells: 64 })
  const start = await model.start(prompt`Choose.\n${input('text')}`, { text: 'xyzxyzx'.repeat(7) })
  const choice = prompt`${select('s', ['the first of all', 'another'], { by: 'logprob' })}`
  await expect(start.extend(choice)).rejects.toMatchObject({ name: 'CapacityError' })
  const run = await start.extend(choice, {}, { overflow: 'shift' })
  expect(['the first of all', 'another']).toContain(run.values.s)
})

test('drop takes a range out, decodes nothing, and leaves the transcript it came from as it was', async () => {
  const { model, engine, context } = programModel()
  const start = await model.start(prompt`One two three four five six seven eight nine ten.`)
  const rows = context.rowsDecoded
  const dropped = await start.drop({ from: 4, until: 24 })
  expect([...dropped.tokens]).toEqual([...start.tokens.slice(0, 4), ...start.tokens.slice(24)])
  expect(context.rowsDecoded).toBe(rows)
  expect(dropped.text).toBe(start.text)
  const next = await dropped.extend(prompt` And ${gen('a', { tokensMax: 4 })}`)
  expect(next.ledger.reused).toBeGreaterThanOrEqual(dropped.tokens.length - 2)
  const cut = await start.drop({ from: 10, until: start.tokens.length })
  expect(cut.tokens).toEqual(start.tokens.slice(0, 10))
  for (const range of [{ from: 0, until: 3 }, { from: 3, until: 3 }, { from: 1, until: 99 }, {}, null])
    await expect(start.drop(range as { from: 1; until: 2 })).rejects.toMatchObject({
      code: 'RANGE_INVALID',
      name: 'UsageError',
    })
  engine.checkIntegrity()
})
