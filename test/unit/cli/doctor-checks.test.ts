// What a doctor says of made surroundings: what is whole is ok, each thing that is broken is told by its own check, and
// with what to do about it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cacheCheck, machineChecks, settingChecks } from '../../../lib/cli/doctor/host-checks.js'
import { addonCheck, copyChecks, versionChecks } from '../../../lib/cli/doctor/install-checks.js'
import { placeChecks, unusedChecks } from '../../../lib/cli/doctor/llama-checks.js'
import { hostFacts } from '../../../lib/cli/machine.js'
import { withoutOwner } from '../../../lib/cli/owner.js'
import { isInRange, largePagesIn, variantIn } from '../../../lib/cli/system-words.js'
import { chooseLlama, llamaPlaces, type Surroundings } from '../../../lib/native/platform.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-doctor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const host = hostFacts()
const root = path.join(__dirname, '..', '..', '..')

describe('Node', () => {
  const range = '^20.19.0 || ^22.12.0 || >=24.0.0'
  test.each([
    ['v20.18.9', false],
    ['v20.19.0', true],
    ['v20.20.2', true],
    ['v21.9.0', false],
    ['v22.2.0', false],
    ['v22.12.0', true],
    ['v23.11.0', false],
    ['v24.0.0', true],
    ['v31.4.1', true],
  ])('%s: %p', (version, isIn) => {
    expect(isInRange(version, range)).toBe(isIn)
  })

  test('an old one is wrong, this one is ok', () => {
    const stateOf = (node: string) =>
      versionChecks({ ...host, node }, range).find(({ name }) => name === 'node')!.state
    expect([stateOf('v18.20.0'), stateOf(process.version)]).toEqual(['wrong', 'ok'])
  })
})

test('the addon: the first that is there, or wrong', () => {
  const files = ['a/espalier.node', 'b/espalier.node']
  expect(addonCheck(files, () => true)).toMatchObject({ state: 'ok', found: 'a/espalier.node' })
  expect(addonCheck(files, (file) => file.startsWith('b'))).toMatchObject({
    state: 'ok',
    found: 'b/espalier.node; nothing at a/espalier.node',
  })
  const none = addonCheck(files, () => false)
  expect(none.state).toBe('wrong')
  expect(none.todo).toContain('npm run build:addon')
})

test('another copy that programs of a folder would import', () => {
  const copy = path.join(folder, 'project', 'node_modules', 'espalier')
  mkdirSync(copy, { recursive: true })
  writeFileSync(path.join(copy, 'package.json'), '{"name":"espalier","version":"0.0.7"}')
  const told = (at: string) => copyChecks(root, at)
  expect(told(path.join(folder, 'project'))).toMatchObject([
    { state: 'note', found: expect.stringContaining('0.0.7') },
  ])
  expect(told(folder)).toEqual([])
})

const pins = {
  releases: ['v0.5.0', 'v0.4.0'],
  source: { release: 'v0.5.0', package: 'x@1', sha512: '' },
  packages: { 'linux-x64': '3.22.1' },
}

function around(installed: Record<string, string | null>, built: readonly string[] = []): Surroundings {
  return {
    platform: 'linux-x64',
    pins,
    installed: (name) =>
      name in installed ? { folder: `/p/${name}`, release: installed[name]!, isOfOther: false } : null,
    built: (what) => (built.includes(what) ? `/b/${what}` : null),
  }
}

describe('llama.cpp', () => {
  test.each<[string, Record<string, string | null>, readonly string[]]>([
    ['the plain package', { 'linux-x64': 'v0.5.0' }, []],
    ['beside CUDA', { 'linux-x64': 'v0.5.0', 'linux-x64-cuda': 'v0.5.0' }, []],
    ['beside a build', { 'linux-x64': 'v0.4.0', 'linux-x64-vulkan': null }, ['vulkan', 'cpu']],
  ])('%s: what is told as taken is what is taken, and everything else is told', (_, installed, built) => {
    const made = around(installed, built)
    const { folder: taken } = chooseLlama('auto', made)
    const places = llamaPlaces(made)
    // The first that is there counts.
    expect(places.find((place) => place.folder !== null)!.folder).toBe(taken)
    const checks = placeChecks(places, taken)
    expect(checks.filter(({ name }) => name === 'libraries')).toHaveLength(1)
    expect(checks.find(({ name }) => name === 'libraries')!.found).toContain(taken)
    const there = places.filter((place) => place.folder !== null)
    expect(checks.filter(({ name }) => name === 'passed over')).toHaveLength(there.length - 1)
    expect(checks.at(-1)).toMatchObject({ name: 'not there', state: 'ok' })
    expect(checks.at(-1)!.found.split(', ')).toHaveLength(places.length - there.length)
  })

  test('a release that nothing here works with, and a folder that a variable names', () => {
    const places = llamaPlaces(around({ 'linux-x64': 'v0.5.0', 'linux-x64-cuda': 'b1234' }))
    const libraries = placeChecks(places, '/p/linux-x64').find(({ name }) => name === 'libraries')
    expect(libraries).toMatchObject({ state: 'ok', found: expect.stringContaining('/p/linux-x64') })
    const passed = placeChecks(places, '/p/linux-x64').find(({ name }) => name === 'passed over')
    expect(passed).toMatchObject({ state: 'note', found: expect.stringContaining('b1234') })
    expect(placeChecks(places, '/own')[0]).toMatchObject({ found: 'ESPALIER_LLAMA_DIR names /own' })
  })

  test('a graphics processor nobody uses has a command to run', () => {
    const cpu = { name: 'CPU', description: '', backend: 'cpu', type: 'cpu', bytes: 1, bytesFree: 1 } as const
    const nvidia = (file: string) => file.includes('nvidia')
    const [told, ...more] = unusedChecks([cpu], around({ 'linux-x64': 'v0.5.0' }), nvidia)
    expect(more).toEqual([])
    expect(told).toMatchObject({ state: 'note', found: expect.stringContaining('NVIDIA') })
    expect(told!.todo).toContain('npm install @node-llama-cpp/linux-x64-cuda@3.22.1')
    expect(unusedChecks([cpu], around({}), () => false)).toEqual([])
    expect(unusedChecks([cpu, { ...cpu, type: 'gpu' }], around({}), nvidia)).toEqual([])
  })
})

