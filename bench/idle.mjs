// What is left of earlier runs costs the next one: so many distinct runs one after the other on one model, and at the
// end of them the same run beside it on a model that has done nothing but warm up, turn by turn in one process. Decides
// what counts: micros inside of llama_decode a row and a call, and the counts that explain them.
//   npm run build && npm run bench:idle -- [--runs 8,64,512] [--pairs 8] [--beginning 0] [--read 200]
//     [--holes 4] [--pause 0] [--threads 1] [--model file.gguf] [--smoke]
// --beginning: tokens that all runs begin with, whose reuse is counted. --pause: milliseconds between two runs, as a
// program that waits for its user has. Prints counts, ratios and a checksum of the tokens; with others on the machine,
// pin the process to one core (taskset) and take ratios only.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { input, load, prompt } from 'espalier'
import { openModel } from 'espalier/native'
import { benchModelPath } from '../scripts/bench-model.mjs'
import { checksumOf, drawnHole, endless, textOf, wordTokens } from './support/bench-text.mjs'

const { values: args } = parseArgs({
  options: {
    runs: { type: 'string', default: '8,64,512' },
    pairs: { type: 'string', default: '8' },
    beginning: { type: 'string', default: '0' },
    read: { type: 'string', default: '200' },
    holes: { type: 'string', default: '4' },
    pause: { type: 'string', default: '0' },
    threads: { type: 'string', default: '1' },
    model: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
})
const sizes = args.smoke
  ? { runs: [3], pairs: 1, read: 40, drawn: 4 }
  : { runs: args.runs.split(',').map(Number), pairs: Number(args.pairs), read: Number(args.read), drawn: 12 }
const demo = fileURLToPath(new URL('../models/espalier-demo-q8_0.gguf', import.meta.url))
const path = args.smoke ? demo : (args.model ?? benchModelPath())
const options = { threads: Number(args.threads), gpu: false, guess: 'off' }

const opened = await openModel(path)
const words = wordTokens(opened.vocab)
const bias = endless(opened.vocab)
const beginning = Number(args.beginning) > 0 ? `${textOf(opened.vocab, Number(args.beginning))}\n` : ''
const body = textOf(opened.vocab, sizes.read)
await opened.dispose()

/** Nothing but the beginning is equal in two of them: the number comes first, and the words drawn differ. */
function program(number) {
  let written = prompt`${beginning}${input('number')} ${body.split(' ').slice(1).join(' ')}\n`
  for (let hole = 0; hole < Number(args.holes); hole += 1) {
    // No hole draws a word of an earlier one: what the penalty leaves of its rank would be a near tie.
    const first = (number * 31 + hole * sizes.drawn) % (words.length - sizes.drawn)
    const drawn = drawnHole(`h${hole}`, words.slice(first, first + sizes.drawn), bias)
    written = prompt`${written}\nNote ${String(hole)}:${drawn}`
  }
  return written
}

const drawn = []
async function once(model, number) {
  const before = model.stats()
  const began = performance.now()
  const run = await model.run(program(number), { number: `No. ${number}` }, { seed: number })
  const wallMs = performance.now() - began
  const after = model.stats()
  drawn.push(run.tokens)
  const of = (name) => after[name] - before[name]
  return {
    wallMs,
    decodeMs: of('decodeMs'),
    calls: of('decodeCalls'),
    rows: of('rows'),
    rowsAgain: of('rowsAgain'),
    attended: of('attended') / of('decodeCalls'),
  }
}

/** One that has read some text, so that its memory has been touched. */
async function fresh() {
  const model = await load(path, options)
  await model.run(prompt`${body.slice(0, 100)}${drawnHole('warm', words.slice(0, 4), bias)}`)
  return model
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
const round = (number) => Number(number.toFixed(3))

async function measure(runs) {
  const model = await load(path, options)
  for (let number = 1; number <= runs - sizes.pairs; number += 1) {
    await once(model, number)
    if (Number(args.pause) > 0) await sleep(Number(args.pause))
  }
  const pairs = []
  for (let pair = 0; pair < sizes.pairs; pair += 1) {
    const number = runs - sizes.pairs + 1 + pair
    const other = await fresh()
    // Rows of the beginning are computed once on both sides.
    if (beginning !== '') await once(other, 0)
    const sides = {}
    for (const side of pair % 2 === 0 ? ['used', 'fresh'] : ['fresh', 'used']) {
      sides[side] = await once(side === 'used' ? model : other, number)
    }
    await other.dispose()
    if (Number(args.pause) > 0) await sleep(Number(args.pause))
    pairs.push(sides)
  }
  const { parked, cells, tidied, rowsAgain } = model.stats()
  await model.dispose()
  const of = (side, name) => median(pairs.map((pair) => pair[side][name]))
  return {
    runs,
    rowRatio: round(
      median(pairs.map(({ used, fresh }) => used.decodeMs / used.rows / (fresh.decodeMs / fresh.rows))),
    ),
    wallRatio: round(median(pairs.map(({ used, fresh }) => used.wallMs / fresh.wallMs))),
    rowMs: round(of('used', 'decodeMs') / of('used', 'rows')),
    callMs: round(of('used', 'decodeMs') / of('used', 'calls')),
    calls: of('used', 'calls'),
    rows: { used: of('used', 'rows'), fresh: of('fresh', 'rows') },
    attended: { used: Math.round(of('used', 'attended')), fresh: Math.round(of('fresh', 'attended')) },
    cells: cells.used,
    parked,
    tidied,
    rowsAgain,
  }
}

const figures = []
for (const runs of sizes.runs) figures.push(await measure(runs))
console.log(JSON.stringify({ beginning: Number(args.beginning), figures, checksum: checksumOf(drawn) }))
