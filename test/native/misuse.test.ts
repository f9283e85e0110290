// Every way to call the native layer wrongly. Judges that each ends in an error with its code, that nothing changed,
// and that the next right call works.
import type { StepPlan } from '../../lib/native/native.js'
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import { anyText, chunk, codeOf, demoFile, generation, greedy, ids, plan } from './demo.js'

let model: ExpertModel
let context: ExpertContext

beforeAll(async () => {
  model = await openModel(demoFile)
  context = await model.createContext({ cells: 256, sequences: 4, batch: 16 })
})
afterAll(() => model.dispose())

const wrong = (value: unknown) => value as never

describe('plans', () => {
  const cases: [string, string, () => StepPlan][] = [
    ['no object', 'ARGUMENT_INVALID', () => wrong(null)],
    ['no ops', 'ARGUMENT_INVALID', () => ({ ...plan({}), ops: wrong(undefined) })],
    ['unknown op', 'ARGUMENT_INVALID', () => plan({ ops: [wrong({ kind: 'erase' })] })],
    [
      'sequence too high',
      'ARGUMENT_INVALID',
      () => plan({ ops: [{ kind: 'truncate', sequence: 4, from: 0 }] }),
    ],
    ['sequence negative', 'ARGUMENT_INVALID', () => plan({ chunks: [chunk([-1], 0, ids(1))] })],
    ['sequence NaN', 'ARGUMENT_INVALID', () => plan({ chunks: [chunk([Number.NaN], 0, ids(1))] })],
    ['sequence twice', 'SEQUENCE_TWICE', () => plan({ chunks: [chunk([1, 1], 0, ids(1))] })],
    ['no sequence', 'ARGUMENT_INVALID', () => plan({ chunks: [chunk([], 0, ids(1))] })],
    ['no tokens', 'ARGUMENT_INVALID', () => plan({ chunks: [chunk([0], 0, ids())] })],
    ['tokens in an array', 'ARGUMENT_INVALID', () => plan({ chunks: [chunk([0], 0, wrong([1]))] })],
    ['token too high', 'TOKEN_OUT_OF_RANGE', () => plan({ chunks: [chunk([0], 0, ids(2048))] })],
    ['token negative', 'TOKEN_OUT_OF_RANGE', () => plan({ chunks: [chunk([0], 0, ids(-1))] })],
    ['position in between', 'ARGUMENT_INVALID', () => plan({ chunks: [chunk([0], 0.5, ids(1))] })],
    ['output missing', 'ARGUMENT_INVALID', () => plan({ chunks: [chunk([0], 0, ids(1), wrong(null))] })],
    [
      'targets too few',
      'ARGUMENT_INVALID',
      () => plan({ chunks: [{ ...chunk([0], 0, ids(1, 2)), targets: [ids()] }] }),
    ],
    [
      'target too high',
      'TOKEN_OUT_OF_RANGE',
      () => plan({ chunks: [{ ...chunk([0], 0, ids(1)), targets: [ids(9999)] }] }),
    ],
    [
      'best too many',
      'ARGUMENT_INVALID',
      () => plan({ chunks: [{ ...chunk([0], 0, ids(1)), targets: [ids(1)], best: 1025 }] }),
    ],
    [
      'best below 0',
      'ARGUMENT_INVALID',
      () => plan({ chunks: [{ ...chunk([0], 0, ids(1)), targets: [ids(1)], best: -1 }] }),
    ],
    ['too many rows', 'BATCH_TOO_LARGE', () => plan({ chunks: [chunk([0], 0, new Int32Array(17))] })],
    ['decodesMax 0', 'ARGUMENT_INVALID', () => plan({ decodesMax: 0 })],
    ['cellsMax -1', 'ARGUMENT_INVALID', () => plan({ cellsMax: -1 })],
    ['blob negative', 'ARGUMENT_INVALID', () => plan({ ops: [{ kind: 'drop-blob', blob: -1 }] })],
  ]
  test.each(cases)('%s: %s', async (_, code, make) => {
    expect(await codeOf(() => context.step(make()))).toBe(code)
    expect(context.positions(0)).toBeNull()
  })
})

