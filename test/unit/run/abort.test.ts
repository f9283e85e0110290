// Goal: no function of a caller's can make a run immortal, and leaving a run costs nobody else anything. Method: a
// table of every place that calls a caller's function times what the function may do there, then the same model again.

import { getEventListeners } from 'node:events'
import type { Model } from '../../../lib/model/model.js'
import { ask } from '../../../lib/prompt/ask.js'
import { branches, each } from '../../../lib/prompt/branches.js'
import { bestOf } from '../../../lib/prompt/choose.js'
import { gen, select } from '../../../lib/prompt/hole.js'
import type { Prompt } from '../../../lib/prompt/part.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const speak = answers({ 'Say: ': 'good\n', 'A: ': 'good\n', 'B: ': 'bad\n' })
// biome-ignore lint/suspicious/noExplicitAny: a function may return what the types forbid.
type Call = () => any
const say = prompt`Say: ${gen('a')}\n`
const fine = prompt`Say: ${gen('a')}\n${branches({ b: prompt`A: ${gen('x')}\n`, c: prompt`B: ${gen('x')}\n` })}`

/** Places that may be given a promise. */
const awaited: Readonly<Record<string, (call: Call) => Prompt>> = {
  check: (call) => prompt`Say: ${gen('a', { check: () => call() })}\n`,
  checkEvery: (call) => prompt`Say: ${gen('a', { check: () => call(), checkEvery: 'token' })}\n`,
  'check of a scored option': (call) =>
    prompt`Say: ${select('a', ['good', 'bad'], { by: 'logprob', check: () => call() })}\n`,
  checked: (call) => prompt`${checked(say, () => call())}`,
  score: (call) => prompt`${bestOf(2, say, () => call())}`,
  'an async function': (call) => prompt`${say}${async () => (await call()) && 'more'}`,
  'what a function promises': (call) => prompt`${say}${() => Promise.resolve(call()).then(() => null)}`,
  pick: (call) => prompt`${say}${ask('b', say, () => call())}`,
  'check in a branch': (call) =>
    prompt`Say: ${branches({ b: prompt`A: ${gen('x', { check: () => call() })}\n`, c: prompt`B: ${gen('x')}\n` })}`,
}
/** Places that must be answered at once. */
const immediate: Readonly<Record<string, (call: Call) => Prompt>> = {
  items: (call) => prompt`${say}${each('b', call, () => prompt`A: ${gen('x')}\n`)}`,
  item: (call) =>
    prompt`${say}${each(
      'b',
      () => [1],
      () => call(),
    )}`,
  join: (call) =>
    prompt`Say: ${branches({ b: prompt`A: ${gen('x')}\n`, c: prompt`B: ${gen('x')}\n` }, { join: () => call() })}`,
}
const aborted = { name: 'AbortError', code: 'ABORTED' }
const mine = new RangeError('mine')
const late: unknown[] = []
const keep = (error: unknown): void => void late.push(error)

beforeAll(() => void process.on('unhandledRejection', keep))
afterAll(() => {
  process.off('unhandledRejection', keep)
  expect(late).toEqual([])
})

interface Case {
  readonly model: Model
  readonly control: AbortController
}

interface Deed {
  readonly call: (on: Case) => unknown
  readonly ends: object
  /** Where the function must answer at once. */
  readonly endsAtOnce: object
  readonly closes?: true
}

const refused = { name: 'PromptError' }
const inAMoment = (work: () => void): void => void setImmediate(work)
const deeds: Readonly<Record<string, Deed>> = {
  'never settles': {
    call: ({ control }) => {
      inAMoment(() => control.abort(mine))
      return new Promise(() => undefined)
    },
    ends: { ...aborted, reason: mine },
    endsAtOnce: refused,
  },
  'never settles, and the model is disposed': {
    call: ({ model }) => {
      inAMoment(() => void model.dispose())
      return new Promise(() => undefined)
    },
    ends: { name: 'UsageError', code: 'CLOSED' },
    endsAtOnce: refused,
    closes: true,
  },
  throws: {
    call: () => {
      throw mine
    },
    ends: mine,
    endsAtOnce: mine,
  },
  rejects: { call: () => Promise.reject(mine), ends: mine, endsAtOnce: refused },
  'aborts its own signal': {
    call: ({ control }) => {
      control.abort(mine)
      return true
    },
    ends: { ...aborted, reason: mine },
    endsAtOnce: {},
  },
  'disposes the model': {
    call: ({ model }) => {
      void model.dispose()
      return true
    },
    ends: { name: 'UsageError', code: 'CLOSED' },
    endsAtOnce: {},
    closes: true,
  },
  'rejects after the abort': {
    call: ({ control }) => {
      inAMoment(() => control.abort(mine))
      return new Promise((_, reject) => inAMoment(() => inAMoment(() => reject(new Error('late')))))
    },
    ends: { ...aborted, reason: mine },
    endsAtOnce: refused,
  },
  'is a thenable that says both': {
    call: () => ({
      // biome-ignore lint/suspicious/noThenProperty: that is the mistake.
      then: (yes: (value: true) => void, no: (error: unknown) => void) => [yes(true), no(mine)],
    }),
    ends: {},
    endsAtOnce: refused,
  },
}
const table = [
  ...Object.keys(awaited).map((place) => [place, awaited[place]!, 'ends'] as const),
  ...Object.keys(immediate).map((place) => [place, immediate[place]!, 'endsAtOnce'] as const),
].flatMap(([place, make, ends]) =>
  Object.keys(deeds).map((deed) => [place, deed, make, deeds[deed]!, ends] as const),
)

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  )
}

