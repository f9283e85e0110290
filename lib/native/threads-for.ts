// How many threads compute on a machine where nobody says. One core is left to everything else: ggml's threads wait for
// each other in a loop, many times a token, so that one of them which gets no core holds up and burns all others.
export interface Machine {
  /** Logical processors this process may run on. */
  readonly processors: number
  /** Physical cores; null where the system doesn't tell. */
  readonly cores: number | null
  /** Processors' worth of time this process may take; null: as much as there is. */
  readonly quota: number | null
}

/** Physical cores, and not more than the quota pays for; at least one. */
export function coresOf({ processors, cores, quota }: Machine): number {
  const paid = quota === null ? processors : Math.floor(quota)
  return Math.max(1, Math.min(processors, cores ?? processors, paid))
}

/** One thread for each core but one; at least one. */
export function threadsFor(machine: Machine): number {
  return Math.max(1, coresOf(machine) - 1)
}
