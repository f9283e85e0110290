// Longer seeded runs of the random oracle programs of test/property.
//   node test/fuzz/oracle-long.mjs [--seed 0] [--programs 20000]
// Prints one JSON line; a failure prints its seed, and `--seed N --programs 1` replays it.
import { register } from 'node:module'
import { parseArgs } from 'node:util'

register('./typescript-hook.mjs', import.meta.url)
const { runProgram } = await import('../support/oracle-programs.ts')

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '0' }, programs: { type: 'string', default: '20000' } },
})
const first = Number(values.seed)
const sum = { programs: 0, requests: 0, rowsDecoded: 0, parked: 0, refused: 0, failed: [] }
for (let seed = first; seed < first + Number(values.programs); seed++) {
  const outcome = await runProgram(seed)
  sum.programs++
  for (const key of ['requests', 'rowsDecoded', 'parked', 'refused']) sum[key] += outcome[key]
  if (outcome.mismatch !== null) {
    sum.failed.push(seed)
    console.error(`seed ${seed}: ${outcome.mismatch}`)
    if (sum.failed.length >= 5) break
  }
}
console.log(JSON.stringify(sum))
process.exitCode = sum.failed.length > 0 ? 1 : 0
