// The README's JavaScript runs as it stands and prints sensible values. What a stranger copies is what is judged.
import type { Ledger } from '../../lib/index.js'
import { readmeBlocks } from '../../scripts/readme-template.mjs'
import { printedBy } from '../support/run-code.js'

const [first, second, third, fourth, planned, tested, fifth, sixth, seventh, eighth] = readmeBlocks()

test('the first template copies name and order from the ticket, and the second run reuses the first', async () => {
  const printed = await printedBy(first!)
  expect(printed[0]![0]).toMatchObject({ customer: 'Maria Silva', order: 48213, category: 'defect' })
  const ledger = printed[1]![0] as Ledger
  expect(ledger.decoded).toBeLessThan(ledger.uncached)
  expect(printed[2]![0]).toMatch(/^(low|medium|high)$/)
  expect(printed[2]![1]).toBeGreaterThan(50)
})

test('the branches run', async () => {
  const printed = await printedBy(second!)
  expect(printed[0]!.map((word) => typeof word)).toEqual(['string', 'string'])
})

test('the programs rate reviews, write a list without repetition and agree on an answer', async () => {
  const printed = await printedBy(third!)
  const [moods, margin] = printed[0] as [{ label: string }[], number]
  expect(moods.map(({ label }) => label)).toEqual(['positive', 'negative', 'neutral'])
  expect(margin).toBeGreaterThan(0.5)
  const [things, answer] = printed[1] as [{ thing: string }[], number]
  expect(new Set(things.map(({ thing }) => thing)).size).toBe(things.length)
  expect(answer).toBe(93 - 47 + 38)
})

test('the conversation finds what was said before, and the stream ends with its value', async () => {
  const printed = await printedBy(fourth!)
  const reused = printed.slice(0, 2).map((line) => line[1] as number)
  expect(reused[1]).toBeGreaterThan(reused[0]!)
  const label = printed.at(-1)![0] as string
  expect(printed.slice(2, -1).flat().join('')).toBe(label)
})

test('a plan costs nothing, a label comes with its probability, and the run comes out again', async () => {
  const printed = await printedBy(planned!)
  const [prefilled, fits, tokens] = printed[0] as [number, string, number]
  expect(fits).toBe('yes')
  expect(prefilled).toBeGreaterThan(tokens)
  expect(printed[1]![0]).toEqual(['INPUT_EARLY'])
  const [mood, margin, logprob] = printed[2] as [string, number, number]
  expect(mood).toBe('neutral')
  expect(margin).toBeGreaterThan(0.3)
  expect(logprob).toBeLessThan(0)
  expect(printed[3]![0]).toBeGreaterThan(0)
  expect(printed[4]![0]).toMatchObject({ same: true, first: null })
})

test('a prompt is tested by a script: the check takes the second answer', async () => {
  expect(await printedBy(tested!)).toEqual([[{ urgency: 'high', days: 3 }, []]])
})

test('devices are listed, a model is measured, and what is used is told', async () => {
  const [listed, measured, used] = await printedBy(fifth!)
  expect(listed![0]).toContainEqual(expect.objectContaining({ name: 'CPU', type: 'cpu' }))
  expect(measured![0]).toMatchObject({ contextTokens: 2048, fits: true })
  expect(used![0]).toEqual(expect.any(Array))
})

test('adapters are chosen run by run, and without one both runs are the same', async () => {
  const [[plain, sung, adapters]] = (await printedBy(sixth!)) as [[string, string, object]]
  expect(sung).toBe(plain)
  expect(adapters).toEqual({})
})

test('texts about one thing are nearer to each other than to others', async () => {
  const [[near, far]] = (await printedBy(seventh!)) as [[number, number]]
  expect(near).toBeGreaterThan(far)
  expect(near).toBeLessThanOrEqual(1.001)
})

test('a matcher takes the text of a schema token by token, and knows that it is not whole', async () => {
  const printed = await printedBy(eighth!)
  expect(printed.slice(0, -1).every(([isTaken]) => isTaken)).toBe(true)
  expect(printed.at(-1)).toEqual([false])
})
