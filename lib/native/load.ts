// Finds the addon and llama.cpp's libraries and opens them, once a process. Decides which files are opened; the folder
// is platform.ts's choice, and which version may run the addon's. Never downloads anything and never falls back to
// another version.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { ModelError } from '../base/errors.js'
import { native } from './failure.js'
import { llamaSource } from './llama-source.js'
import { addonFiles, packageRequire, packageRoot, platformName, wayToFile } from './package-root.js'
import { backends, type Gpu, type LlamaSource } from './platform.js'
import type { RawAddon, RawLibraries } from './raw.js'

let addon: RawAddon | null = null
let version: string | null = null

function findAddon(): string {
  const platform = platformName()
  const candidates = addonFiles(packageRoot())
  const found = candidates.find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new ModelError(
    'ADDON_MISSING',
    `espalier has no addon for ${platform}; expected ${candidates.join(' or ')}. ` +
      wayToFile(candidates[0]!, 'In a clone, "npm run build:addon" makes it.'),
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

/**
 * The three libraries in a folder. Names carry release and variant: libllama.metal.v0.4.0.dylib, llama.v0.4.0.dll.
 * Those of older releases, libllama.b8390.so, are found as well, so that what is said is what is wrong.
 */
export function librariesIn(folder: string): RawLibraries {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (cause) {
    const wayOut = wayToFile(folder, 'Is it there, and may this process read it?')
    throw new ModelError(
      'LLAMA_MISSING',
      `The folder of llama.cpp's libraries, ${folder}, can't be read. ${wayOut}`,
      { cause },
    )
  }
  const find = (base: string): string => {
    const pattern = new RegExp(`^(lib)?${base}((\\.[a-z]+)?\\.[a-z]?\\d[\\w.]*)?\\.(so|dylib|dll)(\\.\\d+)*$`)
    const found = names.filter((name) => pattern.test(name)).sort((a, b) => a.length - b.length)[0]
    if (found !== undefined) return path.join(folder, found)
    const told = `The folder ${folder} has no library ${base}; expected llama, ggml and ggml-base.`
    throw new ModelError('LLAMA_MISSING', `${told} ${wayToFile(folder, '')}`.trim())
  }
  return { folder, llama: find('llama'), ggml: find('ggml'), ggmlBase: find('ggml-base') }
}

/**
 * The addon with llama.cpp opened. A process has one llama.cpp, so the first call decides which; a later one with
 * another wish than a backend's name takes what is there.
 *
 * Throws ModelError: PACKAGE_BUNDLED, ADDON_MISSING, ADDON_UNLOADABLE, LLAMA_MISSING (names the package to install),
 * LLAMA_UNLOADABLE, LLAMA_VERSION, LLAMA_CLASH (another llama.cpp is in this process), LLAMA_NO_DEVICE.
 */
export function loadLlama(gpu: Gpu = 'auto'): RawAddon {
  const loaded = loadAddon()
  const isNamed = backends.some((name) => name === gpu)
  if (version !== null && !isNamed) return loaded
  const open = isNamed && !process.env.ESPALIER_LLAMA_DIR ? null : loaded.llamaFolder()
  if (open !== null) version = native(() => loaded.openLlama(librariesIn(open)))
  else version = opened(loaded, llamaSource(gpu))
  return loaded
}

function opened(loaded: RawAddon, { folder, wayOut }: LlamaSource): string {
  const libraries = librariesIn(folder)
  try {
    return native(() => loaded.openLlama(libraries))
  } catch (error) {
    if (!(error instanceof ModelError) || error.code !== 'LLAMA_VERSION') throw error
    throw new ModelError(error.code, `${error.message} ${wayOut}`, { cause: error })
  }
}

/** Version of the llama.cpp in use, for reports; opens it if need be. */
export function llamaVersion(): string {
  loadLlama()
  return version ?? ''
}
