// @ts-check
// What guessing likely tokens saves and costs: the same runs with `guess: 'auto'` and 'off', each side a fresh process,
// by turns. Quotes from a text of 600 tokens, the same answers again, the text with one word changed, and free text, in
// which nothing can be guessed. On the 135M shape, whose weights mean nothing, a passage is drawn by biases.
// With --draft: free text and constrained holes on a model of 72 layers that says what the demo model says, with the
// demo model as its draft and without (off), and with a draft that says something else; guesses are on on both sides.
//   npm run build && npm run bench:guess [--repetitions 5] [--threads 2] [--model file.gguf] [--demo | --draft]
//   [--smoke]
// Prints tokens per llama_decode call, ratios of wall time (auto / off, median of pairs) and whether the outputs are
// equal; near ties tell where they may differ.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { benchModelPath } from '../scripts/bench-model.mjs'
import { deepModelPath, strangerModelPath } from '../scripts/draft-models.mjs'
import { median } from './support/bench-engine.mjs'
import { draftCases, guessCases, runCase } from './support/guess-cases.mjs'

const { values: args } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    model: { type: 'string' },
    demo: { type: 'boolean', default: false },
    draft: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    side: { type: 'string' },
    case: { type: 'string' },
  },
})

const isDemo = args.demo || args.smoke || args.draft
const demoModel = fileURLToPath(new URL('../models/espalier-demo-q8_0.gguf', import.meta.url))
const usual = () => (isDemo ? demoModel : benchModelPath())
const file = args.model ?? (args.draft ? deepModelPath() : usual())
const threads = args.smoke ? 1 : Number(args.threads)

if (args.side !== undefined) {
  const isOff = args.side === 'off'
  const name = String(args.case)
  const draft = name.startsWith('stranger') ? strangerModelPath() : demoModel
  /** @type {import('espalier').LoadOptions} */
  const guessing = args.draft ? (isOff ? {} : { draft }) : { guess: isOff ? 'off' : 'auto' }
  console.log(JSON.stringify(await runCase(name, { file, threads, guessing, isSmoke: args.smoke })))
} else {
  const repetitions = args.smoke ? 1 : Number(args.repetitions)
  for (const name of args.draft ? draftCases : guessCases({ isDemo })) {
    /** @type {{ readonly auto: any, readonly off: any }[]} */
    const pairs = []
    for (let index = 0; index < repetitions; index++) {
      const order = index % 2 === 0 ? ['off', 'auto'] : ['auto', 'off']
      const sides = Object.fromEntries(order.map((side) => [side, measured(name, side)]))
      pairs.push({ auto: sides.auto, off: sides.off })
    }
    console.log(JSON.stringify(summaryOf(name, pairs)))
  }
}

/** @param {string} name @param {string} side */
function measured(name, side) {
  const own = [fileURLToPath(import.meta.url), '--side', side, '--case', name, '--threads', String(threads)]
  const named = [args.smoke ? ['--smoke'] : [], args.draft ? ['--draft'] : isDemo ? ['--demo'] : []]
  const flags = [...named.flat(), '--model', file]
  const { status, stdout, stderr } = spawnSync(process.execPath, [...own, ...flags], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name}, ${side}: ${stderr}`)
  return JSON.parse(stdout)
}

/** @param {string} name @param {readonly { readonly auto: any, readonly off: any }[]} pairs */
function summaryOf(name, pairs) {
  const [first] = pairs
  if (first === undefined) throw new Error('no pair was measured')
  const round = (/** @type {number} */ value) => Number(value.toFixed(3))
  return {
    case: name,
    threads,
    written: first.off.written,
    drawn: first.off.drawn,
    calls: {
      off: median(pairs.map(({ off }) => off.calls)),
      auto: median(pairs.map(({ auto }) => auto.calls)),
    },
    rows: { off: median(pairs.map(({ off }) => off.rows)), auto: median(pairs.map(({ auto }) => auto.rows)) },
    tokensPerCall: round(first.off.written / median(pairs.map(({ auto }) => auto.calls))),
    guessed: median(pairs.map(({ auto }) => auto.guessed)),
    confirmed: median(pairs.map(({ auto }) => auto.confirmed)),
    ...(args.draft && {
      drafted: median(pairs.map(({ auto }) => auto.drafted)),
      draftShare: round(median(pairs.map(({ auto }) => auto.draftMs / auto.wallMs))),
    }),
    wall: round(median(pairs.map(({ auto, off }) => auto.wallMs / off.wallMs))),
    nearTies: first.off.ties.flat().length,
    equal: pairs.filter(({ auto, off }) => auto.checksum === off.checksum).length / pairs.length,
    differElsewhere: pairs.reduce((sum, pair) => sum + differences(pair), 0),
    checksum: first.off.checksum,
  }
}

/**
 * Runs whose outputs part where neither side reports a near tie.
 * @param {{ readonly auto: any, readonly off: any }} pair
 */
function differences({ auto, off }) {
  let count = 0
  for (const [index, tokens] of off.tokens.entries()) {
    const other = auto.tokens[index]
    const at = tokens.findIndex(
      (/** @type {number} */ token, /** @type {number} */ place) => other[place] !== token,
    )
    if (at < 0) continue
    if (![...off.ties[index], ...auto.ties[index]].includes(at)) count += 1
  }
  return count
}
