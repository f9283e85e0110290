// What becomes of the process when memory or threads run out in the middle of an operation:
//   npm run build && node test/fuzz/failing.mjs [--operations "open a model,step"] [--what allocation|thread]
//     [--last 5000] [--bytes 1] [--limit 60] [--json]
// Each operation is done with its n-th allocation of at least `--bytes` failing, for rising n, until none fails any
// more; threads are those of the addon itself, with `--bytes 0` also those that llama.cpp makes. Decides when that is
// wrong: the process dies or hangs (also at its end), an error is none of this library's, or the next try fails. Exit
// code 1 then. Linux with a C compiler only.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { failingEnvironment } from '../support/failing.mjs'

const all =
  'open a model,make a context,make an embedder,read texts,compile a constraint,use a matcher,use a vocabulary,' +
  'make a vocabulary,step,run'
const { values: args } = parseArgs({
  options: {
    operations: { type: 'string', default: all },
    what: { type: 'string', default: 'allocation' },
    last: { type: 'string', default: '5000' },
    bytes: { type: 'string', default: '1' },
    limit: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
})
const child = fileURLToPath(new URL('../support/failing-process.mjs', import.meta.url))
const folder = mkdtempSync(path.join(tmpdir(), 'espalier-failing-'))

function run(name, first) {
  const env = { ...process.env, ...failingEnvironment(folder) }
  return new Promise((resolve) => {
    // A thread that could not be made shows at the end of the process, too: one process for each.
    const last = args.what === 'thread' ? String(first) : args.last
    const running = spawn(process.execPath, [child, name, args.what, String(first), last, args.bytes], {
      env,
    })
    let [out, err, isHung] = ['', '', false]
    running.stdout.on('data', (bytes) => {
      out += bytes
    })
    running.stderr.on('data', (bytes) => {
      err += bytes
    })
    const timer = setTimeout(() => {
      isHung = true
      running.kill('SIGKILL')
    }, Number(args.limit) * 1000)
    running.on('close', (status, signal) => {
      clearTimeout(timer)
      const lines = out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
      resolve({ lines, status, signal: isHung ? 'hung' : signal, err: err.trim().slice(-300) })
    })
  })
}

/** Goes on behind the number that a process died at. */
async function tried(name) {
  const told = { turns: 0, failures: 0, ends: {}, wrong: [] }
  const deathsMax = 25
  for (let first = 1; told.wrong.length < deathsMax; ) {
    const { lines, status, signal, err } = await run(name, first)
    for (const { number, ended, failures, again } of lines.filter(({ ended }) => ended !== undefined)) {
      told.turns++
      told.failures += failures
      told.ends[ended] = (told.ends[ended] ?? 0) + 1
      // Where llama.cpp itself broke down, that context is over, and the process says so and begins anew.
      const isOver = ended === 'EngineError CONTEXT_POISONED' && again === ended
      if (ended.startsWith('WRONG') || (again !== 'value' && !isOver))
        told.wrong.push({ number, ended, again })
    }
    const isDone = lines.some(({ done }) => done)
    const { number = first } = lines.findLast(({ begins }) => begins) ?? {}
    const isRestart = lines.some(({ restarts }) => restarts)
    if (!(isDone || isRestart) || status !== 0)
      told.wrong.push({ number, died: signal ?? status, when: isDone ? 'at its end' : 'in the middle', err })
    if (isDone && (args.what === 'allocation' || lines.some(({ failures }) => failures === 0))) return told
    first = number + Math.max(1, Math.floor(number / 10))
  }
  return told
}

const found = {}
try {
  for (const name of args.operations.split(',')) found[name] = await tried(name)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const wrong = Object.values(found).flatMap((told) => told.wrong).length
if (args.json) console.log(JSON.stringify({ what: args.what, wrong, operations: found }))
else {
  for (const [name, { turns, failures, ends, wrong }] of Object.entries(found)) {
    console.log(`${name}: ${turns} turns, ${failures} failures, ${JSON.stringify(ends)}`)
    for (const one of wrong) console.log(`  WRONG ${JSON.stringify(one)}`)
  }
  console.log(`${wrong} wrong ends of operations with a failing ${args.what}`)
}
if (wrong > 0) process.exitCode = 1
