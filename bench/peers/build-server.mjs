// Builds llama-server of the pinned llama.cpp release into the cache folder, once. Decides what is compiled: the server
// and the libraries it stands on, but no kernels. Those it takes from the package that espalier loads, so that all
// sides of the benchmark multiply matrices with the same machine code.
//   node bench/peers/build-server.mjs [--jobs 2]
// Needs Git, tar, CMake and a C++17 compiler, and some 15 minutes on two cores.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cacheFolder } from '../../scripts/cache-folder.mjs'
import { libModule } from '../../scripts/lib-module.mjs'

/** @type {import('../../lib/cli/llama-code.js')} */
const code = libModule('cli/llama-code.ts')
const { source } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).llama

const flags = {
  CMAKE_BUILD_TYPE: 'Release',
  BUILD_SHARED_LIBS: 'ON',
  CMAKE_PLATFORM_NO_VERSIONED_SONAME: 'ON',
  CMAKE_BUILD_WITH_INSTALL_RPATH: 'ON',
  CMAKE_INSTALL_RPATH: '$ORIGIN',
  // Kernels in libraries of their own, and none built here.
  GGML_BACKEND_DL: 'ON',
  GGML_NATIVE: 'OFF',
  GGML_CPU: 'OFF',
  LLAMA_BUILD_IS_DEV: 'OFF',
  LLAMA_BUILD_TESTS: 'OFF',
  LLAMA_BUILD_EXAMPLES: 'OFF',
  LLAMA_BUILD_APP: 'OFF',
  LLAMA_BUILD_UI: 'OFF',
  LLAMA_USE_PREBUILT_UI: 'OFF',
  LLAMA_OPENSSL: 'OFF',
  LLAMA_ALL_WARNINGS: 'OFF',
}

const folder = () => path.join(cacheFolder(), 'peers', `llama-server-${source.release}`)

/** The finished program, null where it was not built. */
export function serverFile() {
  const file = path.join(folder(), 'llama-server')
  return existsSync(file) ? file : null
}

function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  if (done.status !== 0)
    throw new Error(`${command} ${args[0]} ended with ${done.status ?? done.error?.message}.`)
}

function kernelsFolder() {
  const name = `${process.platform}-${process.arch}`
  const main = createRequire(import.meta.url).resolve(`@node-llama-cpp/${name}`)
  return path.join(path.dirname(main), '..', 'bins', name)
}

/** Fills `fresh` with the program, its libraries and the kernels. */
function build(work, fresh, jobs) {
  const taken = code.takeLlamaCode({ source, paths: ['.'], work })
  const tree = path.join(work, 'tree')
  const defines = Object.entries(flags).map(([name, value]) => `-D${name}=${value}`)
  run('cmake', ['-S', taken, '-B', tree, ...defines], work)
  run('cmake', ['--build', tree, '--parallel', String(jobs), '--target', 'llama-server'], work)
  mkdirSync(fresh)
  const copy = (from, isWanted) => {
    for (const name of readdirSync(from).filter(isWanted))
      copyFileSync(path.join(from, name), path.join(fresh, name))
  }
  copy(path.join(tree, 'bin'), (name) => name === 'llama-server' || name.endsWith('.so'))
  copy(kernelsFolder(), (name) => name.startsWith('libggml-cpu'))
  copy(taken, (name) => name === 'LICENSE')
}

export function buildServer(jobs) {
  const found = serverFile()
  if (found !== null) return found
  const target = folder()
  mkdirSync(path.dirname(target), { recursive: true })
  const work = mkdtempSync(`${target}.building-`)
  try {
    const fresh = path.join(work, 'fresh')
    build(work, fresh, jobs)
    renameSync(fresh, target)
    return path.join(target, 'llama-server')
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { jobs: { type: 'string', default: '2' } } })
  console.log(buildServer(Number(values.jobs)))
}
