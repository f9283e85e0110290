// @ts-check
// Builds what is shipped of lib/, dist/: each entry of the package, and beside them what several of these use, since a
// program that loads hundreds of small modules waits more than twice as long and takes 10 MB more; the same as one
// CommonJS file for those who can't `require` an ES module, such as jest's own module system; all declarations; and the
// page that shows a trace. Every module by itself lies in build/modules, for benchmarks and tests that look inside.
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
const command = 'cli/main'

export async function buildDist() {
  for (const folder of [dist, modules]) rmSync(folder, { recursive: true, force: true })
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (compiled.status !== 0) throw new Error('The TypeScript sources could not be compiled.')
  const entries = packageEntries()
  // Nobody requires the command, and what reads its arguments is an ES module only.
  const declared = readdirSync(dist).filter((name) => name !== 'cli')
  for (const name of declared) cpSync(path.join(dist, name), path.join(commonJs, name), { recursive: true })
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
  })
  for (const [index, entry] of entries.entries()) {
    const file = path.join(commonJs, `${entry}.js`)
    const all = path.posix.relative(path.posix.dirname(entry), 'all.js')
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, `module.exports = require('./${all}').entry${index}\n`)
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
 * Classes keep the names that consoles and errors show, where two modules have one of the same name.
 * @type {import('esbuild').Plugin}
 */
const ownNames = {
  name: 'own-names',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.js$/ }, ({ path: file }) => ({
      contents: readFileSync(file, 'utf8').replace(
        /^(?:export )?class (\w+)[^{]* \{$/gm,
        "$&\n    static { Object.defineProperty(this, 'name', { value: '$1', configurable: true }) }",
      ),
    })),
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildDist()
