// @ts-check
// Checks the package on the platforms this machine is not: looks into every addon, and runs the packed tarball in empty
// projects where an emulator for a platform is installed. `npm run check:platforms -- win32-x64` looks at that alone.
// Decides which parts there are; what can't be run is skipped with what to install.

import { cleanUp, npmInstall, pack, project, summary } from './check-package/workshop.mjs'
import { checkBinaries } from './check-platforms/binaries.mjs'
import { endWine, platforms } from './check-platforms/emulators.mjs'
import { checkMusl } from './check-platforms/musl.mjs'
import { checkPlatform, hostTrials } from './check-platforms/run-trials.mjs'

const names = process.argv.slice(2).filter((name) => name !== '--as-is')
const parts = ['binaries', ...Object.keys(platforms), 'musl']
const unknown = names.filter((name) => !parts.includes(name))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; expected ${parts.join(', ')}.`)
  process.exit(2)
}
const isWanted = (/** @type {string} */ name) => names.length === 0 || names.includes(name)
try {
  const tarball = await pack()
  if (isWanted('binaries')) checkBinaries(tarball)
  const run = Object.keys(platforms).filter(isWanted)
  const host = project('host')
  if (run.length > 0) npmInstall(host, [tarball])
  const expected = run.length > 0 ? hostTrials(host) : null
  for (const name of run) checkPlatform(name, tarball, expected)
  if (isWanted('musl')) checkMusl(tarball)
  summary()
} finally {
  endWine()
  cleanUp()
}