describe('the cache folder', () => {
  test('there, or to be made', () => {
    expect(cacheCheck(folder)).toMatchObject({ state: 'ok', found: folder })
    expect(cacheCheck(path.join(folder, 'a', 'b'))).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('will be made'),
    })
  })

  test('a file in its place, and none at all', () => {
    const file = path.join(folder, 'file')
    writeFileSync(file, '')
    for (const at of [file, path.join(file, 'below')]) {
      const check = cacheCheck(at)
      expect(check).toMatchObject({ state: 'wrong', found: expect.stringContaining('is a file') })
      expect(check.todo).toContain('ESPALIER_CACHE_DIR')
    }
    expect(cacheCheck(null).state).toBe('note')
  })
})

describe('settings', () => {
  const checks = (flags: readonly string[], env: Record<string, string> = {}) => settingChecks(flags, env)

  test.each([
    [['--jitless'], 'note'],
    [['--no-addons'], 'wrong'],
    [['--permission'], 'wrong'],
    [['--experimental-permission', '--allow-addons'], 'ok'],
    [['--inspect=127.0.0.1:1'], 'note'],
  ])('%p: %s', (flags, state) => {
    expect(checks(flags)[0]).toMatchObject({ name: 'node flag', state })
    expect(checks([], { NODE_OPTIONS: flags.join(' ') })[0]).toMatchObject({ name: 'node flag', state })
  })

  test('names of variables that matter, and no value of any', () => {
    const env = {
      HF_TOKEN: 'hf_secret',
      CUDA_VISIBLE_DEVICES: '7',
      SECRET: 'x',
      PATH: '/private',
      http_proxy: 'http://u:p@h',
    }
    const told = JSON.stringify(checks(['--title=mine'], env))
    for (const name of ['HF_TOKEN', 'CUDA_VISIBLE_DEVICES', 'http_proxy', '--title'])
      expect(told).toContain(name)
    for (const value of ['hf_secret', '"7"', 'SECRET', 'private', 'u:p', 'mine'])
      expect(told).not.toContain(value)
  })
})

test('the machine: little memory, no large pages, an old processor', () => {
  const stateOf = (name: string, more: object) =>
    machineChecks({
      ...host,
      features: ['avx2'],
      memoryFree: 2 ** 34,
      largePages: 'asked',
      ...more,
    }).find((check) => check.name === name)!.state
  expect([stateOf('memory', {}), stateOf('memory', { memoryFree: 2 ** 20 })]).toEqual(['ok', 'note'])
  expect([stateOf('large pages', {}), stateOf('large pages', { largePages: 'never' })]).toEqual([
    'ok',
    'note',
  ])
  if (process.arch === 'x64') expect(stateOf('features', { features: ['avx'] })).toBe('note')
})

test('large pages and the variant for a processor, as systems write them', () => {
  expect(
    ['always [madvise] never', '[always] madvise never', 'always madvise [never]', null].map(largePagesIn),
  ).toEqual(['asked', 'always', 'never', null])
  expect(variantIn(['/x/libggml-base.so', '/x/libggml-cpu-zen4.so'])).toBe('zen4')
  expect(variantIn(['C:\\x\\ggml-cpu-haswell.dll'])).toBe('haswell')
  expect(variantIn(['/x/libggml-cpu.so', '/y/libggml-cpuinfo-1.so'])).toBeNull()
})

test.each([
  ['/u/mira/models/a.gguf', '~/models/a.gguf'],
  ['is at /u/mira; or in /v/mira/b', 'is at ~; or in ~/b'],
  ['/u/mira2/a /u/mira.old', '/u/mira2/a /u/mira.old'],
  ['/data/mira/a, C:\\mira', '/data/<user>/a, C:\\<user>'],
  ['mira said /media/miranda', 'mira said /media/miranda'],
])('without its owner: %s', (text, expected) => {
  expect(withoutOwner(text, { homes: ['/u/mira', '/v/mira'], user: 'mira' })).toBe(expected)
})
