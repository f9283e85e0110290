// Goal: a run computes with its adapters and no others', whatever runs beside and whatever is cached, kept or shifted.
// Method: random programs with random sets of adapters on the oracle, whose cells are hashes of their adapters too;
// side by side, extended under other sets, and alone.
import { AbortError, prompt, select } from '../../lib/index.js'
import { gen } from '../../lib/prompt/hole.js'
import type { AdapterChoice } from '../../lib/run/given/adapters.js'
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'
import { Chance } from '../support/oracle-programs.js'
import { generateAlone } from '../support/oracle-reference.js'
import { leftovers, nothingLeft, type ProgramModel, programModel } from '../support/program-model.js'
import { crowded, optionsOf, outcomeOf, roomy } from '../support/program-outcome.js'
import { randomProgram } from '../support/random-program.js'

const named = [
  { name: 'poet', scale: 1, isDefault: false },
  { name: 'clerk', scale: 0.5, isDefault: false },
]
const choices: readonly AdapterChoice[] = [[], ['poet'], ['clerk'], { poet: 0.25 }, { poet: 1, clerk: -1 }]
const choiceOf = (seed: number) => choices[new Chance(seed + 5).below(choices.length)]!

async function outcome({ model }: ProgramModel, seed: number, adapters: AdapterChoice) {
  try {
    return outcomeOf(
      await model.run(
        randomProgram(seed, () => undefined),
        {},
        { ...optionsOf(seed), adapters },
      ),
    )
  } catch (error) {
    if ((error as { name?: string }).name === 'FillError') return 'failed'
    throw error
  }
}

async function alone(seed: number, adapters: AdapterChoice) {
  const lone = programModel(roomy, 0, named)
  const result = await outcome(lone, seed, adapters)
  await lone.model.dispose()
  return result
}

test.each([0, 1 << 16])(
  'programs side by side, each with its set, give what each gives alone (answersMax %i)',
  async (kept) => {
    const shared = programModel(crowded, kept, named)
    const different = new Set<string>()
    for (let round = 0; round < 4; round++) {
      // The same few programs under several sets, so that all but the set is equal.
      const some = Array.from(
        { length: 8 },
        (_, index) => [900 + round * 3 + (index % 3), choiceOf(round * 8 + index)] as const,
      )
      const got = await Promise.all(some.map(([seed, adapters]) => outcome(shared, seed, adapters)))
      for (const [index, [seed, adapters]] of some.entries()) {
        expect(got[index]).toEqual(await alone(seed, adapters))
        different.add(JSON.stringify(got[index]))
      }
      expect(await leftovers(shared)).toEqual(nothingLeft)
    }
    expect(different.size).toBeGreaterThan(16)
    await shared.model.dispose()
  },
  120_000,
)

test.each(['full', 'recurrent'] as const)(
  'extending with others computes the tokens again, once (%s)',
  async (memory) => {
    const { model, engine } = programModel({ ...roomy, memory }, 0, named)
    const first = await model.start(
      prompt`A long beginning that takes many tokens. ${gen('a', { tokensMax: 6 })} `,
      {},
      { adapters: ['poet'] },
    )
    expect(first.adapters).toEqual({ poet: 1 })
    const next = prompt`and ${gen('b', { tokensMax: 6 })}`
    const went = await first.extend(next)
    const other = await first.extend(next, {}, { adapters: { clerk: 0.5 } })
    const none = await first.extend(next, {}, { adapters: [] })
    expect([went.adapters, other.adapters, none.adapters]).toEqual([{ poet: 1 }, { clerk: 0.5 }, {}])
    expect(new Set([went, other, none].map(({ values }) => (values as { b: string }).b)).size).toBe(3)
    // The first goes on with its cells, the others compute all of it.
    expect(went.ledger.reused).toBeGreaterThan(first.tokens.length - 3)
    for (const run of [other, none]) expect(run.ledger.reused).toBe(0)
    // Each is what a fresh model gives for the same text.
    for (const run of [went, other, none]) {
      const lone = programModel({ ...roomy, memory }, 0, named)
      const given = { a: (first.values as { a: string }).a }
      const begun = await lone.model.start(
        prompt`A long beginning that takes many tokens. ${gen('a', { tokensMax: 6 })} `,
        given as never,
        { adapters: run.adapters },
      )
      expect([...begun.tokens]).toEqual([...first.tokens])
      expect((await begun.extend(next)).values).toEqual(run.values)
      await lone.model.dispose()
    }
    // And found again afterwards: nothing is computed twice.
    const before = engine.totals.rowsAgain
    expect((await first.extend(next, {}, { adapters: ['clerk'] })).values).toEqual(other.values)
    expect(engine.totals.rowsAgain - before).toBeLessThan(8)
    await model.dispose()
  },
)

test('options scored against nothing before them are scored with the adapters of the run', async () => {
  const { model } = programModel(roomy, 0, named)
  const ask = prompt`Ask: ${select('pick', ['alpha', 'beta'], { by: 'logprob', score: 'unconditional' })}`
  const scores = async (adapters: AdapterChoice) => {
    const run = await model.run(ask, {}, { adapters })
    return run.choices.get('pick')!.options.map(({ sum, unconditional }) => sum - unconditional!)
  }
  const all = [await scores([]), await scores(['poet']), await scores(['clerk'])]
  expect(new Set(all.flat()).size).toBe(6)
  expect(await scores(['poet'])).toEqual(all[1])
  await model.dispose()
})

