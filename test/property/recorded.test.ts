// Goal: what a run recorded of itself, written as JSON and read in another process, comes out the same token by token,
// whatever the prompt was and without it; a model that answers otherwise is told by the first token that differs.
// Method: random programs on the oracle, whose draws depend on the tokens alone; on the fake engine two that speak
// alike up to a word; and the demo model.
import { each, gen, input, integer, json, load, prompt, regex, select } from '../../lib/index.js'
import { answers, fakeModel } from '../support/fake-model.js'
import { leftovers, nothingLeft, programModel } from '../support/program-model.js'
import { crowded, optionsOf, roomy } from '../support/program-outcome.js'
import { randomProgram } from '../support/random-program.js'

const seeds = Array.from({ length: Number(process.env.ESPALIER_PROGRAMS ?? 20) }, (_, seed) => seed)
const kept = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const quiet = (): void => undefined

test(
  'random programs come out the same, and go on the same from what was saved',
  async () => {
    let [compared, tokens] = [0, 0]
    for (const seed of seeds) {
      const first = programModel(roomy)
      const run = await first.model.run(randomProgram(seed, quiet), {}, optionsOf(seed)).catch(() => null)
      if (run === null) continue
      const file = kept(run)
      const other = programModel(seed % 2 === 0 ? roomy : crowded)
      const replay = await other.model.replay(file)
      expect(replay).toEqual({ same: true, first: null, tokens: replay.tokens, scoreDrift: 0 })
      const restored = await other.model.restore(file)
      const more = prompt` and ${gen('more', { tokensMax: 3 })}`
      const [one, another] = [await run.extend(more, {}, { seed }), await restored.extend(more, {}, { seed })]
      expect([another.text, another.tokens]).toEqual([one.text, one.tokens])
      const again = await other.model.replay(kept(another))
      expect([again.same, again.first]).toEqual([true, null])
      expect(await leftovers(other)).toEqual(nothingLeft)
      await Promise.all([first.model.dispose(), other.model.dispose()])
      compared += 1
      tokens += replay.tokens
    }
    expect(compared).toBeGreaterThan(seeds.length / 2)
    expect(tokens).toBeGreaterThan(compared)
  },
  60_000 + seeds.length * 2000,
)

test('the first token that differs is told, and nothing that comes after it', async () => {
  const form = prompt`x ${gen('a', { stop: '.' })}. y ${gen('b', { stop: '.' })}. z ${gen('c', { stop: '.' })}`
  const said = { 'x ': 'good.', 'y ': 'the order.', 'z ': 'be it.' }
  const run = await fakeModel(answers(said)).model.run(form)
  const other = fakeModel(answers({ ...said, 'y ': 'the other.', 'z ': 'no.' })).model
  const { same, first } = await other.replay(kept(run))
  expect(same).toBe(false)
  expect(first).toMatchObject({ hole: 'b' })
  const { position, index, expected, actual } = first!
  expect(index).toBeGreaterThanOrEqual(0)
  expect(run.tokens[position]).toBe(expected!.token)
  expect((await other.run(form)).tokens[position]).toBe(actual!.token)
  expect(expected!.token).not.toBe(actual!.token)
})

test('a value that ends sooner or later differs there', async () => {
  const form = prompt`x ${gen('a')}`
  const long = await fakeModel(answers({ 'x ': 'the order' })).model.run(form)
  const short = await fakeModel(answers({ 'x ': 'the' })).model.run(form)
  const [sooner, later] = await Promise.all([
    fakeModel(answers({ 'x ': 'the' })).model.replay(kept(long)),
    fakeModel(answers({ 'x ': 'the order' })).model.replay(kept(short)),
  ])
  expect([sooner.first?.actual, later.first?.expected]).toEqual([null, null])
  expect(sooner.first?.expected?.token).toBe(later.first?.actual?.token)
})

describe('on the demo model', () => {
  const data = {
    type: 'object',
    properties: { n: { type: 'integer' }, t: { enum: ['a', 'b'] } },
    required: ['n', 't'],
  } as const
  const check = (n: number) => n > 5 || 'too small'
  const n = integer('n', { min: 0, max: 99, check, retries: 20 })
  const item = prompt`${select('mood', ['good', 'bad'], { by: 'logprob' })} ${n}\n`
  const form = prompt`${input('who')} likes ${gen('what', { stop: '.', tokensMax: 12, temperature: 1 })}.
${json('data', data)}
${each('items', ['a', 'b'], (name) => prompt`${name}: ${item}`)}${regex('code', /[a-f]{3}/)}`

  test('a run with checks, scores and branches is repeated, by another load too', async () => {
    await using model = await load(undefined, { threads: 1 })
    const run = await model.run(form, { who: 'Maria' }, { seed: 3, temperature: 1 })
    const file = kept(run)
    await using other = await load(undefined, { threads: 1 })
    expect(other.info.fingerprint).toBe((file as { model: { fingerprint: string } }).model.fingerprint)
    expect(other.info.fingerprint).toMatch(/^[\w-]{43}$/)
    const { same, tokens, scoreDrift } = await other.replay(file)
    expect(same).toBe(true)
    expect(tokens).toBeGreaterThan(10)
    expect(scoreDrift).toBeLessThan(0.5)
    const restored = await other.restore(file)
    expect([restored.text, restored.values]).toEqual([run.text, run.values])
  })

  test('it ends with its signal, and with the model', async () => {
    await using model = await load(undefined, { threads: 1 })
    const file = kept(await model.run(prompt`Once ${gen('t', { tokensMax: 100 })}`))
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(model.replay(file, { signal })).rejects.toMatchObject({ name: 'AbortError' })
    await expect(model.replay(file, { signal: 1 as never })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    })
    await expect(model.replay(await model.restore(file).then(kept))).rejects.toMatchObject({
      code: 'RECORD_MISSING',
    })
  })
})
