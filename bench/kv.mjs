// @ts-check
// What the cache and the scheduler cost and save on this machine: fan-out, forks, the share of time outside of
// llama_decode, idle cells, parked cells, rows in one step. Prints figures with a checksum of the
// tokens, since different tokens would mean different work.
//   npm run build && npm run bench:kv -- --json [--small] [--model file.gguf]
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { drawOptions } from '../build/modules/engine/local/hole/draw-options.js'
import { KvEngine } from '../build/modules/engine/local/serve/kv-engine.js'
import { openModel } from '../build/modules/native/native.js'
import { benchModelPath } from '../scripts/bench-model.mjs'
import { checksumOf } from './support/bench-text.mjs'

const { values: args } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
    model: { type: 'string' },
  },
})
const sizes = args.small
  ? { trunk: 200, idle: 512, drawn: 24, repeats: 1, branches: [1, 4], cells: 2048 }
  : { trunk: 2000, idle: 8000, drawn: 192, repeats: 3, branches: [1, 2, 4, 8, 16], cells: 12288 }

/** Draws as a run without other options draws them. */
const drawing = (/** @type {import('espalier').SamplingOptions} */ run) =>
  drawOptions({ sampling: { run, hole: {} }, seed: 0, vocabularySize: 0 }, new Int32Array(0), 0)
const greedy = drawing({})
/**
 * One token, whatever the logits: weights at random tie nearly at every third token, and cells that were moved, when
 * depends on costs measured here, round otherwise.
 */
const decided = { ...greedy, bias: new Map([[400, 1e6]]) }
/** @type {Int32Array[]} */
const drawn = []
const model = await openModel(args.model ?? benchModelPath())

/** Any text: every byte string, never ended by the constraint. */
const { IrBuilder } = await import('../build/modules/constraint/ir/ir-builder.js')
function anyText() {
  const builder = new IrBuilder()
  const { words, bytes } = builder.finish({ lexeme: builder.any() })
  return model.vocab.compile(words, bytes)
}
const text = anyText()
const noEnd = new Map()
for (let token = 0; token < model.vocab.size; token++) {
  if (model.vocab.isEog(token)) noEnd.set(token, -Infinity)
}

/** @param {number} count @param {number} salt */
function tokensOf(count, salt) {
  let x = (salt * 2654435761 + 1) >>> 0
  return Int32Array.from({ length: count }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return 300 + ((x >>> 8) % (model.vocab.size - 1000))
  })
}

/** @param {number} [hostBytesMax] */
async function open(hostBytesMax = 0) {
  const context = await model.createContext({ cells: sizes.cells, threads: availableParallelism() })
  const vocabulary = /** @type {any} */ (model.vocab)
  const engine = new KvEngine({ context, vocabulary, guesses: false, hostBytesMax })
  return { context, engine }
}

/** @param {KvEngine} engine @param {Int32Array} tokens @param {number} tokensMax @param {typeof greedy} draw */
async function generate(engine, tokens, tokensMax, draw = greedy) {
  const result = await engine.generate({
    tokens,
    matcher: text.matcher(),
    draw: { ...draw, bias: new Map([...draw.bias, ...noEnd]) },
    tokensMax,
    forbidden: [],
    signal: null,
    onTokens: null,
  })
  drawn.push(result.tokens)
  return result
}

/** @param {readonly number[]} sorted @param {number} share */
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
/** @param {number[]} numbers */
const median = (numbers) =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  )
/** @param {number} number @param {number} digits */
const round = (number, digits = 3) => Number(number.toFixed(digits))

async function fanout() {
  const rows = []
  const trunk = tokensOf(sizes.trunk, 1)
  for (const branches of sizes.branches) {
    const { engine } = await open()
    const suffixes = Array.from({ length: branches }, (_, salt) => tokensOf(16, 100 + salt))
    const results = await Promise.all(
      suffixes.map((suffix) => generate(engine, Int32Array.of(...trunk, ...suffix), 1)),
    )
    const charged = results
      .flatMap(({ usage }) => usage.decoded)
      .reduce((sum, r) => sum + r.until - r.from, 0)
    const unique = sizes.trunk + 16 * branches
    rows.push({ branches, unique, decoded: engine.totals.rowsDecoded, charged })
    await engine.dispose()
  }
  return rows
}

