// This machine's cores, as the system tells them, and how many threads compute where nobody says (threads-for.ts).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { coresOf, type Machine, threadsFor } from './threads-for.js'

let known: Machine | null = null

/** Cores that the contexts of this process share. */
export function coresHere(): number {
  return coresOf(thisMachine())
}

export function threadsDefault(): number {
  return threadsFor(thisMachine())
}

/** This machine's cores, looked at once. */
export function thisMachine(): Machine {
  known ??= lookedAt()
  return known
}

function lookedAt(): Machine {
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
