// What `npm install` in a clone does: headers, addon, JavaScript. Never runs where the package is a dependency: the
// published package has everything built inside and no install script.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildAddon } from './build-addon.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

try {
  buildAddon()
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  rmSync(path.join(root, 'dist'), { recursive: true, force: true })
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (compiled.status !== 0) throw new Error('The TypeScript sources could not be compiled.')
} catch (error) {
  console.error(`espalier: ${error.message}`)
  process.exitCode = 1
}
