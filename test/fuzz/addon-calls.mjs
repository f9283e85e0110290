// Random calls of the native layer, one after the other, for as many as wanted:
//   npm run build && node --expose-gc test/fuzz/addon-calls.mjs [--calls 2000] [--seed 1] [--root .] [--kinds step,...]
//     [--json]
// Decides when a run is wrong: a call that ended with anything but a value, an error of this library or the caller's
// own. A process that dies is the worst of all; `addon-sanitized.mjs` runs this under the compiler's sanitizers.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openChaos } from '../support/native-chaos.mjs'

const { values: args } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    root: { type: 'string', default: path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..') },
    kinds: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const ends = {}
const wrong = []
const report = {
  counted(kind, end) {
    ends[kind] ??= {}
    ends[kind][end] = (ends[kind][end] ?? 0) + 1
  },
  wrong: (kind, end) => wrong.push(`${kind}: ${end}`),
  // Told before the call, so that the last line names the one a process died in.
  last: (kind) => args.trace && process.stderr.write(`call ${kind}\n`),
}
process.on('uncaughtException', (error) => wrong.push(`uncaught: ${error?.name} ${error?.message}`))
process.on('unhandledRejection', (error) => wrong.push(`unhandled: ${error?.name} ${error?.message}`))

const chaos = await openChaos({
  root: path.resolve(args.root),
  seed: Number(args.seed),
  kinds: args.kinds?.split(',') ?? null,
  report,
})
for (let call = 0; call < Number(args.calls); call++) await chaos.callOne()
await chaos.close()
const calls = Object.values(ends)
  .flatMap(Object.values)
  .reduce((sum, count) => sum + count, 0)
const result = { seed: Number(args.seed), calls, wrong: [...new Set(wrong)], ends }
if (args.json) console.log(JSON.stringify(result))
else {
  for (const [kind, counts] of Object.entries(ends)) console.log(kind, JSON.stringify(counts))
  for (const one of result.wrong) console.log(`WRONG ${one}`)
  console.log(`${calls} calls, seed ${args.seed}: ${result.wrong.length} kinds of wrong ends`)
}
if (wrong.length > 0) process.exitCode = 1
