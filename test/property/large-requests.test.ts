// Requests of 200,000 tokens, scores 200,000 tokens deep or 150,000 wide, and a tree as deep as there were
// calls: nothing on the way recurses or passes a list as arguments. Method: a device that computes nothing.
import { KvEngine } from '../../lib/engine/local/serve/kv-engine.js'
import { collectScores, planScore } from '../../lib/engine/local/serve/score-plan.js'
import type { NativeContext, StepPlan, StepResult } from '../../lib/native/addon.js'
import { Work } from '../../lib/schedule/work.js'
import { openOracle, requestFor } from '../support/oracle-engine.js'
import { oracleVocabulary } from '../support/oracle-vocabulary.js'

/** Takes every plan, holds what it says, draws token 7, and finds that p is 1 whatever is asked. */
function idleDevice(cells: number): NativeContext {
  const held = new Map<number, number>()
  const step = async ({ ops, chunks, generations }: StepPlan): Promise<StepResult> => {
    for (const op of ops) {
      if (op.kind === 'copy') held.set(op.to, op.until)
      else if (op.kind === 'truncate') held.set(op.sequence, op.from)
    }
    for (const { sequences, position, tokens } of chunks) {
      for (const sequence of sequences) held.set(sequence, position + tokens.length)
    }
    return {
      status: 'ok',
      rowsDecoded: chunks.reduce((sum, { tokens }) => sum + tokens.length, 0),
      decodeCalls: Math.min(1, chunks.length),
      decodeMicros: 1,
      decodes: [],
      stepMicros: 1,
      drafted: 0,
      draftMicros: 0,
      opsRefused: [],
      opMicros: ops.map(() => 1),
      parkedBytes: [],
      logitsKept: [],
      generations: generations.map(({ tokensMax }) => ({
        tokens: Int32Array.of(7),
        kinds: new Uint8Array(1),
        decoded: 0,
        stop: tokensMax === 1 ? 'limit' : 'paused',
        endToken: null,
        logprobs: [],
        nearTies: [],
        kept: null,
        guessed: 0,
        confirmed: 0,
        failure: null,
      })),
      targets: chunks.map(({ targets }) => targets?.map((ids) => new Float64Array(ids.length)) ?? null),
      targetBest: chunks.map(() => null),
      targetFailures: chunks.map(() => null),
      message: '',
      code: '',
    }
  }
  const capabilities = {
    memory: 'full',
    canTruncate: true,
    canShift: true,
    canForkPartially: true,
    canPark: false,
    cells,
    cellsEach: cells,
    sequences: 64,
    batch: 4096,
    flashAttention: true,
    cacheBytes: 0,
    workBytes: {},
  } as const
  return {
    capabilities,
    step,
    interrupt: () => undefined,
    abort: () => undefined,
    positions: (sequence) => {
      const count = held.get(sequence) ?? 0
      return count === 0 ? null : { first: 0, last: count - 1 }
    },
    dispose: async () => undefined,
  }
}

const numbers = (count: number): Int32Array => Int32Array.from({ length: count }, (_, index) => index % 250)
const openIdle = (checksIntegrity = false) =>
  new KvEngine({
    context: idleDevice(1 << 20),
    vocabulary: oracleVocabulary,
    checksIntegrity,
  })

test('200,000 tokens are prefilled, drawn after, pinned, shifted and scored', async () => {
  const engine = openIdle(true)
  const tokens = numbers(200_000)
  await engine.prefill(tokens, null)
  expect([...(await engine.generate(requestFor(tokens, 3))).tokens]).toEqual([7, 7, 7])
  const { pin, usage } = await engine.pin(tokens, null)
  expect(usage.reused).toBe(200_000)
  pin.dispose()
  const lineage = await engine.shift({ tokens, from: 5, until: 9, lineage: null, signal: null })
  expect(lineage.from).toBe(5)
  const wide = Array.from({ length: 250 }, (_, token) => Int32Array.of(token))
  const scores = await engine.score({ tokens, continuations: [...wide, tokens], signal: null })
  expect(scores.logprobs.at(-1)!.length).toBe(200_000)
})

test('a score of 150,000 continuations is one row, and one of 200,000 tokens one work', () => {
  const { capabilities } = idleDevice(1 << 20)
  const wide = Array.from({ length: 150_000 }, (_, token) => Int32Array.of(token))
  const request = { tokens: Int32Array.of(1, 2), continuations: [...wide, numbers(200_000)], signal: null }
  const plan = planScore(request, capabilities)
  const specs = plan.stages.flat()
  expect(specs.length).toBe(1)
  const works = specs.map((spec, number) => new Work(number, spec))
  expect(works[0]!.count).toBe(2 + 199_999)
  for (const work of works) {
    // Which of the tokens asked for it is tells one from the other.
    for (const [position, ids] of work.targets!) work.scores.set(position, Float64Array.from(ids))
  }
  const { logprobs } = collectScores(request, plan, works)
  expect(logprobs.length).toBe(150_001)
  expect(logprobs[149_999]![0]).toBe(149_999)
  expect(logprobs[150_000]!.every((value, index) => value === index % 250)).toBe(true)
})

test('a failed step empties a deep tree', async () => {
  const { engine } = openOracle({ failStep: 230, cells: 2000 })
  const tokens = numbers(250)
  for (let length = 1; length <= 200; length++) await engine.pin(tokens.subarray(0, length), null)
  let failures = 0
  for (let length = 201; length <= 250; length++) {
    await engine.prefill(tokens.subarray(0, length), null).catch(() => {
      failures++
    })
  }
  expect(failures).toBe(1)
  engine.checkIntegrity()
})
