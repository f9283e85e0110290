// @ts-check
// The package as npm, pnpm and yarn lay it out: flat, strict, or without node_modules at all; and whether a package
// with a GPU's libraries, which this one does not depend on, is found beside it in each. Decides which managers and
// layouts are asked. No manager is allowed install scripts: there are none.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstTemplate } from '../readme-template.mjs'
import { firstRun, oneLine } from './nodes.mjs'
import { check, nodeOf, npmInstall, project, run, Skipped, temporary, tool } from './workshop.mjs'

/**
 * @typedef {(node: string, folder: string) => void} Install
 * @typedef {(node: string, folder: string, program: string) => string} Start
 * @type {Record<string, { install: Install, start?: Start }>}
 */
const MANAGERS = {
  npm: { install: (_, folder) => npmInstall(folder, []) },
  'pnpm 12': { install: (node, folder) => pnpm(node, folder, 'pnpm@12', 'pnpm.mjs') },
  'pnpm 10': { install: (node, folder) => pnpm(node, folder, 'pnpm@10', 'pnpm.cjs') },
  'yarn 1': {
    install: (node, folder) => {
      const yarn = join(tool(['yarn@1']), 'yarn', 'bin', 'yarn.js')
      const flags = ['install', '--no-lockfile', '--non-interactive', '--silent', '--ignore-scripts']
      run(node, [yarn, ...flags], folder, { env: homes() })
    },
  },
  'yarn 4, node-modules': { install: yarnInstall('node-modules') },
  'yarn 4, pnpm': { install: yarnInstall('pnpm') },
  'yarn 4, pnp': {
    install: yarnInstall('pnp'),
    start: (node, folder, program) => run(node, [yarn4(), 'node', program], folder, { env: homes() }),
  },
}

/** Prints which package's llama.cpp is in the process. */
const WHICH = `import { readFileSync } from 'node:fs'
import { devices } from 'espalier'
await devices()
const mapped = readFileSync('/proc/self/maps', 'utf8').match(/bins\\/([\\w-]+)\\/libggml-base/)
console.log(mapped[1])
`

/** @param {{ tarball: string, project: string }} stranger */
export function checkManagers({ tarball, project: plain }) {
  const expected = firstRun(process.execPath, plain)
  const isUsual = process.platform === 'linux' && process.arch === 'x64'
  const node = () => (isUsual ? nodeOf('24') : process.execPath)
  for (const [name, { install, start = simply }] of Object.entries(MANAGERS)) {
    const folder = project(name.replaceAll(/\W+/g, '-'), { dependencies: { espalier: `file:${tarball}` } })
    const isInstalled = check(`${name}: README's first template`, () => {
      install(node(), folder)
      writeFileSync(join(folder, 'first.mjs'), firstTemplate())
      const printed = oneLine(start(node(), folder, 'first.mjs'))
      if (printed !== expected) throw new Error(`it prints ${printed}, and installed by npm ${expected}.`)
    })
    check(`${name}: finds a package with a GPU's libraries beside it`, () => {
      if (!isUsual) throw new Skipped('the package it is tried with is for Linux x64')
      if (!isInstalled) throw new Skipped('it was not installed')
      addDependency(folder, variant(plain))
      install(node(), folder)
      writeFileSync(join(folder, 'which.mjs'), WHICH)
      const seen = start(node(), folder, 'which.mjs').trim()
      if (seen !== VARIANT) throw new Error(`it opened ${seen}.`)
    })
  }
}

const VARIANT = 'linux-x64-vulkan'

/**
 * A package of the variant's name with the CPU's libraries in it: the real one has 70 MB, and what is asked is only
 * whether it is found.
 * @param {string} plain @returns {string} its tarball
 */
function variant(plain) {
  const folder = join(temporary, 'variant')
  const source = join(plain, 'node_modules', '@node-llama-cpp', 'linux-x64')
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  const name = `@node-llama-cpp/${VARIANT}`
  mkdirSync(join(folder, 'dist'), { recursive: true })
  cpSync(join(source, 'bins', 'linux-x64'), join(folder, 'bins', VARIANT), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, main: 'dist/index.js' }))
  writeFileSync(join(folder, 'dist', 'index.js'), '')
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', temporary], folder))
  return join(temporary, filename)
}

/** @param {string} folder @param {string} tarball */
function addDependency(folder, tarball) {
  const file = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  manifest.dependencies[`@node-llama-cpp/${VARIANT}`] = `file:${tarball}`
  writeFileSync(file, JSON.stringify(manifest))
}

/** @type {Start} */
const simply = (node, folder, program) => run(node, [program], folder)

/** @param {string} node @param {string} folder @param {string} version @param {string} bin */
function pnpm(node, folder, version, bin) {
  const flags = ['install', '--no-frozen-lockfile', '--ignore-scripts', '--reporter=silent']
  run(node, [join(tool([version]), 'pnpm', 'bin', bin), ...flags], folder, { env: homes() })
}

const yarn4 = () => join(tool(['@yarnpkg/cli-dist@4']), '@yarnpkg', 'cli-dist', 'bin', 'yarn.js')

/** yarn 4 reads none of npm's settings. @param {string} linker @returns {Install} */
function yarnInstall(linker) {
  return (node, folder) => {
    const registry = run('npm', ['config', 'get', 'registry'], temporary).trim()
    const settings = [`nodeLinker: ${linker}`, `npmRegistryServer: "${registry}"`, 'enableTelemetry: false']
    writeFileSync(join(folder, '.yarnrc.yml'), `${[...settings, 'enableScripts: false'].join('\n')}\n`)
    run(node, [yarn4(), 'install', '--no-immutable'], folder, { env: homes() })
  }
}

/** Nothing may be left behind on the machine. */
function homes() {
  const home = join(temporary, 'home')
  return { HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, YARN_GLOBAL_FOLDER: join(home, 'yarn') }
}
