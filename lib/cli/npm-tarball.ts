// Fetches one tarball from the npm registry, with the user's own settings. Decides that it is what was pinned before
// anything looks into it. Never runs a script of a package.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ModelError } from '../base/errors.js'
import { runTool } from './tools.js'

export interface PinnedTarball {
  /** 'name@version', as npm takes it. */
  readonly package: string
  /** Of the tarball, in base64, as npm's lock files have it. */
  readonly sha512: string
}

/** Its name in the folder. Throws ModelError BUILD_TOOL_MISSING, BUILD_FAILED, BUILD_SOURCE (not what is pinned). */
export function fetchTarball({ package: spec, sha512 }: PinnedTarball, folder: string): string {
  // Where the user stands: a project may have settings of its own.
  const args = ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error']
  runTool('npm', args, process.cwd())
  const tarball = `${spec.replace(/^@/, '').replace(/[/@]/g, '-')}.tgz`
  const digest = createHash('sha512')
    .update(readFileSync(path.join(folder, tarball)))
    .digest('base64')
  if (digest === sha512) return tarball
  throw new ModelError(
    'BUILD_SOURCE',
    `${spec} has sha512 ${digest}, but ${sha512} is pinned. Nothing of it was used.`,
  )
}
