// @ts-check
// Builds what is shipped of lib/, dist/: each entry of the package, and beside them what several of these use (few
// files, since many small ones load slowly: ARCHITECTURE.md); the same as one CommonJS file for those who can't
// `require` an ES module, such as jest's own module system; declarations; and the page that shows a trace. Every module
// by itself lies in build/modules. Decides what is in which file; never what is public, which package.json says.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import esbuild from 'esbuild'
import { buildViewer } from './build-viewer.mjs'
import { root } from './source-files.mjs'

const dist = path.join(root, 'dist')
const commonJs = path.join(dist, 'cjs')
const modules = path.join(root, 'build', 'modules')
const declared = path.join(root, 'build', 'declarations')
const command = 'cli/main'

export async function buildDist() {
  for (const folder of [dist, modules, declared]) rmSync(folder, { recursive: true, force: true })
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (compiled.status !== 0) throw new Error('The TypeScript sources could not be compiled.')
  const entries = packageEntries()
  writeDeclarations(entries)
  await bundle({
    entryPoints: [...entries, command].map((entry) => path.join(modules, `${entry}.js`)),
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    outdir: dist,
    outbase: modules,
  })
  await writeCommonJs(entries)
  buildViewer()
}

/**
 * Of the declarations of all modules, those that the entries' own lead to.
 * @param {readonly string[]} entries
 */
function writeDeclarations(entries) {
  /** @type {Set<string>} */
  const wanted = new Set()
  const take = (/** @type {string} */ file) => {
    if (wanted.has(file)) return
    wanted.add(file)
    for (const [, name] of readFileSync(path.join(declared, file), 'utf8').matchAll(
      /["'](\.[^"'\n]*)\.js["']/g,
    ))
      take(`${path.posix.join(path.posix.dirname(file), /** @type {string} */ (name))}.d.ts`)
  }
  for (const entry of entries) take(`${entry}.d.ts`)
  for (const file of wanted)
    for (const folder of [dist, commonJs]) cpSync(path.join(declared, file), path.join(folder, file))
}

/** What `exports` of the package names, as 'native/native'. @returns {readonly string[]} */
function packageEntries() {
  const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  return Object.values(exports).flatMap((entry) => {
    const file = /^\.\/dist\/(.*)\.js$/.exec(entry.import?.default ?? '')
    return file === null ? [] : [/** @type {string} */ (file[1])]
  })
}

/**
 * One file, so that each class is there once whatever entries somebody requires.
 * @param {readonly string[]} entries
 */
async function writeCommonJs(entries) {
  const lines = entries.map((entry, index) => `export * as entry${index} from './${entry}.js'`)
  await bundle({
    stdin: { contents: lines.join('\n'), resolveDir: modules },
    format: 'cjs',
    outfile: path.join(commonJs, 'all.js'),
    // Where the package lies is found from there.
    define: { 'import.meta.url': 'hereAsUrl' },
    banner: { js: "const hereAsUrl = require('node:url').pathToFileURL(__filename).href;" },
    // Module systems of others have no import() for it.
    supported: { 'dynamic-import': false },
  })
  for (const [index, entry] of entries.entries()) {
    const file = path.join(commonJs, `${entry}.js`)
    const all = path.posix.relative(path.posix.dirname(entry), 'all.js')
    mkdirSync(path.dirname(file), { recursive: true })
    const text = [
      `const entry = require('./${all}').entry${index}`,
      "Object.defineProperty(entry, '__esModule', { value: true })",
      'module.exports = entry',
    ]
    writeFileSync(file, `${text.join('\n')}\n`)
  }
  writeFileSync(path.join(commonJs, 'package.json'), '{ "type": "commonjs" }\n')
}

/** @param {import('esbuild').BuildOptions} options */
async function bundle(options) {
  await esbuild.build({
    bundle: true,
    platform: 'node',
    packages: 'external',
    target: 'es2023',
    charset: 'utf8',
    logLevel: 'warning',
    plugins: [ownNames],
    ...options,
  })
}

/**
 * Classes and functions keep the names that consoles and errors show, where two modules have one of the same name.
 * @type {import('esbuild').Plugin}
 */
const ownNames = {
  name: 'own-names',
  setup: ({ onLoad }) => {
    const shared = sharedNames()
    onLoad({ filter: /\.js$/ }, ({ path: file }) => {
      const code = readFileSync(file, 'utf8')
      const named = code.replace(
        /^(?:export )?class (\w+)[^{\n]* \{$/gm,
        "$&\n    static { Object.defineProperty(this, 'name', { value: '$1', configurable: true }) }",
      )
      const lines = functionsOf(code)
        .filter((name) => shared.has(name))
        .map((name) => `Object.defineProperty(${name}, 'name', { value: '${name}', configurable: true })`)
      return { contents: [named, ...lines].join('\n') }
    })
  },
}

/** Of what more than one module declares. */
function sharedNames() {
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  )
  const seen = new Set()
  const shared = new Set()
  for (const file of files) {
    const code = readFileSync(path.join(modules, file), 'utf8')
    const declarations = /^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)/gm
    for (const name of new Set([...code.matchAll(declarations)].map(([, name]) => name)))
      (seen.has(name) ? shared : seen).add(name)
  }
  return shared
}

/** Names of what a module exports as functions. @param {string} code @returns {readonly string[]} */
const functionsOf = (code) =>
  [...code.matchAll(/^export (?:async )?function\*? (\w+)\(/gm)].map(
    ([, name]) => /** @type {string} */ (name),
  )

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildDist()
