// Builds test/fuzz/constraint-core.cc with the address and undefined-behaviour sanitizers and runs it. `node
// test/fuzz/constraint-core.mjs [first seed] [count]`. Needs g++; builds under build/.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const core = path.join(root, 'native', 'constraint')
const program = path.join(root, 'build', 'fuzz', 'constraint-core')

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

mkdirSync(path.dirname(program), { recursive: true })
const sources = readdirSync(core)
  .filter((name) => name.endsWith('.cc'))
  .map((name) => path.join(core, name))
run(process.env.CXX ?? 'g++', [
  ...['-std=c++17', '-O1', '-g', '-Wall', '-Wextra', '-fsanitize=address,undefined'],
  ...['-fno-sanitize-recover=undefined', '-pthread', '-o', program],
  path.join(root, 'test', 'fuzz', 'constraint-core.cc'),
  ...sources,
])
const [first = '1', count = '1000'] = process.argv.slice(2)
run(program, [first, count])
