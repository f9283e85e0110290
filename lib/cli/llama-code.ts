// Takes llama.cpp's source code out of the git bundle in the npm tarball of node-llama-cpp. Decides what of it is
// unpacked; a tarball that is not the pinned one is refused whole.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { fetchTarball, type PinnedTarball } from './npm-tarball.js'
import { runTool } from './tools.js'

const bundle = 'package/llama/gitRelease.bundle'

interface Unpacking {
  /** Paths in llama.cpp's repository, as git takes them. */
  readonly paths: readonly string[]
  /** A folder of its own, which the caller removes. */
  readonly work: string
}

export interface CodeRequest extends Unpacking {
  readonly source: PinnedTarball
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
