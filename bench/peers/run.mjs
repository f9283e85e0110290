// Runs the workloads on each engine, a fresh process for every measurement, the engines in turn. Decides what all of
// them share: file, threads, batch, order, what is printed. The work is workloads.mjs's.
//   npm run build && node bench/peers/run.mjs [--engines raw,espalier] [--workloads w1,w6] [--repetitions 3]
//     [--model file.gguf] [--threads 2] [--batch 1024] [--cells 8192] [--pin 0,1] [--guess auto]
//     [--streams 4] [--smoke]
//     > peers.jsonl
// Prints JSON lines: the machine first, then one for each measurement; an engine that can't run says why on stderr.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { workloads } from './workloads.mjs'

const here = fileURLToPath(import.meta.url)
const root = new URL('../../', import.meta.url)
/** By name: the file, and what it is told. */
const engines = {
  raw: { file: 'raw.mjs' },
  espalier: { file: 'espalier.mjs' },
  'nlc-public': { file: 'nlc.mjs', manner: 'public' },
  'nlc-best': { file: 'nlc.mjs', manner: 'best' },
  'llama-server': { file: 'server.mjs' },
}
const { values: args } = parseArgs({
  options: {
    engines: { type: 'string', default: Object.keys(engines).join() },
    workloads: { type: 'string', default: Object.keys(workloads).join() },
    repetitions: { type: 'string', default: '3' },
    model: { type: 'string' },
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '1024' },
    cells: { type: 'string', default: '8192' },
    pin: { type: 'string' },
    guess: { type: 'string', default: 'auto' },
    streams: { type: 'string', default: '0' },
    smoke: { type: 'boolean', default: false },
    one: { type: 'boolean', default: false },
  },
})

async function modelFile() {
  if (args.model !== undefined) return args.model
  if (args.smoke) return fileURLToPath(new URL('models/espalier-demo-q8_0.gguf', root))
  const { benchModelPath } = await import('../../scripts/bench-model.mjs')
  return benchModelPath()
}

/** In a process of its own: once in small, so that code is compiled and pages are there, then on a fresh model. */
async function measure(name) {
  const { file, manner } = engines[args.engines]
  const { open } = await import(`./${file}`)
  const numbers = { threads: Number(args.threads), batch: Number(args.batch), cells: Number(args.cells) }
  const kv = { guess: args.guess, streams: Number(args.streams) }
  const openFor = (plan) => open({ file: args.model, ...numbers, ...kv, manner, plan })
  const plans = args.smoke ? ['smoke'] : ['smoke', 'full']
  let line = null
  for (const plan of plans.map((size) => workloads[name][size]())) {
    const engine = await openFor(plan)
    const cpuAtFirst = cpuMs() + (engine.cpuMs?.() ?? 0)
    const began = performance.now()
    const { values, ...counts } = await engine.run(plan)
    const ms = performance.now() - began
    const cpu = cpuMs() + (engine.cpuMs?.() ?? 0) - cpuAtFirst
    const peak = process.resourceUsage().maxRSS * 1024 + (engine.peakBytes?.() ?? 0)
    await engine.close()
    line = {
      engine: args.engines,
      ...(engine.release ? { release: engine.release } : {}),
      workload: name,
      ...rounded({ ms, cpuMs: cpu, ...counts }),
      values: values.length,
      megabytes: Math.round(peak / 1e6),
      checksum: createHash('sha256').update(values.join('\n')).digest('hex').slice(0, 12),
    }
  }
  return line
}

/** Of all threads of this process; where other programs compute too it says more than the clock. */
function cpuMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const rounded = (counts) =>
  Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, Math.round(value * 100) / 100]))

function child(engine, workload, model) {
  const own = [here, '--one', '--engines', engine, '--workloads', workload, '--model', model]
  const shared = ['threads', 'batch', 'cells', 'guess', 'streams'].flatMap((name) => [
    `--${name}`,
    args[name],
  ])
  const all = [...own, ...shared, ...(args.smoke ? ['--smoke'] : [])]
  const [command, before] = args.pin
    ? ['taskset', ['-c', args.pin, process.execPath]]
    : [process.execPath, []]
  return promisify(execFile)(command, [...before, ...all], { maxBuffer: 1 << 26 })
}

function facts(model) {
  const { version, llama } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  const peers = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).dependencies
  const named = [...new Set(cpus().map((cpu) => cpu.model.trim()))].join()
  return {
    espalier: version,
    llama: llama.source.release,
    ...peers,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    processor: `${cpus().length} x ${named}`,
    gigabytes: Math.round(totalmem() / 1e9),
    date: new Date().toISOString().slice(0, 10),
    model: model.split(/[/\\]/).at(-1),
    size: args.smoke ? 'smoke' : 'full',
    threads: Number(args.threads),
    batch: Number(args.batch),
    cells: Number(args.cells),
    pin: args.pin ?? null,
    guess: args.guess,
    streams: Number(args.streams),
    repetitions: Number(args.repetitions),
  }
}

/** The lines of one process; what it could not do is told on stderr. */
async function tell(engine, names, model) {
  const { stdout = '', stderr } = await child(engine, names, model).catch((error) => error)
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  for (const line of lines) console.log(line)
  if (lines.length < names.split(',').length)
    console.error(`${engine} did not run all of ${names}: ${stderr}`)
}

async function main() {
  const model = await modelFile()
  const named = args.engines.split(',')
  const unknown =
    named.find((name) => engines[name] === undefined) ??
    args.workloads.split(',').find((name) => workloads[name] === undefined)
  if (unknown !== undefined) throw new Error(`There is no engine or workload ${unknown}.`)
  console.log(JSON.stringify(facts(model)))
  // Nobody looks at the times of a small run, so one process does for all of it.
  for (const names of args.smoke ? [args.workloads] : args.workloads.split(',')) {
    for (let repetition = 0; repetition < Number(args.repetitions); repetition += 1) {
      // Another one begins each time, so that none is always the first behind the longest.
      const from = repetition % named.length
      for (const engine of [...named.slice(from), ...named.slice(0, from)]) await tell(engine, names, model)
    }
  }
}

if (args.one) for (const name of args.workloads.split(',')) console.log(JSON.stringify(await measure(name)))
else await main()
