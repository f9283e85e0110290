// Whether the package is whole and where it belongs: versions, the addon, other copies beside it. Decides what is ok;
// opens nothing but files that
// say what they are.
import { readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { HostFacts } from '../machine.js'
import { isInRange } from '../system-words.js'
import { type Check, note, ok, wrong } from './check.js'

/** `range`: of Node's versions, as npm writes it; null: nobody says. */
export function versionChecks(
  { espalier, node, platform, libc }: HostFacts,
  range: string | null,
): readonly Check[] {
  const fits = range === null || isInRange(node, range)
  const { bun, deno, electron } = process.versions as Readonly<Record<string, string | undefined>>
  const other = Object.entries({ Bun: bun, Deno: deno, Electron: electron }).find(([, version]) => version)
  return [
    espalier === null
      ? note('espalier', 'its package.json is not beside it', 'Install the package instead of copying files.')
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
  ]
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

/** What a program in that folder gets by importing espalier, where that is not the one at `root`. */
export function copyChecks(root: string, folder: string): readonly Check[] {
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
