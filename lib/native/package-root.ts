// Where this package lies, so that its addon, its model and its dependencies are found beside it. Decides that a copy
// which a bundler took out of its package is told so, instead of what it misses first.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModelError } from '../base/errors.js'

let known: string | null = null

/** The package's folder, or one with its addon. Throws ModelError PACKAGE_BUNDLED where this file is in neither. */
export function packageRoot(): string {
  known ??= search()
  return known
}

/** 'linux-x64' and its like. */
export function platformName(): string {
  return `${process.platform}-${process.arch}`
}

/** Native files can't be opened inside an Electron archive. */
export function unpacked(file: string): string {
  return file.replace(/([\\/])app\.asar([\\/])/, '$1app.asar.unpacked$2')
}

/** Where the addon may lie in that folder; the first that is there counts. */
export function addonFiles(root: string): readonly string[] {
  const folders = [path.join('prebuilds', platformName()), path.join('build', 'Release')]
  return folders.map((folder) => unpacked(path.join(root, folder, 'espalier.node')))
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
