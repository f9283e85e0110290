// The machine and the software that computes on it, as facts to put beside figures or into a report. Decides what is
// asked of whom; leaves out what tells who owns the machine: no names of hosts and users.
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { availableMemory, constrainedMemory } from 'node:process'
import type { DeviceInfo } from '../native/addon.js'
import { processorName } from '../native/built.js'
import { devices, llamaVersion } from '../native/native.js'
import { platformName } from '../native/package-root.js'
import { ownVersion } from '../native/pins.js'
import type { Gpu } from '../native/platform.js'
import { thisMachine, threadsDefault } from '../native/threads.js'
import { type LargePages, largePagesIn, variantIn } from './system-words.js'

/** What is known without opening llama.cpp. */
export interface HostFacts {
  readonly espalier: string | null
  readonly node: string
  /** 'linux-x64-musl' and its like. */
  readonly platform: string
  /** 'glibc 2.36'; null: the system doesn't tell. */
  readonly libc: string | null
  /** As its maker calls it. */
  readonly processor: string
  /** What it can do that makes models quicker; null: this system doesn't tell. */
  readonly features: readonly string[] | null
  readonly processors: number
  /** null: the system doesn't tell. */
  readonly cores: number | null
  /** Processors' worth of time that a container may take; null: all there are. */
  readonly quota: number | null
  /** Those that compute where nobody says how many. */
  readonly threads: number
  readonly memoryBytes: number
  readonly memoryFree: number
  readonly largePages: LargePages
}

export interface LlamaFacts {
  /** Of llama.cpp: 'v0.5.0'. */
  readonly release: string
  /** The variant for this processor that was picked: 'zen4'; null: there is one alone, or nobody tells. */
  readonly variant: string | null
  readonly devices: readonly DeviceInfo[]
}

export function hostFacts(): HostFacts {
  const { processors, cores, quota } = thisMachine()
  const limit = constrainedMemory()
  return {
    espalier: ownVersion(),
    node: process.version,
    platform: platformName(),
    libc: libcVersion(),
    processor: processorName(),
    features: features(),
    processors: Math.min(processors, availableParallelism()),
    cores,
    quota,
    threads: threadsDefault(),
    memoryBytes: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    memoryFree: availableMemory(),
    largePages: largePagesIn(textOf('/sys/kernel/mm/transparent_hugepage/enabled')),
  }
}

/** Opens llama.cpp. Rejects as `devices` does. */
export async function llamaFacts(gpu: Gpu): Promise<LlamaFacts> {
  const listed = await devices(gpu)
  return { release: llamaVersion(), variant: variantIn(sharedObjects()), devices: listed }
}

const featuresOf = {
  x64: [
    'sse4_2',
    'avx',
    'f16c',
    'fma',
    'avx2',
    'avx_vnni',
    'avx512f',
    'avx512_vnni',
    'avx512_bf16',
    'amx_int8',
  ],
  arm64: ['asimddp', 'asimdhp', 'i8mm', 'sve', 'sve2', 'bf16', 'sme'],
} as const

/** Only Linux says it in a file. */
function features(): readonly string[] | null {
  const text = textOf('/proc/cpuinfo')
  const [, listed] = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text ?? '') ?? []
  if (listed === undefined) return null
  const has = new Set(listed.split(/\s+/))
  const wanted: readonly string[] = process.arch === 'arm64' ? featuresOf.arm64 : featuresOf.x64
  return wanted.filter((feature) => has.has(feature))
}

interface Report {
  readonly header?: { readonly glibcVersionRuntime?: string }
  readonly sharedObjects?: readonly string[]
}

/** Node's report of its own process, without looking up who it talks to; {} where it makes none. */
function report(): Report {
  const made = process.report as (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined
  if (made === undefined) return {}
  const before = made.excludeNetwork
  made.excludeNetwork = true
  try {
    return made.getReport() as Report
  } finally {
    if (before !== undefined) made.excludeNetwork = before
  }
}

function sharedObjects(): readonly string[] {
  return report().sharedObjects ?? []
}

function libcVersion(): string | null {
  if (process.platform !== 'linux') return null
  if (platformName().endsWith('-musl')) return 'musl'
  const version = report().header?.glibcVersionRuntime
  return version === undefined ? null : `glibc ${version}`
}

function textOf(file: string): string | null {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  } catch {
    return null
  }
}
