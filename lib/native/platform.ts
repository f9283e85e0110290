// Where llama.cpp's libraries come from on which platform: a package, or what "espalier build" made. Decides what is
// looked for, in which order, and what to tell who has none of it. The table of platforms has its one home here; the
// versions have theirs in package.json. Never looks at the machine itself: llama-source.ts does.
import { ModelError } from '../base/errors.js'

/** Which llama.cpp is taken: pins.ts reads it. */
export interface LlamaPins {
  /** Releases whose functions and structures are those the addon was compiled against, the newest first: 'v0.5.0'. */
  readonly releases: readonly string[]
  /** The npm package whose tarball holds llama.cpp's source code as a git bundle, at the release named. */
  readonly source: {
    readonly release: string
    /** 'name@version', as npm takes it. */
    readonly package: string
    /** Of the tarball, in base64. */
    readonly sha512: string
  }
  /** Version by package, without '@node-llama-cpp/'. */
  readonly packages: Readonly<Record<string, string>>
}

/** What a graphics processor is reached by, the better ones first. */
export const backends = ['cuda', 'rocm', 'vulkan', 'metal'] as const
export type Backend = (typeof backends)[number]
export const gpuNames = ['auto', ...backends] as const

/** 'auto': the graphics processors there are; a backend's name: only its; false: the CPU alone. */
export type Gpu = (typeof gpuNames)[number] | false

/** What a folder of libraries is for beside the CPU, if anything. */
export type Build = Backend | 'cpu'

interface Platform {
  /** The package that comes with this one, as an optional dependency. */
  readonly plain: string
  /** Packages people install beside it, by backend; the plain one where it has that already. */
  readonly packages: Readonly<Partial<Record<Backend, string>>>
  /** Backends that "espalier build" takes. */
  readonly builds: readonly Backend[]
}

const desktop = (name: string): Platform => ({
  plain: name,
  packages: { cuda: `${name}-cuda`, vulkan: `${name}-vulkan` },
  builds: ['cuda', 'rocm', 'vulkan'],
})

const platforms: Readonly<Record<string, Platform>> = {
  'linux-x64': desktop('linux-x64'),
  'linux-arm64': { plain: 'linux-arm64', packages: {}, builds: ['cuda', 'vulkan'] },
  'darwin-arm64': { plain: 'mac-arm64-metal', packages: { metal: 'mac-arm64-metal' }, builds: ['metal'] },
  'darwin-x64': { plain: 'mac-x64', packages: {}, builds: ['metal'] },
  'win32-x64': desktop('win-x64'),
  'win32-arm64': { plain: 'win-arm64', packages: {}, builds: ['vulkan'] },
}

/** The name of a platform; the C library counts where there may be another one than glibc. */
export function platformOf(system: string, processor: string, libc: string | null): string {
  return `${system}-${processor}${system === 'linux' && libc === 'musl' ? '-musl' : ''}`
}

/** What "espalier build" makes on a platform; any Unix may build for its CPU and for Vulkan. */
export function buildsOn(platform: string): readonly Build[] {
  return ['cpu', ...(platforms[platform]?.builds ?? ['vulkan'])]
}

/** A package that was found. */
export interface InstalledPackage {
  readonly folder: string
  /** Of llama.cpp, as its build says; null where it says nothing. */
  readonly release: string | null
  /** Whether node-llama-cpp brought it along for itself. */
  readonly isOfOther: boolean
}

/** What there is on a machine. */
export interface Surroundings {
  /** 'linux-x64' and its like. */
  readonly platform: string
  readonly pins: LlamaPins | null
  /** By name without '@node-llama-cpp/'. */
  installed(name: string): InstalledPackage | null
  /** Folder with what was built from source. */
  built(what: Build): string | null
}

/** A folder of libraries and what to do where they turn out to be of another release. */
export interface LlamaSource {
  readonly folder: string
  readonly wayOut: string
}

/**
 * The libraries for what the caller wants. What was built from source comes before a package for the same; with 'auto'
 * and false everything for a graphics processor comes before what is for the CPU alone, since one llama.cpp is all a
 * process can have, and every build has the CPU's libraries, too.
 *
 * Throws ModelError LLAMA_MISSING, and LLAMA_VERSION for a package of a release that is not accepted.
 */
export function chooseLlama(gpu: Gpu, around: Surroundings): LlamaSource {
  const platform = platforms[around.platform]
  // A value that is none of these counts as 'auto' here; open-options.ts refuses it.
  const named = backends.find((backend) => backend === gpu)
  if (named !== undefined) {
    const found = folderFor(named, around, platform?.packages[named], 'required')
    if (found !== null) return found
    throw missing(backendMissing(named, around, platform))
  }
  for (const backend of backends) {
    const found = folderFor(backend, around, platform?.packages[backend], 'optional')
    if (found !== null) return found
  }
  const found = folderFor('cpu', around, platform?.plain, 'required')
  if (found !== null) return found
  if (platform === undefined) {
    throw missing(
      `There is no prebuilt llama.cpp for ${around.platform}. Build it with "npx espalier build", or ${ownFolder}`,
    )
  }
  throw missing(
    `llama.cpp's libraries are not installed: ${notFound(platform.plain, platform, around)}, or ${ownFolder}`,
  )
}

