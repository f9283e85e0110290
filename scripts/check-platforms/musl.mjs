// @ts-check
// The addons for systems with musl: npm has no Node for these, so musl's own loader is asked whether it finds
// everything the addon takes from the system. Decides what a host brings along: Node-API, and the unwinder of the C++
// library that Node itself is linked with.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { check, project, run, Skipped } from '../check-package/workshop.mjs'

const LOADERS = {
  'linux-x64-musl': join('/lib', 'ld-musl-x86_64.so.1'),
  'linux-arm64-musl': join('/lib', 'ld-musl-aarch64.so.1'),
}
const FROM_THE_HOST =
  /(loading shared library libgcc_s\.so\.1: |: (napi|node_api|_Unwind)_\w+: symbol not found$)/i

/** @param {string} tarball */
export function checkMusl(tarball) {
  const folder = project('musl')
  run('tar', ['-xzf', tarball], folder)
  for (const [platform, loader] of Object.entries(LOADERS)) {
    check(`${platform}: musl's loader finds all the addon takes from the system`, () => {
      const file = join(folder, 'package', 'prebuilds', platform, 'espalier.node')
      if (!existsSync(file)) throw new Skipped('it is not in the tarball; run "npm run build:prebuilds"')
      if (!existsSync(loader)) throw new Skipped(`${loader} is missing; Debian's musl has that of x64`)
      const done = spawnSync(loader, ['--list', file], { encoding: 'utf8' })
      const lines = `${done.stdout}${done.stderr}`.split('\n').filter((line) => line.startsWith('Error '))
      const missing = lines.filter((line) => !FROM_THE_HOST.test(line))
      if (missing.length > 0) throw new Error(missing.slice(0, 8).join('; '))
      // A loader that told nothing looked at nothing.
      if (!lines.some((line) => line.includes('napi_')))
        throw new Error(`it says ${done.stdout}${done.stderr}`)
      return `but the ${lines.length} names Node brings along; not run`
    })
  }
}