/** A fork of a trunk by one copy op; what the device's own thread takes for it. */
async function forkMicros() {
  const { context, engine } = await open()
  const [first] = [tokensOf(sizes.trunk, 1)]
  const step = (/** @type {any[]} */ ops, /** @type {any[]} */ chunks = []) =>
    context.step({ ops, chunks, generations: [], decodesMax: 1 })
  for (let at = 0; at < first.length; at += context.capabilities.batch) {
    const tokens = first.slice(at, at + context.capabilities.batch)
    await step([], [{ sequences: [0], position: at, tokens, output: false }])
  }
  const micros = []
  for (let round = 0; round < 200; round++) {
    const result = await step([{ kind: 'copy', from: 0, to: 1, until: first.length }])
    micros.push(result.stepMicros)
    await step([{ kind: 'truncate', sequence: 1, from: 0 }])
  }
  await engine.dispose()
  micros.sort((a, b) => a - b)
  return { p50: round(quantile(micros, 0.5), 1), p99: round(quantile(micros, 0.99), 1) }
}

/** Share of wall time outside of llama_decode while so many branches draw, and micros of a decode. */
async function decoding(engine, branches, salt, draw = greedy) {
  const prefix = tokensOf(16, salt)
  await engine.prefill(prefix, null)
  const base = { ...engine.totals }
  const start = performance.now()
  await Promise.all(
    Array.from({ length: branches }, (_, branch) =>
      generate(engine, Int32Array.of(...prefix, 400 + branch), sizes.drawn, draw),
    ),
  )
  const wallMicros = (performance.now() - start) * 1000
  const decodeMicros = engine.totals.decodeMicros - base.decodeMicros
  const calls = engine.totals.decodeCalls - base.decodeCalls
  return {
    outside: 1 - decodeMicros / wallMicros,
    wallMicros,
    callMicros: decodeMicros / calls,
    perCall: wallMicros / calls,
  }
}

const overhead = () => shareOutside(greedy)
const overheadSampled = () => shareOutside(drawing({ temperature: 1 }))
const overheadFiltered = () => shareOutside(drawing({ temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 }))

/** @param {typeof greedy} draw */
async function shareOutside(draw) {
  /** @type {Record<string, number>} */
  const shares = {}
  for (const branches of [1, 16]) {
    const { engine } = await open()
    await decoding(engine, branches, 7, draw)
    const runs = []
    for (let repeat = 0; repeat < sizes.repeats; repeat++)
      runs.push(await decoding(engine, branches, 8 + repeat, draw))
    shares[branches] = round(median(runs.map((run) => run.outside)))
    await engine.dispose()
  }
  return shares
}

/**
 * One decoding run beside idle prefixes, against the same on an empty cache. Both go first in turns: a machine that
 * gets slower by the minute would favour whoever always does. `first`: the first pair, when not all are parked yet.
 * `tidyMs`: what parking, repacking and all else outside of llama_decode took on the full side beyond the empty one;
 * it falls between the runs that are timed, so that the ratio does not hold it.
 */
