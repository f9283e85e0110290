// Goal: arrays, nothing, promises and async functions stand in a template as what they become, wherever a part may;
// what never comes ends with the run's signal, and what fails is the run's error and nobody else's. Method: the fake
// engine, programs written with them against the same written without.
import {
  AbortError,
  assistant,
  branches,
  checked,
  gen,
  input,
  type Prompt,
  prompt,
  user,
} from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const speak = answers({ 'A: ': 'good\n', 'B: ': 'bad\n', 'C: ': 'item\n' })
const a = prompt`A: ${gen('a')}\n`
const b = prompt`B: ${gen('b')}\n`
const plain = prompt`${a}${b}C: ${gen('c')}\n`

const ways: Readonly<Record<string, () => Prompt>> = {
  'an array': () => prompt`${[a, b]}C: ${gen('c')}\n`,
  'arrays in arrays': () => prompt`${[[[a]], [null, [b, 'C: ']]]}${[gen('c'), undefined, false]}\n`,
  'nothing in between': () => prompt`${null}${a}${undefined}${b}${[]}C: ${[gen('c')]}\n`,
  'a promise': () => prompt`${Promise.resolve(a)}${b}C: ${Promise.resolve(gen('c'))}\n`,
  'promises in an array': () => prompt`${[Promise.resolve([a]), b]}C: ${gen('c')}\n`,
  'an async function': () => prompt`${a}${async ({ a }: { a: string }) => a === 'good' && b}C: ${gen('c')}\n`,
  'an async function that makes others': () => prompt`${async () => [a, async () => b]}C: ${gen('c')}\n`,
  'what has a then': () =>
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
    prompt`${a}${{ then: (take: (part: unknown) => void) => take(b) } as PromiseLike<Prompt>}C: ${gen('c')}\n`,
}

test.each(Object.entries(ways))('%s is walked as its parts', async (_name, make) => {
  const { model, engine } = fakeModel(speak)
  const expected = await model.run(plain)
  const written = make()
  const run = await model.run(written)
  expect([run.text, run.values]).toEqual([expected.text, expected.values])
  expect([...run.tokens]).toEqual([...expected.tokens])
  const { decoded } = engine
  // A prompt is a value: a promise in it is there again.
  expect((await model.run(written)).text).toBe(expected.text)
  expect(engine.decoded - decoded).toBeLessThan(decoded)
  const inBranch = await model.run(prompt`X ${branches({ one: make() })}`)
  expect(inBranch.values).toEqual({ one: expected.values })
  const judged = await model.run(checked(make(), () => true))
  expect(judged.values).toEqual(expected.values)
})

test('arrays and async functions stand in messages', async () => {
  const model = scripted({ answer: 'Hello.' })
  const late = async () => [gen('answer')]
  const run = await model.run(prompt`${user`${['Hi', ' there']}`}${[assistant`${late}`]}`)
  expect(run.values).toEqual({ answer: 'Hello.' })
  expect(run.messages).toEqual([
    { role: 'user', content: 'Hi there' },
    { role: 'assistant', content: 'Hello.' },
  ])
})

test('a promise that is rejected ends the run that comes to it, and no other', async () => {
  const { model } = fakeModel(speak)
  const mine = new Error('mine')
  const failing = Promise.reject(mine)
  const never = prompt`${gen('x', { check: () => 'never', retries: 0 })}\n${failing}`
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  await expect(model.run(prompt`A: ${gen('a')}\n${failing}`)).rejects.toBe(mine)
  await expect(model.run(prompt`A: ${never}`)).rejects.toMatchObject({ code: 'ATTEMPTS_SPENT' })
  await expect(model.run(prompt`A: ${async () => Promise.reject(mine)}`)).rejects.toBe(mine)
  prompt`${Promise.reject(new Error('in a prompt nobody runs'))}`
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  expect((await model.run(plain)).values).toEqual({ a: 'good', b: 'bad', c: 'item' })
})

test('what never comes ends with the signal, and what comes must be a part', async () => {
  const { model } = fakeModel(speak)
  const forever = new Promise<string>(() => undefined)
  for (const part of [forever, () => forever]) {
    const controller = new AbortController()
    const waiting = model.run(prompt`A: ${gen('a')}\n${part}`, {}, { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 5)
    await expect(waiting).rejects.toBeInstanceOf(AbortError)
  }
  const nothing = prompt`A: ${async () => new Date() as never}`
  await expect(model.run(nothing)).rejects.toMatchObject({ code: 'PART_INVALID' })
  const again = prompt`${a}${Promise.resolve(a) as never}`
  await expect(model.run(again)).rejects.toMatchObject({ code: 'HOLE_NAME_TWICE' })
})

test('inputs are text, numbers, and what their format takes; once each', async () => {
  const { model } = fakeModel(speak)
  let calls = 0
  const format = (day: Date): string => {
    calls += 1
    return day.toISOString().slice(0, 10)
  }
  const dated = prompt`${input('day', { format })} ${input('n')} ${input('big')} A: ${gen('a')}\n${input('day')}`
  const given = { day: new Date(0), n: -0.5, big: 12345678901234567890n }
  await expect(model.run(dated, given as never)).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  calls = 0
  const both = prompt`${input('day', { format })} ${input('n')} ${input('big')} A: ${gen('a')}\n${input(
    'day',
    {
      format: (day: Date) => String(day.getTime()),
    },
  )}`
  const run = await model.run(both, given)
  expect(run.text).toBe('1970-01-01 -0.5 12345678901234567890 A: good\n0')
  expect(run.pieces.filter(({ kind }) => kind === 'input')).toHaveLength(4)
  expect(calls).toBe(1)
  const late = prompt`A: ${gen('a')}\n${() => prompt`on ${input('day', { format })}`}`
  expect((await model.run(late, { day: new Date(0) })).text).toBe('A: good\non 1970-01-01')
  const mine = new Error('mine')
  const throwing = input('x', {
    format: (): string => {
      throw mine
    },
  })
  await expect(model.run(prompt`A: ${gen('a')}\n${throwing}`, { x: 1 })).rejects.toBe(mine)
})
