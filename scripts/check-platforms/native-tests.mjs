// @ts-check
// Runs test/native on a platform: the tests themselves, translated to JavaScript, against the package's own addon
// there. Decides which of them go there; all do but those that need a compiler, the tools of this machine or a
// child's output.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import typescript from 'typescript'
import { cacheFolder } from '../cache-folder.mjs'
import { check, tool } from '../check-package/workshop.mjs'
import { root } from '../source-files.mjs'
import { started } from './emulators.mjs'

/** What is not run there, and why. @type {Record<string, string>} */
export const LEFT_OUT = {
  'failing.test.ts': 'compiles a library that refuses memory, for Linux',
  'refusing.test.ts': 'compiles a library that refuses Node-API, for Linux',
  'hardening.test.ts': 'reads the file with the tools of this machine; "binaries" does that for all',
  'large-pages.test.ts': "reads Linux's own files on memory",
  'process.test.ts':
    'starts compilers and processes and reads what they print; "a process that ends" does what it can',
  'build-command.test.ts': 'puts scripts in the place of CMake, Git and npm',
  'long-words.test.ts': 'starts a process that may die, and reads what it prints',
  'log.test.ts': "puts jest's own function in the place of one of Node's, and starts processes",
  'storm.test.ts': 'the same; "workers, some ended in the middle" does what it can',
}

const WORDS = fileURLToPath(new URL('./jest-words.mjs', import.meta.url))

const BUILT_MODULES = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
export const libModule = (name) => require('../lib/' + name.replace(/[.]ts$/, '.js'))
`

/**
 * Tests as they would lie in a clone, inside of the installed package.
 * @param {string} folder a project @returns {readonly string[]} files, as `require` takes them
 */
function laidOut(folder) {
  const inside = join(folder, 'node_modules', 'espalier')
  for (const part of ['native', 'support']) translate(join(root, 'test', part), join(inside, 'test', part))
  writeFileSync(join(inside, 'test', 'package.json'), '{"type":"commonjs"}')
  cpSync(join(root, 'scripts'), join(inside, 'scripts'), { recursive: true })
  // Modules of lib/ as they were built: there is no compiler.
  cpSync(join(root, 'build', 'modules'), join(inside, 'lib'), { recursive: true })
  writeFileSync(join(inside, 'scripts', 'lib-module.mjs'), BUILT_MODULES)
  cpSync(tool(['expect@30']), join(inside, 'test', 'node_modules'), { recursive: true })
  cpSync(WORDS, join(inside, 'test', 'jest-words.mjs'))
  const files = readdirSync(join(root, 'test', 'native')).filter((file) => file.endsWith('.test.ts'))
  return files
    .filter((file) => !Object.hasOwn(LEFT_OUT, file))
    .map((file) => `./native/${file.slice(0, -3)}.js`)
}

/** @param {string} from @param {string} to */
function translate(from, to) {
  mkdirSync(to, { recursive: true })
  for (const file of readdirSync(from)) {
    const source = readFileSync(join(from, file), 'utf8')
    if (file.endsWith('.mjs')) writeFileSync(join(to, file), source)
    if (!file.endsWith('.ts')) continue
    const { outputText } = typescript.transpileModule(source, {
      compilerOptions: {
        module: typescript.ModuleKind.CommonJS,
        target: typescript.ScriptTarget.ES2022,
        esModuleInterop: true,
      },
    })
    writeFileSync(join(to, `${file.slice(0, -3)}.js`), outputText)
  }
}

/**
 * @param {string} name @param {{ command: readonly string[], env: Record<string, string> }} host
 * @param {string} folder a project
 */
export function runNativeTests(name, host, folder) {
  const files = laidOut(folder)
  const inside = join(folder, 'node_modules', 'espalier', 'test')
  for (const file of files) {
    check(`${name}: test/native/${file.slice(9, -3)}.ts`, () => {
      const env = { ...host.env, ESPALIER_CACHE_DIR: cacheFolder() }
      const done = started(host.command, ['jest-words.mjs', file], inside, env)
      const told = done.stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
      const wrong = told.filter(({ error }) => error)
      if (wrong.length > 0)
        throw new Error(
          wrong
            .map((one) => `${one.name}: ${one.error}`)
            .slice(0, 3)
            .join('\n'),
        )
      if (done.status !== 0) {
        const last = told.at(-1)?.begun ?? 'nothing'
        throw new Error(`${done.signal ?? done.status} in "${last}": ${done.stderr}`)
      }
      const count = told.filter((one) => one.name !== undefined).length - 1
      if (count < 1) throw new Error(`it ran no test: ${done.stderr}`)
      return `${count} tests`
    })
  }
}