/** One place where libraries may lie. */
export interface LlamaPlace {
  readonly what: Build
  /** 'package': @node-llama-cpp's, whose name it has; 'built': by "espalier build", with the name of its backend. */
  readonly from: 'package' | 'built'
  readonly name: string
  /** null: there is nothing. */
  readonly folder: string | null
  /** Of llama.cpp; null: there is nothing, or it doesn't say. */
  readonly release: string | null
  /** Whether espalier works with that release. */
  readonly isAccepted: boolean
}

/** All places that are looked at for 'auto', the first one first. */
export function llamaPlaces(around: Surroundings): readonly LlamaPlace[] {
  const platform = platforms[around.platform]
  const whats: readonly Build[] = [...backends, 'cpu']
  return whats.flatMap((what): LlamaPlace[] => {
    const release = around.pins?.source.release ?? null
    const isBuildable = buildsOn(around.platform).includes(what)
    const folder = isBuildable ? around.built(what) : null
    const built = {
      what,
      from: 'built',
      name: what,
      folder,
      release: folder && release,
      isAccepted: true,
    } as const
    const name = what === 'cpu' ? platform?.plain : platform?.packages[what]
    return [
      ...(isBuildable ? [built] : []),
      ...(name === undefined ? [] : [packagePlace(what, name, around)]),
    ]
  })
}

function packagePlace(what: Build, name: string, around: Surroundings): LlamaPlace {
  const { folder = null, release = null } = around.installed(name) ?? {}
  const names = { what, from: 'package', name: `@node-llama-cpp/${name}` } as const
  return { ...names, folder, release, isAccepted: isAccepted(release, around) }
}

function isAccepted(release: string | null, { pins }: Surroundings): boolean {
  const accepted = pins?.releases ?? []
  return release === null || accepted.length === 0 || accepted.includes(release)
}

/**
 * Of a build or of the package. Null without either, and where an optional package of another release came with
 * node-llama-cpp.
 */
function folderFor(
  what: Build,
  around: Surroundings,
  name: string | undefined,
  need: 'required' | 'optional',
): LlamaSource | null {
  const built = around.built(what)
  if (built !== null) return { folder: built, wayOut: `Build it anew: "${buildCommand(what)} --force".` }
  const found = name === undefined ? null : around.installed(name)
  if (found === null) return null
  const wayOut = `Install the version espalier is made for: ${installCommand(name!, around)}.`
  const { folder, release, isOfOther } = found
  const accepted = around.pins?.releases ?? []
  if (isAccepted(release, around)) return { folder, wayOut }
  if (need === 'optional' && isOfOther) return null
  throw new ModelError(
    'LLAMA_VERSION',
    `The package @node-llama-cpp/${name} holds llama.cpp ${release}, and espalier works with ` +
      `${accepted.join(' and ')}. ${wayOut}`,
  )
}

const ownFolder = 'set ESPALIER_LLAMA_DIR to a folder with the libraries.'

function backendMissing(gpu: Backend, around: Surroundings, platform: Platform | undefined): string {
  const name = platform?.packages[gpu]
  const needs = `gpu: '${gpu}' needs llama.cpp's libraries for it`
  const isBuilt = buildsOn(around.platform).includes(gpu)
  const build = isBuilt ? `build it with "${buildCommand(gpu)}", or ` : ''
  if (name !== undefined)
    return `${needs}: ${notFound(name, platform!, around)}, ${build || 'or '}${ownFolder}`
  if (isBuilt) {
    const none = `there is no package of them for ${around.platform}`
    return `${needs}, and ${none}. Build them with "${buildCommand(gpu)}", or ${ownFolder}`
  }
  const there = backends.filter((other) => buildsOn(around.platform).includes(other))
  const expected = ['auto', ...there].map((other) => `'${other}'`).join(', ')
  return `gpu: '${gpu}' is not for ${around.platform}; expected ${expected} or false.`
}

function notFound(name: string, platform: Platform, around: Surroundings): string {
  return `the package @node-llama-cpp/${name} was not found. Install it with ${installCommand(name, around, platform)}`
}

/** With the version package.json pins for the platform; without one where it can't be read, as in a bundle. */
export function installCommand(
  name: string,
  around: Surroundings,
  platform = platforms[around.platform],
): string {
  const version = around.pins?.packages[platform?.plain ?? '']
  return `"npm install @node-llama-cpp/${name}${version === undefined ? '' : `@${version}`}"`
}

function buildCommand(what: Build): string {
  return `npx espalier build --${what}`
}

function missing(message: string): ModelError {
  return new ModelError('LLAMA_MISSING', message)
}