describe('generations', () => {
  const draw = (parts: object) => ({ draw: { ...greedy, ...parts } as never })
  const dry = { multiplier: 1, base: 2, allowedLength: 2, lastN: 9, window: ids(1), breakers: [] }
  const cases: [string, string, object][] = [
    ['chunk', 'ARGUMENT_INVALID', { chunk: 1 }],
    ['sequence', 'ARGUMENT_INVALID', { sequence: 9 }],
    ['matcher', 'MATCHER_EXPECTED', { matcher: {} }],
    ['tokensMax', 'ARGUMENT_INVALID', { tokensMax: 0 }],
    ['empty path', 'ARGUMENT_INVALID', { forbidden: [ids()] }],
    ['path token', 'TOKEN_OUT_OF_RANGE', { forbidden: [ids(4000)] }],
    ['token before', 'TOKEN_OUT_OF_RANGE', { before: ids(4000) }],
    ['temperature negative', 'ARGUMENT_INVALID', draw({ temperature: -1 })],
    ['temperature NaN', 'ARGUMENT_INVALID', draw({ temperature: Number.NaN })],
    ['temperature infinite', 'ARGUMENT_INVALID', draw({ temperature: Number.POSITIVE_INFINITY })],
    ['topP', 'ARGUMENT_INVALID', draw({ topP: 1.1 })],
    ['topK', 'ARGUMENT_INVALID', draw({ topK: -1 })],
    ['minP', 'ARGUMENT_INVALID', draw({ minP: 2 })],
    ['typicalP', 'ARGUMENT_INVALID', draw({ typicalP: 2 })],
    ['xtcProbability', 'ARGUMENT_INVALID', draw({ xtcProbability: -1 })],
    ['xtcThreshold', 'ARGUMENT_INVALID', draw({ xtcThreshold: Number.NaN })],
    ['dry no object', 'ARGUMENT_INVALID', draw({ dry: 5 })],
    ['dry base', 'ARGUMENT_INVALID', draw({ dry: { ...dry, base: 0 } })],
    ['dry length', 'ARGUMENT_INVALID', draw({ dry: { ...dry, allowedLength: 0 } })],
    ['dry window', 'TOKEN_OUT_OF_RANGE', draw({ dry: { ...dry, window: ids(99999) } })],
    ['dry breaker', 'ARGUMENT_INVALID', draw({ dry: { ...dry, breakers: [new Uint8Array(0)] } })],
    ['seed', 'ARGUMENT_INVALID', draw({ seed: 2 ** 53 })],
    ['repeatPenalty', 'ARGUMENT_INVALID', draw({ repeatPenalty: 0 })],
    ['penaltyWindow', 'TOKEN_OUT_OF_RANGE', draw({ penaltyWindow: ids(99999) })],
    ['bias no map', 'ARGUMENT_INVALID', draw({ bias: {} })],
    ['bias token', 'TOKEN_OUT_OF_RANGE', draw({ bias: new Map([[99999, 1]]) })],
    ['bias key', 'TOKEN_OUT_OF_RANGE', draw({ bias: new Map([[Number.NaN, 1]]) })],
    ['id to keep logits under', 'ARGUMENT_INVALID', { keepLogits: 1024 }],
    ['kept logits', 'ARGUMENT_INVALID', { chunk: null, logits: 0.5 }],
    ['neither a chunk nor logits', 'ARGUMENT_INVALID', { chunk: null }],
    ['bias value', 'ARGUMENT_INVALID', draw({ bias: new Map([[1, Number.NaN]]) })],
    ['logprobs', 'ARGUMENT_INVALID', draw({ logprobs: -1 })],
  ]
  test.each(cases)('%s: %s', async (_, code, parts) => {
    const generations = [generation(anyText(model.vocab), parts)]
    const chunks = [chunk([0], 0, ids(5))]
    expect(await codeOf(() => context.step(plan({ chunks, generations })))).toBe(code)
    expect(context.positions(0)).toBeNull()
  })

  test('one matcher twice, one sequence twice, no output', async () => {
    const matcher = anyText(model.vocab)
    const chunks = [chunk([0], 0, ids(5)), chunk([1], 0, ids(5), false)]
    const step = (...generations: ReturnType<typeof generation>[]) =>
      codeOf(() => context.step(plan({ chunks, generations })))
    expect(await step(generation(matcher), generation(matcher, { sequence: 2 }))).toBe('MATCHER_TWICE')
    expect(await step(generation(matcher), generation(anyText(model.vocab)))).toBe('SEQUENCE_TWICE')
    expect(await step(generation(matcher, { chunk: 1, sequence: 1 }))).toBe('OUTPUT_MISSING')
  })
})

