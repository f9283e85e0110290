// Goal: a recording tells what happened, and changes nothing of it. Method: random programs on the oracle, once looked
// at and once not, come out the same; what the lines add up to is what the run's own books say, what the
// engine has, and what the text is.
import {
  gen,
  hole,
  integer,
  load,
  type Model,
  prompt,
  select,
  type Trace,
  type TraceLine,
  type Transcript,
  transform,
} from '../../lib/index.js'
import type { Fill, RunEnd } from '../../lib/trace/trace.js'
import { programModel } from '../support/program-model.js'
import { crowded, optionsOf, roomy } from '../support/program-outcome.js'
import { randomProgram } from '../support/random-program.js'
import { RebuiltTree } from '../support/rebuilt-tree.js'

const seeds = Array.from({ length: Number(process.env.ESPALIER_PROGRAMS ?? 20) }, (_, seed) => seed)
const quiet = (): void => undefined

const ofType = <T extends TraceLine['type']>({ lines }: Trace, type: T) =>
  lines.filter((line): line is Extract<TraceLine, { type: T }> => line.type === type)

function rebuilt(trace: Trace): RebuiltTree {
  const tree = new RebuiltTree()
  for (const change of ofType(trace, 'tree')) tree.apply(change)
  return tree
}

/** Fills that count: those nothing gave up, and those that were kept all the same. */
function standing(trace: Trace, run: number, end: RunEnd): Fill[] {
  const up = new Set(ofType(trace, 'given-up').flatMap((line) => (line.run === run ? line.fills : [])))
  for (const fill of end.kept) up.delete(fill)
  return ofType(trace, 'fill').filter((line) => line.run === run && !up.has(line.fill))
}

test(
  'random programs: the same with a recording and without, and its sums are those of the books',
  async () => {
    let [compared, kept] = [0, 0]
    for (const seed of seeds) {
      const options = seed % 2 === 0 ? roomy : crowded
      const [seen, unseen] = [programModel(options), programModel(options)]
      const recording = seen.model.record({ alternatives: seed % 3 })
      const program = randomProgram(seed, quiet)
      const run = await seen.model.run(program, {}, optionsOf(seed)).catch(() => null)
      const other = await unseen.model.run(program, {}, optionsOf(seed)).catch(() => null)
      await seen.engine.settled()
      const trace = recording.stop()
      expect(JSON.parse(JSON.stringify(trace))).toEqual(trace)
      expect([run?.text, run?.tokens, run?.values]).toEqual([other?.text, other?.tokens, other?.values])
      checkSteps(trace, seen.context.rowsDecoded)
      checkTree(trace, seen)
      const [end] = ofType(trace, 'end')
      expect(end!.outcome).toBe(run === null ? 'failed' : 'done')
      if (run !== null) {
        checkText(trace, end!, run)
        kept += standing(trace, 0, end!).length
        compared += 1
      }
      await Promise.all([seen.model.dispose(), unseen.model.dispose()])
    }
    expect(compared).toBeGreaterThan(seeds.length / 2)
    expect(kept).toBeGreaterThan(compared)
  },
  60_000 + seeds.length * 2000,
)

function checkSteps(trace: Trace, rowsDecoded: number): void {
  const rows = ofType(trace, 'step').map((step) => step.rows)
  const sum = rows.reduce((all, { known, drawn, scored }) => all + known + drawn + scored, 0)
  expect(sum).toBe(rowsDecoded)
  expect(rows.every(({ known, drawn, scored, again }) => again <= known + drawn + scored)).toBe(true)
}

/** Every path the lines come to is one the engine has, and they hold as many cells. */
function checkTree(trace: Trace, { engine }: ReturnType<typeof programModel>): void {
  const tree = rebuilt(trace)
  const { cellsLive, parkedCount } = engine.occupancy
  const states = [...tree.nodes.values()].map(({ state }) => state)
  expect([tree.cells(), states.filter((state) => state === 'parked').length]).toEqual([
    cellsLive,
    parkedCount,
  ])
  for (const [id] of tree.nodes) {
    const path = Int32Array.from(tree.path(id))
    const { reused, restored } = engine.found(path, null)
    expect(reused + restored).toBe(path.length)
  }
}

