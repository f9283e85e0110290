// Goal: a stream tells everything in order, waits for its reader, and ends cleanly however it ends. Method: streams
// over the fake engine, read fast, slowly, partly, and aborted.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Transcript } from '../../../lib/model/transcript.js'
import { branches } from '../../../lib/prompt/branches.js'
import { gen, select } from '../../../lib/prompt/hole.js'
import { json } from '../../../lib/prompt/json.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const speak = answers({ 'Say: ': 'the order is here\n', 'Kind: ': 'defect' })
const talk = prompt`Say: ${gen('text')}
Kind: ${select('kind', ['billing', 'defect'])}`

// Turns, not time: each gives the engine the chance of a step, however slow the machine is.
async function longEnough(): Promise<void> {
  for (let turns = 0; turns < 1000; turns++) await nextTurn()
}

test('texts and tokens of a stream make the text of the run, in order', async () => {
  const { model } = fakeModel(speak)
  const types: string[] = []
  let tokens = ''
  for await (const event of model.stream(talk)) {
    types.push(event.type)
    if (event.type === 'token' && event.hole === 'text') tokens += event.text
    if (event.type === 'done') expect(event.run.values).toEqual({ text: 'the order is here', kind: 'defect' })
  }
  expect(tokens).toBe('the order is here')
  expect(types[0]).toBe('text')
  expect(types.at(-1)).toBe('done')
  expect(types.at(-2)).toBe('usage')
  expect(types.filter((type) => type === 'hole-start')).toHaveLength(2)
  expect(types.filter((type) => type === 'hole-end')).toHaveLength(2)
})

test('a run draws no further while its events lie unread', async () => {
  const { model, engine } = fakeModel(answers({ 'Say: ': 'x'.repeat(400) }))
  const stream = model.stream(prompt`Say: ${gen('text', { tokensMax: 400 })}`)
  await stream.next()
  await longEnough()
  const drawn = engine.decoded
  await longEnough()
  expect(engine.decoded).toBe(drawn)
  expect(drawn).toBeLessThan(200)
  for await (const event of stream) if (event.type === 'done') expect(event.run.values.text).toHaveLength(400)
  expect(engine.decoded).toBeGreaterThan(390)
})

test('leaving the loop ends the run, and the model goes on working', async () => {
  const { model, engine } = fakeModel(answers({ 'Say: ': 'x'.repeat(400) }))
  for await (const event of model.stream(prompt`Say: ${gen('text', { tokensMax: 400 })}`)) {
    if (event.type === 'token') break
  }
  const drawn = engine.decoded
  await longEnough()
  expect(engine.decoded).toBe(drawn)
  expect(drawn).toBeLessThan(300)
  const run = await model.run(prompt`Say: ${gen('text', { tokensMax: 5 })}`)
  expect(run.values.text).toBe('xxxxx')
})

test('an aborted stream throws the abort', async () => {
  const { model } = fakeModel(answers({ 'Say: ': 'x'.repeat(400) }))
  const stop = new AbortController()
  const reason = new Error('enough')
  const read = async (): Promise<void> => {
    for await (const event of model.stream(
      prompt`Say: ${gen('text', { tokensMax: 400 })}`,
      {},
      { signal: stop.signal },
    )) {
      if (event.type === 'token') stop.abort(reason)
    }
  }
  await expect(read()).rejects.toMatchObject({ name: 'AbortError', code: 'ABORTED', reason })
})

test('branches are told apart', async () => {
  const { model } = fakeModel(speak)
  const both = prompt`On.
${branches({ a: prompt`Say: ${gen('text')}\n`, b: prompt`Kind: ${select('kind', ['billing', 'defect'])}\n` })}`
  const seen: string[] = []
  for await (const event of model.stream(both)) {
    if (event.type === 'branch-start' || event.type === 'branch-end')
      seen.push(`${event.type} ${event.branch}`)
    if (event.type === 'hole-end') seen.push(event.hole)
  }
  expect(seen.filter((name) => name.startsWith('branch-start'))).toEqual(['branch-start a', 'branch-start b'])
  expect(seen).toContain('a.text')
  expect(seen).toContain('b.kind')
  expect(seen.indexOf('a.text')).toBeLessThan(seen.indexOf('branch-end a'))
})

test('the value of a JSON hole is told as far as it goes', async () => {
  const { model } = fakeModel(answers({ 'Sheet: ': '{"name":"the order","tags":["good","bad"]}\n' }))
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
    required: ['name', 'tags'],
    additionalProperties: false,
  } as const
  const seen: string[] = []
  for await (const event of model.stream(prompt`Sheet: ${json('sheet', schema)}\n`)) {
    if (event.type === 'partial') seen.push(JSON.stringify(event.value))
    if (event.type === 'done')
      expect(event.run.values.sheet).toEqual({ name: 'the order', tags: ['good', 'bad'] })
  }
  expect(seen).toContain('{"name":"the order"}')
  expect(seen.at(-1)).toMatch(/^\{"name":"the order","tags":\["good"/)
})

test('a stream from a transcript tells what extending it does, and gives the new transcript', async () => {
  const { model } = fakeModel(speak)
  const base = await model.start(prompt`Talk. `)
  const extended = await base.extend(talk)
  let text = base.text
  let done = base as Transcript<unknown>
  for await (const event of base.stream(talk)) {
    if (event.type === 'text' || event.type === 'hole-end') text += event.text
    if (event.type === 'done') done = event.run
  }
  expect(text).toBe(extended.text)
  expect(done.text).toBe(extended.text)
  expect(done.values).toEqual(extended.values)
  expect(done.tokens).toEqual(extended.tokens)
  expect(base.text).toBe('Talk. ')
  const more = await done.extend(prompt` On.`)
  expect(more.text).toBe(`${extended.text} On.`)
})

test('leaving the stream of a transcript ends the run, and a mistake is told before any event', async () => {
  const { model, engine } = fakeModel(answers({ 'Say: ': 'x'.repeat(400) }))
  const base = await model.start(prompt`Say: `)
  for await (const event of base.stream(prompt`${gen('text', { tokensMax: 400 })}`)) {
    if (event.type === 'token') break
  }
  const drawn = engine.decoded
  await longEnough()
  expect(engine.decoded).toBe(drawn)
  expect(drawn).toBeLessThan(300)
  const wrong = base.stream(prompt`x`, { other: 'y' } as never)
  await expect(wrong.next()).rejects.toMatchObject({ code: 'INPUT_UNKNOWN' })
  await model.dispose()
  await expect(base.stream(prompt`x`).next()).rejects.toMatchObject({ code: 'CLOSED' })
})
