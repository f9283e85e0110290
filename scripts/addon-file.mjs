// @ts-check
// Where a clone's own addon lies, for scripts and tests; lib/native/package-root.ts looks there first. The shipped
// addons lie in prebuilds/, see build-prebuilds.mjs.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { familySync, MUSL } from 'detect-libc'

const isMusl = process.platform === 'linux' && familySync() === MUSL

/** As the library names it: linux-x64, linux-x64-musl, darwin-arm64. */
export const platform = `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`

/** Relative to the package, so that a copy of it can have another. */
export const ownAddon = path.join('build', 'addon', platform, 'espalier.node')

/** @returns {string} its path in this clone */
export const addonFile = () =>
  fileURLToPath(new URL(`../${ownAddon.split(path.sep).join('/')}`, import.meta.url))
