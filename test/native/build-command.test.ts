// The command that builds llama.cpp, with programs in the place of CMake and npm that do what a case needs: what is
// found afterwards, what never is, and what is said where something is missing. The real ones take minutes; the figures
// of such a build are in the README.
import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { transformSync } from '@swc/core'
import { addonFile, ownAddon, platform } from '../../scripts/addon-file.mjs'
import { sourceFiles, sourceText } from '../../scripts/source-files.mjs'
import { demoFile, root } from './demo.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-build-'))
const cache = path.join(folder, 'cache')
const built = path.join(cache, 'built', 'llama.cpp-v0.5.0')
const code = path.join(folder, 'code')
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const bins = path.join(root, 'node_modules', '@node-llama-cpp', platform, 'bins', platform)

/** A CMake that notes what it is asked, and "builds" by taking the libraries of the platform's package. */
const cmake = `#!/usr/bin/env node
const fs = require('fs'), path = require('path'), args = process.argv.slice(2), how = process.env.HOW
fs.appendFileSync(process.env.ASKED, JSON.stringify(args) + '\\n')
if (args[0] === '--version') console.log('cmake version ' + (how === 'old' ? '3.10.2' : '3.30.1'))
else if (args[0] === '-S') {
  if (how === 'configure fails') {
    console.log('-- looking')
    console.error('CMake Error: no compiler')
    process.exit(1)
  }
} else {
  const bin = path.join(args[1], 'bin')
  fs.mkdirSync(bin, { recursive: true })
  console.log('[ 50%] Building')
  if (how === 'hangs') { console.log('hanging'); setInterval(() => {}, 1000); return }
  const names = fs.readdirSync(process.env.BINS).filter((name) => /^lib(llama\\.|ggml).*\\.so$/.test(name))
  for (const name of names.filter((name) => how !== 'half' || !name.startsWith('libllama.')))
    fs.copyFileSync(path.join(process.env.BINS, name), path.join(bin, name))
  if (how === 'broken') fs.writeFileSync(path.join(bin, names.find((name) => name.startsWith('libllama.'))), 'x')
  if (how === 'compile fails') { console.error('llama.cpp:1: error: no'); process.exit(2) }
}
`

const git = '#!/usr/bin/env node\n'

/** A folder for the PATH with these programs and node. */
function programs(name: string, files: Record<string, string>): string {
  const bin = path.join(folder, name)
  mkdirSync(bin)
  writeFileSync(path.join(bin, 'package.json'), '{"type":"commonjs"}')
  for (const [program, text] of Object.entries(files).filter(([, body]) => body !== ''))
    writeFileSync(path.join(bin, program), text, { mode: 0o755 })
  symlinkSync(process.execPath, path.join(bin, 'node'))
  return bin
}

