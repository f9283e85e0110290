// Ends worker threads in the middle of their work, and processes whose workers are busy, and counts how they end:
//   npm run build && node test/fuzz/worker-storm.mjs [--workers 2000] [--exits 200] [--busy 8] [--batch 25] [--seed 1]
//     [--limit 300] [--json]
// Half of the workers are ended at a random moment of a random phase; the others end by themselves. `--batch`: workers
// a child process makes; `--limit`: seconds a child may take before it counts
// as hung; on a busy machine more are needed. Exit code 1 where a process aborted, hung, ended by a
// signal or with another code than 0, or a worker had an error.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values: args } = parseArgs({
  options: {
    workers: { type: 'string', default: '2000' },
    exits: { type: 'string', default: '200' },
    busy: { type: 'string', default: '8' },
    batch: { type: 'string', default: '25' },
    seed: { type: 'string', default: '1' },
    limit: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
})
const child = fileURLToPath(new URL('../support/storm-process.mjs', import.meta.url))
const limit = Number(args.limit) * 1000

/** How one process ended, and the lines it printed. */
function run(mode, seed, count) {
  return new Promise((resolve) => {
    const running = spawn(process.execPath, [child, mode, String(seed), String(count)])
    let [out, err, isHung] = ['', '', false]
    running.stdout.on('data', (bytes) => (out += bytes))
    running.stderr.on('data', (bytes) => (err += bytes))
    const timer = setTimeout(() => {
      isHung = true
      running.kill('SIGKILL')
    }, limit)
    running.on('close', (status, signal) => {
      clearTimeout(timer)
      const lines = out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
      resolve({ mode, seed, status, signal: isHung ? 'hung' : signal, lines, err: err.trim().slice(-300) })
    })
  })
}

const storm = { workers: 0, ended: 0, exits: 0, died: [], wrong: [], byPhase: {} }

function judge({ mode, seed, status, signal, lines, err }) {
  const threads = lines.filter(({ how }) => how !== undefined)
  for (const { phase, how } of threads) {
    if (mode === 'exit') continue
    storm.workers++
    if (how !== 'let run') storm.ended++
    storm.byPhase[`${phase}, ${how}`] = (storm.byPhase[`${phase}, ${how}`] ?? 0) + 1
  }
  if (mode === 'exit') storm.exits++
  storm.wrong.push(...lines.flatMap(({ wrong }) => (wrong === undefined ? [] : [`seed ${seed}: ${wrong}`])))
  const isDone = lines.some(({ done }) => done !== undefined)
  if (status !== 0 || !isDone || err !== '')
    storm.died.push({ mode, seed, status, signal, last: threads.at(-1) ?? null, err })
}

async function all(mode, counts, first) {
  const left = counts.entries()
  const lane = async () => {
    for (const [index, count] of left) judge(await run(mode, first + index, count))
  }
  await Promise.all([lane(), lane()])
}

const [workers, batch] = [Number(args.workers), Number(args.batch)]
const began = performance.now()
const batches = Array.from({ length: Math.ceil(workers / batch) }, (_, i) =>
  Math.min(batch, workers - i * batch),
)
await all('ends', batches, Number(args.seed))
await all('exit', Array(Number(args.exits)).fill(Number(args.busy)), Number(args.seed))
storm.seconds = Math.round((performance.now() - began) / 1000)

if (args.json) console.log(JSON.stringify(storm))
else {
  for (const [phase, count] of Object.entries(storm.byPhase).sort()) console.log(`${count}  ${phase}`)
  for (const one of storm.died) console.log(`DIED ${JSON.stringify(one)}`)
  for (const one of [...new Set(storm.wrong)].slice(0, 20)) console.log(`WRONG ${one}`)
  console.log(
    `${storm.workers} workers, ${storm.ended} of them ended in the middle; ${storm.exits} processes ended with ` +
      `${args.busy} busy workers; ${storm.died.length} processes died, ${storm.wrong.length} workers had errors; ` +
      `${storm.seconds} s`,
  )
}
if (storm.died.length > 0 || storm.wrong.length > 0) process.exitCode = 1
