// How many threads compute where nobody says. Decides that one core is left to everything else: ggml's threads wait for
// each other in a loop, many times a token, so that one of them which gets no core holds up and burns all others.
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

/** One thread for each physical core but one, and not more than the quota pays for; at least one. */
export function threadsFor({ processors, cores, quota }: Machine): number {
  const most = Math.min(processors, cores ?? processors, quota === null ? processors : Math.floor(quota))
  return Math.max(1, most - 1)
}

let known: number | null = null

export function threadsDefault(): number {
  known ??= threadsFor({ processors: availableParallelism(), cores: coresOfLinux(), quota: quotaOfLinux() })
  return known
}

function coresOfLinux(): number | null {
  const folder = '/sys/devices/system/cpu'
  // Asked first: Node ends the process where it can't make the error, as under a setter somebody put on all objects.
  if (!existsSync(folder)) return null
  try {
    const cpus = readdirSync(folder).filter((name) => /^cpu\d+$/.test(name))
    // Processors of one core name the same siblings.
    const files = cpus
      .map((cpu) => `${folder}/${cpu}/topology/thread_siblings_list`)
      .filter((file) => existsSync(file))
    const siblings = files.map((file) => readFileSync(file, 'utf8'))
    return siblings.length === 0 ? null : new Set(siblings).size
  } catch {
    return null
  }
}

function quotaOfLinux(): number | null {
  const file = '/sys/fs/cgroup/cpu.max'
  if (!existsSync(file)) return null
  try {
    const [time, period] = readFileSync(file, 'utf8').trim().split(' ').map(Number)
    return time !== undefined && period !== undefined && time > 0 && period > 0 ? time / period : null
  } catch {
    return null
  }
}
