// @ts-check
// Checks the path through a graphics processor: the same programs on the CPU and on the devices llama.cpp finds, each
// in a process of its own. Decides what has to be equal: the values, but where two tokens were as good as tied; tokens
// decoded; what a kept cache gives and what a fresh one gives. Prints figures; without a device it says so and ends.
//
// Options: --json; --gpu NAME (default auto); --kinds also runs the tests of every kind of memory there.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { root } from './source-files.mjs'

const { values: options } = parseArgs({
  options: {
    gpu: { type: 'string', default: 'auto' },
    json: { type: 'boolean', default: false },
    kinds: { type: 'boolean', default: false },
    work: { type: 'string' },
  },
})

/** Cells for a few of the long prompts below only, so that what is not in use is parked. */
const contextTokens = 512

/** @typedef {import('../lib/index.js').LoadOptions} LoadOptions */

/** The programs, in one process and one model. @param {LoadOptions['gpu']} gpu */
async function work(gpu) {
  const { branches, devices, each, gen, integer, json, load, prompt, regex, select } = await import(
    pathToFileURL(join(root, 'dist', 'index.js')).href
  )
  const { tickets, triage } = await import(pathToFileURL(join(root, 'examples', 'tickets.mjs')).href)
  const began = performance.now()
  /** @param {object} more */
  const open = (more) => load(undefined, { gpu, contextTokens, answersMax: 0, ...more })
  const kept = await open({ hostBytesMax: 1 << 28 })
  const [first = ''] = Object.values(tickets)
  const filler = prompt`${'Nothing happened that day. '.repeat(40)}${gen('x', { tokensMax: 4 })}`
  const row = (/** @type {string} */ word) => prompt`\n${word}: ${regex('r', /[a-z]{3,9}/)}`
  const forks = prompt`Rhys Scott, 31, of Cardiff. ${branches({
    age: prompt`Age: ${integer('n', { min: 18, max: 99 })}`,
    city: prompt`City: ${select('c', ['Cardiff', 'Lima', 'Oslo'], { by: 'logprob' })}`,
  })}${each('rows', ['one', 'two', 'three'], row)}`
  const sampled = prompt`Person: ${json('p', {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 12 },
      age: { type: 'integer', minimum: 0, maximum: 120 },
    },
    required: ['name', 'age'],
    additionalProperties: false,
  })}`
  const runs = [
    ['a ticket', triage, { ticket: first }, {}],
    ['the ticket again', triage, { ticket: first }, {}],
    ['forks', forks, {}, {}],
    ['a long text', filler, {}, {}],
    ['another', prompt`Listen. ${filler}`, {}, {}],
    ['the ticket, restored', triage, { ticket: first }, {}],
    ['sampled', sampled, {}, { temperature: 1, seed: 5 }],
  ]
  /** @type {object[]} */
  const told = []
  for (const [name, program, given, runOptions] of runs) {
    const run = await kept.run(program, given, runOptions)
    const fresh = await open({})
    const alone = await fresh.run(program, given, runOptions)
    await fresh.dispose()
    told.push({ name, ...facts(run), fresh: facts(alone) })
  }
  const { description, devices: used, gpuLayers } = kept.info
  await kept.dispose()
  const ms = Math.round(performance.now() - began)
  console.log(JSON.stringify({ description, used, gpuLayers, devices: await devices(), ms, runs: told }))
}

/** @param {any} run */
function facts(run) {
  const { reused, restored, decoded } = run.ledger
  const ties = run.trace.flatMap((/** @type {any} */ event) => (event.type === 'near-tie' ? event.ties : []))
  const positions = ties.map((/** @type {{ position: number }} */ { position }) => position)
  return { values: run.values, tokens: [...run.tokens], reused, restored, decoded, ties: positions }
}

/** @param {'cpu' | 'gpu'} where */
function measured(where) {
  const gpu = where === 'cpu' ? 'false' : options.gpu
  const printed = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--work', gpu], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(printed)
}

/**
 * Where two runs part, and whether that is a near tie of one of them: a difference anywhere else is a fault.
 * @param {any} left @param {any} right
 */
function parting(left, right) {
  const at = left.tokens.findIndex(
    (/** @type {number} */ token, /** @type {number} */ i) => token !== right.tokens[i],
  )
  if (at < 0 && left.tokens.length === right.tokens.length) return null
  const index = at < 0 ? Math.min(left.tokens.length, right.tokens.length) : at
  return { index, isTie: left.ties.includes(index) || right.ties.includes(index) }
}

/** @param {any[]} runs */
const checksum = (runs) =>
  createHash('sha256')
    .update(JSON.stringify(runs.map(({ tokens }) => tokens)))
    .digest('hex')
    .slice(0, 12)

function check() {
  const gpu = measured('gpu')
  if (gpu.used.length === 0) {
    console.log('skipped: llama.cpp finds no device here but the CPU.')
    return
  }
  const cpu = measured('cpu')
  /** @type {string[]} */
  const faults = []
  const rows = gpu.runs.map((/** @type {any} */ run, /** @type {number} */ i) => {
    const pairs = { 'than on the CPU': cpu.runs[i], 'than without a cache': run.fresh }
    const parted = Object.entries(pairs).map(([what, other]) => {
      const where = parting(run, other)
      if (where === null) return 'equal'
      if (!where.isTie)
        faults.push(`${run.name}: token ${where.index} is another one ${what}, and it was no near tie`)
      return `differs from token ${where.index} on`
    })
    const { name, reused, restored, decoded } = run
    return { name, decoded, reused, restored, cpu: parted[0], fresh: parted[1] }
  })
  if (!gpu.runs.some((/** @type {any} */ { restored }) => restored > 0))
    faults.push('nothing was parked and restored')
  const sum = (/** @type {any} */ { runs }) =>
    runs.reduce((/** @type {number} */ total, /** @type {any} */ { decoded }) => total + decoded, 0)
  const report = {
    devices: gpu.devices,
    used: gpu.used,
    gpuLayers: gpu.gpuLayers,
    decoded: { gpu: sum(gpu), cpu: sum(cpu) },
    checksum: { gpu: checksum(gpu.runs), cpu: checksum(cpu.runs) },
    ms: { gpu: gpu.ms, cpu: cpu.ms },
    rows,
    faults,
  }
  if (options.json) console.log(JSON.stringify(report, null, 2))
  else {
    console.log(`${gpu.description}, ${gpu.gpuLayers} layers on ${gpu.used.join(', ')}`)
    console.table(rows)
    const { decoded, checksum: sums } = report
    console.log(`tokens decoded ${decoded.gpu} (CPU ${decoded.cpu}), checksum ${sums.gpu} (CPU ${sums.cpu})`)
    for (const fault of faults) console.log(`WRONG ${fault}`)
  }
  if (options.kinds) {
    execFileSync('npx', ['jest', 'test/contract/memory-kinds', '-w', '1'], { cwd: root, stdio: 'inherit' })
  }
  if (faults.length > 0) process.exitCode = 1
}

if (options.work === undefined) check()
else await work(/** @type {LoadOptions['gpu']} */ (options.work === 'false' ? false : options.work))