function checkText(
  trace: Trace,
  end: RunEnd,
  run: Pick<Transcript<unknown>, 'text' | 'tokens' | 'ledger'>,
): void {
  const [own] = end.texts
  expect(own!.pieces.map(({ text }) => text).join('')).toBe(run.text)
  expect(own!.tokens).toEqual([...run.tokens])
  expect(own!.costs.reduce((sum, [, count]) => sum + count, 0)).toBe(run.tokens.length)
  expect(end.ledger).toEqual(run.ledger)
  const told = new Set(ofType(trace, 'texts').flatMap(({ texts }) => texts.map(([token]) => token)))
  for (const text of end.texts) for (const token of text.tokens) expect(told.has(token)).toBe(true)
  for (const fill of ofType(trace, 'fill')) {
    for (const list of [fill.logprobs, fill.allowed, fill.alternatives, fill.kinds]) {
      expect(list).toHaveLength(fill.tokens.length)
    }
  }
}

describe('on the demo model', () => {
  let model: Model
  beforeAll(async () => {
    model = await load()
  })
  afterAll(() => model.dispose())

  test('costs of a text are the classes of the ledger, fills are its tokens, and rejected ones say so', async () => {
    const recording = model.record()
    const check = (value: string): string | true => !value.includes('e') || 'has an e'
    const form = prompt`Ticket: The lid.\nUrgency: ${select('urgency', ['low', 'high'])}\nNote: ${gen(
      'note',
      {
        stop: '\n',
        tokensMax: 8,
        check,
        retries: 50,
      },
    )}\n`
    const run = await model.run(form, {}, { temperature: 1, seed: 3, fresh: true })
    const trace = recording.stop()
    const [end] = ofType(trace, 'end')
    const counted: Record<string, number> = {}
    for (const [cost, count] of end!.texts[0]!.costs) counted[cost] = (counted[cost] ?? 0) + count
    const { reused, restored, prefilled, forced, sampled } = run.ledger
    const { cached = 0, restored: back = 0, prefilled: given = 0, forced: sure = 0, drawn = 0 } = counted
    expect([cached, back, given, sure, drawn]).toEqual([reused, restored, prefilled, forced, sampled])
    expect(counted.again ?? 0).toBeLessThanOrEqual(run.ledger.redecoded)
    const attempts = ofType(trace, 'fill').filter(({ hole }) => hole === 'note')
    const rejected = ofType(trace, 'given-up').flatMap(({ fills }) => fills)
    expect(attempts.length).toBe(rejected.length + 1)
    expect(attempts.length).toBeGreaterThan(1)
    for (const { fill, text } of attempts) expect(text.includes('e')).toBe(rejected.includes(fill))
    for (const { from, tokens } of standing(trace, 0, end!)) {
      const stands = end!.texts[0]!.tokens.slice(from, from + tokens.length)
      const same = tokens.findIndex((token, index) => stands[index] !== token)
      // A literal may be joined with the value's last token.
      expect(same === -1 || same >= tokens.length - 1).toBe(true)
    }
  })

  test('what does not go on side by side costs the same with a recording and without', async () => {
    const form = prompt`Name: ${gen('name', { stop: '\n', tokensMax: 6 })}\nMood: ${select('mood', [
      'calm',
      'cross',
    ])}\nAge: ${integer('age', { min: 10, max: 99 })} ${gen('more', { tokensMax: 12 })}`
    const costs = []
    for (const how of ['plain', 'recorded']) {
      const own = await load()
      const recording = how === 'plain' ? null : own.record()
      const run = await own.run(form, {}, { seed: 5, temperature: 1 })
      recording?.stop()
      costs.push([run.text, run.ledger, run.decodeCalls])
      await own.dispose()
    }
    expect(costs[1]).toEqual(costs[0])
  })

  test('a drawn token tells its probability and whether others could have come; a forced one does not', async () => {
    const recording = model.record({ alternatives: 4 })
    const run = await model.run(
      prompt`Answer yes or no: ${select('a', ['yes', 'no'])}.`,
      {},
      { logprobs: 4, fresh: true },
    )
    const [fill] = ofType(recording.stop(), 'fill')
    const told = run.logprobs.get('a')!
    for (const [index, { token, logprob, allowed, alternatives }] of told.entries()) {
      const at = fill!.tokens.indexOf(token, index)
      if (fill!.logprobs[at] === null) continue
      expect(fill!.logprobs[at]).toBeCloseTo(logprob, 3)
      expect(fill!.allowed[at]).toBeCloseTo(allowed, 3)
      expect(fill!.alternatives[at]!.map(([other]) => other)).toEqual(alternatives.map((one) => one.token))
    }
    const all = fill!.alternatives.flatMap((list) => list ?? [])
    expect(new Set(all.map(([, , may]) => may))).toEqual(new Set([0, 1]))
    fill!.tokens.forEach((token, index) => {
      const own = fill!.alternatives[index]?.find(([other]) => other === token)
      if (own !== undefined) expect(own[2]).toBe(1)
    })
  })

  test('a turn tells what is new; the run it goes on from is named, and 30 turns cost what they are long', async () => {
    const recording = model.record({ alternatives: 0 })
    let talk = await model.run(prompt`Begin: ${gen('a', { tokensMax: 4 })}`)
    for (let turn = 0; turn < 30; turn += 1)
      talk = await talk.extend(prompt` and ${gen('a', { tokensMax: 4 })}`)
    const ends = ofType(recording.stop(), 'end')
    const tokens: number[] = []
    for (const [run, { texts }] of ends.entries()) {
      const [{ kept, tokens: own }] = texts as [RunEnd['texts'][number]]
      expect(kept?.run ?? -1).toBe(run - 1)
      tokens.splice(kept?.tokens ?? 0, Number.POSITIVE_INFINITY, ...own)
      expect(own.length).toBeLessThan(20)
    }
    expect(tokens).toEqual([...talk.tokens])
  })

  test('what grows too long loses its oldest runs, and its tree is still the whole tree', async () => {
    const [short, whole] = [model.record({ bytesMax: 2 ** 16 }), model.record()]
    for (let seed = 0; seed < 40; seed += 1) {
      await model.run(
        prompt`Number ${String(seed)}: ${gen('a', { tokensMax: 8 })}`,
        {},
        { seed, temperature: 1 },
      )
    }
    const [some, all] = [short.stop(), whole.stop()]
    expect(some.dropped).toBeGreaterThan(0)
    expect(JSON.stringify(some).length).toBeLessThan(2 ** 18)
    const runs = ofType(some, 'run').map(({ run }) => run)
    expect(runs.at(-1)).toBe(39)
    expect(runs[0]).toBeGreaterThan(0)
    const paths = (trace: Trace) => {
      const tree = rebuilt(trace)
      return [...tree.nodes.keys()].map((id) => tree.path(id).join()).sort()
    }
    expect(paths(some)).toEqual(paths(all))
  })

  test('listeners hear each line once; nothing comes after the end; values are told as JSON can', async () => {
    const recording = model.record()
    const heard: TraceLine[] = []
    const end = recording.subscribe((line) => heard.push(line))
    const ten = transform(/\d/, { parse: () => 10n, format: String })
    await model.run(prompt`a ${hole('n', ten)}`)
    end()
    const before = heard.length
    await model.run(prompt`b ${gen('n', { tokensMax: 2 })}`)
    expect(heard).toHaveLength(before)
    const trace = recording.stop()
    expect(trace.lines.filter((line) => heard.includes(line))).toEqual(heard)
    await model.run(prompt`c ${gen('n', { tokensMax: 2 })}`)
    expect(recording.stop().lines).toHaveLength(trace.lines.length)
    expect(ofType(trace, 'end')[0]!.values).toEqual({ n: '10' })
  })

  test('a run that fails or is aborted ends with its error', async () => {
    const recording = model.record()
    const control = new AbortController()
    control.abort('enough')
    await model.run(prompt`x ${gen('a')}`, {}, { signal: control.signal }).catch(quiet)
    await model.run(prompt`x ${gen('a', { tokensMax: 2, check: () => 'no', retries: 0 })}`).catch(quiet)
    const told = ofType(recording.stop(), 'end').map(({ outcome, error }) => [outcome, error?.code])
    expect(told).toEqual([
      ['aborted', 'ABORTED'],
      ['failed', 'ATTEMPTS_SPENT'],
    ])
  })

  test.each([
    [null, 'ARGUMENT_INVALID'],
    [{ alternative: 3 }, 'OPTION_UNKNOWN'],
    [{ alternatives: -1 }, 'OPTION_INVALID'],
    [{ alternatives: 2.5 }, 'OPTION_INVALID'],
    [{ alternatives: 21 }, 'OPTION_INVALID'],
    [{ bytesMax: 10 }, 'OPTION_INVALID'],
    [{ bytesMax: '1 GB' }, 'OPTION_INVALID'],
  ])('record(%j) is refused with %s', (options, code) => {
    expect(() => model.record(options as never)).toThrow(expect.objectContaining({ code }))
  })
})
