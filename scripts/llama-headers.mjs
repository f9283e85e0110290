// Puts llama.cpp's headers, some vocabularies, its grammars and chat templates into the user's cache folder. Decides
// what is taken and that it is what was pinned, at every use. Never touches the repository, and never the network while
// it is.
//
// They come out of the git bundle inside the npm tarball of node-llama-cpp, which npm fetches with the user's own
// registry settings.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from './cache-folder.mjs'
import { keptContent, sha256OfFolder } from './kept-content.mjs'
import { libModule } from './lib-module.mjs'

/** @type {import('../lib/cli/llama-code.js')} */
const code = libModule('cli/llama-code.ts')

/** The pin has its home in package.json. @type {import('../lib/native/pins.js').LlamaPins['source']} */
const SOURCE = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).llama.source
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
  return path.join(cacheFolder(), `llama.cpp-${SOURCE.release}`)
}

/** Takes the files out of the tarball into the folder `fresh`. @param {string} fresh */
function fetchHeaders(fresh) {
  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(path.join(cacheFolder(), 'fetch-'))
  try {
    const taken = code.takeLlamaCode({ source: SOURCE, paths: TAKEN, work })
    writeFileSync(path.join(taken, 'complete'), `${[SOURCE.package, ...TAKEN].join('\n')}\n`)
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
