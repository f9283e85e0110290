// Which libraries are taken where, and what is said where there are none: every platform with every wish, on machines
// that are only described. Judges by the folder chosen, the code and the command that an error names.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { llamaPins } from '../../../lib/native/pins.js'
import {
  type Build,
  backends,
  buildsOn,
  chooseLlama,
  type Gpu,
  gpuNames,
  type InstalledPackage,
  type Surroundings,
} from '../../../lib/native/platform.js'
import { targets } from '../../../scripts/prebuilds/targets.mjs'

const root = path.join(__dirname, '..', '..', '..')
const pins = llamaPins()!
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const optional: Record<string, string> = manifest.optionalDependencies

/** Package that comes along and those for a backend, by platform: what a user is told to install. */
const packages: Record<string, { plain: string; others: Partial<Record<Build, string>> }> = {
  'linux-x64': { plain: 'linux-x64', others: { cuda: 'linux-x64-cuda', vulkan: 'linux-x64-vulkan' } },
  'linux-arm64': { plain: 'linux-arm64', others: {} },
  'darwin-arm64': { plain: 'mac-arm64-metal', others: { metal: 'mac-arm64-metal' } },
  'darwin-x64': { plain: 'mac-x64', others: {} },
  'win32-x64': { plain: 'win-x64', others: { cuda: 'win-x64-cuda', vulkan: 'win-x64-vulkan' } },
  'win32-arm64': { plain: 'win-arm64', others: {} },
}
const platforms = Object.keys(packages)

test('every platform an addon is shipped for has libraries to come along, but where the C library is musl', () => {
  const shipped = Object.keys(targets).filter((name) => !name.endsWith('-musl'))
  expect([...platforms].sort()).toEqual(shipped.sort())
})

interface Machine {
  platform: string
  installed?: Record<string, Partial<InstalledPackage>>
  built?: readonly Build[]
}

function machine({ platform, installed = {}, built = [] }: Machine): Surroundings {
  return {
    platform,
    pins,
    installed: (name) =>
      installed[name] === undefined
        ? null
        : { folder: `package ${name}`, release: 'v0.5.0', isOfOther: false, ...installed[name] },
    built: (what) => (built.includes(what) ? `built ${what}` : null),
  }
}

