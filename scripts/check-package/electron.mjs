// @ts-check
// The package in an Electron app, as far as it goes without Electron, whose binary npm does not have: an app is
// packed by Electron's own @electron/asar with the glob of docs/electron.md, and runs where paths are as Electron
// gives them: `app.asar` holds what JavaScript reads, `app.asar.unpacked` alone what native code opens. The archive
// says it.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { firstTemplate } from '../readme-template.mjs'
import { sourceText } from '../source-files.mjs'
import { firstRun, oneLine } from './nodes.mjs'
import { check, nodeOf, run, temporary, tool } from './workshop.mjs'

const ASAR = '@electron/asar@4'

/** The first template, a model of the app's own, and a worker, each by its path inside of the archive. */
const MAIN = `import { once } from 'node:events'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { load } from 'espalier'
try {
  await import('./first.mjs')
  const own = await load(path.join(import.meta.dirname, 'models', 'own ü.gguf'), { threads: 1 })
  await own.dispose()
  const worker = new Worker(new URL('./worker.mjs', import.meta.url))
  const [message] = await once(worker, 'message')
  console.log('worker:', message)
} catch ({ code, message }) {
  console.log(code, message)
}
`
const WORKER = `import { parentPort } from 'node:worker_threads'
import { load } from 'espalier'
const model = await load(undefined, { threads: 1 })
parentPort.postMessage(model.info.description)
await model.dispose()
`
/** Electron says so in every kind of process it has. */
const HOST = `Object.defineProperty(process.versions, 'electron', { value: '0.0.0' })
`
/**
 * Packs a folder; then lays the archive out as its two kinds of file are seen: what JavaScript reads, and what native
 * code opens, which is what was unpacked and no text.
 */
const PACK = `import { cpSync, existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createPackageWithOptions, extractAll, listPackage, statFile } from '@electron/asar'
const [app, resources, unpack] = process.argv.slice(2)
const archive = join(dirname(resources), 'app.asar')
await createPackageWithOptions(app, archive, { unpack })
extractAll(archive, join(resources, 'app.asar'))
const beside = archive + '.unpacked'
if (existsSync(beside)) cpSync(beside, join(resources, 'app.asar.unpacked'), { recursive: true })
let unpacked = 0
for (const file of listPackage(archive, { isPack: false })) {
  const entry = statFile(archive, file.slice(1), false)
  const isNative = /\\.(node|gguf|so|dylib|dll)(\\.\\d+)*$/.test(file)
  // Of what stayed inside, native code sees nothing either.
  if (isNative) rmSync(join(resources, 'app.asar', file))
  if (isNative && entry.unpacked) unpacked++
}
console.log(unpacked)
`

/** @param {{ project: string }} stranger */
export function checkElectron({ project }) {
  check('app.asar, with what docs/electron.md unpacks', () => {
    const { printed, files } = runPacked(project, unpackSetting(), 'unpacked')
    const expected = firstRun(process.execPath, project)
    if (!printed.startsWith(`${expected} | worker: `)) throw new Error(`it prints ${printed}.`)
    return `${files} native files beside it; first template, a model in the app, a worker`
  })
  for (const [what, setting, code, told] of [
    ['nothing unpacked', '**/*.nothing', 'ADDON_MISSING', 'asarUnpack'],
    ['the addon alone unpacked', '**/*.node', 'LLAMA_MISSING', 'asarUnpack'],
    ['no model unpacked', '**/node_modules/**/*.{node,so,dylib,dll}', 'MODEL_NOT_FOUND', '.gguf'],
  ]) {
    check(`app.asar, with ${what}: the error says where it should be`, () => {
      const { printed } = runPacked(project, setting ?? '', String(code))
      const isSound =
        printed.startsWith(`${code} `) &&
        printed.includes('app.asar.unpacked') &&
        printed.includes(told ?? '')
      if (!isSound) throw new Error(`it prints ${printed}.`)
    })
  }
}

/** As docs/electron.md says it for Electron Forge, which gives it to the same packer. */
function unpackSetting() {
  const setting = /unpack: '([^']+)'/.exec(sourceText('docs/electron.md'))?.[1]
  if (setting === undefined) throw new Error("docs/electron.md has no setting unpack: '…'.")
  return setting
}

/** @param {string} plain @param {string} setting @param {string} name */
function runPacked(plain, setting, name) {
  const app = join(temporary, `electron-${name}`, 'app')
  const resources = join(dirname(app), 'made', 'resources')
  mkdirSync(join(app, 'models'), { recursive: true })
  mkdirSync(resources, { recursive: true })
  // Links to commands stay links within the app, as npm makes them.
  cpSync(join(plain, 'node_modules'), join(app, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  const demo = join('node_modules', 'espalier', 'models', 'espalier-demo-q8_0.gguf')
  cpSync(join(plain, demo), join(app, 'models', 'own ü.gguf'))
  const files = { 'main.mjs': MAIN, 'worker.mjs': WORKER, 'host.mjs': HOST, 'first.mjs': firstTemplate() }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(app, file), text)
  writeFileSync(join(app, 'package.json'), '{"name":"app","type":"module","main":"main.mjs"}')
  const node = nodeOf('24')
  const packer = dirname(tool([ASAR]))
  writeFileSync(join(packer, 'pack.mjs'), PACK)
  const count = run(node, ['pack.mjs', app, resources, setting], packer).trim()
  // Nothing outside of the archive may be found by accident.
  rmSync(app, { recursive: true })
  const inside = join(resources, 'app.asar')
  const printed = run(node, ['--import', join(inside, 'host.mjs'), join(inside, 'main.mjs')], resources)
  return { printed: oneLine(printed), files: count }
}
