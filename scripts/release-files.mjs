// @ts-check
// What a release has beside the code: checksums of the prebuilt addons and a list of all that an install brings along.
// Decides their form, and that the same release gives the same bytes. Checks what a tarball says of itself.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { sha256OfFile } from './kept-content.mjs'

/** In the package's own folder. */
export const SUMS = path.join('prebuilds', 'SHA256SUMS')
export const SBOM = 'sbom.cdx.json'

/** What the tarball may weigh, with the demo model. */
export const PACKED_BYTES_MAX = 15 * 1024 * 1024

/**
 * Lines as sha256sum writes and checks them, of all addons under prebuilds/.
 * @param {string} folder the package's
 * @returns {string}
 */
export function prebuildSums(folder) {
  const prebuilds = path.join(folder, 'prebuilds')
  const platforms = existsSync(prebuilds) ? readdirSync(prebuilds).sort() : []
  const files = platforms.map((name) => `${name}/espalier.node`)
  return files
    .filter((file) => existsSync(path.join(prebuilds, file)))
    .map((file) => `${sha256OfFile(path.join(prebuilds, file))}  ${file}\n`)
    .join('')
}

/**
 * Throws an Error with a sentence where the checksums in a package are not those of its addons.
 * @param {string} folder
 * @returns {number} how many addons there are
 */
export function checkSums(folder) {
  const said = existsSync(path.join(folder, SUMS)) ? readFileSync(path.join(folder, SUMS), 'utf8') : ''
  const found = prebuildSums(folder)
  if (said === '') throw new Error(`The package has no ${SUMS}.`)
  if (said !== found)
    throw new Error(
      `The package's ${SUMS} is not that of its addons. It says:\n${said}and they are:\n${found}`,
    )
  return found.split('\n').length - 1
}

/**
 * CycloneDX, of what package-lock.json says: every dependency of a user, with its hash.
 * @param {string} folder @returns {string}
 */
export function billOfMaterials(folder) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'library', '--package-lock-only']
  const text = execFileSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    maxBuffer: 1 << 26,
  })
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  // Number and time would make each one another.
  const { serialNumber: _, ...bill } = JSON.parse(text)
  delete bill.metadata.timestamp
  // npm takes the folder's name.
  bill.metadata.component.name = manifest.name
  return `${JSON.stringify(reachedByUsers(bill, manifest), null, 2)}\n`
}

/**
 * Without what only developers need. npm's own --omit leaves out what both need, too.
 * @param {any} bill @param {any} manifest
 */
function reachedByUsers(bill, manifest) {
  const own = bill.metadata.component['bom-ref']
  const wanted = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
  /** @type {Map<string, string[]>} */
  const needs = new Map(bill.dependencies.map((/** @type {any} */ each) => [each.ref, each.dependsOn]))
  const isWanted = (/** @type {string} */ ref) => wanted.includes(ref.slice(0, ref.lastIndexOf('@')))
  needs.set(own, (needs.get(own) ?? []).filter(isWanted))
  const reached = new Set([own])
  for (const ref of reached) for (const needed of needs.get(ref) ?? []) reached.add(needed)
  const components = bill.components.filter((/** @type {any} */ each) => reached.has(each['bom-ref']))
  const dependencies = [...needs]
    .filter(([ref]) => reached.has(ref))
    .map(([ref, dependsOn]) => ({ ref, dependsOn }))
  return { ...bill, components, dependencies }
}

/**
 * What CHANGELOG.md says of a version; null without an entry.
 * @param {string} changelog @param {string} version
 * @returns {{ isReleased: boolean, text: string } | null}
 */
export function changelogEntry(changelog, version) {
  const entries = changelog.split(/^## /m).slice(1)
  const entry = entries.find((text) => text.startsWith(`${version} `) || text.startsWith(`${version}\n`))
  if (entry === undefined) return null
  const [title = '', ...lines] = entry.split('\n')
  return { isReleased: !title.includes('unreleased'), text: lines.join('\n').trim() }
}
