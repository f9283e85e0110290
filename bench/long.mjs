// What long texts cost beside llama_decode: a token of a long stream, a request on a long transcript, the turn of the
// event loop under large inputs. Decides sizes and goals; exit code 1 where a goal is missed.
//   npm run build && npm run bench:long -- --json [--quick | --smoke] [--only stream,far,kinds,lag] [--model file.gguf]
// Prints a checksum of the tokens drawn and counts: another checksum means other work. `--smoke` takes the demo model.
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openModel } from 'espalier/native'
import { benchModelPath } from '../scripts/bench-model.mjs'
import { checksumOf } from './support/bench-text.mjs'
import { cases } from './support/long-lag.mjs'
import { longText, ratioOf, requests, round, streamed, windowOf, withModel } from './support/long-stream.mjs'

const { values: args } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    only: { type: 'string', default: 'stream,far,kinds,lag' },
    model: { type: 'string' },
  },
})
const full = {
  thousand: 500,
  near: 500,
  middle: 4000,
  far: 32_000,
  farDrawn: 256,
  kinds: 1024,
  requests: 9,
  scale: 1,
}
const quick = {
  thousand: 200,
  near: 200,
  middle: 1600,
  far: 6400,
  farDrawn: 192,
  kinds: 512,
  requests: 9,
  scale: 1,
}
const smoke = {
  thousand: 60,
  near: 60,
  middle: 300,
  far: 700,
  farDrawn: 80,
  kinds: 384,
  requests: 3,
  scale: 0.01,
}
const sizes = args.smoke ? smoke : args.quick ? quick : full
const demo = fileURLToPath(new URL('../models/espalier-demo-q8_0.gguf', import.meta.url))
/** Seconds a case of large inputs may take before it counts as one without end. */
const limitSeconds = 20
const goals = { share: 0.05, tenthToFirst: 1.25, lagMsPerMegabyte: 100 }

const native = await openModel(args.model ?? (args.smoke ? demo : benchModelPath()), { gpu: false })
const drawn = []
const counts = { decodeCalls: 0, tokens: 0 }
const violations = []

const measured = (cells, work) =>
  // Two threads on a busy machine wait for each other; a smoke run asks for no times.
  withModel(
    native,
    args.smoke ? { cells, threads: 1 } : { cells, threads: availableParallelism() },
    async (bench) => {
      const figures = await work(bench)
      drawn.push(...bench.drawn)
      counts.decodeCalls += bench.counts.decodeCalls
      counts.tokens += bench.counts.tokens
      return figures
    },
  )

function demand(what, seen, most) {
  if (seen > most) violations.push(`${what} is ${seen}, at most ${most} is wanted`)
}

/** One stream in ten parts: early and late in it, and the tenth part against the first. */
async function stream() {
  const { thousand, near, middle } = sizes
  const figures = await measured(10 * thousand + 512, async (bench) => {
    const text = longText(bench.vocabulary, 16)
    const seen = await streamed(bench, text, 10 * thousand)
    const first = windowOf(seen, 1, thousand)
    const tenth = windowOf(seen, 9 * thousand, 10 * thousand)
    return {
      [near]: windowOf(seen, near - thousand / 4, near + thousand / 4),
      [middle]: windowOf(seen, middle - thousand / 4, middle + thousand / 4),
      first,
      tenth,
      tenthToFirst: ratioOf(tenth, first),
    }
  })
  demand('the tenth part of a stream to the first, micros a token', figures.tenthToFirst, goals.tenthToFirst)
  demand(`the share outside at ${middle}`, figures[middle].share, goals.share)
  return figures
}

/** A stream that begins far out, and requests on transcripts of either length. */
async function far() {
  const figures = await measured(Math.min(sizes.far + 768, native.contextTrained), async (bench) => {
    const atNear = await requests(bench, longText(bench.vocabulary, 2 * sizes.near, 5), sizes.requests)
    const text = longText(bench.vocabulary, sizes.far)
    const atFar = await requests(bench, text, sizes.requests)
    const seen = await streamed(bench, text, sizes.farDrawn)
    const [late, early] =
      atFar.loopMs === null ? [atFar.outsideMs, atNear.outsideMs] : [atFar.loopMs, atNear.loopMs]
    const ratio = round(late / early)
    return { [sizes.far]: windowOf(seen, 1, sizes.farDrawn), requests: { near: atNear, far: atFar, ratio } }
  })
  demand(`the share outside at ${sizes.far}`, figures[sizes.far].share, goals.share)
  return figures
}

/** Streams whose value is told or judged while it grows: the last quarter against the first. */
async function kinds() {
  const figures = {}
  for (const kind of ['text', 'json', 'checked']) {
    figures[kind] = await measured(sizes.kinds + 512, async (bench) => {
      const seen = await streamed(bench, longText(bench.vocabulary, 16), sizes.kinds, kind)
      const quarter = Math.floor(sizes.kinds / 4)
      const first = windowOf(seen, 1, quarter)
      const last = windowOf(seen, 3 * quarter, 4 * quarter)
      return { first, last, lastToFirst: ratioOf(last, first) }
    })
    demand(`the last quarter of a ${kind} stream to the first`, figures[kind].lastToFirst, goals.tenthToFirst)
    demand(`the share outside of the last quarter of a ${kind} stream`, figures[kind].last.share, goals.share)
  }
  return figures
}

/** How these cases ended in one process; without a result behind the one that ended it. */
function laggards(names) {
  const program = fileURLToPath(new URL('./support/long-lag.mjs', import.meta.url))
  const options = { timeout: limitSeconds * 1000 * names.length, killSignal: 'SIGKILL' }
  return new Promise((resolve) => {
    execFile(process.execPath, [program, String(sizes.scale), ...names], options, (error, out, err) => {
      const ended = out.trim().split('\n').filter(Boolean).map(JSON.parse)
      const end = error?.killed ? `timed out after ${limitSeconds} s` : `failed: ${err.slice(-300)}`
      resolve(names.map((name, index) => [name, ended[index] ?? { end }]))
    })
  })
}

/** Each case in a process of its own, with a limit: endless ones end as 'timed out'. A smoke run asks for no times. */
async function lag() {
  const figures = {}
  const names = Object.keys(cases)
  for (const together of args.smoke ? [names] : names.map((name) => [name])) {
    for (const [name, ended] of await laggards(together)) judgeLag(figures, name, ended)
  }
  return figures
}

function judgeLag(figures, name, ended) {
  const most = goals.lagMsPerMegabyte * Math.max(1, ended.megabytes ?? 1)
  figures[name] = ended
  const blocked = ended.busyMs ?? ended.lagMs ?? Number.POSITIVE_INFINITY
  demand(`what blocks the event loop in ms, ${name}`, blocked, most)
}

const figures = {}
for (const part of [stream, far, kinds, lag]) {
  if (!args.only.split(',').includes(part.name)) continue
  const start = performance.now()
  figures[part.name] = await part()
  if (process.stderr.isTTY) console.error(`${part.name}: ${round((performance.now() - start) / 1000, 1)} s`)
}
await native.dispose()
Object.assign(figures, counts, { checksum: checksumOf(drawn), goals, violations })
console.log(args.json ? JSON.stringify(figures) : JSON.stringify(figures, null, 2))
if (violations.length > 0) process.exitCode = 1
