// Finds the addon and llama.cpp's libraries and opens them, once a process. Decides where they are looked for; which
// version may run is decided by the addon. Never downloads anything and never falls back to another version.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ModelError } from '../base/errors.js'
import { native } from './failure.js'
import { addonFiles, packageRequire, packageRoot } from './package-root.js'
import type { RawAddon, RawLibraries } from './raw.js'

const platformPackages: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
}

let addon: RawAddon | null = null
let version: string | null = null

function findAddon(): string {
  const platform = `${process.platform}-${process.arch}`
  const candidates = addonFiles(packageRoot())
  const found = candidates.find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new ModelError(
    'ADDON_MISSING',
    `espalier has no addon for ${platform}; expected ${candidates[0]}. In a clone, "npm run build:addon" makes it.`,
  )
}

/** The addon without llama.cpp: enough for vocabularies and constraints. Throws ModelError ADDON_*. */
export function loadAddon(): RawAddon {
  if (addon !== null) return addon
  const file = findAddon()
  let loaded: RawAddon
  try {
    loaded = packageRequire()(file) as RawAddon
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ModelError('ADDON_UNLOADABLE', `The addon ${file} can't be loaded: ${why}.`, { cause })
  }
  // Threads must have ended before the process destroys what they use. Each worker ends its own.
  process.once('exit', () => loaded.stopAll())
  addon = loaded
  return loaded
}

/** Folder of the platform package's libraries. Its package.json is not exported, so its main file shows the way. */
function platformFolder(): string {
  const platform = `${process.platform}-${process.arch}`
  const name = platformPackages[platform]
  if (name === undefined) {
    throw new ModelError(
      'LLAMA_MISSING',
      `There is no prebuilt llama.cpp for ${platform}; set ESPALIER_LLAMA_DIR to a folder with its libraries.`,
    )
  }
  let main: string
  try {
    main = packageRequire().resolve(`@node-llama-cpp/${name}`)
  } catch (cause) {
    throw new ModelError(
      'LLAMA_MISSING',
      `llama.cpp's libraries are not installed: the package @node-llama-cpp/${name} was not found. ` +
        `Install it with "npm install @node-llama-cpp/${name}@${pinnedVersion(name)}", or set ESPALIER_LLAMA_DIR ` +
        'to a folder with the libraries.',
      { cause },
    )
  }
  const folder = path.join(path.dirname(main), '..', 'bins', name)
  return folder.replace(/([\\/])app\.asar([\\/])/, '$1app.asar.unpacked$2')
}

function pinnedVersion(name: string): string {
  try {
    const text = readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')
    const pinned = (JSON.parse(text) as { optionalDependencies?: Record<string, string> })
      .optionalDependencies
    return pinned?.[`@node-llama-cpp/${name}`] ?? '3.22.1'
  } catch {
    return '3.22.1'
  }
}

/** The three libraries in a folder. Names carry release and variant: libllama.metal.v0.4.0.dylib, llama.v0.4.0.dll. */
function librariesIn(folder: string): RawLibraries {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (cause) {
    throw new ModelError('LLAMA_MISSING', `The folder of llama.cpp's libraries, ${folder}, can't be read.`, {
      cause,
    })
  }
  const find = (base: string): string => {
    const pattern = new RegExp(`^(lib)?${base}((\\.[a-z]+)?\\.v?\\d[\\w.]*)?\\.(so|dylib|dll)(\\.\\d+)*$`)
    const found = names.filter((name) => pattern.test(name)).sort((a, b) => a.length - b.length)[0]
    if (found !== undefined) return path.join(folder, found)
    throw new ModelError(
      'LLAMA_MISSING',
      `The folder ${folder} has no library ${base}; expected llama, ggml and ggml-base.`,
    )
  }
  return { folder, llama: find('llama'), ggml: find('ggml'), ggmlBase: find('ggml-base') }
}

/**
 * The addon with llama.cpp opened. Throws ModelError: PACKAGE_BUNDLED, ADDON_MISSING, ADDON_UNLOADABLE, LLAMA_MISSING
 * (names the package to install), LLAMA_UNLOADABLE, LLAMA_VERSION, LLAMA_CLASH (another llama.cpp is in this process),
 * LLAMA_NO_DEVICE.
 */
export function loadLlama(): RawAddon {
  const loaded = loadAddon()
  if (version !== null) return loaded
  const named = process.env.ESPALIER_LLAMA_DIR
  const folder = named ? path.resolve(named) : platformFolder()
  version = native(() => loaded.openLlama(librariesIn(folder)))
  return loaded
}

/** Version of the llama.cpp in use, for reports; opens it if need be. */
export function llamaVersion(): string {
  loadLlama()
  return version ?? ''
}
