// @ts-check
// Decides where scripts and tests keep what they fetch or generate: where the library keeps its own things. Never
// creates anything.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { libModule } from './lib-module.mjs'

/** @type {import('../lib/native/cache-folder.js')} */
const home = libModule('native/cache-folder.ts')

/**
 * For who has no home, a folder in the temporary one: what scripts keep is checked before each use, see
 * kept-content.mjs.
 * @returns {string}
 */
export const cacheFolder = () => home.cacheFolder() ?? join(tmpdir(), 'espalier-cache')
