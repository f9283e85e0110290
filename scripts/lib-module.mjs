// @ts-check
// Gives scripts that run before dist/ is there a module of lib/, so that nothing has to be written twice. Decides how
// such a module is compiled; never writes anything. Synchronous, since those who ask are.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { transformSync } from '@swc/core'

const lib = fileURLToPath(new URL('../lib', import.meta.url))

/** By file. @type {Map<string, { exports: object }>} */
const loaded = new Map()

/**
 * What a file of lib/ exports.
 * @param {string} name 'native/cache-folder.ts'
 * @returns {any}
 */
export const libModule = (name) => moduleAt(path.join(lib, name))

/** @param {string} file @returns {object} */
function moduleAt(file) {
  const known = loaded.get(file)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  loaded.set(file, module)
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    configFile: false,
    swcrc: false,
    filename: file,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  })
  const required = createRequire(file)
  const require = (/** @type {string} */ name) =>
    name.startsWith('.')
      ? moduleAt(path.join(path.dirname(file), name.replace(/\.js$/, '.ts')))
      : required(name)
  compileFunction(code, ['module', 'exports', 'require', '__filename'], { filename: file })(
    module,
    module.exports,
    require,
    file,
  )
  return module.exports
}
