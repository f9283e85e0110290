// Goal: nothing a caller's code does in the middle of a run can hurt the engine, and a run's values depend on its seed
// alone. Method: random programs on the oracle; at events of each, the callback throws, or aborts, or the stream's
// reader leaves; afterwards nothing is held, the books agree, and the program gives what a lone run gives.
//
// ESPALIER_PROGRAMS=200 tries more programs, and every event of them.
import { each, prompt, regex, select } from '../../lib/index.js'
import { scoreAlone } from '../support/oracle-reference.js'
import { oracleVocabulary } from '../support/oracle-vocabulary.js'
import { leftovers, nothingLeft, programModel } from '../support/program-model.js'
import { alone, crowded, left, plain, roomy, stopped, streamed } from '../support/program-outcome.js'

const asked = process.env.ESPALIER_PROGRAMS
const seeds = Array.from({ length: Number(asked ?? 5) }, (_, seed) => seed)
const eventsMax = asked === undefined ? 6 : Number.POSITIVE_INFINITY
const patient = 60_000 + seeds.length * 3000

/** Events from the first to the last, some left out where there are many. */
function* eventsOf(count: number): Generator<number> {
  const stride = Math.max(1, count / eventsMax)
  for (let at = 1; at <= count; at += stride) yield Math.floor(at)
}

test.each(['throw', 'abort'] as const)(
  'a %s in a callback leaves the engine usable',
  async (act) => {
    let count = 0
    for (const seed of seeds) {
      const { expected, events } = await alone(seed)
      const shared = programModel(crowded)
      for (const at of eventsOf(events)) {
        const result = await stopped(shared, seed, at, act)
        if (result === 'stopped') count += 1
        // An abort after the last request comes too late; a program that fails may do so before the event.
        else expect(result).toEqual(act === 'throw' ? 'failed' : expected)
        expect(await leftovers(shared)).toEqual(nothingLeft)
      }
      expect(await plain(shared, seed)).toEqual(expected)
      expect(await leftovers(shared)).toEqual(nothingLeft)
      await shared.model.dispose()
    }
    expect(count).toBeGreaterThan(seeds.length)
  },
  patient,
)

test.each(['break', 'throw'] as const)(
  'a reader that leaves by %s stops its run and nothing else',
  async (act) => {
    for (const seed of seeds) {
      const { expected } = await alone(seed)
      const shared = programModel(crowded)
      let isLonger = true
      for (let at = 1; isLonger && at < 40; at += 5) {
        isLonger = await left(shared, seed, at, act)
        expect(await leftovers(shared)).toEqual(nothingLeft)
      }
      expect(await streamed(shared, seed)).toEqual(expected)
      expect(await leftovers(shared)).toEqual(nothingLeft)
      await shared.model.dispose()
    }
  },
  patient,
)

test(
  'runs beside others give what they give alone, also when one of them is stopped',
  async () => {
    for (const round of seeds) {
      const some = Array.from({ length: 4 }, (_, index) => 1000 + round * 4 + index)
      const expected = await Promise.all(some.map(async (seed) => (await alone(seed)).expected))
      const shared = programModel(crowded)
      const disturbing = [stopped(shared, round, 2, 'throw'), stopped(shared, round, 3, 'abort')]
      const got = await Promise.all(some.map((seed) => plain(shared, seed)))
      await Promise.all(disturbing)
      expect(got).toEqual(expected)
      expect(await leftovers(shared)).toEqual(nothingLeft)
      await shared.model.dispose()
    }
  },
  patient,
)

test('32 programs at once on a small cache give what each gives alone', async () => {
  const shared = programModel(crowded)
  const many = Array.from({ length: 32 }, (_, index) => 5000 + index)
  const got = await Promise.all(many.map((seed) => plain(shared, seed)))
  for (const [index, seed] of many.entries()) expect(got[index]).toEqual((await alone(seed)).expected)
  expect(await leftovers(shared)).toEqual(nothingLeft)
  const { rowsDecoded, rowsUnique } = shared.context
  expect(rowsDecoded).toBe(rowsUnique + shared.engine.totals.rowsAgain)
  // Without pressure nothing would have been parked.
  expect(shared.engine.occupancy.parkedCount).toBeGreaterThan(0)
  await shared.model.dispose()
}, 120_000)

test('scores of whole options are exactly those of each option alone', async () => {
  const shared = programModel(crowded)
  const names = ['alpha', 'alps', 'beta', 'b', 'gamma', 'alp'] as const
  const question = (text: string) =>
    prompt`Ask ${text}: ${select('name', names, { by: 'logprob', score: 'sum' })}.`
  const texts = Array.from({ length: 12 }, (_, index) => 'abcd'.repeat(index % 4) + index)
  const runs = await Promise.all(texts.map((text) => shared.model.run(question(text))))
  for (const [index, run] of runs.entries()) {
    const before = await shared.model.run(prompt`Ask ${texts[index]!}: `)
    for (const { option, sum } of run.choices.get('name')!.options) {
      const written = await shared.model.run(prompt`Ask ${texts[index]!}: ${option}`)
      const shortest = Math.min(before.tokens.length, written.tokens.length)
      let keep = 0
      while (keep < shortest && before.tokens[keep] === written.tokens[keep]) keep += 1
      // The full stop behind the hole ends each of them.
      const end = oracleVocabulary.tokenize(Buffer.from('.'))
      const exact = await scoreAlone(
        written.tokens.slice(0, keep),
        Int32Array.of(...written.tokens.slice(keep), ...end),
      )
      expect(sum).toBe(exact.reduce((total, logprob) => total + logprob, 0))
    }
  }
  await shared.model.dispose()
})

test.each([{ positionAfterFork: true }, { truncateRange: 1 }, { forkRange: -1 }] as const)(
  'the programs notice the planted bug %p',
  async (bugs) => {
    for (let seed = 0; seed < 40; seed += 1) {
      const { expected } = await alone(seed)
      const shared = programModel({ ...crowded, bugs })
      const got = await plain(shared, seed).catch(() => 'broken')
      if (JSON.stringify(got) !== JSON.stringify(expected)) return
    }
    throw new Error('40 programs did not notice')
  },
  120_000,
)

test(
  'each takes more items than the queue holds, also within each other, and gives what a few at a time give',
  async () => {
    const shared = programModel(roomy)
    const label = (item: number) => prompt`${item} ${regex('label', /[ab]/, { temperature: 1 })};`
    const items = Array.from({ length: 1500 }, (_, index) => index)
    const many = prompt`Sort ${each('items', items, label, { join: null })}`
    const rows = each(
      'rows',
      [...'abcdef'],
      (row) => prompt`${row} ${each('items', items.slice(0, 50), label)}`,
    )
    const [flat, nested] = await Promise.all([
      shared.model.run(many, {}, { seed: 3 }),
      shared.model.run(prompt`Sort ${rows}`, {}, { seed: 3 }),
    ])
    expect(flat.values.items).toHaveLength(items.length)
    expect(nested.values.rows.map((row) => row.items.length)).toEqual([50, 50, 50, 50, 50, 50])
    expect(await leftovers(shared)).toEqual(nothingLeft)
    const few = await programModel(roomy).model.run(
      prompt`Sort ${each('items', items.slice(0, 20), label, { join: null })}`,
      {},
      { seed: 3 },
    )
    expect(flat.values.items.slice(0, 20)).toEqual(few.values.items)
    await shared.model.dispose()
  },
  patient,
)
