// What around the library makes it quick, slow or impossible: the processor, memory, the cache folder, how Node was
// started, variables of the environment. Decides what of it is worth a word; values of variables stay private.
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { size } from '../layout.js'
import type { HostFacts } from '../machine.js'
import { type Check, note, ok, wrong } from './check.js'

/** With less, even a small model of some use has no room. */
const memoryLeast = 2 ** 30

export function machineChecks(host: HostFacts): readonly Check[] {
  const { processor, features, processors, cores, quota, threads, memoryBytes, memoryFree } = host
  const counts = [
    cores === null ? null : `${cores} cores`,
    `${processors} processors`,
    quota === null ? null : `a share of ${quota} of them`,
  ]
  const told = counts.filter((count) => count !== null).join(', ')
  const memory = `${size(memoryFree)} of ${size(memoryBytes)} free`
  return [
    ok('processor', processor === '' ? process.arch : processor),
    featureCheck(features),
    ok('threads', `${threads} compute by default; ${told}`),
    memoryFree < memoryLeast
      ? note('memory', memory, 'End other programs, or take a small model and a small context.')
      : ok('memory', memory),
    largePageCheck(host.largePages),
  ]
}

function featureCheck(features: HostFacts['features']): Check {
  if (features === null) return ok('features', 'this system has no file that lists them')
  const isSlow = process.arch === 'x64' && !features.includes('avx2')
  const told = features.join(' ') || 'none of those that make models quicker'
  return isSlow
    ? note('features', `${told}: without avx2 everything is several times slower`)
    : ok('features', told)
}

function largePageCheck(largePages: HostFacts['largePages']): Check {
  if (largePages === null) return ok('large pages', "this system doesn't tell")
  if (largePages !== 'never')
    return ok('large pages', largePages === 'asked' ? 'given where asked for, as here' : 'given')
  return note(
    'large pages',
    'switched off: a large cache is read more slowly',
    'As root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled',
  )
}

/** null: there is no home folder. */
export function cacheCheck(folder: string | null): Check {
  const todo = 'Set ESPALIER_CACHE_DIR to a folder that only you can write to.'
  if (folder === null) return note('cache', 'there is no home folder to keep files in', todo)
  const there = existingAbove(folder)
  try {
    if (!statSync(there).isDirectory()) return wrong('cache', `${folder}: ${there} is a file`, todo)
    accessSync(there, constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return wrong('cache', `${folder} can't be written to${code === undefined ? '' : ` (${code})`}`, todo)
  }
  return ok('cache', there === folder ? folder : `${folder}, which will be made when it is needed`)
}

/** The folder, or the nearest one above that is there. */
function existingAbove(folder: string): string {
  let at = path.resolve(folder)
  while (!existsSync(at) && path.dirname(at) !== at) at = path.dirname(at)
  return at
}

/** How Node was started, and variables that change what happens. */
export function settingChecks(
  flags: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly Check[] {
  const asked = [...flags, ...(env.NODE_OPTIONS ?? '').split(/\s+/)].map((flag) => flag.replace(/=.*$/s, ''))
  const known = asked.flatMap((flag) => flagCheck(flag, asked) ?? [])
  const others = asked.filter((flag) => flag.startsWith('--') && flagCheck(flag, asked) === null)
  const plain = others.length === 0 ? 'none' : [...new Set(others)].join(' ')
  const variables = Object.keys(env).filter((name) => env[name] !== undefined && matters(name))
  return [
    ...known,
    ok('other flags', plain),
    ok(
      'variables',
      variables.length === 0 ? 'none that matter' : `${variables.sort().join(' ')} (values not shown)`,
    ),
  ]
}

/** Read by this library, llama.cpp, drivers, Node, or what fetches models. */
const prefixes = [
  'ESPALIER_',
  'GGML_',
  'LLAMA_',
  'CUDA_',
  'HIP_',
  'ROCR_',
  'VK_',
  'OMP_',
  'GOMP_',
  'HF_',
  'DYLD_',
  'MALLOC_',
]
const whole = [
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'NODE_OPTIONS',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
]

const matters = (name: string): boolean =>
  prefixes.some((prefix) => name.startsWith(prefix)) || whole.includes(name.toUpperCase())

/** null: nothing to say of it. */
function flagCheck(flag: string, all: readonly string[]): Check | null {
  if (flag === '--jitless')
    return note(
      'node flag',
      '--jitless: schemas, templates and scheduling are many times slower',
      'Leave it out.',
    )
  if (flag === '--no-addons')
    return wrong('node flag', "--no-addons: native code can't be opened", 'Leave it out.')
  if (/^--(experimental-)?permission$/.test(flag)) {
    return all.includes('--allow-addons')
      ? ok('node flag', `${flag} with --allow-addons`)
      : wrong('node flag', `${flag}: native code can't be opened`, 'Add --allow-addons.')
  }
  if (/^--(inspect(-brk)?|cpu-prof|heap-prof|trace-\w+|prof)$/.test(flag))
    return note('node flag', `${flag}: work takes longer than without`)
  return null
}