function refusal(gpu: Gpu, where: Surroundings): { code: string; message: string } {
  try {
    chooseLlama(gpu, where)
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('nothing was refused')
}

describe.each(platforms)('%s', (platform) => {
  const { plain, others } = packages[platform]!
  const nothing = machine({ platform })
  const version = optional[`@node-llama-cpp/${plain}`]!
  const all = Object.fromEntries([plain, ...Object.values(others)].map((name) => [name, {}]))

  test('its package is an optional dependency, pinned exactly', () => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  test.each(['auto', false] as const)('nothing installed, gpu: %p names the package to install', (gpu) => {
    const { code, message } = refusal(gpu, nothing)
    expect(code).toBe('LLAMA_MISSING')
    expect(message).toContain(`"npm install @node-llama-cpp/${plain}@${version}"`)
    expect(message).toContain('ESPALIER_LLAMA_DIR')
  })

  test.each(backends)('nothing installed, gpu: %p names what to install or build', (gpu) => {
    const { code, message } = refusal(gpu, nothing)
    expect(code).toBe('LLAMA_MISSING')
    const name = others[gpu]
    if (name !== undefined) expect(message).toContain(`"npm install @node-llama-cpp/${name}@${version}"`)
    const isBuilt = buildsOn(platform).includes(gpu)
    expect(message.includes(`"npx espalier build --${gpu}"`)).toBe(isBuilt)
    if (name === undefined && !isBuilt) {
      expect(message).toMatch(
        new RegExp(`gpu: '${gpu}' is not for ${platform}; expected 'auto', .* or false\\.`),
      )
      const listed = [...message.matchAll(/'(\w+)'/g)].map((match) => match[1]).slice(1)
      for (const other of listed.slice(1)) expect(buildsOn(platform)).toContain(other)
    }
  })

  test('what is installed is found for every wish it serves', () => {
    const where = machine({ platform, installed: all })
    for (const gpu of gpuNames) {
      if (gpu !== 'auto' && others[gpu] === undefined) continue
      const [first = plain] = Object.values(others)
      const name = gpu === 'auto' ? first : others[gpu]
      expect(chooseLlama(gpu, where).folder).toBe(`package ${name}`)
    }
  })

  test('what was built comes before the package for the same, and serves its own wish only', () => {
    for (const what of buildsOn(platform)) {
      const where = machine({ platform, installed: { [plain]: {} }, built: [what] })
      const isForCpu = what === 'cpu' && others.metal === undefined
      if (what !== 'cpu' || isForCpu) expect(chooseLlama('auto', where).folder).toBe(`built ${what}`)
      if (what === 'cpu') continue
      expect(chooseLlama(what, where).folder).toBe(`built ${what}`)
      for (const gpu of backends.filter((other) => other !== what && others[other] !== plain))
        expect(refusal(gpu, where).code).toBe('LLAMA_MISSING')
    }
  })

  test('a package of another release is refused with the version to install', () => {
    for (const [gpu, name] of [['auto', plain], ...Object.entries(others)] as [Gpu, string][]) {
      const where = machine({ platform, installed: { [name]: { release: 'b8390' } } })
      const { code, message } = refusal(gpu, where)
      expect(code).toBe('LLAMA_VERSION')
      expect(message).toContain(`@node-llama-cpp/${name} holds llama.cpp b8390`)
      expect(message).toContain('works with v0.5.0 and v0.4.0')
      expect(message).toContain(`"npm install @node-llama-cpp/${name}@${version}"`)
    }
  })
})

describe('libraries of another release', () => {
  const variant = (more: Partial<InstalledPackage>) =>
    machine({
      platform: 'linux-x64',
      installed: { 'linux-x64': {}, 'linux-x64-cuda': { release: 'v0.3.0', ...more } },
    })

  test('a variant somebody installed is refused, with and without its name', () => {
    for (const gpu of ['auto', false, 'cuda'] as const)
      expect(refusal(gpu, variant({})).code).toBe('LLAMA_VERSION')
  })

  test('one that node-llama-cpp brought along is passed over, unless it is asked for by name', () => {
    for (const gpu of ['auto', false] as const)
      expect(chooseLlama(gpu, variant({ isOfOther: true })).folder).toBe('package linux-x64')
    expect(refusal('cuda', variant({ isOfOther: true })).code).toBe('LLAMA_VERSION')
  })

  test('a package that does not say its release is opened, and the addon judges', () => {
    const { folder, wayOut } = chooseLlama('cuda', variant({ release: null }))
    expect(folder).toBe('package linux-x64-cuda')
    expect(wayOut).toContain(`"npm install @node-llama-cpp/linux-x64-cuda@`)
  })
})

describe('where there is no package at all', () => {
  test.each(['linux-x64-musl', 'freebsd-x64', 'linux-riscv64'])('%s: what was built is found', (platform) => {
    expect(chooseLlama('auto', machine({ platform, built: ['cpu'] })).folder).toBe('built cpu')
    expect(chooseLlama('vulkan', machine({ platform, built: ['vulkan'] })).folder).toBe('built vulkan')
    const { code, message } = refusal('auto', machine({ platform }))
    expect(code).toBe('LLAMA_MISSING')
    expect(message).toContain(`no prebuilt llama.cpp for ${platform}`)
    expect(message).toContain('"npx espalier build"')
    expect(message).toContain('ESPALIER_LLAMA_DIR')
    expect(refusal('vulkan', machine({ platform })).message).toContain('"npx espalier build --vulkan"')
  })
})

test('what is no wish is not taken for a backend’s name', () => {
  const where = machine({ platform: 'linux-x64', installed: { 'linux-x64': {} } })
  for (const gpu of ['opencl', 'constructor', true, undefined])
    expect(chooseLlama(gpu as Gpu, where).folder).toBe('package linux-x64')
})

test('without this package’s package.json the commands name no version', () => {
  const { message } = refusal('auto', { ...machine({ platform: 'linux-x64' }), pins: null })
  expect(message).toContain('"npm install @node-llama-cpp/linux-x64"')
})

describe('the versions in package.json', () => {
  test('the addon takes the releases it lists, and no others', () => {
    const source = readFileSync(path.join(root, 'native', 'llama', 'api.cc'), 'utf8')
    const [, listed] = /versions_allowed = \{([^}]*)\}/.exec(source)!
    expect([...listed!.matchAll(/"([^"]+)"/g)].map((match) => `v${match[1]}`)).toEqual(pins.releases)
    expect(pins.releases).toContain(pins.source.release)
  })

  test('all packages of one version of node-llama-cpp hold one release, which is accepted', () => {
    const about = path.join('bins', 'linux-x64', '_nlcBuildMetadata.json')
    const file = path.join(root, 'node_modules', '@node-llama-cpp', 'linux-x64', about)
    // The package of the platform the tests run on stands for them.
    if (process.platform === 'linux' && process.arch === 'x64') {
      expect(JSON.parse(readFileSync(file, 'utf8')).buildOptions.llamaCpp.release).toBe(pins.source.release)
      expect(`node-llama-cpp@${pins.packages['linux-x64']}`).toBe(pins.source.package)
    }
    const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))
    expect(lock.packages[''].optionalDependencies).toEqual(optional)
  })

  test('every optional dependency is a platform’s', () => {
    const names = platforms.map((platform) => `@node-llama-cpp/${packages[platform]!.plain}`)
    expect(Object.keys(optional).sort()).toEqual(names.sort())
  })
})
