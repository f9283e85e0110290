// The README's JavaScript runs as it stands and prints sensible values. What a stranger copies is what is judged.

import * as espalier from '../../lib/index.js'
import { readmeBlocks } from '../../scripts/readme-template.mjs'

const AsyncFunction = (async () => {}).constructor as new (
  ...source: string[]
) => (...given: unknown[]) => Promise<void>

/** Runs a block: its import from 'espalier' becomes a look at the sources, everything else stays as written. */
async function printedBy(block: string): Promise<unknown[][]> {
  const body = block.replace(/^import (\{[^}]*\}) from 'espalier'$/m, 'const $1 = espalier')
  expect(body).not.toBe(block)
  const printed: unknown[][] = []
  await new AsyncFunction('espalier', 'console', body)(espalier, {
    log: (...args: unknown[]) => printed.push(args),
  })
  return printed
}

const [first, second] = readmeBlocks()

test('the first template copies name and order from the ticket, and the second run reuses the first', async () => {
  const printed = await printedBy(first!)
  expect(printed[0]![0]).toMatchObject({ customer: 'Maria Silva', order: 48213, category: 'defect' })
  const ledger = printed[1]![0] as espalier.Ledger
  expect(ledger.decoded).toBeLessThan(ledger.uncached)
  expect(printed[2]![0]).toMatch(/^(low|medium|high)$/)
  expect(printed[2]![1]).toBeGreaterThan(50)
})

test('the branches run', async () => {
  const printed = await printedBy(second!)
  expect(printed[0]!.map((word) => typeof word)).toEqual(['string', 'string'])
})
