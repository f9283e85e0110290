// What `npm install` in a clone does: headers, addon, JavaScript, llms.txt. Never runs where the package is a
// dependency: the published package has everything built inside and no install script.
import { buildAddon } from './build-addon.mjs'
import { buildDist } from './build-dist.mjs'
import { writeLlms } from './build-llms.mjs'

try {
  buildAddon()
  await buildDist()
  writeLlms()
} catch (error) {
  console.error(`espalier: ${error.message}`)
  process.exitCode = 1
}