async function idle() {
  const full = await open(2 ** 30)
  const empty = await open(2 ** 30)
  await decoding(full.engine, 1, 40, decided)
  await decoding(empty.engine, 1, 40, decided)
  const part = Math.ceil(sizes.idle / 8)
  for (let salt = 0; salt < 8; salt++) await full.engine.prefill(tokensOf(part, 60 + salt), null)
  const pairs = []
  for (let repeat = 0; repeat < 2 * sizes.repeats + 1; repeat++) {
    /** @type {Record<string, number>} */
    const pair = {}
    for (const which of repeat % 2 === 0 ? ['beside', 'alone'] : ['alone', 'beside']) {
      const { engine } = which === 'beside' ? full : empty
      pair[which] = (await decoding(engine, 1, 90 + repeat, decided)).perCall
    }
    pairs.push(pair)
  }
  const { cellsLive, parkedCount } = full.engine.occupancy
  const [besideOutside, aloneOutside] = [full, empty].map(
    ({ engine: { totals } }) => totals.stepMicros - totals.decodeMicros,
  )
  await full.engine.dispose()
  await empty.engine.dispose()
  const ratios = pairs.map(({ beside, alone }) => beside / alone)
  return {
    ratio: round(median(ratios)),
    first: round(ratios[0]),
    besideMs: round(median(pairs.map(({ beside }) => beside)) / 1000),
    aloneMs: round(median(pairs.map(({ alone }) => alone)) / 1000),
    tidyMs: round((besideOutside - aloneOutside) / 1000),
    cellsLive,
    parkedCount,
  }
}

/** Coming back to a prefix that was parked because it lay idle beside other work, against prefilling it. */
async function restore() {
  const { engine } = await open(2 ** 30)
  const rounds = []
  for (let repeat = 0; repeat < sizes.repeats; repeat++) rounds.push(await comeBack(engine, repeat))
  await engine.dispose()
  const [restoreMs, prefillMs] = ['restoreMs', 'prefillMs'].map((time) => median(rounds.map((r) => r[time])))
  const { restored, parkedBefore } = rounds[0]
  const ratio = round(median(rounds.map((r) => r.restoreMs / r.prefillMs)), 4)
  return { ratio, restoreMs: round(restoreMs), prefillMs: round(prefillMs), restored, parkedBefore }
}

/** @param {KvEngine} engine @param {number} repeat */
async function comeBack(engine, repeat) {
  const prefix = tokensOf(sizes.trunk, 200 + repeat)
  let start = performance.now()
  await engine.prefill(prefix, null)
  const prefillMs = performance.now() - start
  const { parkedCount } = engine.occupancy
  const drawnBefore = drawn.length
  for (let salt = 0; salt < 8 && engine.occupancy.parkedCount === parkedCount; salt++)
    await decoding(engine, 1, 300 + 8 * repeat + salt)
  // How much of this work it takes depends on what parking and steps cost here, so that it is no part of the checksum.
  drawn.length = drawnBefore
  const parkedBefore = engine.occupancy.parkedCount
  start = performance.now()
  const { restored } = await engine.prefill(prefix, null)
  const restoreMs = performance.now() - start
  return { restoreMs, prefillMs, restored, parkedBefore }
}

/** Milliseconds of one llama_decode over so many rows of different sequences, short prefixes. */
async function rowCosts() {
  const { context, engine } = await open()
  /** @type {Record<string, number>} */
  const costs = {}
  for (const rows of [1, 2, 4, 8, 16]) {
    const micros = []
    const sequences = Array.from({ length: rows }, (_, id) => id)
    for (let position = 0; position < 40; position++) {
      const chunks = sequences.map((id) => ({
        sequences: [id],
        position,
        tokens: Int32Array.of(400 + id),
        output: true,
      }))
      micros.push((await context.step({ ops: [], chunks, generations: [], decodesMax: 1 })).decodeMicros)
    }
    const ops = sequences.map((sequence) => /** @type {const} */ ({ kind: 'truncate', sequence, from: 0 }))
    await context.step({ ops, chunks: [], generations: [], decodesMax: 1 })
    costs[rows] = round(median(micros.slice(8)) / 1000)
  }
  await engine.dispose()
  return costs
}

/** @type {Record<string, unknown>} */
const figures = {}
for (const part of [
  fanout,
  forkMicros,
  overhead,
  overheadSampled,
  overheadFiltered,
  idle,
  restore,
  rowCosts,
]) {
  const start = performance.now()
  figures[part.name] = await part()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  // The whole takes minutes: whoever waits is told, beside the figures themselves.
  if (process.stderr.isTTY) console.error(`${part.name}: ${seconds} s`)
}
figures.checksum = checksumOf(drawn)
await model.dispose()
console.log(args.json ? JSON.stringify(figures) : JSON.stringify(figures, null, 2))
