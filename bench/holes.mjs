// What a hole costs beside llama_decode: a character sheet of ten constrained holes, its template written anew for each
// run as programs do, in the first run of a process, the second and the median of the last. Decides what counts: wall
// time less what the model says it spent inside of llama_decode. Both are of one process, so only ratios travel.
//   npm run build && node bench/holes.mjs [--runs 60] [--model file.gguf] [--threads 1] [--smoke]
// Prints counts and a checksum of the tokens.
import { parseArgs } from 'node:util'
import { gen, integer, load, prompt, regex, select } from 'espalier'
import { checksumOf } from './support/bench-text.mjs'

const { values: args } = parseArgs({
  options: {
    runs: { type: 'string', default: '60' },
    model: { type: 'string' },
    threads: { type: 'string', default: '1' },
    smoke: { type: 'boolean', default: false },
  },
})
const runs = args.smoke ? 4 : Number(args.runs)
const holes = 10

/** A new template each time: equal constraints, none of them the same object. */
const sheet = (number) => prompt`A character sheet, number ${number}.
Name: ${regex('name', /[A-Z][a-z]{2,8}/)}
Age: ${integer('age', { min: 1, max: 99 })}
Class: ${select('class', ['warrior', 'wizard', 'archer', 'thief'])}
Strength: ${integer('strength', { min: 1, max: 20 })}
Armor: ${select('armor', ['leather', 'chainmail', 'plate'])}
Weapon: ${select('weapon', ['sword', 'axe', 'bow', 'dagger', 'staff'])}
Motto: ${gen('motto', { stop: '\n', tokensMax: 12 })}
Spell: ${regex('spell', /[a-z]{3,10}/)}
Gold: ${integer('gold', { min: 0, max: 1000 })}
Pet: ${regex('pet', /[A-Z][a-z]{1,6}/)}
`

// What is parked when depends on time, and rounding on where cells lie: a smoke run is to draw the same each time.
const host = args.smoke ? { hostBytesMax: 0 } : {}
const model = await load(args.model, { threads: Number(args.threads), gpu: false, ...host })
const seen = []
const tokens = []
for (let number = 1; number <= runs; number++) {
  const before = model.stats()
  const began = performance.now()
  const run = await model.run(sheet(String(number)), {}, { seed: number })
  const wall = performance.now() - began
  const after = model.stats()
  const inside = after.decodeMs - before.decodeMs
  seen.push({
    outsideMs: (wall - inside) / holes,
    stepMs: (after.stepMs - before.stepMs - inside) / holes,
    decodeCalls: after.decodeCalls - before.decodeCalls,
    rows: after.rows - before.rows,
    rowsAgain: after.rowsAgain - before.rowsAgain,
  })
  tokens.push(run.tokens)
}
await model.dispose()

const late = seen
  .slice(-Math.max(1, Math.floor((runs * 2) / 3)))
  .toSorted((a, b) => a.outsideMs - b.outsideMs)
const round = ({ outsideMs, stepMs, ...counts }) => ({
  outsideMs: Number(outsideMs.toFixed(3)),
  stepMs: Number(stepMs.toFixed(3)),
  ...counts,
})
console.log(
  JSON.stringify({
    runs,
    holes,
    first: round(seen[0]),
    second: round(seen[1] ?? seen[0]),
    median: round(late[late.length >> 1]),
    rowsAgain: seen.reduce((sum, { rowsAgain }) => sum + rowsAgain, 0),
    checksum: checksumOf(tokens),
  }),
)
