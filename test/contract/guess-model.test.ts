// Guesses as a user meets them: answers are those of a model that makes none, or part at a reported near tie; the
// ledger and the model's figures count what was computed for nothing. How many are made depends on what calls cost, so
// nothing here judges that.
import { gen, load, type Model, prompt, type RunEvent } from '../../lib/index.js'

const story = prompt`Anna wrote to the shop. The lamp was red and it was broken.
Again: ${gen('again', { tokensMax: 60, tokensMin: 60, temperature: 0.8 })}`

let guessing: Model
let plain: Model

beforeAll(async () => {
  guessing = await load(undefined, { gpu: false, threads: 1 })
  plain = await load(undefined, { gpu: false, threads: 1, guess: 'off' })
})
afterAll(async () => {
  await guessing.dispose()
  await plain.dispose()
})

const tiesOf = ({ trace }: { readonly trace: readonly RunEvent[] }): number[] =>
  trace.flatMap((event) => (event.type === 'near-tie' ? event.ties.map(({ position }) => position) : []))

test('answers asked for again are the same, or part where a near tie is told', async () => {
  for (const seed of [1, 2, 3]) {
    const expected = await plain.run(story, {}, { seed })
    expect(expected.ledger).toMatchObject({ guessed: 0, confirmed: 0 })
    for (let round = 0; round < 4; round++) {
      const before = guessing.stats()
      const run = await guessing.run(story, {}, { seed, fresh: true })
      const after = guessing.stats()
      const { guessed, confirmed, decoded } = run.ledger
      expect(guessed).toBeGreaterThanOrEqual(confirmed)
      expect([after.guessed - before.guessed, after.confirmed - before.confirmed]).toEqual([
        guessed,
        confirmed,
      ])
      expect(after.rows - before.rows).toBe(decoded + guessed - confirmed)
      const parts = run.tokens.findIndex((token, index) => token !== expected.tokens[index])
      if (parts >= 0) expect([...tiesOf(expected), ...tiesOf(run)]).toContain(parts)
    }
  }
  expect(plain.stats()).toMatchObject({ guessed: 0, confirmed: 0 })
})
