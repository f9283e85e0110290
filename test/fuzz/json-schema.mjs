// Differential fuzz of the JSON Schema lowering against ajv, as long as wanted: node test/fuzz/json-schema.mjs
// [schemas] [seed]. It runs the property test with other numbers.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'

const [schemas = '2000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
const root = path.join(import.meta.dirname, '../..')
const jest = createRequire(import.meta.url).resolve('jest/bin/jest')

console.log(`${schemas} schemas from seed ${seed}`)
const { status } = spawnSync(
  process.execPath,
  [jest, 'test/property/json-schema', '-w', '1', '--testTimeout', '3600000'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ESPALIER_FUZZ_SCHEMAS: schemas, ESPALIER_FUZZ_SEED: seed },
  },
)
process.exitCode = status ?? 1
