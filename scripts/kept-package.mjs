// @ts-check
// Keeps exactly pinned npm packages in the cache folder, for tools too large for a clone's own node_modules. Decides
// where they lie, and that they are what was pinned at every use.
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { keptContent, sha256OfFolder } from './kept-content.mjs'
import { libModule } from './lib-module.mjs'

/** @type {import('../lib/cli/npm-tarball.js')} */
const { fetchTarball } = libModule('cli/npm-tarball.ts')
/** @type {import('../lib/cli/tools.js')} */
const { runTool } = libModule('cli/tools.ts')

/**
 * @typedef {object} PinnedPackage
 * @property {string} name
 * @property {string} version
 * @property {string} sha512 of the tarball, base64
 * @property {string} sha256 of the unpacked folder, see kept-content.mjs
 */

/**
 * The package's folder in the cache folder, fetched unless what is pinned lies there. Throws an Error with a sentence.
 * @param {PinnedPackage} pinned @returns {string}
 */
export function keptPackage({ name, version, sha512, sha256 }) {
  const folder = path.join(cacheFolder(), 'npm', `${name.replace('@', '').replace('/', '-')}-${version}`)
  return keptContent(folder, sha256, { hash: sha256OfFolder, make: (fresh) => unpack(fresh) })

  /** @param {string} fresh */
  function unpack(fresh) {
    mkdirSync(cacheFolder(), { recursive: true })
    const work = mkdtempSync(path.join(cacheFolder(), 'fetch-'))
    try {
      const tarball = fetchTarball({ package: `${name}@${version}`, sha512 }, work)
      runTool('tar', ['-xzf', tarball], work)
      renameSync(path.join(work, 'package'), fresh)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  }
}
