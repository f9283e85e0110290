// @ts-check
// Builds dist/: ES modules with their declarations, and in dist/cjs the same as CommonJS. The second is for those who
// can't `require` an ES module, such as jest's own module system; where Node can, `require` and `import` give one copy.
// Beside them lies the page that shows a trace, dist/viewer.html.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { transformFileSync } from '@swc/core'
import { buildViewer } from './build-viewer.mjs'
import { root, sourceFiles } from './source-files.mjs'

const dist = path.join(root, 'dist')
const commonJs = path.join(dist, 'cjs')

export function buildDist() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (compiled.status !== 0) throw new Error('The TypeScript sources could not be compiled.')
  rmSync(commonJs, { recursive: true, force: true })
  // Nobody requires the command, and what reads its arguments is an ES module only.
  const required = sourceFiles(['lib'], /\.ts$/).filter((file) => !file.startsWith('lib/cli/'))
  for (const file of required) writeCommonJs(file)
  writeFileSync(path.join(commonJs, 'package.json'), '{ "type": "commonjs" }\n')
  buildViewer()
}

/** @param {string} file in lib/ */
function writeCommonJs(file) {
  const { code } = transformFileSync(path.join(root, file), {
    configFile: false,
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  })
  const name = path.relative('lib', file).replace(/\.ts$/, '')
  const built = path.join(commonJs, name)
  mkdirSync(path.dirname(built), { recursive: true })
  writeFileSync(`${built}.js`, code)
  // Declarations are read as what their package.json says they are.
  copyFileSync(`${path.join(dist, name)}.d.ts`, `${built}.d.ts`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) buildDist()
