// Which npm packages hold llama.cpp for which platform and device. Decides what is looked for, in which order, and what
// to tell who has none of it. The table of platforms and versions has its one home here.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ModelError } from '../base/errors.js'
import { packageRequire, packageRoot, platformName, unpacked } from './package-root.js'

/** 'auto': the graphics processors there are; a backend's name: only its; false: the CPU alone. */
export type Gpu = 'auto' | 'cuda' | 'vulkan' | 'metal' | false

export const gpuNames = ['auto', 'cuda', 'vulkan', 'metal'] as const

interface Platform {
  /** The package that comes with this one, as an optional dependency. */
  readonly plain: string
  /** Packages people install beside it, by backend; the first one installed is taken. */
  readonly variants: Readonly<Partial<Record<'cuda' | 'vulkan', string>>>
  /** What the plain one can do beside the CPU. */
  readonly builtIn: 'metal' | null
}

const desktop = (name: string): Platform => ({
  plain: name,
  variants: { cuda: `${name}-cuda`, vulkan: `${name}-vulkan` },
  builtIn: null,
})

const platforms: Readonly<Record<string, Platform>> = {
  'linux-x64': desktop('linux-x64'),
  'linux-arm64': { plain: 'linux-arm64', variants: {}, builtIn: null },
  'darwin-arm64': { plain: 'mac-arm64-metal', variants: {}, builtIn: 'metal' },
  'darwin-x64': { plain: 'mac-x64', variants: {}, builtIn: null },
  'win32-x64': desktop('win-x64'),
  'win32-arm64': { plain: 'win-arm64', variants: {}, builtIn: null },
}

/** Folder with llama.cpp's libraries for what the caller wants. Throws ModelError LLAMA_MISSING. */
export function llamaFolder(gpu: Gpu): string {
  const platform = platforms[platformName()]
  if (platform === undefined) {
    throw missing(
      `There is no prebuilt llama.cpp for ${platformName()}; set ESPALIER_LLAMA_DIR to a folder with its libraries.`,
    )
  }
  if (gpu === 'cuda' || gpu === 'vulkan') return namedVariant(platform, gpu)
  if (gpu === 'metal' && platform.builtIn !== 'metal') {
    throw missing(
      `gpu: 'metal' is for macOS on Apple silicon, and this is ${platformName()}; ${insteadOf(platform)}`,
    )
  }
  // Also for the CPU alone: one llama.cpp is all a process can have, and a variant has the CPU's libraries, too.
  for (const name of [...Object.values(platform.variants), platform.plain]) {
    const folder = folderOf(name)
    if (folder !== null) return folder
  }
  throw notInstalled(platform, platform.plain, "llama.cpp's libraries are not installed")
}

function namedVariant(platform: Platform, gpu: 'cuda' | 'vulkan'): string {
  const name = platform.variants[gpu]
  if (name === undefined) {
    throw missing(
      `There is no prebuilt llama.cpp with ${gpu} for ${platformName()}; ${insteadOf(platform)} Or set ` +
        'ESPALIER_LLAMA_DIR to a folder with libraries built for it.',
    )
  }
  const folder = folderOf(name)
  if (folder !== null) return folder
  throw notInstalled(platform, name, `gpu: '${gpu}' needs llama.cpp's libraries for it`)
}

function insteadOf(platform: Platform): string {
  const names = [...(platform.builtIn === null ? [] : [platform.builtIn]), ...Object.keys(platform.variants)]
  const expected = ["'auto'", ...names.map((name) => `'${name}'`), 'false']
  return `expected ${expected.slice(0, -1).join(', ')} or ${expected.at(-1)}.`
}

/** A package's package.json is not exported, so its main file shows the way; null where it is not installed. */
function folderOf(name: string): string | null {
  const require = packageRequire()
  try {
    const main = require.resolve(`@node-llama-cpp/${name}`)
    return unpacked(path.join(path.dirname(main), '..', 'bins', name))
  } catch {
    return null
  }
}

function notInstalled(platform: Platform, name: string, what: string): ModelError {
  const wanted = `@node-llama-cpp/${name}${pinned(platform)}`
  return missing(
    `${what}: the package @node-llama-cpp/${name} was not found. Install it with "npm install ${wanted}", or set ` +
      'ESPALIER_LLAMA_DIR to a folder with the libraries.',
  )
}

function missing(message: string): ModelError {
  return new ModelError('LLAMA_MISSING', message)
}

/** '@' and the version package.json pins for the platform; '' where it can't be read, as in a bundle. */
function pinned(platform: Platform): string {
  try {
    const text = readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')
    const { optionalDependencies } = JSON.parse(text) as { optionalDependencies: Record<string, string> }
    return `@${optionalDependencies[`@node-llama-cpp/${platform.plain}`]!}`
  } catch {
    return ''
  }
}