test('states only the cells can tell end in a failed step that decoded nothing', async () => {
  const failed = async (made: StepPlan) => {
    const result = await context.step(made)
    expect(result).toMatchObject({ status: 'failed', rowsDecoded: 0 })
    return result.code
  }
  expect(await failed(plan({ chunks: [chunk([0], 3, ids(5))] }))).toBe('POSITION_NOT_NEXT')
  expect(await failed(plan({ chunks: [chunk([0], 0, ids(5)), chunk([0], 0, ids(5))] }))).toBe(
    'POSITION_NOT_NEXT',
  )
  await context.decode(1, ids(5, 6))
  const fork = [generation(anyText(model.vocab), { sequence: 1 })]
  expect(await failed(plan({ chunks: [chunk([0], 0, ids(5))], generations: fork }))).toBe('SEQUENCE_TAKEN')
  const kept = (logits: number) => generation(anyText(model.vocab), { sequence: 1, chunk: null, logits })
  expect(await failed(plan({ generations: [kept(5)] }))).toBe('LOGITS_UNKNOWN')
  const keeping = [generation(anyText(model.vocab), { sequence: 1, keepLogits: 5 })]
  const drawn = await context.step(plan({ chunks: [chunk([1], 2, ids(7))], generations: keeping }))
  expect(drawn.generations[0]!.kept).toEqual({ logits: 5, after: 0 })
  expect(await failed(plan({ chunks: [chunk([1], 3, ids(5))], generations: [kept(5)] }))).toBe(
    'LOGITS_ELSEWHERE',
  )
  await context.truncate(1, 2)
  expect(await failed(plan({ generations: [kept(5)] }))).toBe('LOGITS_ELSEWHERE')
  const refused = plan({ ops: [{ kind: 'restore', sequence: 0, blob: 77 }], chunks: [chunk([0], 0, ids(5))] })
  expect(await failed(refused)).toBe('OPS_REFUSED')
  expect(context.positions(0)).toBeNull()
  await context.clear()
})

test('refused operations change nothing', async () => {
  await context.decode(0, ids(5, 6, 7, 8))
  await context.decode(1, ids(5, 6))
  expect(await codeOf(() => context.copy(0, 1))).toBe('OPERATION_REFUSED')
  expect(await codeOf(() => context.copy(0, 0))).toBe('OPERATION_REFUSED')
  expect(await codeOf(() => context.shift(0, 2, 9))).toBe('OPERATION_REFUSED')
  expect(await codeOf(() => context.shift(3, 0, 1))).toBe('OPERATION_REFUSED')
  const result = await context.step(
    plan({ ops: [{ kind: 'park', sequence: 0, from: 2, until: 9, blob: 1 }] }),
  )
  expect(result).toMatchObject({ opsRefused: [0], parkedBytes: [0] })
  expect(context.positions(0)).toEqual({ first: 0, last: 3 })
  expect(context.positions(1)).toEqual({ first: 0, last: 1 })
  await context.clear()
})

