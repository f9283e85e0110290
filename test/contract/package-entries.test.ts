// Goal: what is shipped of lib/ is one library, whichever entries a program takes and however it loads them: a class is
// there once, and has its own name, which errors and consoles show; nothing is loaded that nobody asked for.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageEntries } from '../../lib/cli/package-entries.js'
import { root } from '../native/demo.js'

type Entry = { readonly import: { readonly default: string }; readonly require: { readonly default: string } }
const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, Entry>>
}
const entries = Object.entries(exports).filter(([, entry]) => entry.import !== undefined)

/** What a program sees of all entries: by each, its classes and functions under the names they are exported by. */
const looking = `
const told = (entries) => {
  const functions = {}
  for (const [name, entry] of Object.entries(entries)) {
    const found = Object.entries(entry).filter(([, value]) => typeof value === 'function' && value.name !== '')
    functions[name] = found.map(([exported, value]) => [exported, value.name])
  }
  const thrown = []
  const heard = (entry, call) => { try { call() } catch (error) {
    thrown.push([entry, error.constructor.name, error.code, error instanceof entries['.'].EspalierError]) } }
  heard('./native', () => entries['./native'].createVocab(7))
  heard('./constraint', () => entries['./constraint'].regex(7))
  heard('./testing', () => entries['./testing'].scripted(7))
  heard('.', () => entries['.'].gen(7))
  console.log(JSON.stringify({ functions, thrown }))
}`

const files = entries.map(([name, entry]) => [name, path.join(root, entry.require.default)])
const urls = entries.map(([name, entry]) => [name, pathToFileURL(path.join(root, entry.import.default)).href])

const ways: readonly [string, string][] = [
  [
    'module',
    `${looking}
const entries = {}
for (const [name, file] of ${JSON.stringify(urls)})
  entries[name] = await import(file)
told(entries)`,
  ],
  [
    'commonjs',
    `${looking}
const entries = {}
for (const [name, file] of ${JSON.stringify(files)})
  entries[name] = require(file)
told(entries)`,
  ],
]

describe.each(ways)('%s', (type, code) => {
  const seen = JSON.parse(
    execFileSync(process.execPath, [`--input-type=${type}`, '-e', code], { encoding: 'utf8', cwd: root }),
  ) as {
    readonly functions: Readonly<Record<string, readonly [string, string][]>>
    readonly thrown: readonly [string, string, string, boolean][]
  }

  test('each exported class and function has the name it is exported by', () => {
    expect(Object.keys(seen.functions)).toEqual(entries.map(([name]) => name))
    const all = Object.values(seen.functions).flat()
    expect(all.length).toBeGreaterThan(60)
    for (const [exported, own] of all) expect(own).toBe(exported)
  })

  test('errors of every entry are those of the first', () => {
    expect(seen.thrown).toEqual([
      ['./native', 'UsageError', expect.any(String), true],
      ['./constraint', 'ConstraintError', expect.any(String), true],
      ['./testing', 'UsageError', expect.any(String), true],
      ['.', 'PromptError', expect.any(String), true],
    ])
  })
})

test('module systems of others take the CommonJS files for what they are', () => {
  const folder = path.join(root, 'dist', 'cjs')
  // jest has no import() for them, and makes nothing of a module that doesn't say it was one of ES.
  expect(readFileSync(path.join(folder, 'all.js'), 'utf8')).not.toMatch(/^[^*'"`]*\bimport\(/m)
  for (const [, file] of files) expect(readFileSync(file!, 'utf8')).toContain("'__esModule', { value: true }")
})

test('every declaration that is shipped is one that an entry speaks of', () => {
  const dist = path.join(root, 'dist')
  const shipped = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => path.join(dist, file))
  const spoken = new Set(
    entries.flatMap(([, entry]) => [entry.import.default, entry.require.default].map(declarationOf)),
  )
  for (const file of spoken)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/["'](\.[^"'\n]*\.js)["']/g))
      spoken.add(declarationOf(path.join(path.dirname(file), name!)))
  expect(shipped.length).toBeGreaterThan(100)
  expect(shipped.sort()).toEqual([...spoken].sort())
})

test("a prompt's file gets every entry from the command", async () => {
  const names = entries.map(([name]) => name.replace('.', 'espalier'))
  expect(Object.keys(await packageEntries()).sort()).toEqual(names.sort())
})

const declarationOf = (file: string): string => path.resolve(root, file.replace(/\.js$/, '.d.ts'))

/** Packages that are imported wherever the file at this path is, by way of those that it names. */
function importedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, name] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\b[^;]*?from "([^"]+)";$/gm,
  )) {
    if (name!.startsWith('.')) importedBy(path.join(path.dirname(file), name!), seen)
    else seen.add(name!)
  }
  return seen
}

test('what only some programs need is loaded by nobody else', () => {
  for (const [, entry] of entries) {
    const seen = importedBy(path.join(root, entry.import.default))
    for (const name of ['@opentelemetry/api', 'undici', 'jiti', 'cac']) expect([...seen]).not.toContain(name)
  }
  const all = importedBy(path.join(root, exports['.']!.import.default))
  expect([...all]).toContain('@huggingface/jinja')
  // lib/ has some six hundred.
  expect([...all].filter((name) => name.endsWith('.js')).length).toBeLessThan(60)
})
