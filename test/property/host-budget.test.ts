// Goal: what all engines of a thread have parked stays within one budget, the quiet ones' included, and nobody's values
// change by it. Method: engines on the oracle whose parked tokens are said to be large.
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'
import { generateAlone } from '../support/oracle-reference.js'

const budget = 2 ** 30
const large = { cells: 256, batch: 64, bytesPerToken: 2 ** 20 }

async function fill(
  engine: ReturnType<typeof openOracle>['engine'],
  from: number,
  count: number,
): Promise<void> {
  for (let salt = from; salt < from + count; salt++) await engine.prefill(tokensOf(150, salt), null)
  await engine.settled()
}

test('engines share it: the one that parks leaves room, and quiet ones give up what is beyond their part', async () => {
  const [a, b, c] = [openOracle(large).engine, openOracle(large).engine, openOracle(large).engine]
  const held = () => [a, b, c].map(({ occupancy }) => occupancy.hostBytes)
  await fill(a, 1, 12)
  const alone = held()[0]!
  expect(alone).toBeGreaterThan(budget * 0.75)
  expect(alone).toBeLessThanOrEqual(budget)
  await fill(b, 20, 12)
  for (const engine of [a, b, c]) await engine.settled()
  expect(held()[0]!).toBeLessThan(alone)
  expect(held()[1]!).toBeGreaterThan(0)
  expect(held()[0]! + held()[1]!).toBeLessThanOrEqual(budget)
  await fill(c, 40, 12)
  for (const engine of [a, b, c]) await engine.settled()
  expect(held().reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(budget)
  expect(held().filter((bytes) => bytes > 0)).toHaveLength(3)
  for (const engine of [a, b, c]) {
    engine.checkIntegrity()
    const request = requestFor(tokensOf(150, 3), 4)
    const result = await engine.generate(request)
    expect([...result.tokens]).toEqual((await generateAlone(requestFor(tokensOf(150, 3), 4))).tokens)
  }
  await Promise.all([a, b, c].map((engine) => engine.dispose()))
})

test('who was given more may use it, and one that was disposed counts no more', async () => {
  const rich = openOracle(large, { hostBytesMax: 2 * budget }).engine
  await fill(rich, 1, 18)
  expect(rich.occupancy.hostBytes).toBeGreaterThan(budget * 1.5)
  await rich.dispose()
  const next = openOracle(large).engine
  await fill(next, 1, 12)
  expect(next.occupancy.hostBytes).toBeGreaterThan(budget * 0.75)
  await next.dispose()
})
