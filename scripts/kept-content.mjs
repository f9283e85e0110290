// @ts-check
// What lies in the cache folder is used only where it is what was pinned: its content is hashed at each first use in a
// process. Decides how a folder or a file is hashed, and that something else in its place is made anew. Never trusts a
// name, a stamp or a size.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What was found to be right in this process. @type {Set<string>} */
const verified = new Set()

/** @param {string} file @returns {string} */
export const sha256OfFile = (file) => createHash('sha256').update(readFileSync(file)).digest('hex')

/**
 * Over the names and the contents of all files under the folder; null where there is no such folder.
 * @param {string} folder @returns {string | null}
 */
export function sha256OfFolder(folder) {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return null
  const hash = createHash('sha256')
  const walk = (/** @type {string} */ inside) => {
    const entries = readdirSync(join(folder, inside), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`
      if (entry.isDirectory()) walk(name)
      // A link is not what was put there, wherever it leads.
      else if (!entry.isFile()) hash.update(`no file ${name}\0`)
      else hash.update(`${name}\0${sha256OfFile(join(folder, name))}\0`)
    }
  }
  walk('')
  return hash.digest('hex')
}

/**
 * The path, with the pinned content behind it: what is not, is made again. `make` gets a path beside it to write to.
 * Throws an Error with a sentence for people where even that is something else.
 * @param {string} path
 * @param {string} sha256
 * @param {{ hash: (path: string) => string | null, make: (fresh: string) => void }} how
 * @returns {string}
 */
export function keptContent(path, sha256, { hash, make }) {
  const key = `${path}\0${sha256}`
  if (verified.has(key)) return path
  if (!existsSync(path) || hash(path) !== sha256) {
    mkdirSync(dirname(path), { recursive: true })
    const fresh = `${path}.${process.pid}.fresh`
    try {
      make(fresh)
      const made = hash(fresh)
      if (made !== sha256)
        throw new Error(
          `What was made for ${path} has sha256 ${made}, but ${sha256} is pinned. Nothing of it was used.`,
        )
      put(fresh, path)
    } finally {
      rmSync(fresh, { recursive: true, force: true })
    }
    if (hash(path) !== sha256)
      throw new Error(`${path} was changed by another process while it was made; try again.`)
  }
  verified.add(key)
  return path
}

/** Another process may put the same there at the same time; a folder can't be renamed onto a full one. */
function put(/** @type {string} */ fresh, /** @type {string} */ path) {
  try {
    rmSync(path, { recursive: true, force: true })
    renameSync(fresh, path)
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

/**
 * As `keptContent`, for one file.
 * @param {string} path @param {string} sha256 @param {(fresh: string) => void} make
 */
export const keptFile = (path, sha256, make) => keptContent(path, sha256, { hash: sha256OfFile, make })
