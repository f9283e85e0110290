// Thousands of mixed runs on one model with small caches, and what the process holds after each thousand:
//   npm run build && node --expose-gc test/fuzz/soak.mjs [--runs 20000] [--every 1000] [--warm 2000] [--slope-max 1]
//     [--host-mib 4] [--answers 4096] [--cells 1024] [--seed 1] [--only gen,json] [--kept-caches] [--json]
// Prints one line each; the slope of RSS is fitted by least squares over the samples after `--warm`, in MB per 1,000
// runs. Exit code 1 where it is above `--slope-max`, or a run ended in a way its kind does not allow.
// `--kept-caches` leaves every cache at its default.
import { parseArgs } from 'node:util'
import { kinds } from '../support/mixed-runs.mjs'
import { randomBelow } from '../support/random-below.mjs'
import { openSmall } from '../support/small-model.mjs'

const number = (value) => ({ type: 'string', default: String(value) })
const { values: args } = parseArgs({
  options: {
    runs: number(20_000),
    every: number(1000),
    warm: number(2000),
    'slope-max': number(1),
    'host-mib': number(4),
    answers: number(4096),
    cells: number(1024),
    seed: number(1),
    only: { type: 'string' },
    'kept-caches': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const count = Number(args.runs)
const every = Number(args.every)
const warm = Number(args.warm)
const names = args.only?.split(',') ?? Object.keys(kinds)
const unknown = names.filter((name) => !(name in kinds))
if (unknown.length > 0) throw new Error(`No kinds ${unknown}; there are ${Object.keys(kinds)}.`)

const caches = args['kept-caches']
  ? {}
  : { hostBytesMax: Number(args['host-mib']) * 2 ** 20, answersMax: Number(args.answers) }
const { model, engine } = await openSmall({ cells: Number(args.cells), ...caches })
const next = randomBelow(Number(args.seed))
const kept = []
const samples = []
const wrong = []

const mib = (bytes) => Number((bytes / 2 ** 20).toFixed(1))

function sample(runs) {
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  const { hostBytes, parkedCount, cellsLive } = engine.occupancy
  const told = {
    runs,
    rss: mib(rss),
    heapUsed: mib(heapUsed),
    external: mib(external),
    arrayBuffers: mib(arrayBuffers),
    parked: mib(hostBytes),
    parkedCount,
    cellsLive,
  }
  samples.push(told)
  if (!args.json)
    console.log(
      Object.entries(told)
        .map(([name, value]) => `${name} ${value}`)
        .join('  '),
    )
}

/** MB of RSS per 1,000 runs, fitted over what was sampled after the first `--warm` runs. */
function slope(of) {
  const points = samples.filter(({ runs }) => runs >= warm).map((one) => [one.runs / 1000, one[of]])
  const mean = (index) => points.reduce((sum, point) => sum + point[index], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const rise = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0)
  const run = points.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
  return run === 0 ? 0 : Number((rise / run).toFixed(3))
}

const began = performance.now()
for (let done = 0; done < count; done++) {
  if (done % every === 0) sample(done)
  const name = names[next(names.length)]
  try {
    await kinds[name]({ model, next, number: done, kept })
  } catch (error) {
    wrong.push(`${name} ${done}: ${error?.name} ${error?.code} ${error?.message}`)
    if (wrong.length > 20) break
  }
}
sample(count)
while (kept.length > 0) kept.pop().dispose()
await model.dispose()

const result = {
  samples,
  slope: slope('rss'),
  slopeHeap: slope('heapUsed'),
  slopeExternal: slope('external'),
  slopeMax: Number(args['slope-max']),
  seconds: Math.round((performance.now() - began) / 1000),
  wrong,
}
if (args.json) console.log(JSON.stringify(result))
else {
  for (const one of wrong) console.log(`WRONG ${one}`)
  console.log(
    `slope of RSS ${result.slope} MB per 1,000 runs (at most ${result.slopeMax}), of the JavaScript heap ` +
      `${result.slopeHeap}, of external memory ${result.slopeExternal}; ${result.seconds} s`,
  )
}
if (result.slope > result.slopeMax || wrong.length > 0) process.exitCode = 1
