// Whether the package is whole and where it belongs: versions, the addon, other copies beside it. Decides what is ok;
// opens nothing but files that say what they are.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { addonFiles, packageRoot } from '../../native/package-root.js'
import { nodeRange } from '../../native/pins.js'
import type { HostFacts } from '../machine.js'
import { type Check, failed, note, ok, type Section, wrong } from './check.js'

export function versionSection({ espalier, node, platform, libc }: HostFacts): Section {
  const range = nodeRange()
  const fits = range === null || isInRange(node, range)
  const { bun, deno, electron } = process.versions as Readonly<Record<string, string | undefined>>
  const other = Object.entries({ Bun: bun, Deno: deno, Electron: electron }).find(([, version]) => version)
  return {
    title: 'Versions',
    checks: [
      espalier === null
        ? note(
            'espalier',
            'its package.json is not beside it',
            'Install the package instead of copying files.',
          )
        : ok('espalier', espalier),
      fits
        ? ok('node', node)
        : wrong(
            'node',
            `${node}; espalier is made for ${range}`,
            'Install a version of Node.js in that range.',
          ),
      ok('platform', libc === null ? platform : `${platform}, ${libc}`),
      ...(other === undefined ? [] : [note('runtime', `${other[0]} ${other[1]}, not Node.js itself`)]),
    ],
  }
}

/** A range of npm's with alternatives of ^ and >=: '^20.19.0 || >=24.0.0'. */
export function isInRange(version: string, range: string): boolean {
  const own = numbersOf(version)
  return range.split('||').some((part) => {
    const least = numbersOf(part)
    const isLess = compare(own, least) < 0
    return !isLess && (part.trim().startsWith('>=') || own[0] === least[0])
  })
}

const numbersOf = (text: string): readonly number[] => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number)

function compare(a: readonly number[], b: readonly number[]): number {
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0))
  return at === undefined ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

/** `folder`: where the programs stand that will import espalier. */
export function packageSection(folder: string): Section {
  const title = 'Package'
  let root: string
  try {
    root = packageRoot()
  } catch (error) {
    return { title, checks: [failed('folder', error)] }
  }
  return {
    title,
    checks: [ok('folder', root), addonCheck(addonFiles(root), existsSync), ...otherCopies(root, folder)],
  }
}

/** Of where it may lie, the first one first. */
export function addonCheck(files: readonly string[], isThere: (file: string) => boolean): Check {
  const found = files.find(isThere)
  if (found === undefined) {
    return wrong(
      'addon',
      `there is none for this platform: neither ${files.join(' nor ')}`,
      'Install the package again; in a clone, run "npm run build:addon".',
    )
  }
  const passed = files.slice(0, files.indexOf(found)).map((file) => `; nothing at ${file}`)
  return ok('addon', `${found}${passed.join('')}`)
}

/** What a program in that folder gets by importing espalier, where that is not this one. */
function otherCopies(root: string, folder: string): readonly Check[] {
  let manifest: string
  try {
    manifest = createRequire(path.join(folder, 'package.json')).resolve('espalier/package.json')
  } catch {
    return []
  }
  const other = path.dirname(manifest)
  if (realpathSync(other) === realpathSync(root)) return []
  return [
    note(
      'other copy',
      `programs here import espalier ${versionIn(manifest)} of ${other}, not the one of this command`,
      'Run the command through "npx espalier" in that folder.',
    ),
  ]
}

function versionIn(manifest: string): string {
  try {
    return String((JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown }).version)
  } catch {
    return 'of an unknown version'
  }
}
