// How much is measured: sizes that fit the context, and few enough rounds that whoever waits gets an answer, be the
// model small or large. Decides by what one token costs here; measures nothing.
import type { ContextCapabilities } from '../../native/addon.js'

export type Effort = 'whole' | 'quick'

export interface Sizes {
  /** Tokens that every row and every drawn text stands behind. */
  readonly prefix: number
  /** Tokens of the text that is forked, parked and restored. */
  readonly held: number
  /** Rows of one call, each of another text. */
  readonly rows: readonly number[]
  /** Rows of one call, all of one text: what a step takes at most. */
  readonly batch: number
  readonly prefills: readonly number[]
  /** Texts drawn side by side. */
  readonly beside: readonly number[]
  /** Tokens drawn for each of them. */
  readonly drawn: number
}

/** What one token costs: beside many others of its text, and alone. */
export interface Probe {
  readonly rowMicros: number
  readonly callMicros: number
}

const efforts = {
  whole: { prefills: [128, 512, 2048], held: 1024, drawn: 64, partMicros: 4e6, allMicros: 60e6, rounds: 15 },
  quick: { prefills: [128, 512], held: 512, drawn: 16, partMicros: 1e6, allMicros: 8e6, rounds: 5 },
} as const
const roundsLeast = 3
/** With fewer there is nothing to measure. */
const tokensLeast = 16

export function sizesFor(
  effort: Effort,
  { cells, sequences, batch }: Pick<ContextCapabilities, 'cells' | 'sequences' | 'batch'>,
  { rowMicros, callMicros }: Probe,
): Sizes {
  const { prefills, held, drawn, partMicros } = efforts[effort]
  const affordable = Math.max(tokensLeast, Math.floor(partMicros / rowMicros))
  // A part of the cells for each that holds some at the same time: what is held, the prefix, what is measured.
  const bounded = (tokens: number, room: number): number =>
    Math.max(1, Math.min(tokens, affordable, Math.floor(room)))
  const lengths = prefills.map((tokens) => bounded(tokens, cells / 2))
  const beside = [1, 4, 16].filter((count) => count < sequences - 1)
  const drawnBy = (count: number): number => partMicros / (callMicros * Math.sqrt(count))
  return {
    prefix: bounded(128, cells / 8),
    held: bounded(held, cells / 4),
    rows: [1, 2, 4, 8, 16, 64].filter((count) => count < sequences - 1 && count <= cells / 8),
    batch: bounded(batch, cells / 2),
    prefills: [...new Set(lengths)],
    beside,
    drawn: Math.max(4, Math.min(drawn, Math.floor(cells / 64), Math.floor(drawnBy(beside.at(-1) ?? 1)))),
  }
}

/** Rounds that are worth their time, where one takes so long. */
export function roundsFor(effort: Effort, roundMicros: number): number {
  const { allMicros, rounds } = efforts[effort]
  return Math.max(roundsLeast, Math.min(rounds, Math.floor(allMicros / roundMicros)))
}
