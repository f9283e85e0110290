// Goal: a choice by log-probability is what the model's own distribution over whole options says: drawn as often, and
// taken against neutral text where asked. Method: the oracle's scores, added up by `score`, are the analytic
// distribution; draws over many seeds are judged by chi-square; scripts give the probabilities themselves.
import { type ChoiceScores, gen, input, prompt, type SelectOptions, select } from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { programModel } from '../../support/program-model.js'

const names = ['alpha', 'alps', 'beta', 'b', 'gamma'] as const
const exact = { by: 'logprob', draw: 'exact' } as const

/** 99.9% of draws from the distribution stay below, by degrees of freedom. */
const chiSquareMax = [0, 10.83, 13.82, 16.27, 18.47, 20.52]

function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0)
  return counts.reduce(
    (sum, count, index) => sum + (count - all * shares[index]!) ** 2 / (all * shares[index]!),
    0,
  )
}

test.each([20, 40])('exact draws at temperature %d come as often as the sums say', async (temperature) => {
  const { model } = programModel({}, 1 << 16)
  const hole = select('name', names, { ...exact, temperature })
  const counts = names.map(() => 0)
  let scores: ChoiceScores | undefined
  for (let seed = 0; seed < 1500; seed += 1) {
    const run = await model.run(prompt`Ask: ${hole}`, {}, { seed })
    counts[names.indexOf(run.values.name)]! += 1
    scores = run.choices.get('name')!
  }
  const scored = await model.score('Ask: ', names)
  const weights = scored.map(({ sum }) => Math.exp((sum - scored[0]!.sum) / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = weights.map((weight) => weight / total)
  for (const [index, { probability, sum }] of scores!.options.entries()) {
    expect(sum).toBe(scored[index]!.sum)
    expect(probability).toBeCloseTo(shares[index]!, 12)
  }
  expect(Math.min(...shares) * 1500).toBeGreaterThan(5)
  expect(chiSquare(counts, shares)).toBeLessThan(chiSquareMax[names.length - 1]!)
  await model.dispose()
})

test('a script gives the probabilities that are drawn from', async () => {
  const model = scripted({ mood: { good: 0.7, bad: 0.25, none: 0.05 } })
  const moods = ['good', 'bad', 'none'] as const
  const counts = [0, 0, 0]
  for (let seed = 0; seed < 1500; seed += 1) {
    const run = await model.run(prompt`Mood: ${select('mood', moods, exact)}\n`, {}, { seed })
    counts[moods.indexOf(run.values.mood)]! += 1
  }
  expect(chiSquare(counts, [0.7, 0.25, 0.05])).toBeLessThan(chiSquareMax[2]!)
})

test('an exact draw depends on the seed, is the best at temperature 0, and is made again after a check', async () => {
  const { model } = programModel({}, 1 << 16)
  const run = (options: SelectOptions<string>, seed: number) =>
    model.run(prompt`Ask: ${select('name', names, options)}`, {}, { seed })
  const warm = { ...exact, temperature: 40 }
  const drawn = await Promise.all(Array.from({ length: 30 }, (_, seed) => run(warm, seed)))
  expect(new Set(drawn.map(({ values }) => values.name)).size).toBeGreaterThan(2)
  expect((await run(warm, 3)).values).toEqual(drawn[3]!.values)
  const cold = await run({ ...exact, temperature: 0 }, 5)
  const { options, by } = cold.choices.get('name')!
  expect(by).toBe('sum')
  const best = [...options].sort((a, b) => b.sum - a.sum)[0]!.option
  expect(cold.values.name).toBe(best)
  expect(options.find(({ option }) => option === best)!.probability).toBe(1)
  const rejects = drawn[3]!.values.name
  const other = await run({ ...warm, check: (name: string) => name !== rejects || 'not that', retries: 4 }, 3)
  expect(other.values.name).not.toBe(rejects)
  await model.dispose()
})

describe('calibrated scores', () => {
  const review = prompt`Review: ${input('review')}\nMood: `
  const given = { review: 'I hated the food.' }

  test.each(['sum', 'mean'] as const)('are the %s, less that with neutral inputs', async (score) => {
    const { model } = programModel()
    const hole = select('name', names, { by: 'logprob', calibrate: true, score })
    const run = await model.run(prompt`${review}${hole}`, given)
    const own = await model.score(`Review: ${given.review}\nMood: `, names)
    const neutral = await model.score('Review: N/A\nMood: ', names)
    const { options } = run.choices.get('name')!
    for (const [index, { calibrated }] of options.entries()) {
      expect(calibrated).toBeCloseTo(own[index]![score] - neutral[index]![score], 9)
    }
    const best = [...options].sort((a, b) => b.calibrated! - a.calibrated!)[0]!
    expect(run.values.name).toBe(best.option)
    expect(options.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9)
    expect(run.ledger.healed).toBe(0)
    await model.dispose()
  })

  test('are taken against a text that is given', async () => {
    const { model } = programModel()
    const hole = select('name', names, { by: 'logprob', calibrate: 'Mood: ', score: 'sum' })
    const run = await model.run(prompt`Review: fine.\nMood: ${hole}`)
    const own = await model.score('Review: fine.\nMood: ', names)
    const neutral = await model.score('Mood: ', names)
    for (const [index, { calibrated }] of run.choices.get('name')!.options.entries()) {
      expect(calibrated).toBeCloseTo(own[index]!.sum - neutral[index]!.sum, 9)
    }
    const plain = await model.run(prompt`Review: fine.\nMood: ${select('name', names, { by: 'logprob' })}`)
    expect(plain.choices.get('name')!.options.every(({ calibrated }) => calibrated === null)).toBe(true)
    await model.dispose()
  })

  test('may be drawn from', async () => {
    const { model } = programModel({}, 1 << 16)
    const hole = select('name', names, { ...exact, calibrate: true, temperature: 30 })
    const seen = new Set<string>()
    for (let seed = 0; seed < 30; seed += 1) {
      seen.add((await model.run(prompt`${review}${hole}`, given, { seed })).values.name)
    }
    expect(seen.size).toBeGreaterThan(2)
    await model.dispose()
  })

  test('need an input, or a text', async () => {
    const { model } = programModel()
    const run = model.run(prompt`Mood: ${select('name', names, { by: 'logprob', calibrate: true })}`)
    await expect(run).rejects.toMatchObject({ name: 'PromptError', code: 'CALIBRATION_NEEDS_INPUT' })
    await model.dispose()
  })

  test('leave a script as it is', async () => {
    const model = scripted({ mood: { good: 0.3, bad: 0.7 } })
    const hole = select('mood', ['good', 'bad'], { by: 'logprob', calibrate: true })
    const run = await model.run(prompt`Review: ${input('review')}\nMood: ${hole}\n`, given)
    expect(run.values.mood).toBe('bad')
  })
})

test('what ends an option is scored with it', async () => {
  const { model } = programModel()
  const run = await model.run(
    prompt`Ask: ${select('name', names, { by: 'logprob', score: 'sum', logprobs: 1 })}\nand`,
  )
  const alone = await model.score('Ask: ', names)
  const { options } = run.choices.get('name')!
  for (const [index, { sum, tokens }] of options.entries()) {
    expect(sum).toBeLessThan(alone[index]!.sum)
    expect(tokens).toBe(alone[index]!.logprobs.length + 1)
  }
  // It is no part of the value.
  const chosen = alone[names.indexOf(run.values.name)]!
  expect(run.logprob('name')).toBe(chosen.sum)
  expect(run.distortion('name')).toBe(0)
  await model.dispose()
})

test.each([
  [{ by: 'logprob', draw: 'some' }, 'draw'],
  [{ by: 'logprob', draw: 'exact', score: 'mean' }, 'score'],
  [{ by: 'logprob', calibrate: '' }, 'calibrate'],
  [{ by: 'logprob', calibrate: false }, 'calibrate'],
  [{ by: 'logprob', calibrate: true, score: 'unconditional' }, 'calibrate'],
  [{ by: 'logprob', temperature: 1 }, 'temperature'],
  [{ by: 'logprob', seed: 1 }, 'seed'],
  [{ by: 'logprob', draw: 'exact', topK: 3 }, 'topK'],
  [{ draw: 'exact' }, 'draw'],
  [{ calibrate: true }, 'calibrate'],
] as const)('%j is refused', (options, name) => {
  const message = expect.stringContaining(name)
  expect(() => select('x', ['a', 'b'], options as never)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', message }),
  )
  expect(gen('x').name).toBe('x')
})
