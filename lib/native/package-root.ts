// Where this package lies, so that its addon, its model and its dependencies are found beside it. Where a bundler
// moved the code out of the package, the error says that, and not which file was missed first.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModelError } from '../base/errors.js'
import { platformOf } from './platform.js'

let known: string | null = null
let name: string | null = null

/** The package's folder, or one with its addon. Throws ModelError PACKAGE_BUNDLED where this file is in neither. */
export function packageRoot(): string {
  known ??= search()
  return known
}

/** 'linux-x64' and its like; 'linux-x64-musl' where the system's C library is musl, as on Alpine. */
export function platformName(): string {
  name ??= platformOf(process.platform, process.arch, process.platform === 'linux' ? libcFamily() : null)
  return name
}

/** null: not known, as in a copy that a bundler took out of its package. */
function libcFamily(): string | null {
  const url: string | undefined = import.meta.url
  try {
    return (createRequire(url)('detect-libc') as typeof import('detect-libc')).familySync()
  } catch {
    return null
  }
}

/**
 * The path for native code, which can't open what lies inside of an Electron archive, `…/app.asar/…`: only Electron's
 * JavaScript sees that. What the packager unpacked lies beside, in `…/app.asar.unpacked/…`. Other paths stay.
 */
export function unpacked(file: string): string {
  const beside = file.replace(/([\\/][^\\/]+\.asar)(?=[\\/])/, '$1.unpacked')
  // A folder may be called so without Electron, too.
  return process.versions.electron !== undefined || existsSync(beside) ? beside : file
}

/** What to do about a native file that is not at that path: in an Electron app it was packed into the archive. */
export function wayToFile(file: string, otherwise: string): string {
  if (!file.includes('.asar.unpacked')) return otherwise
  return 'Have the archive unpacked for it: asarUnpack "**/node_modules/{espalier,@node-llama-cpp}/**".'
}

/** Where the addon may lie in that folder; the first there counts: a clone's own build, then what was shipped. */
export function addonFiles(root: string): readonly string[] {
  const folders = [path.join('build', 'addon'), 'prebuilds']
  return folders.map((folder) => unpacked(path.join(root, folder, platformName(), 'espalier.node')))
}

/** The model that comes with the package. Throws ModelError PACKAGE_BUNDLED. */
export function demoModel(): string {
  return path.join(packageRoot(), 'models', 'espalier-demo-q8_0.gguf')
}

/** `require` as the package's own files have it. Throws ModelError PACKAGE_BUNDLED. */
export function packageRequire(): NodeJS.Require {
  return createRequire(path.join(packageRoot(), 'package.json'))
}

function search(): string {
  // A bundler that writes CommonJS leaves nothing of import.meta.
  const url: string | undefined = import.meta.url
  if (typeof url !== 'string') throw bundled('a bundle')
  const here = fileURLToPath(url)
  for (let folder = path.dirname(here); ; folder = path.dirname(folder)) {
    if (isOurs(path.join(folder, 'package.json')) || addonFiles(folder).some((file) => existsSync(file)))
      return folder
    if (folder === path.dirname(folder)) throw bundled(here)
  }
}

function isOurs(manifest: string): boolean {
  if (!existsSync(manifest)) return false
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }).name === 'espalier'
  } catch {
    return false
  }
}

function bundled(where: string): ModelError {
  return new ModelError(
    'PACKAGE_BUNDLED',
    `This copy of espalier runs from ${where}, outside of its package, where it has neither its addon nor a model. ` +
      'Mark espalier as external in your bundler (esbuild: --external:espalier; webpack, Rollup, Vite: external; ' +
      'Next.js: serverExternalPackages) and install it where the program runs.',
  )
}
