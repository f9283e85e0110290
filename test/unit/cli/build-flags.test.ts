// What CMake is told, by backend and platform: the whole table, since a flag that is missing shows on machines only
// that are not at hand.
import { buildFlags } from '../../../lib/cli/build-flags.js'
import { type Build, buildsOn } from '../../../lib/native/platform.js'

function flagsOf(what: Build, platform: string, more: { isNative?: boolean; defines?: string[] } = {}) {
  const given = buildFlags({ what, platform, isNative: false, defines: [], ...more })
  return Object.fromEntries(given.map((flag) => flag.slice('-D'.length).split(/=(.*)/s).slice(0, 2)))
}

const platforms = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64', 'win32-x64', 'win32-arm64']

test.each(platforms)(
  '%s: plain shared libraries that find each other, and nothing else of llama.cpp',
  (platform) => {
    for (const what of buildsOn(platform)) {
      const flags = flagsOf(what, platform)
      expect(flags).toMatchObject({
        CMAKE_BUILD_TYPE: 'Release',
        BUILD_SHARED_LIBS: 'ON',
        CMAKE_PLATFORM_NO_VERSIONED_SONAME: 'ON',
        LLAMA_BUILD_IS_DEV: 'OFF',
        LLAMA_BUILD_COMMON: 'OFF',
        LLAMA_BUILD_APP: 'OFF',
      })
      const beside = platform.startsWith('darwin') ? '@loader_path' : '$ORIGIN'
      expect(flags.CMAKE_INSTALL_RPATH).toBe(platform.startsWith('win32') ? undefined : beside)
    }
  },
)

test.each<[Build, string, Record<string, string>]>([
  ['cpu', 'linux-x64', {}],
  ['cuda', 'linux-x64', { GGML_CUDA: 'ON', CMAKE_CUDA_ARCHITECTURES: 'native' }],
  ['rocm', 'linux-x64', { GGML_HIP: 'ON' }],
  ['vulkan', 'win32-x64', { GGML_VULKAN: 'ON' }],
  ['metal', 'darwin-arm64', { GGML_METAL: 'ON', GGML_METAL_EMBED_LIBRARY: 'ON' }],
  ['cpu', 'darwin-arm64', { GGML_METAL: 'OFF' }],
])('%s on %s turns on its own backend and no other', (what, platform, expected) => {
  const flags = flagsOf(what, platform)
  const found = Object.entries(flags).filter(([name]) =>
    /^(GGML_(CUDA|HIP|VULKAN|METAL)|CMAKE_CUDA)/.test(name),
  )
  expect(Object.fromEntries(found)).toEqual(expected)
})

test('a build runs on every processor of its platform, where llama.cpp can do that', () => {
  const everywhere = { GGML_NATIVE: 'OFF', GGML_BACKEND_DL: 'ON' }
  for (const platform of platforms) {
    const variants = platform === 'win32-arm64' ? 'OFF' : 'ON'
    expect(flagsOf('cpu', platform)).toMatchObject({ ...everywhere, GGML_CPU_ALL_VARIANTS: variants })
  }
})

test('one for this processor alone is the other kind', () => {
  const flags = flagsOf('vulkan', 'linux-x64', { isNative: true })
  expect(flags).toMatchObject({ GGML_NATIVE: 'ON', GGML_BACKEND_DL: 'OFF', GGML_VULKAN: 'ON' })
  expect(flags).not.toHaveProperty('GGML_CPU_ALL_VARIANTS')
})

test('a caller’s settings come last, so that they win', () => {
  const defines = ['CMAKE_CUDA_ARCHITECTURES=86']
  expect(buildFlags({ what: 'cuda', platform: 'linux-x64', isNative: false, defines }).at(-1)).toBe(
    '-DCMAKE_CUDA_ARCHITECTURES=86',
  )
  expect(flagsOf('cuda', 'linux-x64', { defines }).CMAKE_CUDA_ARCHITECTURES).toBe('86')
})
