// @ts-check
// What bundlers make of a program that uses the package: with `espalier` external it runs and prints what it printed
// unbundled; bundled it says PACKAGE_BUNDLED with the way out, where the package is not. The settings here are those
// of docs/bundlers.md. One that can't be installed fails.
import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { firstTemplate } from '../readme-template.mjs'
import { firstRun, oneLine } from './nodes.mjs'
import { check, run, temporary, tool } from './workshop.mjs'

const ESBUILD = 'esbuild@0.28'
const ROLLUP = [
  'rollup@4',
  '@rollup/plugin-node-resolve@16',
  '@rollup/plugin-commonjs@29',
  '@rollup/plugin-json@6',
]
const VITE = 'vite@8'
const WEBPACK = 'webpack@5'
const FORMATS = /** @type {const} */ (['esm', 'cjs'])

/** Prints the code of what `load` throws. */
const LOADED = `import { load } from 'espalier'
load().then(() => console.log('loaded'), ({ code }) => console.log(code))
`

/**
 * A program that bundles `input` into `output`, with what is external left out. Its imports are the bundler's own.
 * @typedef {{ input: string, output: string, format: 'esm' | 'cjs', external: readonly string[] }} Wanted
 * @type {Record<string, { packages: readonly string[], program: (wanted: Wanted) => string }>}
 */
const BUNDLERS = {
  esbuild: {
    packages: [ESBUILD],
    program: ({ input, output, format, external }) => `import { build } from 'esbuild'
await build({ entryPoints: ['${input}'], outfile: '${output}', format: '${format}', bundle: true,
  platform: 'node', logLevel: 'error', external: ${JSON.stringify(external)} })
`,
  },
  rollup: {
    packages: ROLLUP,
    program: ({ input, output, format, external }) => `import { rollup } from 'rollup'
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import { nodeResolve } from '@rollup/plugin-node-resolve'
const plugins = [nodeResolve({ preferBuiltins: true }), commonjs(), json()]
const bundle = await rollup({ input: '${input}', plugins, external: ${JSON.stringify(external)}, onwarn() {} })
await bundle.write({ file: '${output}', format: '${format}', inlineDynamicImports: true })
`,
  },
  'vite (ssr)': {
    packages: [VITE],
    program: ({ input, output, format, external }) => `import { build } from 'vite'
await build({ configFile: false, logLevel: 'error', root: '${dirname(input)}',
  ssr: ${external.length === 0 ? '{ noExternal: true }' : JSON.stringify({ external })},
  build: { ssr: '${input}', outDir: '${dirname(output)}', emptyOutDir: false,
    rollupOptions: { output: { format: '${format}', entryFileNames: '${output.split('/').at(-1)}' } } } })
`,
  },
  'vite (library)': {
    packages: [VITE],
    program: ({ input, output, format, external }) => `import { builtinModules } from 'node:module'
import { build } from 'vite'
const builtins = builtinModules.flatMap((name) => [name, 'node:' + name])
await build({ configFile: false, logLevel: 'error', root: '${dirname(input)}',
  build: { lib: { entry: '${input}', formats: ['${format === 'esm' ? 'es' : 'cjs'}'],
      fileName: () => '${output.split('/').at(-1)}' },
    outDir: '${dirname(output)}', emptyOutDir: false,
    rollupOptions: { external: [...builtins, ...${JSON.stringify(external)}] } } })
`,
  },
  webpack: {
    packages: [WEBPACK],
    program: ({ input, output, format, external }) => `import webpack from 'webpack'
const kind = '${format === 'esm' ? 'module' : 'commonjs'}'
const externals = Object.fromEntries(${JSON.stringify(external)}.map((name) => [name, kind + ' ' + name]))
const compiler = webpack({ mode: 'production', target: 'node20', entry: '${input}', externals,
  experiments: { outputModule: kind === 'module' }, optimization: { minimize: false },
  output: { path: '${dirname(output)}', filename: '${output.split('/').at(-1)}', module: kind === 'module',
    library: { type: kind === 'module' ? 'module' : 'commonjs2' } } })
compiler.run((error, stats) => {
  const errors = error ? [error] : stats.compilation.errors
  for (const one of errors) console.error(String(one))
  process.exitCode = errors.length > 0 ? 1 : 0
  compiler.close(() => {})
})
`,
  },
}

/** @param {{ project: string }} stranger */
export function checkBundlers({ project }) {
  const unbundled = firstRun(process.execPath, project)
  // No `await` at the top: a CommonJS bundle can't have it.
  const app = firstTemplate().replace(
    /^(import .*\n)([\s\S]*)$/,
    '$1const main = async () => {\n$2}\nmain()\n',
  )
  const building = join(temporary, 'building')
  cpSync(join(project, 'node_modules'), join(building, 'node_modules'), { recursive: true })
  for (const [name, bundler] of Object.entries(BUNDLERS)) {
    for (const format of FORMATS) {
      const wish = { ...bundler, format, building }
      check(`${name}, ${format}, espalier external`, () => {
        const output = bundled({ ...wish, source: app, external: ['espalier'], to: join(project, 'out') })
        const printed = oneLine(run(process.execPath, [output], project))
        if (printed !== unbundled) throw new Error(`it prints ${printed}, and unbundled ${unbundled}.`)
      })
      check(`${name}, ${format}, bundled: says that it is`, () => {
        const output = bundled({ ...wish, source: LOADED, external: [], to: join(temporary, 'out') })
        // Where it runs is not where it was made: some bundlers write down where files were.
        renameSync(building, `${building}-away`)
        try {
          const code = run(process.execPath, [output], temporary).trim()
          if (code !== 'PACKAGE_BUNDLED') throw new Error(`it says ${code}.`)
        } finally {
          renameSync(`${building}-away`, building)
        }
      })
    }
  }
}

/**
 * @param {{ packages: readonly string[], program: (wanted: Wanted) => string, format: 'esm' | 'cjs',
 *   building: string, source: string, external: readonly string[], to: string }} wish
 * @returns {string} the bundle
 */
function bundled({ packages, program, format, building, source, external, to }) {
  rmSync(to, { recursive: true, force: true })
  const input = join(building, 'input.mjs')
  const output = join(to, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs')
  writeFileSync(input, source)
  const folder = dirname(tool(packages))
  writeFileSync(join(folder, 'build.mjs'), program({ input, output, format, external }))
  run(process.execPath, ['build.mjs'], folder)
  return output
}