test('a step has one set, none waits long, and few rows are changes', async () => {
  const order: string[] = []
  const { engine } = openOracle(
    {
      onStep: (plan, { decodeCalls }) => {
        for (let call = 0; call < decodeCalls; call++) order.push((plan.adapters ?? []).join())
      },
    },
    { adapters: 2 },
  )
  const sets = [
    [0, 0],
    [1, 0],
    [0, 1],
  ]
  const requests = sets.flatMap((scales, set) =>
    [1, 2].map(async (salt) => {
      const tokens = tokensOf(40, salt)
      const lineage = engine.computedWith(scales)
      const result = await engine.generate(requestFor(tokens, 60, { lineage }))
      const expected = await generateAlone({ ...requestFor(tokens, 60), scales })
      expect([set, [...result.tokens]]).toEqual([set, expected.tokens])
    }),
  )
  await Promise.all(requests)
  const turns = order.filter((set, index) => set !== order[index - 1]).length
  expect(new Set(order)).toEqual(new Set(['', '1,0', '0,1']))
  // 60 draws of three sets: neither one set after the other, nor a change at each call.
  expect(turns).toBeGreaterThan(9)
  expect(turns).toBeLessThan(order.length / 3)
  let waited = 0
  for (const set of new Set(order)) {
    const last = order.lastIndexOf(set)
    let since = 0
    for (const one of order.slice(0, last)) {
      since = one === set ? 0 : since + 1
      waited = Math.max(waited, since)
    }
  }
  expect(waited).toBeLessThanOrEqual(2 * 16)
  await engine.dispose()
})

test('one set alone runs ahead as far as ever', async () => {
  const { context, engine } = openOracle({}, { adapters: 1 })
  const lineage = engine.computedWith([1])
  await engine.generate(requestFor(tokensOf(30), 50, { lineage }))
  expect(context.stepCount).toBeLessThan(4)
  expect(engine.computedWith([1])).toBe(lineage)
  expect(engine.computedWith([0])).toBeNull()
  await engine.dispose()
})

test('shifted cells of a set are found by their lineage and computed with the set', async () => {
  const { context, engine } = openOracle({}, { adapters: 1 })
  const tokens = tokensOf(60)
  const lineage = engine.computedWith([2])
  await engine.prefill(tokens.slice(0, 59), null, lineage)
  const into = await engine.shift({ tokens, from: 10, until: 30, lineage, signal: null })
  const short = Int32Array.of(...tokens.subarray(0, 10), ...tokens.subarray(30))
  const before = context.rowsDecoded
  const shifted = await engine.generate(requestFor(short, 5, { lineage: into }))
  expect(context.rowsDecoded - before).toBe(5)
  const fresh = await engine.generate(requestFor(short, 5, { lineage }))
  expect([...fresh.tokens]).toEqual((await generateAlone({ ...requestFor(short, 5), scales: [2] })).tokens)
  expect([...shifted.tokens]).not.toEqual([...fresh.tokens])
  const plain = await engine.generate(requestFor(short, 5))
  expect(plain.usage.reused).toBe(0)
  expect([...plain.tokens]).toEqual((await generateAlone(requestFor(short, 5))).tokens)
  await engine.dispose()
})

test('many sets leave nothing behind but what fits the cache', async () => {
  const { context, engine } = openOracle({ cells: 400 }, { adapters: 1 })
  for (let turn = 1; turn <= 300; turn++) {
    const scales = [turn / 100]
    const lineage = engine.computedWith(scales)
    const result = await engine.generate(requestFor(tokensOf(20), 3, { lineage }))
    const expected = await generateAlone({ ...requestFor(tokensOf(20), 3), scales })
    expect([...result.tokens]).toEqual(expected.tokens)
  }
  expect(context.cellsUsed).toBeLessThanOrEqual(400)
  await engine.dispose()
})

test('an abort of one set hurts no other', async () => {
  const { engine } = openOracle(
    { betweenDecodes: () => new Promise((resolve) => setImmediate(resolve)) },
    { adapters: 1 },
  )
  const stop = new AbortController()
  const doomed = engine.generate(
    requestFor(tokensOf(30), 200, { lineage: engine.computedWith([1]), signal: stop.signal }),
  )
  const other = engine.generate(requestFor(tokensOf(30), 40))
  setTimeout(() => stop.abort(), 5)
  await expect(doomed).rejects.toBeInstanceOf(AbortError)
  expect([...(await other).tokens]).toEqual((await generateAlone(requestFor(tokensOf(30), 40))).tokens)
  engine.checkIntegrity()
  await engine.dispose()
})

test('scales that are no numbers, or too many, are refused', () => {
  const { engine } = openOracle({}, { adapters: 2 })
  for (const scales of [[1], [1, 2, 3], [Number.NaN, 1], [1, Number.POSITIVE_INFINITY]]) {
    expect(() => engine.computedWith(scales)).toThrow(/finite number for each of 2/)
  }
})