beforeAll(() => {
  cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'))
  // Types are taken off as for the tests themselves: the compiler's verdict is another test's, and takes ten times as
  // long.
  for (const file of sourceFiles(['lib'], /\.ts$/)) {
    const out = path.join(folder, file.replace(/^lib/, 'dist').replace(/ts$/, 'js'))
    const { code: made } = transformSync(sourceText(file), {
      module: { type: 'es6' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    })
    mkdirSync(path.dirname(out), { recursive: true })
    writeFileSync(out, made)
  }
  mkdirSync(path.dirname(path.join(folder, ownAddon)), { recursive: true })
  copyFileSync(addonFile(), path.join(folder, ownAddon))
  // The dependencies without llama.cpp's packages: what is opened is what was built.
  mkdirSync(path.join(folder, 'node_modules'))
  for (const name of [
    'picocolors',
    'detect-libc',
    'ajv',
    'ajv-formats',
    '@eslint-community',
    '@huggingface',
    'fast-deep-equal',
    'fast-uri',
    'json-schema-traverse',
  ])
    symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name), 'junction')
  programs('bin', { cmake })
  mkdirSync(code)
  writeFileSync(path.join(code, 'LICENSE'), 'MIT')
})
beforeEach(() => rmSync(cache, { recursive: true, force: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const asked = path.join(folder, 'asked')
const main = path.join(folder, 'dist', 'cli', 'main.js')

function environment(more: Record<string, string | undefined> = {}) {
  const { ESPALIER_LLAMA_DIR: _, npm_execpath: __, ...rest } = process.env
  const bin = path.join(folder, 'bin')
  return { ...rest, ESPALIER_CACHE_DIR: cache, ASKED: asked, BINS: bins, PATH: bin, ...more }
}

function espalier(args: readonly string[], env: Record<string, string | undefined> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: environment(env),
  })
  return { status, out: stdout.trim(), err: stderr.trim() }
}

/** What a program of a user sees. */
function opened(gpu: string, env: Record<string, string | undefined> = {}) {
  const body = `import(${JSON.stringify(path.join(folder, 'dist', 'native', 'native.js'))}).then(async (native) => {
    const model = await native.openModel(${JSON.stringify(demoFile)}, { gpu: ${gpu} })
    console.log(native.llamaVersion(), model.layers)
  }).catch((error) => console.log(error.code, error.message))`
  return spawnSync(process.execPath, ['-e', body], { encoding: 'utf8', env: environment(env) }).stdout.trim()
}

const left = () => (existsSync(built) ? readdirSync(built) : [])

// Programs in the place of others are scripts with a first line, which Windows has not.
if (process.platform !== 'win32')
  describe('espalier build', () => {
    const target = path.join(built, `cpu-${platform}`)

    test('what was built is found by itself, and kept', () => {
      expect(opened("'auto'")).toMatch(/^LLAMA_MISSING .*npm install @node-llama-cpp\//)
      expect(espalier(['build', '--code', code, '--jobs', '3'])).toEqual({ status: 0, out: target, err: '' })
      expect(left()).toEqual([`cpu-${platform}`])
      expect(readdirSync(target)).toEqual(expect.arrayContaining(['LICENSE', 'espalier-build.json']))
      expect(opened("'auto'")).toMatch(/^v?0\.5\.0\S* 7$/)
      expect(opened('false')).toMatch(/^v?0\.5\.0\S* 7$/)
      rmSync(asked)
      expect(espalier(['build', '--cpu'])).toEqual({ status: 0, out: target, err: '' })
      expect(existsSync(asked)).toBe(false)
      expect(espalier(['build', '--cpu', '--force', '--code', code])).toEqual({
        status: 0,
        out: target,
        err: '',
      })
      expect(left()).toEqual([`cpu-${platform}`])
    })

    test('one for another processor is passed over', () => {
      expect(espalier(['build', '--native', '--code', code]).status).toBe(0)
      expect(opened("'auto'")).toMatch(/^v?0\.5\.0\S* 7$/)
      const note = path.join(target, 'espalier-build.json')
      writeFileSync(note, JSON.stringify({ release: 'v0.5.0', processor: 'another one' }))
      expect(opened("'auto'")).toMatch(/^LLAMA_MISSING/)
    })

    test.each<[string, RegExp]>([
      [
        'configure fails',
        /^CMake Error: no compiler\nespalier: .* not be built for cpu \(configuring\); it needs a C\+\+17 compiler/,
      ],
      [
        'compile fails',
        /^llama\.cpp:1: error: no\nespalier: llama\.cpp could not be built for cpu \(compiling\)/,
      ],
      ['half', /^espalier: The folder .* has no library llama; expected llama, ggml and ggml-base\.$/],
      ['broken', /^espalier: llama\.cpp was built, but can't be opened: The library .*libllama\./],
      ['old', /^espalier: CMake is version 3\.10; building for cpu needs 3\.15 or newer/],
    ])('%s: said in a sentence, exit code 1, and nothing is found or left', (how, said) => {
      const { status, out, err } = espalier(['build', '--code', code], { HOW: how })
      expect({ status, out }).toEqual({ status: 1, out: '' })
      expect(err).toMatch(said)
      expect(left()).toEqual([])
      expect(opened("'auto'")).toMatch(/^LLAMA_MISSING/)
    })

    test('a build that fails leaves the one before in its place', () => {
      expect(espalier(['build', '--code', code]).status).toBe(0)
      expect(espalier(['build', '--force', '--code', code], { HOW: 'compile fails' }).status).toBe(1)
      expect(opened("'auto'")).toMatch(/^v?0\.5\.0\S* 7$/)
    })

    test('an interrupt ends the compilers, exit code 130, and nothing is left', async () => {
      const child = spawn(process.execPath, [main, 'build', '--verbose', '--code', code], {
        env: environment({ HOW: 'hangs' }),
      })
      let err = ''
      let isToldToEnd = false
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text
        if (!isToldToEnd && err.includes('hanging')) isToldToEnd = child.kill('SIGINT')
      })
      const status = await new Promise((resolve) => child.once('close', resolve))
      expect(status).toBe(130)
      expect(err).toContain('espalier: Ended by SIGINT.')
      expect(left()).toEqual([])
    })

    test('what a process that was ended left behind is removed by the next build', () => {
      const { pid } = spawnSync(process.execPath, ['-e', ''])
      mkdirSync(path.join(built, `cpu-${platform}.building-${pid}`, 'tree'), { recursive: true })
      expect(espalier(['build', '--code', code]).status).toBe(0)
      expect(left()).toEqual([`cpu-${platform}`])
    })

    test.each(['cmake', 'git', 'npm'])('a missing %s is named, with how to get it', (tool) => {
      const { [tool]: _, ...others } = { cmake, git, npm: '' } as Record<string, string>
      const bin = programs(`without-${tool}`, others)
      const { status, err } = espalier(['build'], { PATH: bin })
      expect(status).toBe(1)
      expect(err).toMatch(new RegExp(`^espalier: "${tool}" was not found on the PATH\\. (Install|It comes)`))
      expect(left()).toEqual([])
    })

    test('a tarball that is not the pinned one is refused, and nothing of it unpacked', () => {
      const cli = path.join(folder, 'npm-cli.cjs')
      const name = 'node-llama-cpp-3.22.1.tgz'
      writeFileSync(cli, `require('fs').writeFileSync(require('path').join(process.argv[5], '${name}'), 'x')`)
      const PATH = programs('with-git', { cmake, git })
      const { status, err } = espalier(['build'], { npm_execpath: cli, PATH })
      expect(status).toBe(1)
      expect(err).toMatch(/node-llama-cpp@3\.22\.1 has sha512 .* is pinned\. Nothing of it was used\.$/)
      expect(left()).toEqual([])
    })

    test('without a home there is no folder that only the user writes to', () => {
      const env = { ESPALIER_CACHE_DIR: '', XDG_CACHE_HOME: '', HOME: '/' }
      const { status, err } = espalier(['build', '--code', code], env)
      expect(status).toBe(1)
      expect(err).toMatch(/^espalier: There is no home folder .* ESPALIER_CACHE_DIR/)
    })

    test.each([path.join(folder, 'package.json'), '/proc/there/is/none'])(
      'no cache folder can be made at %s',
      (cache) => {
        const { status, err } = espalier(['build', '--code', code], { ESPALIER_CACHE_DIR: cache })
        expect(status).toBe(1)
        expect(err).toMatch(/^espalier: The folder .* can't be made .*; set ESPALIER_CACHE_DIR to a folder/m)
      },
    )

    test('settings reach CMake as they were given', () => {
      rmSync(asked, { force: true })
      const settings = ['--define', 'CMAKE_CUDA_ARCHITECTURES=86', '--define', 'A:STRING=b c']
      espalier(['build', '--cuda', '--code', code, ...settings])
      const [, configure] = readFileSync(asked, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as string[])
      expect(configure).toEqual(expect.arrayContaining(['-DGGML_CUDA=ON', '-DA:STRING=b c']))
      expect(configure!.at(-2)).toBe('-DCMAKE_CUDA_ARCHITECTURES=86')
    })
  })

// The platform's package under the name it has on Linux.
if (process.platform === 'linux')
  describe('a package of another release', () => {
    const name = `@node-llama-cpp/${platform}`
    const installed = path.join(folder, 'node_modules', name)
    const libraries = path.join(installed, 'bins', platform)
    const command = `"npm install ${name}@${manifest.optionalDependencies[name]}"`

    beforeAll(() => {
      mkdirSync(libraries, { recursive: true })
      mkdirSync(path.join(installed, 'dist'))
      writeFileSync(path.join(installed, 'dist', 'index.js'), '')
      const exports = { '.': './dist/index.js' }
      writeFileSync(
        path.join(installed, 'package.json'),
        JSON.stringify({ name, version: '3.18.1', exports }),
      )
      const base = path.join(bins, 'libggml-base.so')
      for (const library of ['libllama.b8390', 'libggml.b8390', 'libggml-base'])
        copyFileSync(base, path.join(libraries, `${library}.so`))
    })
    afterAll(() => rmSync(path.dirname(installed), { recursive: true }))

    test('that says so is not opened, and the version to install is named', () => {
      const about = path.join(libraries, '_nlcBuildMetadata.json')
      writeFileSync(about, '{"buildOptions":{"llamaCpp":{"release":"b8390"}}}')
      const said = opened("'auto'")
      rmSync(about)
      expect(said).toMatch(
        /^LLAMA_VERSION The package .* holds llama\.cpp b8390, and espalier works with v0\.5\.0 and/,
      )
      expect(said).toContain(command)
    })

    test('that does not say so is found out when it is opened, with the same way out', () => {
      const said = opened("'auto'")
      expect(said).toMatch(/^LLAMA_VERSION The library .*libllama\.b8390\.so has no function llama_version;/)
      expect(said).toContain(command)
    })

    test('in the folder ESPALIER_LLAMA_DIR names: that is said', () => {
      const said = opened("'auto'", { ESPALIER_LLAMA_DIR: libraries })
      expect(said).toMatch(/^LLAMA_VERSION .* ESPALIER_LLAMA_DIR names it: unset it, or/)
    })

    test('what was built comes first', () => {
      expect(espalier(['build', '--code', code]).status).toBe(0)
      expect(opened("'auto'")).toMatch(/^v?0\.5\.0\S* 7$/)
    })
  })

test.each<[string, string[], RegExp]>([
  ['a command nobody knows', ['bild'], /^espalier: There is no command bild;/],
  [
    'an option nobody reads',
    ['build', '--gpu'],
    /^espalier: There is no option --gpu of espalier build; .* Did you mean --cpu\?$/,
  ],
  ['two backends', ['build', '--cpu', '--cuda'], /^espalier: --cpu and --cuda exclude each other\.$/],
  ['no count', ['build', '--jobs', 'many'], /^espalier: --jobs is many; expected a whole number/],
  ['no setting', ['build', '--define', 'x'], /^espalier: --define is x; expected NAME=VALUE/],
  [
    'more than it takes',
    ['build', 'cuda'],
    /^espalier: espalier build takes no arguments, and "cuda" is one too many\. Did you mean --cuda\?$/,
  ],
])('%s: exit code 2, and nothing is done', (_, args, said) => {
  const { status, out, err } = espalier(args)
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toMatch(said)
  expect(existsSync(built)).toBe(false)
})

test.each([[['--help']], [[]], [['build', '--help']]])('%j says what there is', (args) => {
  const { status, out, err } = espalier(args)
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out).toContain('Build llama.cpp from source')
})
