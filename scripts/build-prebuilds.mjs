// @ts-check
// Builds the addon for every platform of prebuilds/targets.mjs into prebuilds/<platform>/espalier.node, on one Linux
// machine, and the same bytes each time. Decides what goes into an addon: the sources, the pinned compiler and headers,
// and nothing of the machine or the folder it is built in. A clone's own addon is built by build-addon.mjs instead.
//   node scripts/build-prebuilds.mjs [PLATFORM ...]
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { sha256OfFile } from './kept-content.mjs'
import { llamaHeadersSha256, prepareLlamaHeaders } from './llama-headers.mjs'
import { compiler, compilerPins, nodeApiFolder } from './prebuilds/compiler.mjs'
import { hostImportsSource } from './prebuilds/host-imports.mjs'
import { systemParts } from './prebuilds/system-parts.mjs'
import { targets } from './prebuilds/targets.mjs'
import { root, sourceFiles } from './source-files.mjs'

const COMPILE = [
  '-std=c++17',
  // zig makes -O2 of -O3 where it is not told behind its back.
  ...['-O3', '-Xclang', '-O3'],
  '-fomit-frame-pointer',
  // A product and a sum stay two roundings, so that the same logits give the same draws on every processor.
  '-ffp-contract=off',
  '-g0',
  '-DNDEBUG',
  '-DNAPI_VERSION=8',
  '-fvisibility=hidden',
  '-fvisibility-inlines-hidden',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fstack-protector-strong',
  // Without it zig makes undefined behaviour end the process, as in its debug builds.
  '-fno-sanitize=all',
  // The C++ library's own checks of indices and empty values, as binding.gyp turns them on.
  ...['-Wno-macro-redefined', '-D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST'],
]

const sources = () => sourceFiles(['native'], /\.(cc|c)$/)

/** Where a platform's addon lies. @param {string} platform */
export const prebuiltFile = (platform) => path.join(root, 'prebuilds', platform, 'espalier.node')

/** Of all that decides what the addons are. */
function inputsStamp() {
  const hash = createHash('sha256').update(compilerPins).update(llamaHeadersSha256)
  const files = [
    ...sourceFiles(['native'], /\.(cc|c|h)$/),
    ...sourceFiles(['scripts/prebuilds'], /\.mjs$/),
    'scripts/build-prebuilds.mjs',
  ]
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(path.join(root, file)))
  return hash.digest('hex')
}

const stampFile = (/** @type {string} */ platform) => path.join(root, 'build', 'prebuilds', platform, 'stamp')

/** @param {string} platform @param {string} stamp */
function isFresh(platform, stamp) {
  const file = prebuiltFile(platform)
  if (!existsSync(file) || !existsSync(stampFile(platform))) return false
  return readFileSync(stampFile(platform), 'utf8') === `${stamp} ${sha256OfFile(file)}`
}

/**
 * What is linked beside what native/ gives.
 * @param {string} platform @param {import('./prebuilds/compiler.mjs').Compiler} compile
 */
async function madeParts(platform, compile) {
  const { format, triple } = targets[platform]
  const folder = path.join('build', 'prebuilds', platform)
  mkdirSync(path.join(root, folder), { recursive: true })
  if (format === 'elf') return systemParts(folder, triple, compile)
  if (format !== 'pe') return []
  const [source, object] = ['c', 'obj'].map((end) => path.join(folder, `host-imports.${end}`))
  writeFileSync(path.join(root, source), hostImportsSource(nodeApiFolder()))
  await compile(['cc', '-target', triple, '-c', '-O2', '-g0', '-fno-sanitize=all', source, '-o', object])
  return [object]
}

/**
 * @param {string} platform @param {import('./prebuilds/compiler.mjs').Compiler} compile
 * @returns {Promise<void>}
 */
async function build(platform, compile) {
  const target = targets[platform]
  const headers = prepareLlamaHeaders()
  const include = [
    '-Inative',
    `-I${headers}/include`,
    `-I${headers}/ggml/include`,
    '-isystem',
    `${nodeApiFolder()}/include`,
  ]
  const file = prebuiltFile(platform)
  // Its own name is part of it on some systems, and linkers put things beside it.
  const fresh = path.join('build', 'prebuilds', platform, path.basename(file))
  const parts = await madeParts(platform, compile)
  await compile([
    'c++',
    ...['-target', target.triple],
    ...COMPILE,
    ...target.compile,
    ...include,
    `-ffile-prefix-map=${root}=.`,
    ...['-shared', '-s'],
    ...target.link,
    ...parts,
    ...sources(),
    ...['-o', fresh],
  ])
  mkdirSync(path.dirname(file), { recursive: true })
  renameSync(path.join(root, fresh), file)
}

/**
 * Builds those that are not there as the sources are now. Throws an Error with a sentence for people.
 * @param {readonly string[]} platforms
 */
export async function buildPrebuilds(platforms) {
  const unknown = platforms.find((platform) => targets[platform] === undefined)
  if (unknown)
    throw new Error(`There is no platform ${unknown}; expected ${Object.keys(targets).join(', ')}.`)
  const stamp = inputsStamp()
  const old = platforms.filter((platform) => !isFresh(platform, stamp))
  if (old.length > 0 && !(process.platform === 'linux' && process.arch === 'x64'))
    throw new Error(
      `The prebuilt addons are built on Linux x64, and this is ${process.platform} ${process.arch}.`,
    )
  const compile = old.length > 0 ? compiler() : null
  // One process of zig takes one file after the other, so platforms are built side by side.
  const left = [...old]
  const oneByOne = async () => {
    for (let platform = left.shift(); platform !== undefined; platform = left.shift()) {
      await build(platform, /** @type {NonNullable<typeof compile>} */ (compile))
      mkdirSync(path.dirname(stampFile(platform)), { recursive: true })
      writeFileSync(stampFile(platform), `${stamp} ${sha256OfFile(prebuiltFile(platform))}`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), old.length) }, oneByOne))
  for (const platform of platforms) {
    const bytes = readFileSync(prebuiltFile(platform)).length
    console.log(`${sha256OfFile(prebuiltFile(platform))}  ${platform.padEnd(16)} ${bytes} bytes`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const named = process.argv.slice(2)
  await buildPrebuilds(named.length > 0 ? named : Object.keys(targets)).catch((error) => {
    console.error(`espalier: ${error.message}`)
    process.exitCode = 1
  })
}
