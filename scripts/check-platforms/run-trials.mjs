// @ts-check
// Installs the packed tarball as npm would on a platform, runs trials.mjs and the ways a process ends there, and
// compares the values with this machine's. Decides which differences are allowed: none in values and ledger.
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { oneLine } from '../check-package/nodes.mjs'
import { check, npmInstall, project, Skipped } from '../check-package/workshop.mjs'
import { firstTemplate } from '../readme-template.mjs'
import { platforms, renamed, started } from './emulators.mjs'
import { runNativeTests } from './native-tests.mjs'

/** @typedef {{ name: string, detail?: unknown, error?: string }} Trial */
/** @typedef {{ template: string, trials: readonly Trial[] }} Results */
/** @typedef {{ command: readonly string[], env: Record<string, string> }} Node */

const PROGRAM = fileURLToPath(new URL('./trials.mjs', import.meta.url))

/** Ways to end with work going on, and the code each has to end with. @type {Record<string, [string, number]>} */
const ENDS = {
  'by itself, nothing disposed': ['await model.run(brief)', 0],
  'process.exit(3) while a run goes on': ['void model.run(long); setTimeout(() => process.exit(3), 30)', 3],
  'an error nobody catches while a run goes on': [
    "void model.run(long); setTimeout(() => { throw new Error('mine') }, 30)",
    1,
  ],
  'process.exit(4) while a worker decodes': [
    `const { Worker } = await import('node:worker_threads')
const worker = new Worker(new URL('./trials.mjs', import.meta.url), { workerData: { kind: 'endless' } })
worker.once('message', () => process.exit(4))`,
    4,
  ],
}
const ENDING = (/** @type {string} */ body) => `import { gen, load, prompt, select } from 'espalier'
const brief = prompt\`Sentiment: \${select('mood', ['good', 'bad'])}\`
const long = prompt\`Review: \${gen('text', { tokensMax: 400, temperature: 1 })}\`
const model = await load(undefined, { threads: 1 })
${body}
`

/** This machine's own, which the others have to equal. @param {string} folder a project @returns {Results} */
export const hostTrials = (folder) =>
  tryAll('this Node', { command: [process.execPath], env: {} }, folder, null)

/** @param {string} name @param {string} tarball @param {Results | null} expected */
export function checkPlatform(name, tarball, expected) {
  const { npmFlags, node } = platforms[name] ?? { npmFlags: [], node: () => ({ command: [], env: {} }) }
  /** @type {Node | null} */
  let host = null
  const folder = project(name)
  const isReady = check(`${name}: installs with ${npmFlags.join(' ')}`, () => {
    host = node()
    npmInstall(folder, [tarball], [...npmFlags, '--force'])
    const addon = join(folder, 'node_modules', 'espalier', 'prebuilds', name, 'espalier.node')
    if (!existsSync(addon))
      throw new Skipped(`the tarball has no addon for it; run "npm run build:prebuilds"`)
    return installLlama(host, folder, npmFlags)
  })
  if (!isReady || host === null) return
  tryAll(name, host, folder, expected)
  runNativeTests(name, host, folder)
  if (name.startsWith('win32')) underAnotherName(name, host, folder, expected)
}

/**
 * What is no optional dependency on every platform is named by the error.
 * @param {Node} host @param {string} folder @param {readonly string[]} npmFlags
 */
function installLlama({ command, env }, folder, npmFlags) {
  writeFileSync(
    join(folder, 'open.mjs'),
    "import { llamaVersion } from 'espalier/native'\nconsole.log(llamaVersion())\n",
  )
  const first = started(command, ['open.mjs'], folder, env)
  if (first.status === 0) return `llama.cpp ${first.stdout.trim()} comes along`
  const wanted = /npm install (@node-llama-cpp\/\S+?)"/.exec(first.stderr)?.[1]
  if (wanted === undefined) throw new Error(`llama.cpp can't be opened: ${first.stderr || first.status}`)
  npmInstall(folder, [wanted], [...npmFlags, '--force'])
  const second = started(command, ['open.mjs'], folder, env)
  if (second.status !== 0) throw new Error(`with ${wanted}: ${second.stderr || second.status}`)
  return `llama.cpp ${second.stdout.trim()} after the "npm install ${wanted}" that the error names`
}

/**
 * @param {string} name @param {Node} host @param {string} folder a project @param {Results | null} expected
 * @returns {Results}
 */
export function tryAll(name, host, folder, expected) {
  writeFileSync(join(folder, 'first.mjs'), firstTemplate())
  copyFileSync(PROGRAM, join(folder, basename(PROGRAM)))
  let template = ''
  check(`${name}: README's first template`, () => {
    template = alike(oneLine(succeeded(host, ['first.mjs'], folder)))
    if (expected && template !== expected.template)
      throw new Error(`it prints ${template}; here ${expected.template}.`)
    return expected ? 'values and ledger as under Node here' : template
  })
  const trials = triedIn(name, host, folder, expected)
  for (const [way, [body, code]] of Object.entries(ENDS)) {
    check(`${name}: a process that ends ${way}`, () => {
      writeFileSync(join(folder, 'ending.mjs'), ENDING(body))
      const done = started(host.command, ['ending.mjs'], folder, host.env)
      if (done.status !== code)
        throw new Error(`it ended with ${done.signal ?? done.status}, expected ${code}: ${done.stderr}`)
      return `code ${code}`
    })
  }
  return { template, trials }
}

/** Runtimes print objects with other quotes and commas. @param {string} printed */
const alike = (printed) => printed.replaceAll('"', "'").replaceAll(/,(?=[\s|]*[}\]])/g, '')

/** @param {string} name @param {Node} host @param {string} folder @param {Results | null} expected */
function triedIn(name, host, folder, expected) {
  const done = started(host.command, [basename(PROGRAM)], folder, host.env)
  const lines = done.stdout.trim().split('\n').filter(Boolean)
  const told = lines.map((line) => JSON.parse(line))
  for (const trial of told) {
    if (trial.name === undefined) continue
    check(`${name}: ${trial.name}`, () => {
      if (trial.error) throw new Error(trial.error)
      const mine = expected?.trials.find((one) => one.name === trial.name)
      const [here, there] = [mine?.detail, trial.detail].map((detail) => JSON.stringify(detail))
      const isValue = trial.name === 'template'
      if (mine && isValue && here !== there) throw new Error(`it gives ${there}, and Node here ${here}.`)
      return trial.detail === null ? undefined : there
    })
  }
  check(`${name}: the process that tried all this ends in order`, () => {
    if (done.status === 0) return
    const last = told.at(-1)
    throw new Error(`${done.signal ?? done.status} in "${last?.begun ?? last?.name}": ${done.stderr}`)
  })
  return told.filter((trial) => trial.name !== undefined)
}

/** @param {Node} host @param {readonly string[]} args @param {string} folder */
function succeeded({ command, env }, args, folder) {
  const done = started(command, args, folder, env)
  if (done.status === 0) return done.stdout
  throw new Error(`it ended with ${done.signal ?? done.status}: ${done.stdout} ${done.stderr}`)
}

/** @param {string} name @param {Node} host @param {string} folder @param {Results | null} expected */
function underAnotherName(name, host, folder, expected) {
  check(`${name}: in a program that is not called node.exe, as Electron's is not`, () => {
    const printed = alike(
      oneLine(succeeded({ ...host, command: renamed(host.command) }, ['first.mjs'], folder)),
    )
    if (expected && printed !== expected.template) throw new Error(`it prints ${printed}.`)
  })
}
