// Which adapters a cell was computed with, and how strongly. Decides when two sets are one: cells of different sets are
// never found for each other, and a step computes with one set.

/** Opaque for callers of an engine, which gives one for each choice of scales. */
export class AdapterSet {
  /** Unique in the engine, and above 0. */
  readonly number: number
  /** Of each of the model's adapters, in order; not all of them 0. */
  readonly scales: readonly number[]

  constructor(number: number, scales: readonly number[]) {
    this.number = number
    this.scales = scales
  }
}

/** Number of what is computed without adapters. */
export const noSet = 0
