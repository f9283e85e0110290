// Puts llama.cpp's headers, some vocabularies, its grammars and chat templates into the user's cache folder. Decides
// what is taken and that it is what was pinned, at every use. Never touches the repository, and never the network while
// it is.
//
// They come out of the git bundle inside the npm tarball of node-llama-cpp, which npm fetches with the user's own
// registry settings.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from './cache-folder.mjs'
import { keptContent, sha256OfFolder } from './kept-content.mjs'
import { fetchTarball, run } from './npm-tarball.mjs'

const LLAMA_VERSION = 'v0.5.0'
const [PACKAGE, PACKAGE_VERSION] = ['node-llama-cpp', '3.22.1']
const TARBALL_SHA512 =
  'bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw=='
const BUNDLE = 'package/llama/gitRelease.bundle'
const VOCABULARIES = ['llama-bpe', 'qwen2', 'llama-spm', 'gpt-2', 'phi-3', 'refact']
const TAKEN = [
  'LICENSE',
  'include/*.h',
  'ggml/include/*.h',
  'grammars/*.gbnf',
  'models/templates/*.jinja',
  ...VOCABULARIES.map((name) => `models/ggml-vocab-${name}.gguf`),
]

/** Of the folder as it is filled below, see kept-content.mjs. Changes with what is taken. */
const TAKEN_SHA256 = '5e9d53583d3bc320f45e346ea840d30ff748bd410096cf1305fe02b7689efb7b'

/** Folder the headers are or would be in: `include/`, `ggml/include/`, `models/`, `models/templates`, `grammars/`. */
export function llamaHeadersFolder() {
  return path.join(cacheFolder(), `llama.cpp-${LLAMA_VERSION}`)
}

/** Takes the files out of the tarball into the folder `fresh`. @param {string} fresh */
function fetchHeaders(fresh) {
  run('git', ['--version'])
  const work = mkdtempSync(path.join(cacheFolder(), 'fetch-'))
  try {
    const tarball = fetchTarball(PACKAGE, PACKAGE_VERSION, TARBALL_SHA512, work)
    run('tar', ['-xzf', path.basename(tarball), BUNDLE], { cwd: work })
    const repository = path.join(work, 'repository')
    run('git', ['clone', '--quiet', '--no-checkout', path.join(work, BUNDLE), repository])
    const taken = path.join(work, 'taken')
    mkdirSync(taken)
    const settings = ['-c', 'core.autocrlf=false', '-c', 'advice.detachedHead=false']
    run('git', [...settings, `--work-tree=${taken}`, 'checkout', 'HEAD', '--', ...TAKEN], { cwd: repository })
    writeFileSync(path.join(taken, 'complete'), `${[`${PACKAGE}@${PACKAGE_VERSION}`, ...TAKEN].join('\n')}\n`)
    rmSync(fresh, { recursive: true, force: true })
    renameSync(taken, fresh)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** What the folder holds, for whoever builds from it. */
export const llamaHeadersSha256 = TAKEN_SHA256

/** Fills the folder unless it holds what is pinned, and returns it. Throws an Error with a sentence for people. */
export function prepareLlamaHeaders() {
  return keptContent(llamaHeadersFolder(), TAKEN_SHA256, { hash: sha256OfFolder, make: fetchHeaders })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(prepareLlamaHeaders())
  } catch (error) {
    console.error(`espalier: ${error.message}`)
    process.exitCode = 1
  }
}
