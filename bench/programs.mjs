// What whole programs cost: rejected values, a tree of thought, options by log-probability, and beside them the row
// costs of this machine. Decides sizes; every figure is measured in bench/support. Needs a build.
//
//   node bench/programs.mjs [--json] [--smoke]
//
// --smoke: small sizes on the demo model, for tests. Checksums of the tokens go to standard error with --json.
import { parseArgs } from 'node:util'
import { openBench } from './support/bench-engine.mjs'
import { measureRollback } from './support/rollback.mjs'
import { measureRowCosts } from './support/row-costs.mjs'
import { measureSelect } from './support/select.mjs'
import { measureTree } from './support/tree.mjs'

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean', default: false }, smoke: { type: 'boolean', default: false } },
})

const full = {
  rollback: { prefixTokens: 600, attemptTokens: 24 },
  tree: { prefixTokens: 300, depth: 4, thoughtTokens: 16, repetitions: 3 },
  select: { prefixTokens: 800, questions: 40, options: 4 },
  rows: { prefixTokens: 300, counts: [1, 2, 4, 8, 16], repetitions: 9 },
}
const smoke = {
  rollback: { prefixTokens: 60, attemptTokens: 8 },
  tree: { prefixTokens: 40, depth: 3, thoughtTokens: 5, repetitions: 1 },
  select: { prefixTokens: 80, questions: 5, options: 3 },
  rows: { prefixTokens: 40, counts: [1, 2, 4, 8, 16], repetitions: 1 },
}

const sizes = flags.smoke ? smoke : full
const bench = await openBench({ isSmoke: flags.smoke })
try {
  const rollback = await measureRollback(bench, sizes.rollback)
  const { figures: tree, detail } = await measureTree(bench, sizes.tree)
  const select = await measureSelect(bench, sizes.select)
  const rowCosts = await measureRowCosts(bench, sizes.rows)
  if (flags.json) {
    console.log(JSON.stringify({ rollback, tree, select, rowCosts }))
    console.error(`tree checksum ${detail.checksum}`)
  } else print(bench.name, { rollback, tree, detail, select, rowCosts })
} finally {
  await bench.dispose()
}

function print(name, { rollback, tree, detail, select, rowCosts }) {
  const ms = (time) => `${time.toFixed(0)} ms`
  const rows = Object.entries(rowCosts).map(([count, time]) => `${count}: ${time.toFixed(1)}`)
  const table = [
    [
      'rollback',
      `attempts of ${rollback.attemptTokens.join(', ')} tokens over ${sizes.rollback.prefixTokens}`,
    ],
    ['', `decoded beyond the first ${rollback.decodedBeyondFirst}, rolled back ${rollback.rolledBack}`],
    ['', `paths repeated ${rollback.repeatedPaths}`],
    ['tree', `${tree.branches} generations, ${tree.unique} unique tokens`],
    ['', `${tree.decoded} decoded together, ${detail.apartDecoded} branch by branch`],
    [
      '',
      `together ${ms(detail.togetherMs)}, branch by branch ${ms(detail.apartMs)}: ${tree.wallRatio.toFixed(2)}x`,
    ],
    ['', `the same tokens on both sides: ${detail.checksum}`],
    [
      'select',
      `${select.questions} questions over ${select.prefixTokens} tokens, ${select.prefixDecoded} decoded of these`,
    ],
    ['', `${select.decodeCalls} decode calls`],
    ['', `largest difference from brute force ${select.maxDiff.toFixed(4)}`],
    ['', `between two batch shapes of brute force ${select.epsilon.toFixed(4)}`],
    ['step, ms', `${rows.join('  ')} rows`],
  ]
  console.log(`${name}\n`)
  for (const [what, text] of table) console.log(`${what.padEnd(10)} ${text}`)
}
