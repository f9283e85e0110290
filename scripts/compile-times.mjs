// How long schemas take to compile in a process that is new and in one that is warm: lowering and the native part, in
// milliseconds, with the slowest schemas by name. After `npm run build`.
//
//   node scripts/compile-times.mjs SCHEMAS.jsonl VOCABULARY.gguf [PASSES]
//
// A line of the first file is an object with `id` and `schema` (text). Each pass makes every constraint anew. Native
// code keeps compiled constraints by content and limits, so each pass has a limit of its own: nothing native is taken
// from an earlier pass. What stays from pass to pass is compiled JavaScript and what the library itself remembers.
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
function timed({ id, schema }, limits) {
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
    compile(jsonSchema(schema, { whitespace: 'flexible', order: 'any' }), timing, limits)
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

for (let pass = 1; pass <= Number(passes); pass++) {
  const results = schemas.map((each) => timed(each, { fuelMax: fuelMax + pass }))
  console.log(`pass ${pass}, ${results.length} schemas, ms`)
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
vocab.dispose()
