// @ts-check
// Says what changed for us between two releases of llama.cpp, before a new one is listed as accepted: of the functions
// native/llama/api.h names, of the types they reach and of the defaults they give. Decides what counts as a change;
// layouts and values are what the compiler here makes of both headers. Changes nothing.
//
//   node scripts/llama-differences.mjs 3.21.1 3.22.1     versions of node-llama-cpp, or paths of its tarballs
//
// The exit code is 1 where something differs.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { declarationsOf } from './c-declarations.mjs'
import { libModule } from './lib-module.mjs'
import { root, sourceFiles, sourceText } from './source-files.mjs'

/** @type {import('../lib/cli/llama-code.js')} */
const code = libModule('cli/llama-code.ts')

const HEADERS = ['llama.h', 'ggml.h', 'ggml-alloc.h', 'ggml-backend.h', 'ggml-cpu.h', 'gguf.h']
const TAKEN = ['include', 'ggml/include', 'src', 'ggml/src/ggml.c', 'CMakeLists.txt']

/** What the native code uses of llama.cpp. */
export function usedNames() {
  const functions = [...sourceText('native/llama/api.h').matchAll(/^\s*X\((\w+)\)/gm)].map(
    (match) => match[1],
  )
  const text = sourceFiles(['native'], /\.(cc|h)$/)
    .map(sourceText)
    .join('\n')
  const words = new Set(text.match(/\b(?:llama|ggml|gguf|LLAMA|GGML)_\w+/g) ?? [])
  return { functions: /** @type {string[]} */ (functions), words }
}

/** @typedef {{ release: string, tree: string }} Release */

/**
 * One line a difference, by what it is about.
 * @param {Release} older @param {Release} newer
 * @param {{ functions: readonly string[], words: ReadonlySet<string> }} used
 */
export function differences(older, newer, used) {
  const before = declaredIn(older, used)
  const after = declaredIn(newer, used)
  const defaults = used.functions.filter((name) => /_default(_params)?$/.test(name))
  return {
    functions: changed(before.functions, after.functions).concat(
      used.functions
        .filter((name) => !before.functions.has(name) && !after.functions.has(name))
        .map((name) => `${name}: in neither of them`),
    ),
    types: changed(before.types, after.types),
    constants: changed(before.constants, after.constants),
    defaults: changed(bodies(older.tree, defaults), bodies(newer.tree, defaults)),
    compared: {
      functions: used.functions.length,
      types: after.types.size,
      constants: after.constants.size,
      defaults: defaults.length,
    },
  }
}

/** @typedef {ReturnType<typeof declarationsOf>} Declarations */
/**
 * Of each release what it declares, by whose use: the compiler is asked once.
 * @type {WeakMap<object, WeakMap<object, Declarations>>}
 */
const known = new WeakMap()

/** @param {Release} release @param {{ functions: readonly string[], words: ReadonlySet<string> }} used */
function declaredIn(release, used) {
  const byUse = known.get(release) ?? new WeakMap()
  known.set(release, byUse)
  const declared = byUse.get(used) ?? declarationsOf(release.tree, headersIn(release.tree), used)
  byUse.set(used, declared)
  return declared
}

/** @param {string} tree */
const headersIn = (tree) =>
  HEADERS.filter((name) =>
    ['include', 'ggml/include'].some((folder) => existsSync(path.join(tree, folder, name))),
  )

/** @param {ReadonlyMap<string, string>} before @param {ReadonlyMap<string, string>} after @returns {string[]} */
function changed(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)]
    if (old === now) return []
    if (old === undefined) return [`${name}: new: ${now}`]
    return now === undefined ? [`${name}: gone: ${old}`] : [`${name}:\n  before: ${old}\n  after:  ${now}`]
  })
}

/** What functions do, as it is written. @param {string} tree @param {readonly string[]} names */
function bodies(tree, names) {
  const files = readdirSync(path.join(tree, 'src'))
    .filter((name) => /\.(cpp|c)$/.test(name))
    .map((name) => path.join(tree, 'src', name))
  const text = [...files, path.join(tree, 'ggml', 'src', 'ggml.c')]
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  /** @type {Map<string, string>} */
  const found = new Map()
  for (const name of names) {
    const body = new RegExp(`^[\\w ]+\\b${name}\\([^;{]*\\)\\s*\\{([\\s\\S]*?)^\\}`, 'm').exec(text)?.[1]
    if (body)
      found.set(
        name,
        body
          .replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, '')
          .replace(/\s+/g, ' ')
          .trim(),
      )
  }
  return found
}

/** @param {string} what a version or a tarball @param {string} folder @returns {Release} */
function release(what, folder) {
  const work = path.join(folder, path.basename(what))
  mkdirSync(work)
  if (existsSync(what)) copyFileSync(what, path.join(work, 'package.tgz'))
  else {
    const pack = ['pack', `node-llama-cpp@${what}`, '--pack-destination', work, '--ignore-scripts']
    execFileSync('npm', pack, { cwd: root, stdio: 'pipe', shell: process.platform === 'win32' })
  }
  const tarball = readdirSync(work).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new Error(`npm left no tarball of node-llama-cpp@${what}.`)
  const tree = code.unpackLlamaCode(tarball, { paths: TAKEN, work })
  const text = readFileSync(path.join(tree, 'CMakeLists.txt'), 'utf8')
  const part = (/** @type {string} */ name) =>
    new RegExp(`LLAMA_VERSION_${name} (\\d+)`).exec(text)?.[1] ?? '?'
  return { release: `v${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`, tree }
}

/** @param {readonly string[]} given */
function main([older, newer]) {
  if (!older || !newer)
    throw new Error('Two versions of node-llama-cpp are needed: llama-differences.mjs OLD NEW.')
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-differences-'))
  try {
    const before = release(older, folder)
    const after = release(newer, folder)
    const { compared, ...kinds } = differences(before, after, usedNames())
    console.log(`llama.cpp ${before.release} -> ${after.release}`)
    for (const [kind, lines] of Object.entries(kinds)) {
      const count = compared[/** @type {keyof typeof compared} */ (kind)]
      console.log(`${kind}: ${count} used, ${lines.length} changed`)
      for (const line of lines) console.log(`- ${line}`)
      if (lines.length > 0) process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2))