test('vocabulary, options and paths', async () => {
  const { vocab } = model
  for (const token of [-1, 2048, 0.5, Number.NaN, wrong('1'), wrong(undefined)]) {
    expect(await codeOf(() => vocab.tokenBytes(token))).toBe('TOKEN_OUT_OF_RANGE')
    expect(await codeOf(() => vocab.specialText(token))).toBe('TOKEN_OUT_OF_RANGE')
    expect(await codeOf(() => vocab.isEog(token))).toBe('TOKEN_OUT_OF_RANGE')
    expect(await codeOf(() => anyText(vocab).accept(token))).toBe('TOKEN_OUT_OF_RANGE')
  }
  expect(await codeOf(() => vocab.tokenize(wrong('text')))).toBe('ARGUMENT_INVALID')
  for (const options of [
    null,
    {},
    { cells: 0 },
    { cells: 256, sequences: 256 },
    { cells: 256, threads: -1 },
  ]) {
    expect(await codeOf(() => model.createContext(wrong(options)))).toBe('ARGUMENT_INVALID')
  }
  expect(await codeOf(() => model.createContext({ cells: 256, flashAttention: wrong('yes') }))).toBe(
    'ARGUMENT_INVALID',
  )
  expect(await codeOf(() => openModel(wrong(7)))).toBe('ARGUMENT_INVALID')
  expect(await codeOf(() => openModel('a\0b'))).toBe('ARGUMENT_INVALID')
  expect(await codeOf(() => openModel(demoFile, { gpu: wrong('opencl') }))).toBe('ARGUMENT_INVALID')
  expect(await codeOf(() => context.positions(wrong('0')))).toBe('ARGUMENT_INVALID')
})

const methods: [string, (on: ExpertContext) => unknown][] = [
  ['step', (on) => on.step(plan({}))],
  ['positions', (on) => on.positions(0)],
  ['logits', (on) => on.logits()],
  ['copy', (on) => on.copy(0, 1, 1)],
  ['truncate', (on) => on.truncate(0, 0)],
  ['shift', (on) => on.shift(0, 0, 1)],
  ['clear', (on) => on.clear()],
  ['decode', (on) => on.decode(0, ids(5))],
]

test.each(methods)('%s while a step runs: BUSY; after dispose: DISPOSED', async (_, call) => {
  const other = await model.createContext({ cells: 256, sequences: 2 })
  const matcher = anyText(model.vocab)
  const running = other.step(
    plan({ chunks: [chunk([0], 0, ids(5, 6))], generations: [generation(matcher)], decodesMax: 9 }),
  )
  expect(await codeOf(() => call(other))).toBe('BUSY')
  expect(await codeOf(() => matcher.accept(5))).toBe('BUSY')
  expect(await codeOf(() => matcher.dispose())).toBe('BUSY')
  expect((await running).status).toBe('ok')
  expect(await codeOf(() => matcher.accept(5))).toBe('none')
  await other.dispose()
  await other.dispose()
  expect(await codeOf(() => call(other))).toBe('DISPOSED')
  expect(await codeOf(() => other.interrupt())).toBe('DISPOSED')
  expect(await codeOf(() => other.abort())).toBe('DISPOSED')
})

test('dispose while a step runs aborts it and frees everything, model first or last', async () => {
  const other = await openModel(demoFile)
  const busy = await other.createContext({ cells: 1024, sequences: 2 })
  const steps = busy.step(plan({ chunks: [chunk([0], 0, new Int32Array(512))], decodesMax: 1 }))
  const ended = other.dispose()
  expect(['aborted', 'ok']).toContain((await steps).status)
  await Promise.all([ended, busy.dispose(), other.dispose()])
  expect(await codeOf(() => other.createContext({ cells: 256 }))).toBe('DISPOSED')
  expect(await codeOf(() => other.vocab.tokenize(Buffer.from('a')))).toBe('DISPOSED')
  expect(other.vocab.tokenBytes(300).length).toBeGreaterThan(0)
})

test('after all of that the context still decodes', async () => {
  await context.decode(0, ids(5, 6, 7))
  expect(context.logits()).toHaveLength(2048)
})
