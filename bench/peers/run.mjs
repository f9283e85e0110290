// Runs the workloads on each engine, a fresh process for every measurement, the engines in turn. Decides what all of
// them share: file, threads, batch, order, what is printed. The work is workloads.mjs's.
//   npm run build && node bench/peers/run.mjs [--engines raw,espalier] [--workloads w1,w6] [--repetitions 3]
//     [--model file.gguf] [--threads 2] [--batch 1024] [--cells 8192] [--pin 0,1] [--smoke] > peers.jsonl
// Prints JSON lines: the machine first, then one for each measurement; an engine that can't run says why on stderr.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
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
    smoke: { type: 'boolean', default: false },
    one: { type: 'boolean', default: false },
  },
})
const size = args.smoke ? 'smoke' : 'full'

async function modelFile() {
  if (args.model !== undefined) return args.model
  if (args.smoke) return fileURLToPath(new URL('models/espalier-demo-q8_0.gguf', root))
  const { benchModelPath } = await import('../../scripts/bench-model.mjs')
  return benchModelPath()
}

/** In a process of its own: once in small, so that code is compiled and pages are there, then on a fresh model. */
async function measure() {
  const { file, manner } = engines[args.engines]
  const { open } = await import(`./${file}`)
  const settings = {
    file: args.model,
    threads: Number(args.threads),
    batch: Number(args.batch),
    cells: Number(args.cells),
    manner,
  }
  const workload = workloads[args.workloads]
  const small = workload.smoke()
  const warm = await open({ ...settings, plan: small })
  await warm.run(small)
  await warm.close()
  const plan = workload[size]()
  const engine = await open({ ...settings, plan })
  const began = performance.now()
  const { values, ...counts } = await engine.run(plan)
  const ms = performance.now() - began
  const peak = process.resourceUsage().maxRSS * 1024 + (engine.peakBytes?.() ?? 0)
  await engine.close()
  const checksum = createHash('sha256').update(values.join('\n')).digest('hex').slice(0, 12)
  const rounded = Object.fromEntries(
    Object.entries({ ms, ...counts }).map(([name, value]) => [name, Math.round(value * 100) / 100]),
  )
  const megabytes = Math.round(peak / 1e6)
  return {
    engine: args.engines,
    workload: args.workloads,
    ...rounded,
    values: values.length,
    megabytes,
    checksum,
  }
}

function child(engine, workload, model) {
  const own = [here, '--one', '--engines', engine, '--workloads', workload, '--model', model]
  const shared = ['threads', 'batch', 'cells'].flatMap((name) => [`--${name}`, args[name]])
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
    size,
    threads: Number(args.threads),
    batch: Number(args.batch),
    cells: Number(args.cells),
    pin: args.pin ?? null,
    repetitions: Number(args.repetitions),
  }
}

async function main() {
  const model = await modelFile()
  const names = args.engines.split(',').filter((name) => {
    if (engines[name] === undefined) throw new Error(`There is no engine ${name}.`)
    return existsSync(new URL(engines[name].file, import.meta.url))
  })
  console.log(JSON.stringify(facts(model)))
  for (const workload of args.workloads.split(',')) {
    if (workloads[workload] === undefined) throw new Error(`There is no workload ${workload}.`)
    for (let repetition = 0; repetition < Number(args.repetitions); repetition += 1) {
      for (const engine of names) {
        const { stdout, stderr } = await child(engine, workload, model).catch((error) => error)
        const line = stdout?.trim().split('\n').at(-1)
        if (line?.startsWith('{')) console.log(line)
        else console.error(`${engine} did not run ${workload}: ${stderr}`)
      }
    }
  }
}

if (args.one) console.log(JSON.stringify(await measure()))
else await main()
