// Adapters on real decodes, through the public entry: runs of several sets at once on tiny random models of every
// memory kind. Judges against models that have the adapters worked into their weights, and against each run alone; near
// ties, which rounding may decide, end a comparison.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type AdapterChoice,
  estimate,
  gen,
  load,
  type Model,
  prompt,
  type Transcript,
} from '../../lib/index.js'
import { type TinyAdapter, writeAdapter, writeMerged } from '../support/tiny-adapters.js'
import { type TinyModel, tinyModelPath } from '../support/tiny-models.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'espalier-sets-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const poet: TinyAdapter = { seed: 15, rank: 2 }
const clerk: TinyAdapter = { seed: 16, rank: 1 }
const ask = (topic: string) =>
  prompt`A text about ${topic}: ${gen('text', { tokensMax: 24, temperature: 0 })}`
const topics = ['rivers', 'taxes']
const options = { contextTokens: 1024, gpu: false as const }

/** Ways to one result differ by less than half of this; test/native/adapters.test.ts measures it. */
const rounding = 0.02

/** The tokens up to where rounding may lead on to anything. */
function sureTokens(run: Transcript<unknown>): readonly number[] {
  const ties = run.trace.flatMap((event) => (event.type === 'near-tie' ? event.ties : []))
  const places = ties.filter(({ gap }) => gap < rounding).map(({ position }) => position)
  return [...run.tokens].slice(0, Math.min(run.tokens.length, ...places))
}

/** How many tokens both are sure of, which have to be equal. */
function expectAlike(a: readonly number[], b: readonly number[]): number {
  const count = Math.min(a.length, b.length)
  expect(a.slice(0, count)).toEqual(b.slice(0, count))
  return count
}

async function tokensOf(model: Model, topic: string, adapters?: AdapterChoice): Promise<readonly number[]> {
  return sureTokens(await model.run(ask(topic), {}, adapters === undefined ? {} : { adapters }))
}

const names: TinyModel[] = ['llama', 'gemma3', 'mamba', 'jamba', 'lfm2']
test.each(names)('%s: runs of four sets at once give what merged models give', async (name) => {
  const files = {
    poet: writeAdapter(path.join(folder, `${name}-poet.gguf`), name, poet),
    clerk: writeAdapter(path.join(folder, `${name}-clerk.gguf`), name, clerk),
  }
  await using model = await load(tinyModelPath(name), { ...options, adapters: files })
  expect(model.info.adapters).toMatchObject([
    { name: 'poet', path: files.poet, scale: 1 },
    { name: 'clerk', path: files.clerk, scale: 1 },
  ])
  const sets: [AdapterChoice, { adapter: TinyAdapter; scale: number }[]][] = [
    [[], []],
    [['poet'], [{ adapter: poet, scale: 1 }]],
    [{ clerk: -0.5 }, [{ adapter: clerk, scale: -0.5 }]],
    [
      { clerk: 0.5, poet: 0.5 },
      [
        { adapter: poet, scale: 0.5 },
        { adapter: clerk, scale: 0.5 },
      ],
    ],
  ]
  const runs = sets.flatMap(([choice]) => topics.map((topic) => tokensOf(model, topic, choice)))
  const got = await Promise.all(runs)
  let sure = 0
  for (const [index, [, changes]] of sets.entries()) {
    const merged = writeMerged(path.join(folder, `${name}-${index}.gguf`), name, changes)
    await using other = await load(merged, options)
    for (const [at, topic] of topics.entries()) {
      sure += expectAlike(got[index * topics.length + at]!, await tokensOf(other, topic))
    }
  }
  // Most of what is drawn is not that near a tie, and the sets differ.
  const { tokens } = await model.run(prompt`A text about ${topics[0]!}: `)
  expect(sure).toBeGreaterThan(got.length * (tokens.length + 6))
  expect(new Set(got.map((list) => list.slice(0, tokens.length + 4).join())).size).toBe(got.length)
})

test("what is parked and comes back is its own set's, and forks share cells", async () => {
  const file = writeAdapter(path.join(folder, 'parked.gguf'), 'llama', poet)
  await using model = await load(tinyModelPath('llama'), {
    ...options,
    contextTokens: 512,
    adapters: { poet: file },
  })
  const long = 'many words that fill the cache '.repeat(8)
  const first = await model.start(prompt`${long}`, {}, { adapters: ['poet'] })
  const next = prompt` and ${gen('text', { tokensMax: 12 })}`
  const expected = sureTokens(await first.extend(next))
  for (const filler of 'abcdefgh')
    await model.run(prompt`${filler.repeat(3)} ${long}${gen('x', { tokensMax: 4 })}`)
  const again = await first.extend(next)
  expect(expectAlike(sureTokens(again), expected)).toBeGreaterThan(first.tokens.length)
  expect(again.adapters).toEqual({ poet: 1 })
})

