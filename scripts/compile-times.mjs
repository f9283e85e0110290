// How long schemas take to compile in a process that is new and in one that is warm: lowering and the native part, in
// milliseconds, with the slowest schemas by name. After `npm run build`.
//
//   node scripts/compile-times.mjs SCHEMAS.jsonl VOCABULARY.gguf [PASSES]
//
// A line of the first file is an object with `id` and `schema` (text). Constraints are kept by content, in JavaScript
// and natively, so each pass has white space before its schemas and a limit of its own: all is made anew. What stays
// from pass to pass is compiled JavaScript. At the end the same schemas are given once more.
import { readFileSync } from 'node:fs'
import { compile, jsonSchema, loadVocab } from 'espalier/constraint'

const [schemasPath, vocabularyPath, passes = '2'] = process.argv.slice(2)
if (vocabularyPath === undefined || !(Number(passes) >= 1)) {
  console.error('usage: node scripts/compile-times.mjs SCHEMAS.jsonl VOCABULARY.gguf [PASSES]')
  process.exit(2)
}
const slowestMax = 8
const fuelMax = 2_000_000
const lines = readFileSync(schemasPath, 'utf8').split('\n').filter(Boolean)
const schemas = lines.map((line) => JSON.parse(line))
const vocab = await loadVocab(vocabularyPath)

/** @returns {{ id: string, total: number, native: number }} */
function timed({ id, schema }, limits, before = '') {
  let native = 0
  const timing = {
    compile(...args) {
      const began = performance.now()
      try {
        return vocab.compile(...args)
      } finally {
        native = performance.now() - began
      }
    },
  }
  const began = performance.now()
  try {
    compile(jsonSchema(before + schema, { whitespace: 'flexible', order: 'any' }), timing, limits)
  } catch {
    // A refusal takes its time, too.
  }
  return { id, total: performance.now() - began, native }
}

function quantiles(label, times) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(2)
  console.log(
    `  ${label.padEnd(9)} p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  max ${at(1)}  ` +
      `sum ${sorted.reduce((sum, time) => sum + time, 0).toFixed(0)}`,
  )
}

function told(label, results) {
  console.log(`${label}, ${results.length} schemas, ms`)
  quantiles(
    'all',
    results.map(({ total }) => total),
  )
  quantiles(
    'lowering',
    results.map(({ total, native }) => total - native),
  )
  quantiles(
    'native',
    results.map(({ native }) => native),
  )
  for (const { id, total, native } of results.toSorted((a, b) => b.total - a.total).slice(0, slowestMax)) {
    console.log(`    ${total.toFixed(1).padStart(7)} (native ${native.toFixed(1)})  ${id}`)
  }
}

for (let pass = 1; pass <= Number(passes); pass++) {
  const limits = { fuelMax: fuelMax + pass }
  told(
    `pass ${pass}`,
    schemas.map((each) => timed(each, limits, ' '.repeat(pass))),
  )
}
told(
  'the last pass again',
  schemas.map((each) => timed(each, { fuelMax: fuelMax + Number(passes) }, ' '.repeat(Number(passes)))),
)
vocab.dispose()
