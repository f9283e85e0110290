// What `npm install` in a clone does: headers, addon, JavaScript, llms.txt. Never runs where the package is a
// dependency: the published package has everything built inside and no install script.
import { rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildAddon } from './build-addon.mjs'
import { buildDist } from './build-dist.mjs'
import { writeLlms } from './build-llms.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

try {
  buildAddon()
  rmSync(path.join(root, 'dist'), { recursive: true, force: true })
  buildDist()
  writeLlms()
} catch (error) {
  console.error(`espalier: ${error.message}`)
  process.exitCode = 1
}
