// Looks for llama.cpp's libraries on this machine: packages beside this one, and folders built from source. Decides
// what is read of them before anything is opened; which is taken is platform.ts's choice.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { builtFolder } from './built.js'
import { packageRequire, platformName, unpacked } from './package-root.js'
import { llamaPins } from './pins.js'
import {
  chooseLlama,
  type Gpu,
  type InstalledPackage,
  type LlamaSource,
  type Surroundings,
} from './platform.js'

/**
 * The libraries to open: of the folder ESPALIER_LLAMA_DIR names, else as platform.ts chooses. Throws ModelError
 * LLAMA_MISSING, LLAMA_VERSION.
 */
export function llamaSource(gpu: Gpu): LlamaSource {
  const named = process.env.ESPALIER_LLAMA_DIR
  if (named) {
    const wayOut = 'ESPALIER_LLAMA_DIR names it: unset it, or name a folder with libraries of such a release.'
    return { folder: path.resolve(named), wayOut }
  }
  return chooseLlama(gpu, surroundings())
}

/** What there is on this machine. */
export function surroundings(): Surroundings {
  const pins = llamaPins()
  return {
    platform: platformName(),
    pins,
    installed,
    built: (what) => (pins === null ? null : builtFolder(what, pins.source.release)),
  }
}

function installed(name: string): InstalledPackage | null {
  const found = packageFolder(`@node-llama-cpp/${name}`)
  if (found === null) return null
  const folder = unpacked(path.join(found, 'bins', name))
  const about = record(path.join(folder, '_nlcBuildMetadata.json'))
  const { release } =
    (about?.buildOptions as { llamaCpp?: { release?: unknown } } | undefined)?.llamaCpp ?? {}
  const version = record(path.join(found, 'package.json'))?.version
  const other = packageFolder('node-llama-cpp')
  const isOfOther = other !== null && record(path.join(other, 'package.json'))?.version === version
  return { folder, release: typeof release === 'string' ? release : null, isOfOther }
}

/** A package's package.json is not exported, so its main file shows the way; null where it is not installed. */
function packageFolder(name: string): string | null {
  const require = packageRequire()
  try {
    return path.join(path.dirname(require.resolve(name)), '..')
  } catch {
    return null
  }
}

/** A JSON file's members; null where there is none. */
function record(file: string): Record<string, unknown> | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  } catch {
    return null
  }
}
