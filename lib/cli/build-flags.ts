// What CMake is told when llama.cpp is built: plain shared libraries that find each other beside themselves, as the
// addon opens them, and nothing else of llama.cpp. Decides by backend and platform; the table is the whole of it.
import type { Build } from '../native/platform.js'

/** Of what the libraries are made; programs, tests and llama.cpp's common library are no part of it. */
export const codePaths = ['CMakeLists.txt', 'LICENSE', 'cmake', 'ggml', 'include', 'src', 'vendor'] as const

export const buildTargets = ['llama', 'ggml'] as const

interface Backend {
  readonly flags: Readonly<Record<string, string>>
  /** The oldest CMake that reads the flags, where that is a newer one than llama.cpp asks for. */
  readonly cmake?: readonly [major: number, minor: number]
  /** What has to be installed, for the sentence when CMake misses something. */
  readonly needs: string
}

const compiler =
  'a C++17 compiler (Debian and Ubuntu: apt install build-essential; macOS: xcode-select --install; ' +
  'Windows: the Visual Studio Build Tools with "Desktop development with C++")'

export const backendTable: Readonly<Record<Build, Backend>> = {
  cpu: { flags: {}, needs: compiler },
  // For the processors of this machine: all of them would take hours.
  cuda: {
    flags: { GGML_CUDA: 'ON', CMAKE_CUDA_ARCHITECTURES: 'native' },
    cmake: [3, 24],
    needs:
      "NVIDIA's CUDA toolkit with nvcc and cuBLAS (https://developer.nvidia.com/cuda-downloads), a processor to " +
      `build for or "--define CMAKE_CUDA_ARCHITECTURES=86" with its number, and ${compiler}`,
  },
  rocm: {
    flags: { GGML_HIP: 'ON' },
    cmake: [3, 21],
    needs:
      "AMD's ROCm with HIP, hipBLAS and rocBLAS (https://rocm.docs.amd.com), ROCM_PATH where it is not in /opt/rocm, " +
      `and ${compiler}`,
  },
  vulkan: {
    flags: { GGML_VULKAN: 'ON' },
    needs:
      "Vulkan's headers, loader, SPIR-V headers and a glslc that knows cooperative matrices (Debian 13, Ubuntu 24.04 " +
      'and later: apt install libvulkan-dev spirv-headers glslc; elsewhere the Vulkan SDK of ' +
      `https://vulkan.lunarg.com) and ${compiler}`,
  },
  metal: { flags: { GGML_METAL: 'ON', GGML_METAL_EMBED_LIBRARY: 'ON' }, needs: compiler },
}

const common = {
  CMAKE_BUILD_TYPE: 'Release',
  BUILD_SHARED_LIBS: 'ON',
  CMAKE_PLATFORM_NO_VERSIONED_SONAME: 'ON',
  CMAKE_BUILD_WITH_INSTALL_RPATH: 'ON',
  LLAMA_BUILD_IS_DEV: 'OFF',
  LLAMA_BUILD_COMMON: 'OFF',
  LLAMA_BUILD_TESTS: 'OFF',
  LLAMA_BUILD_TOOLS: 'OFF',
  LLAMA_BUILD_EXAMPLES: 'OFF',
  LLAMA_BUILD_SERVER: 'OFF',
  LLAMA_BUILD_APP: 'OFF',
  LLAMA_ALL_WARNINGS: 'OFF',
} as const

/** llama.cpp's build has no variants for these; there the one for every processor is all there is. */
const withoutVariants = ['win32-arm64']

export interface FlagsRequest {
  readonly what: Build
  /** 'linux-x64' and its like. */
  readonly platform: string
  /** For this processor alone, which is quicker to build. */
  readonly isNative: boolean
  /** More of them, 'NAME=VALUE'; they win. */
  readonly defines: readonly string[]
}

/** As arguments of CMake. */
export function buildFlags({ what, platform, isNative, defines }: FlagsRequest): readonly string[] {
  const isMac = platform.startsWith('darwin-')
  const flags: Record<string, string> = {
    ...common,
    ...(isNative ? thisProcessor : everyProcessor(platform)),
  }
  if (!platform.startsWith('win32-')) flags.CMAKE_INSTALL_RPATH = isMac ? '@loader_path' : '$ORIGIN'
  if (isMac) flags.GGML_METAL = 'OFF'
  Object.assign(flags, backendTable[what].flags)
  return [...Object.entries(flags).map(([name, value]) => `${name}=${value}`), ...defines].map(
    (flag) => `-D${flag}`,
  )
}

const thisProcessor = { GGML_NATIVE: 'ON', GGML_BACKEND_DL: 'OFF' } as const

/** What suits the processor is found at run time; llama.cpp does that for backends in libraries of their own. */
function everyProcessor(platform: string): Readonly<Record<string, string>> {
  const variants = withoutVariants.includes(platform) ? 'OFF' : 'ON'
  return { GGML_NATIVE: 'OFF', GGML_BACKEND_DL: 'ON', GGML_CPU_ALL_VARIANTS: variants }
}
