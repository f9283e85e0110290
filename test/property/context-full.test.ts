// Goal: no transcript is ever longer than the context, whatever it grows by; what has no room is a CapacityError, and
// what had room is what it is in a larger context. Method: random programs on the oracle, in contexts from far too
// small to just large enough.
//
// ESPALIER_PROGRAMS=200 tries more programs.
import { CapacityError, FillError } from '../../lib/index.js'
import { leftovers, nothingLeft, programModel } from '../support/program-model.js'
import { optionsOf, outcomeOf, roomy } from '../support/program-outcome.js'
import { randomProgram } from '../support/random-program.js'

const seeds = Array.from({ length: Number(process.env.ESPALIER_PROGRAMS ?? 9) }, (_, seed) => seed)
const quiet = (): void => undefined

test('a random program fits, or ends with a CapacityError', async () => {
  const ended = { fits: 0, refused: 0 }
  for (const seed of seeds) {
    const program = randomProgram(seed, quiet)
    const run = async (cells: number) => {
      const shared = programModel({ ...roomy, cells })
      try {
        return await shared.model.run(program, {}, optionsOf(seed))
      } finally {
        expect(await leftovers(shared)).toEqual(nothingLeft)
        await shared.model.dispose()
      }
    }
    let whole: Awaited<ReturnType<typeof run>>
    try {
      whole = await run(roomy.cells)
    } catch (error) {
      if (error instanceof FillError) continue
      throw error
    }
    const { length } = whole.tokens
    for (const cells of [8, length >> 1, length - 2, length - 1, length, length + 1, length + 600]) {
      try {
        const small = await run(cells)
        expect(small.tokens.length).toBeLessThanOrEqual(cells)
        if (cells === length + 600) expect(outcomeOf(small)).toEqual(outcomeOf(whole))
        ended.fits += 1
      } catch (error) {
        if (!(error instanceof FillError)) {
          expect(error).toBeInstanceOf(CapacityError)
          expect((error as Error).message).toMatch(/\d/)
          expect((error as Error).message).toMatch(/contextTokens/)
        }
        ended.refused += 1
      }
    }
  }
  expect(Math.min(ended.fits, ended.refused)).toBeGreaterThan(seeds.length)
}, 120_000)