test.each(table)('%s %s', async (_place, _deed, make, deed, ends) => {
  const { model } = fakeModel(speak)
  const control = new AbortController()
  // What already rejected is not this test's: nobody is asked to handle what a function of the caller's made.
  const call = (): unknown => {
    const made = deed.call({ model, control })
    if (made instanceof Promise) made.catch(() => undefined)
    return made
  }
  const error = await errorOf(model.run(make(call), {}, { signal: control.signal }))
  expect(getEventListeners(control.signal, 'abort')).toHaveLength(0)
  if (deed[ends] === mine) expect(error).toBe(mine)
  else if (error !== null) {
    expect(error).toMatchObject({ code: expect.any(String) })
    expect(error).toMatchObject(deed[ends])
  }
  if (deed.closes === true) return
  // Turns, listeners and the queue are all back: wide work on the same signal goes on.
  const { signal } = new AbortController()
  const runs = await Promise.all([1, 2, 3].map(() => model.run(fine, {}, { signal })))
  expect(runs.map((run) => run.values.b.x)).toEqual(['good', 'good', 'good'])
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('a check may run the same model, from within branches too', async () => {
  const { model } = fakeModel(speak)
  const inner = prompt`A: ${gen('x', { check: async () => (await model.run(fine)).values.b.x === 'good' || 'no' })}\n`
  const run = await model.run(prompt`Say: ${branches({ b: inner, c: inner, d: inner })}`)
  expect(run.values.d.x).toBe('good')
})

test('one listener on a signal, however many runs follow it, and none once they have ended', async () => {
  const { model } = fakeModel(speak)
  const { signal } = new AbortController()
  const runs = Array.from({ length: 50 }, () => model.run(fine, {}, { signal }))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await Promise.all(runs)
  for (let turn = 0; turn < 500; turn += 1) await model.run(prompt`only text`, {}, { signal })
  await errorOf(model.run(prompt`${gen('a')}`, {}, { signal }))
  for await (const event of model.stream(say, {}, { signal })) if (event.type === 'token') break
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

const forever = prompt`Say: ${gen('a', { check: () => new Promise<true>(() => undefined) })}\n`

test('a stream is left while a check is pending and a reader waits', async () => {
  const { model } = fakeModel(speak)
  for (const leave of ['return', 'throw', 'dispose'] as const) {
    const stream = model.stream(forever)
    let waiting: Promise<unknown> = stream.next()
    for (let read = 0; read < 20; read += 1) waiting = stream.next()
    if (leave === 'return') expect(await stream.return()).toEqual({ done: true, value: undefined })
    else if (leave === 'throw') await expect(stream.throw(mine)).rejects.toBe(mine)
    else await stream[Symbol.asyncDispose]()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  }
  expect((await model.run(fine)).values.b.x).toBe('good')
})

test('a stream is left before it began, and never begins', async () => {
  const { model, engine } = fakeModel(speak)
  const stream = model.stream(say)
  await stream.return()
  expect(await stream.next()).toEqual({ done: true, value: undefined })
  expect(engine.generates).toHaveLength(0)
})

test('readers that ask at once get the events in order, then the end', async () => {
  const { model } = fakeModel(speak)
  const stream = model.stream(say)
  const items = await Promise.all(Array.from({ length: 40 }, () => stream.next()))
  const kinds = items.map((item) => (item.done === true ? 'end' : item.value.type))
  expect(kinds[0]).toBe('text')
  expect(kinds.filter((kind) => kind === 'done')).toHaveLength(1)
  expect(kinds.slice(kinds.indexOf('done') + 1).every((kind) => kind === 'end')).toBe(true)
  const failing = model.stream(prompt`Say: ${gen('a', { check: () => Promise.reject(mine) })}\n`)
  const ends = await Promise.allSettled(Array.from({ length: 40 }, () => failing.next()))
  expect(ends.filter((end) => end.status === 'rejected').map((end) => end.reason)).toEqual([mine])
})

test('a stream whose reader sleeps ends with the model', async () => {
  const { model } = fakeModel(answers({ 'Say: ': 'x'.repeat(400) }))
  const stream = model.stream(prompt`Say: ${gen('text', { tokensMax: 400 })}`)
  await stream.next()
  for (let turns = 0; turns < 300; turns += 1) await new Promise((resolve) => setImmediate(resolve))
  await model.dispose()
  const read = async (): Promise<void> => {
    for await (const event of stream) expect(event.type).not.toBe('done')
  }
  await expect(read()).rejects.toMatchObject({ name: 'UsageError', code: 'CLOSED' })
})

test('a signal aborted before, or after all is done', async () => {
  const { model, engine } = fakeModel(speak)
  const reason = new Error('no')
  const signal = AbortSignal.abort(reason)
  await expect(model.run(say, {}, { signal })).rejects.toMatchObject({ ...aborted, reason })
  await expect(model.stream(say, {}, { signal }).next()).rejects.toMatchObject({ ...aborted, reason })
  expect(engine.generates).toHaveLength(0)
  const control = new AbortController()
  const run = await model.run(say, {}, { signal: control.signal })
  control.abort(reason)
  expect(run.values.a).toBe('good')
})
