// @ts-check
// What the tarball must and must not hold, how large it may be, and what publint, are-the-types-wrong and the compiler
// say of it.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { targets } from '../prebuilds/targets.mjs'
import { firstTemplate } from '../readme-template.mjs'
import { PACKED_BYTES_MAX } from '../release-files.mjs'
import { root } from '../source-files.mjs'
import { check, run, tool } from './workshop.mjs'

const REQUIRED = [
  'dist/index.js',
  'dist/index.d.ts',
  'dist/cjs/index.js',
  'dist/cjs/index.d.ts',
  'dist/native/native.js',
  'dist/constraint/constraint.js',
  'dist/embed/embed.js',
  'dist/testing/testing.js',
  'dist/trace/entry.js',
  'dist/viewer.html',
  'dist/cli/main.js',
  ...Object.keys(targets).map((platform) => `prebuilds/${platform}/espalier.node`),
  'models/espalier-demo-q8_0.gguf',
  'llms.txt',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
]
const ADDON = /^prebuilds\/([^/]+)\/espalier\.node$/
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall']
const MIB = 1 << 20
const PUBLINT = 'publint@0.3.25'
const ATTW = '@arethetypeswrong/cli@0.18.5'

/** @param {{ tarball: string, project: string }} stranger */
export function checkContent({ tarball, project }) {
  check('content of the tarball', () => {
    const listed = run('tar', ['-tzf', tarball], root).split('\n').filter(Boolean)
    const files = listed.map((file) => file.replace(/^package\//, ''))
    const missing = REQUIRED.filter((file) => !files.includes(file))
    const manifest = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json'], root))
    const isOurs = (/** @type {string} */ file) =>
      ['package.json', ...manifest.files].some((part) => file === part || file.startsWith(`${part}/`))
    const surplus = files.filter((file) => !isOurs(file) || file.endsWith('binding.gyp'))
    const scripts = INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name])
    if (missing.length > 0) throw new Error(`it lacks ${missing.join(', ')}.`)
    if (surplus.length > 0) throw new Error(`it holds what it should not: ${surplus.join(', ')}.`)
    if (scripts.length > 0) throw new Error(`the package has install scripts: ${scripts.join(', ')}.`)
    const addons = files.flatMap((file) => ADDON.exec(file)?.[1] ?? [])
    return `${files.length} files, no build file, no install script; addons: ${addons.join(', ')}`
  })
  check('size of the tarball', () => {
    const { size } = statSync(tarball)
    const told = `${(size / MIB).toFixed(1)} MiB`
    if (size > PACKED_BYTES_MAX)
      throw new Error(`${told}; at most ${PACKED_BYTES_MAX / MIB} MiB are expected.`)
    return told
  })
  check("README's first template compiles against the declarations", () => compile(project))
  const judges = () => tool([PUBLINT, ATTW])
  check('publint', () => {
    run(process.execPath, [join(judges(), 'publint', 'src', 'cli.js'), tarball, '--strict'], project)
  })
  check('are-the-types-wrong (profile node16)', () => {
    const folder = join(judges(), '@arethetypeswrong', 'cli')
    const { attw } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin
    // Resolution of Node 10 knows no `exports` at all.
    run(process.execPath, [join(folder, attw), tarball, '--profile', 'node16'], project)
  })
}

/** In a strict project that does not skip library checks. @param {string} folder */
function compile(folder) {
  writeFileSync(join(folder, 'first.mts'), firstTemplate())
  const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext']
  const target = ['--target', 'es2023', '--lib', 'es2023,esnext.disposable']
  const types = ['--typeRoots', join(root, 'node_modules', '@types'), '--types', 'node']
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  if (!existsSync(compiler)) throw new Error('typescript is not installed in this clone; run "npm install".')
  run(process.execPath, [compiler, ...strict, ...target, ...types, 'first.mts'], folder)
}
