// @ts-check
// Checks what a stranger gets from the registry: packs, with the addons of all platforms, installs the tarball into
// empty projects without install scripts and runs it there in every way people run it.
// `npm run check:package -- nodes bundlers` looks at these parts only; `--as-is` packs the addons that are there.
// Decides which parts there are and in which order; each lies in scripts/check-package.
import { checkBundlers } from './check-package/bundlers.mjs'
import { checkContent } from './check-package/content.mjs'
import { checkElectron } from './check-package/electron.mjs'
import { checkManagers } from './check-package/managers.mjs'
import { checkNodes } from './check-package/nodes.mjs'
import { checkRuntimes } from './check-package/runtimes.mjs'
import { checkThreads } from './check-package/threads.mjs'
import { check, cleanUp, npmInstall, pack, project, summary } from './check-package/workshop.mjs'

const PARTS = {
  content: checkContent,
  nodes: checkNodes,
  threads: checkThreads,
  bundlers: checkBundlers,
  managers: checkManagers,
  electron: checkElectron,
  runtimes: checkRuntimes,
}

const names = process.argv.slice(2).filter((name) => name !== '--as-is')
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; expected ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}
try {
  const tarball = await pack()
  const stranger = { tarball, project: project('project') }
  if (check('installs into an empty project', () => npmInstall(stranger.project, [tarball]))) {
    for (const [name, part] of Object.entries(PARTS)) {
      if (names.length === 0 || names.includes(name)) part(stranger)
    }
  }
  summary()
} finally {
  cleanUp()
}
