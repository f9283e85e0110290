// Compiles a clone's own addon into build/addon/<platform>/espalier.node. Decides whether anything changed since the
// last build; never links a llama library, and what it makes is never shipped. With --list-sources it only prints the
// sources, for binding.gyp.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { addonFile, platform } from './addon-file.mjs'
import { llamaHeadersSha256, prepareLlamaHeaders } from './llama-headers.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)
const TAKEN_FROM_ENVIRONMENT = ['CC', 'CXX', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS', 'npm_config_nodedir']

function filesUnder(folder, suffixes) {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && suffixes.includes(path.extname(entry.name)))
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .map((name) => name.split(path.sep).join('/'))
    .sort()
}

function contentStamp() {
  const hash = createHash('sha256').update(llamaHeadersSha256)
  const inputs = [
    ...filesUnder('native', ['.cc', '.cpp', '.h', '.hpp']),
    'binding.gyp',
    'scripts/build-addon.mjs',
  ]
  for (const name of inputs) {
    hash.update(`${name}\0`).update(readFileSync(path.resolve(root, name)))
  }
  for (const name of TAKEN_FROM_ENVIRONMENT) hash.update(`${name}=${process.env[name] ?? ''}\0`)
  return hash.update(`${platform} napi8`).digest('hex')
}

// A distribution's Node brings its headers along; then nothing has to be downloaded.
function nodeFolderArguments() {
  if (process.env.npm_config_nodedir) return []
  const folder = path.resolve(process.execPath, '..', '..')
  const header = path.join(folder, 'include', 'node', 'node_version.h')
  if (!existsSync(header)) return []
  const text = readFileSync(header, 'utf8')
  const number = (part) => text.match(new RegExp(`#define NODE_${part}_VERSION (\\d+)`))?.[1]
  const version = `v${number('MAJOR')}.${number('MINOR')}.${number('PATCH')}`
  return version === process.version ? [`--nodedir=${folder}`] : []
}

function runGyp(args) {
  const gyp = path.join(path.dirname(require.resolve('node-gyp/package.json')), 'bin', 'node-gyp.js')
  // Its chatter goes to stdout, the compiler's words to stderr.
  const stdio = ['ignore', process.env.ESPALIER_VERBOSE ? 'inherit' : 'ignore', 'inherit']
  const [command, ...rest] = args
  const quiet = process.env.ESPALIER_VERBOSE ? [] : ['--loglevel=error']
  const done = spawnSync(process.execPath, [gyp, command, ...quiet, ...rest], { cwd: root, stdio })
  if (done.status === 0) return
  throw new Error('The addon could not be compiled. A C++17 compiler, make and Python 3 are needed.')
}

/** Builds unless the stamp beside the last result says that nothing changed. Returns the addon's path. */
export function buildAddon() {
  const target = addonFile()
  const stampFile = path.join(root, 'build', 'addon', platform, 'stamp')
  const headers = prepareLlamaHeaders()
  const stamp = contentStamp()
  if (existsSync(target) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return target
  runGyp(['configure', '--release', ...nodeFolderArguments(), '--', `-Dllama_headers=${headers}`])
  runGyp(['build', '--release', `--jobs=${availableParallelism()}`])
  mkdirSync(path.dirname(target), { recursive: true })
  const fresh = `${target}.${process.pid}`
  copyFileSync(path.join(root, 'build', 'Release', 'espalier.node'), fresh)
  renameSync(fresh, target)
  writeFileSync(stampFile, stamp)
  return target
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--list-sources')) console.log(filesUnder('native', ['.cc', '.cpp']).join('\n'))
    else console.log(path.relative(root, buildAddon()))
  } catch (error) {
    console.error(`espalier: ${error.message}`)
    process.exitCode = 1
  }
}
