// @ts-check
// Lists the project's own source files and what they import, for the checks that run as tests.
// Decides what counts as source. Never judges.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import typescript from 'typescript'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Files under the folders, installed packages left out, as paths relative to the repository with forward slashes.
 * @param {readonly string[]} folders
 * @param {RegExp} pattern
 * @returns {string[]}
 */
export function sourceFiles(folders, pattern) {
  /** @type {string[]} */
  const found = []
  const walk = (/** @type {string} */ folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.name === 'node_modules') continue
      if (entry.isDirectory()) walk(path)
      else if (pattern.test(entry.name)) found.push(relative(root, path).split(sep).join('/'))
    }
  }
  for (const folder of folders) if (existsSync(join(root, folder))) walk(join(root, folder))
  return found.sort()
}

/** @param {string} file @returns {string} */
export const sourceText = (file) => readFileSync(join(root, file), 'utf8')

/**
 * Modules the file imports or re-exports, as written.
 * @param {string} file
 * @returns {string[]}
 */
export function importsOf(file) {
  return typescript.preProcessFile(sourceText(file), true, true).importedFiles.map((entry) => entry.fileName)
}

/**
 * The source file a relative import means, relative to the repository; null for packages and Node's modules.
 * @param {string} file @param {string} specifier
 * @returns {string | null}
 */
export function importedFile(file, specifier) {
  if (!specifier.startsWith('.')) return null
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts')
}
