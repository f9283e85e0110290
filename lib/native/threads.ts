// How many threads compute where the caller gives no number: one core is left to everything else. ggml's threads wait
// for each other in a busy loop, many times a token, so one of them without a core stops all others, which burn theirs.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

export interface Machine {
  /** Logical processors this process may run on. */
  readonly processors: number
  /** Physical cores; null where the system doesn't tell. */
  readonly cores: number | null
  /** Processors' worth of time this process may take; null: as much as there is. */
  readonly quota: number | null
}

/** Physical cores, and not more than the quota pays for; at least one. */
function coresOf({ processors, cores, quota }: Machine): number {
  const paid = quota === null ? processors : Math.floor(quota)
  return Math.max(1, Math.min(processors, cores ?? processors, paid))
}

/** One thread for each core but one; at least one. */
export function threadsFor(machine: Machine): number {
  return Math.max(1, coresOf(machine) - 1)
}

let known: number | null = null

/** Cores that the contexts of this process share. */
export function coresHere(): number {
  known ??= coresOf(thisMachine())
  return known
}

export function threadsDefault(): number {
  return Math.max(1, coresHere() - 1)
}

function thisMachine(): Machine {
  const processors = availableParallelism()
  try {
    return { processors, cores: coresOfLinux(), quota: quotaOfLinux() }
  } catch {
    // A sandbox may show files that can't be read.
    return { processors, cores: null, quota: null }
  }
}

function coresOfLinux(): number | null {
  const folder = '/sys/devices/system/cpu'
  if (!existsSync(`${folder}/cpu0`)) return null
  const cpus = readdirSync(folder).filter((name) => /^cpu\d+$/.test(name))
  // Processors of one core name the same siblings.
  const siblings = cpus.flatMap((cpu) => textOf(`${folder}/${cpu}/topology/thread_siblings_list`) ?? [])
  return siblings.length === 0 ? null : new Set(siblings).size
}

function quotaOfLinux(): number | null {
  const [time, period] = (textOf('/sys/fs/cgroup/cpu.max') ?? '').trim().split(' ').map(Number)
  return time !== undefined && period !== undefined && time > 0 && period > 0 ? time / period : null
}

/** Asks first: where somebody changed Error.prototype, Node ends the process over a file that can't be read. */
function textOf(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}
