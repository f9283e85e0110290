// What was measured, by what it is of: a sample a round. Decides what is said of a list of samples; a figure without a
// sample does not exist. Measures nothing.

/** What is measured; each group has one unit. */
const groups = {
  rows: 'ms a call',
  prefill: 'tokens/s',
  drawing: 'tokens/s',
  cells: 'µs',
  moving: 'bytes/s',
  masks: 'µs',
} as const
export type Group = keyof typeof groups

export interface Figure {
  readonly group: Group
  /** Of what in the group: a number of rows or tokens, or a name. */
  readonly of: number | string
  readonly unit: (typeof groups)[Group]
  readonly median: number
  /** The middle half of the samples lies between these. */
  readonly low: number
  readonly high: number
  readonly samples: number
}

export class Samples {
  readonly #lists = new Map<
    string,
    { readonly group: Group; readonly of: number | string; readonly list: number[] }
  >()

  add(group: Group, of: number | string, sample: number): void {
    const key = `${group} ${of}`
    const known = this.#lists.get(key) ?? { group, of, list: [] }
    this.#lists.set(key, known)
    known.list.push(sample)
  }

  /** In the order they were first added, group by group. */
  figures(): readonly Figure[] {
    const all = [...this.#lists.values()]
    return (Object.keys(groups) as Group[]).flatMap((group) =>
      all.filter((one) => one.group === group).map(({ of, list }) => figureOf(group, of, list)),
    )
  }
}

function figureOf(group: Group, of: number | string, list: readonly number[]): Figure {
  const sorted = [...list].sort((a, b) => a - b)
  return {
    group,
    of,
    unit: groups[group],
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    samples: list.length,
  }
}

/** Of numbers in rising order, at least one; between two of them in proportion. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!]
  return below + (above - below) * (at - Math.floor(at))
}