test('a list applies to all runs that choose none; estimates count its bytes', async () => {
  const file = writeAdapter(path.join(folder, 'listed.gguf'), 'llama', poet)
  const scaled = { file, scale: 0.5 }
  await using model = await load(tinyModelPath('llama'), { ...options, adapters: [scaled] })
  expect(model.info.adapters).toMatchObject([{ name: 'listed', scale: 0.5 }])
  await using merged = await load(
    writeMerged(path.join(folder, 'listed-merged.gguf'), 'llama', [{ adapter: poet, scale: 0.5 }]),
    options,
  )
  const run = await model.run(ask('rivers'))
  expect(run.adapters).toEqual({ listed: 0.5 })
  expectAlike(sureTokens(run), await tokensOf(merged, 'rivers'))
  expect((await model.run(ask('rivers'), {}, { adapters: [] })).adapters).toEqual({})
  expect((await model.run(ask('rivers'), {}, { adapters: ['listed'] })).adapters).toEqual({ listed: 0.5 })
  const [bare, with_] = [
    await estimate(tinyModelPath('llama'), options),
    await estimate(tinyModelPath('llama'), { ...options, adapters: [scaled] }),
  ]
  expect(with_.weightBytes - bare.weightBytes).toBe(model.info.adapters[0]!.bytes)
})

describe('misuse', () => {
  let file: string
  let model: Model
  beforeAll(async () => {
    file = writeAdapter(path.join(folder, 'misuse.gguf'), 'llama', poet)
    model = await load(tinyModelPath('llama'), { ...options, adapters: { poet: file } })
  })
  afterAll(() => model.dispose())

  const loads: [unknown, string, RegExp][] = [
    ['a.gguf', 'ARGUMENT_INVALID', /a list of files, or files by name/],
    [5, 'ARGUMENT_INVALID', /are 5/],
    [null, 'ARGUMENT_INVALID', /are null/],
    [[''], 'ARGUMENT_INVALID', /have ""/],
    [[3], 'ARGUMENT_INVALID', /have 3/],
    [[['a']], 'ARGUMENT_INVALID', /an array/],
    [{ poet: 1 }, 'ARGUMENT_INVALID', /"poet" 1/],
    [[{ file: 'a.gguf', scale: Number.NaN }], 'ARGUMENT_INVALID', /scale NaN/],
    [[{ file: 'a.gguf', scale: Number.POSITIVE_INFINITY }], 'ARGUMENT_INVALID', /scale Infinity/],
    [[{ file: 'a.gguf', scale: '1' }], 'ARGUMENT_INVALID', /scale "1"/],
    [[{ file: 'a.gguf', sclae: 1 }], 'OPTION_UNKNOWN', /sclae.*Did you mean scale/],
    [[{ scale: 1 }], 'ARGUMENT_INVALID', /undefined/],
    [['x/a.gguf', 'y/a.gguf'], 'ARGUMENT_INVALID', /two called "a"/],
    [{ poet: 'nowhere.gguf' }, 'ADAPTER_NOT_FOUND', /nowhere\.gguf/],
  ]
  test.each(loads)('load with adapters %j: %s', async (adapters, code, told) => {
    const loading = load(tinyModelPath('llama'), { ...options, adapters: adapters as never })
    await expect(loading).rejects.toMatchObject({ code })
    await expect(loading).rejects.toThrow(told)
  })

  const runs: [unknown, string, RegExp][] = [
    [['pote'], 'ADAPTER_UNKNOWN', /"pote"; the model has poet\. Did you mean poet/],
    [{ clerk: 1 }, 'ADAPTER_UNKNOWN', /"clerk"/],
    [[5], 'ADAPTER_UNKNOWN', /5/],
    [['poet', 'poet'], 'OPTION_INVALID', /twice/],
    [{ poet: Number.NaN }, 'OPTION_INVALID', /NaN for poet/],
    [{ poet: '1' }, 'OPTION_INVALID', /"1" for poet/],
    [{ poet: 1e7 }, 'OPTION_INVALID', /10000000/],
    ['poet', 'OPTION_INVALID', /are "poet"/],
    [null, 'OPTION_INVALID', /are null/],
    [true, 'OPTION_INVALID', /are true/],
  ]
  test.each(runs)('run with adapters %j: %s', async (adapters, code, told) => {
    const running = model.run(ask('rivers'), {}, { adapters: adapters as never })
    await expect(running).rejects.toMatchObject({ name: 'PromptError', code })
    await expect(running).rejects.toThrow(told)
  })

  test('a model without adapters says so', async () => {
    await using bare = await load(tinyModelPath('llama'), options)
    expect(bare.info.adapters).toEqual([])
    const running = bare.run(ask('rivers'), {}, { adapters: ['poet'] })
    await expect(running).rejects.toThrow(/loaded without any/)
  })
})
