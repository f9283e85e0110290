// What stands beside the text of a run, and where it is once parts of that text were cut off again. Decides that a cut
// costs nothing by itself, however many there were: where the asides went is found out when somebody asks.

/** What stands beside the text, in front of the cell with this number. */
export interface Aside {
  readonly before: number
  /** Attempts given up here, as numbers in the run's list of fills. */
  readonly givenUp: readonly number[]
  /** Other texts given up here. */
  readonly undone: readonly { readonly text: string; readonly reason: string }[]
  /** Texts that begin here, as numbers of strands. */
  readonly forks: readonly number[]
}

/** With the characters before it. */
export type PlacedAside = Aside & { readonly at: number; readonly hole: string | null }

export class Asides {
  /** In the order of the text. */
  readonly #all: PlacedAside[] = []
  readonly #cuts: { readonly asides: number; readonly before: number; readonly at: number }[] = []

  add(aside: PlacedAside): void {
    this.#all.push(aside)
  }

  /** So much of the text stayed, in cells and characters. */
  cut(before: number, at: number): void {
    this.#cuts.push({ asides: this.#all.length, before, at })
  }

  /** The asides where the cuts behind them left them; looked at once, from the end, however many cuts there were. */
  placed(): readonly PlacedAside[] {
    let [before, at, cut] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, this.#cuts.length - 1]
    const placed = [...this.#all]
    for (let index = placed.length - 1; index >= 0; index -= 1) {
      for (; cut >= 0 && this.#cuts[cut]!.asides > index; cut -= 1) {
        before = Math.min(before, this.#cuts[cut]!.before)
        at = Math.min(at, this.#cuts[cut]!.at)
      }
      const aside = placed[index]!
      placed[index] = { ...aside, before: Math.min(aside.before, before), at: Math.min(aside.at, at) }
    }
    return placed
  }
}

/** Asides of one place, as one. */
export function joined(asides: readonly PlacedAside[]): readonly Aside[] {
  const places: PlacedAside[][] = []
  for (const aside of asides) {
    const last = places.at(-1)
    if (last?.[0]?.before === aside.before) last.push(aside)
    else places.push([aside])
  }
  return places.map((place) => ({
    before: place[0]!.before,
    givenUp: place.flatMap(({ givenUp }) => givenUp),
    undone: place.flatMap(({ undone }) => undone),
    forks: place.flatMap(({ forks }) => forks),
  }))
}
