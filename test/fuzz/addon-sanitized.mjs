// Random calls of the native layer under the compiler's sanitizers, in processes of some hundred calls each:
//   npm run build && node test/fuzz/addon-sanitized.mjs [--sanitizer address|thread] [--calls 100000] [--batch 500]
//     [--seed 1] [--kinds step,...] [--lanes 2] [--limit 300] [--json]
// Decides what counts: every report whose stacks show one of our sources, by its first line of ours, and every process
// that died, hung or saw an error that is none of this library's. Reports without a frame of ours are counted apart:
// Node and llama.cpp are not instrumented, so what happens wholly inside of them can't be judged. Linux with g++ only.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root, sanitizedAddon } from '../support/sanitized-addon.mjs'

const { values: args } = parseArgs({
  options: {
    sanitizer: { type: 'string', default: 'address' },
    calls: { type: 'string', default: '100000' },
    batch: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    kinds: { type: 'string' },
    lanes: { type: 'string', default: '2' },
    limit: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
})
const { folder, env, command } = await sanitizedAddon(args.sanitizer)
const script = path.join(root, 'test', 'fuzz', 'addon-calls.mjs')

function run(seed) {
  const wanted = args.kinds === undefined ? [] : ['--kinds', args.kinds]
  const given = [
    '--root',
    folder,
    '--calls',
    args.batch,
    '--seed',
    String(seed),
    '--json',
    '--trace',
    ...wanted,
  ]
  const [program, ...before] = [...command, process.execPath]
  return new Promise((resolve) => {
    const child = spawn(program, [...before, '--expose-gc', script, ...given], {
      env: { ...process.env, ...env },
    })
    let [out, err, isHung] = ['', '', false]
    child.stdout.on('data', (bytes) => {
      out += bytes
    })
    child.stderr.on('data', (bytes) => {
      err += bytes
    })
    const timer = setTimeout(() => {
      isHung = true
      child.kill('SIGKILL')
    }, Number(args.limit) * 1000)
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      resolve({ seed, status, signal: isHung ? 'hung' : signal, out, err })
    })
  })
}

const sections =
  /^ {2}(?:Previous |Atomic |Previous atomic )?(?:[Ww]rite|[Rr]ead) of size .*\n((?: {4}#\d+ .*\n)*)/gm

/** Whether our code touched the memory: of two stacks of a race, the innermost frame of one is in the addon. */
function isOfOurs(body) {
  const stacks = [...body.matchAll(sections)].map(([, frames]) => frames.split('\n').filter(Boolean))
  if (stacks.length === 0) return body.includes('espalier.node')
  return stacks.some((frames) =>
    frames.find((frame) => !frame.includes('(libtsan'))?.includes('espalier.node'),
  )
}

/** The reports in what a process printed: what, where in our sources (null where nowhere), and the text. */
function reportsIn(text) {
  const begins = /(?:ERROR: AddressSanitizer: |WARNING: ThreadSanitizer: |[^\n]*runtime error: )[^\n]*/g
  const starts = [...text.matchAll(begins)]
  return starts.map((start, index) => {
    const body = text.slice(start.index, starts[index + 1]?.index)
    const isOurs = args.sanitizer === 'address' || isOfOurs(body)
    const at = isOurs ? (/native\/[\w/]+\.(?:cc|h):\d+/.exec(body)?.[0] ?? null) : null
    const said = start[0].replace(/0x[0-9a-f]+/g, '…').replace(/\(pid=\d+\)|==\d+==/g, '')
    const module = /^ {4}#\d+ .*\(((?!libtsan)[^()+]+)\+/m.exec(body)?.[1]
    const where = at === null && module !== undefined ? ` in ${module}` : ''
    return { what: said.replace(/^.*(native\/)/, '$1').slice(0, 160) + where, at, body: body.slice(0, 4000) }
  })
}

const found = {
  sanitizer: args.sanitizer,
  calls: 0,
  processes: 0,
  ours: {},
  foreign: {},
  died: [],
  wrong: [],
}

function judge({ seed, status, signal, out, err }) {
  found.processes++
  for (const { what, at, body } of reportsIn(err)) {
    const list = at === null ? found.foreign : found.ours
    const key = at === null ? what : `${at} ${what}`
    list[key] ??= { count: 0, seed, body }
    list[key].count++
  }
  const made = (err.match(/^call /gm) ?? []).length
  found.calls += made
  let told = null
  try {
    told = JSON.parse(out)
  } catch {}
  for (const one of told?.wrong ?? []) found.wrong.push(`seed ${seed}: ${one}`)
  if (told !== null && signal === null) return
  const lines = err.split('\n').filter(Boolean)
  const last = lines.filter((line) => line.startsWith('call ')).at(-1)
  const said = lines
    .filter((line) => !line.startsWith('call '))
    .slice(-2)
    .join(' | ')
    .slice(0, 300)
  found.died.push({ seed, status, signal, calls: made, last, said })
}

const count = Math.ceil(Number(args.calls) / Number(args.batch))
const seeds = Array(count).keys()
const began = performance.now()
const lane = async () => {
  for (const index of seeds) {
    judge(await run(Number(args.seed) + index))
    if (!args.json) process.stderr.write(`${found.calls} calls, ${found.died.length} died\n`)
  }
}
await Promise.all(Array.from({ length: Number(args.lanes) }, lane))
found.seconds = Math.round((performance.now() - began) / 1000)

if (args.json) console.log(JSON.stringify(found))
else {
  for (const [place, { count, seed, body }] of Object.entries(found.ours))
    console.log(`REPORT ${place}, ${count} times, first at seed ${seed}\n${body}`)
  for (const one of found.died) console.log(`DIED ${JSON.stringify(one)}`)
  for (const one of found.wrong) console.log(`WRONG ${one}`)
  for (const [what, { count }] of Object.entries(found.foreign))
    console.log(`not ours: ${what}, ${count} times`)
  console.log(
    `${found.calls} calls under ${args.sanitizer} in ${found.processes} processes, ${found.seconds} s: ` +
      `${Object.keys(found.ours).length} reports in our code, ${found.died.length} processes died, ` +
      `${found.wrong.length} wrong ends, ${Object.keys(found.foreign).length} kinds of reports outside of it`,
  )
}
if (Object.keys(found.ours).length + found.died.length + found.wrong.length > 0) process.exitCode = 1
