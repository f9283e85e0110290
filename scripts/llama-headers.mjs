// Puts llama.cpp's headers, some vocabularies and its grammars into the user's cache folder. Decides what is taken
// and that it is what was pinned. Never touches the repository, and never the network once the folder is complete.
//
// They come out of the git bundle inside the npm tarball of node-llama-cpp, which npm fetches with the user's own
// registry settings.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from './cache-folder.mjs'

const LLAMA_VERSION = 'v0.5.0'
const TARBALL = 'node-llama-cpp@3.22.1'
const TARBALL_SHA512 =
  'bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw=='
const BUNDLE = 'package/llama/gitRelease.bundle'
const VOCABULARIES = ['llama-bpe', 'qwen2', 'llama-spm', 'gpt-2', 'phi-3', 'refact']
const TAKEN = [
  'LICENSE',
  'include/*.h',
  'ggml/include/*.h',
  'grammars/*.gbnf',
  ...VOCABULARIES.map((name) => `models/ggml-vocab-${name}.gguf`),
]

/** What a complete folder's stamp says: a longer list means the folder is filled again. */
const STAMP = `${[TARBALL, ...TAKEN].join('\n')}\n`

/** Folder the headers are or would be in: `include/`, `ggml/include/`, `models/`, `grammars/`. */
export function llamaHeadersFolder() {
  return path.join(cacheFolder(), `llama.cpp-${LLAMA_VERSION}`)
}

function run(command, args, options) {
  try {
    return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', ...options })
  } catch (error) {
    if (error.code === 'ENOENT') {
      throw new Error(`"${command}" was not found. Building espalier from source needs it on the PATH.`)
    }
    throw new Error(`"${command} ${args.join(' ')}" failed: ${error.stderr || error.message}`)
  }
}

function packTarball(folder) {
  const args = ['pack', TARBALL, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error']
  const cli = process.env.npm_execpath
  if (cli && /npm-cli\.[cm]?js$/.test(cli)) run(process.execPath, [cli, ...args])
  else run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { shell: process.platform === 'win32' })
  const file = path.join(folder, `${TARBALL.replace('@', '-')}.tgz`)
  const digest = createHash('sha512').update(readFileSync(file)).digest('base64')
  if (digest !== TARBALL_SHA512) {
    throw new Error(
      `${TARBALL} has sha512 ${digest}, but ${TARBALL_SHA512} is pinned. Nothing of it was used.`,
    )
  }
  return file
}

/** Fills the folder if it isn't complete yet, and returns it. Throws an Error with a sentence for people. */
export function prepareLlamaHeaders() {
  const folder = llamaHeadersFolder()
  const stamp = path.join(folder, 'complete')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === STAMP) return folder
  run('git', ['--version'])
  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(path.join(cacheFolder(), 'fetch-'))
  try {
    const tarball = packTarball(work)
    run('tar', ['-xzf', path.basename(tarball), BUNDLE], { cwd: work })
    const repository = path.join(work, 'repository')
    run('git', ['clone', '--quiet', '--no-checkout', path.join(work, BUNDLE), repository])
    const taken = path.join(work, 'taken')
    mkdirSync(taken)
    const settings = ['-c', 'core.autocrlf=false', '-c', 'advice.detachedHead=false']
    run('git', [...settings, `--work-tree=${taken}`, 'checkout', 'HEAD', '--', ...TAKEN], { cwd: repository })
    writeFileSync(path.join(taken, 'complete'), STAMP)
    rmSync(folder, { recursive: true, force: true })
    renameSync(taken, folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return folder
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(prepareLlamaHeaders())
  } catch (error) {
    console.error(`espalier: ${error.message}`)
    process.exitCode = 1
  }
}
