// Takes llama.cpp's source code out of the git bundle in the npm tarball of node-llama-cpp, which npm fetches with the
// user's own settings. Decides that it is what was pinned; nothing of anything else is unpacked.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ModelError } from '../base/errors.js'
import type { LlamaPins } from '../native/pins.js'
import { runTool } from './tools.js'

const bundle = 'package/llama/gitRelease.bundle'

interface Unpacking {
  /** Paths in llama.cpp's repository, as git takes them. */
  readonly paths: readonly string[]
  /** A folder of its own, which the caller removes. */
  readonly work: string
}

export interface CodeRequest extends Unpacking {
  readonly source: LlamaPins['source']
}

/** Folder with the files. Throws ModelError BUILD_TOOL_MISSING, BUILD_FAILED, BUILD_SOURCE (not what is pinned). */
export function takeLlamaCode({ source, paths, work }: CodeRequest): string {
  runTool('git', ['--version'], work)
  return unpackLlamaCode(fetchTarball(source, work), { paths, work })
}

/** The same of a tarball that lies in the folder already, by its name there. */
export function unpackLlamaCode(tarball: string, { paths, work }: Unpacking): string {
  // By its name in its folder: some tars take what stands before a colon for another machine.
  runTool('tar', ['-xzf', tarball, bundle], work)
  const repository = path.join(work, 'repository')
  runTool('git', ['clone', '--quiet', '--no-checkout', path.join(work, bundle), repository], work)
  const taken = path.join(work, 'taken')
  mkdirSync(taken)
  const settings = ['-c', 'core.autocrlf=false', '-c', 'advice.detachedHead=false']
  runTool('git', [...settings, `--work-tree=${taken}`, 'checkout', 'HEAD', '--', ...paths], repository)
  return taken
}

/** Its name in the folder. */
function fetchTarball({ package: name, sha512 }: LlamaPins['source'], work: string): string {
  // Where the user stands: a project may have settings of its own.
  const args = ['pack', name, '--pack-destination', work, '--ignore-scripts', '--loglevel=error']
  runTool('npm', args, process.cwd())
  const tarball = `${name.replace('@', '-')}.tgz`
  const digest = createHash('sha512')
    .update(readFileSync(path.join(work, tarball)))
    .digest('base64')
  if (digest === sha512) return tarball
  throw new ModelError(
    'BUILD_SOURCE',
    `${name} has sha512 ${digest}, but ${sha512} is pinned. Nothing of it was used.`,
  )
}
