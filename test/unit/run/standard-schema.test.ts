// Holes of schemas that promise to tell whether a value is right: a run waits for them as for a check, and no longer.
import { z } from 'zod'
import { beam } from '../../../lib/prompt/choose.js'
import { json } from '../../../lib/prompt/json.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const digit = z.int().min(0).max(9)
const even = digit.refine(async (value) => value % 2 === 0, 'is odd')

test('a value that is rejected later is filled again', async () => {
  const { model } = fakeModel(answers({ 'A: ': '3\n' }))
  const run = await model.run(prompt`A: ${json('n', even, { retries: 20 })}\n`)
  expect([0, 2, 4, 6, 8]).toContain(run.values.n)
  expect(run.ledger.rolledBack).toBeGreaterThan(0)
})

test('the value is what the promise gives', async () => {
  const { model } = fakeModel(answers({ 'A: ': '3\n' }))
  const shown = digit.transform(async (value) => `<${value}>`)
  const run = await model.run(prompt`A: ${json('n', shown)}\n`)
  expect(run.values.n).toBe('<3>')
  const best = await model.run(prompt`A: ${beam(2, json('n', shown))}\n`)
  expect(best.values.n).toMatch(/^<\d>$/)
})

test('known values are judged by the promise, too', async () => {
  const { model } = fakeModel(answers({}))
  const template = prompt`A: ${json('n', even)}\n`
  expect((await model.run(template, { n: 4 })).values.n).toBe(4)
  await expect(model.run(template, { n: 3 })).rejects.toMatchObject({ code: 'KNOWN_VALUE_INVALID' })
})

test('nobody waits for a promise past an abort', async () => {
  const { model } = fakeModel(answers({ 'A: ': '3\n' }))
  const never = digit.refine(() => new Promise<boolean>(() => undefined))
  const controller = new AbortController()
  const runs = [{}, { n: 3 }].map((given) =>
    model.run(prompt`A: ${json('n', never)}\n`, given, { signal: controller.signal }),
  )
  setTimeout(() => controller.abort(), 20)
  for (const run of await Promise.allSettled(runs)) {
    expect(run).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } })
  }
})

test('what a validation throws is its own', async () => {
  const { model } = fakeModel(answers({ 'A: ': '3\n' }))
  const { jsonSchema } = digit['~standard']
  const validate = (): Promise<never> => Promise.reject(new Error('no database'))
  const broken = { '~standard': { version: 1, vendor: 'other', validate, jsonSchema } }
  await expect(model.run(prompt`A: ${json('n', broken)}\n`)).rejects.toThrow('no database')
})
