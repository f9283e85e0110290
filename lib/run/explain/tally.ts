// The books of a dry run: parts in order, what they may cost one after the other and side by side, and what was
// noticed. Decides how costs add up; knows no engine.
import type { ExplainedPart, ExplainNote, Explanation } from './explanation.js'

/** What a stretch of a prompt may take at most, counted from where it begins. */
export interface Cost {
  /** Tokens it leaves behind, of which `known` are known text. */
  readonly length: number
  readonly known: number
  /** Longest transcript on the way, and with known text alone. */
  readonly lengthMax: number
  readonly knownMax: number
  /** Cells and sequences at once. */
  readonly cells: number
  readonly sequences: number
}

export const noCost: Cost = { length: 0, known: 0, lengthMax: 0, knownMax: 0, cells: 0, sequences: 1 }

/** `known` tokens, and `drawn` ones at most. */
export function costOf(known: number, drawn: number): Cost {
  const length = known + drawn
  return { length, known, lengthMax: length, knownMax: known, cells: length, sequences: 1 }
}

export function then(first: Cost, second: Cost): Cost {
  return {
    length: first.length + second.length,
    known: first.known + second.known,
    lengthMax: Math.max(first.lengthMax, first.length + second.lengthMax),
    knownMax: Math.max(first.knownMax, first.known + second.knownMax),
    cells: Math.max(first.cells, first.length + second.cells),
    sequences: Math.max(first.sequences, second.sequences),
  }
}

/** Side by side; nothing of them is left behind. */
export function beside(costs: readonly Cost[]): Cost {
  const all = { ...noCost, sequences: 0 }
  for (const cost of costs) {
    all.lengthMax = Math.max(all.lengthMax, cost.lengthMax)
    all.knownMax = Math.max(all.knownMax, cost.knownMax)
    all.cells += cost.cells
    all.sequences += cost.sequences
  }
  return { ...all, sequences: Math.max(1, all.sequences) }
}

/** One of them comes. */
export function oneOf(costs: readonly Cost[]): Cost {
  const most = (of: (cost: Cost) => number): number => Math.max(...costs.map(of))
  return {
    length: most(({ length }) => length),
    known: Math.min(...costs.map(({ known }) => known)),
    lengthMax: most(({ lengthMax }) => lengthMax),
    knownMax: Math.min(...costs.map(({ knownMax }) => knownMax)),
    cells: most(({ cells }) => cells),
    sequences: most(({ sequences }) => sequences),
  }
}

/** `times` of it, one behind the other; as few as `min` for what is known. */
export function repeated(cost: Cost, min: number, max: number): Cost {
  const others = Math.max(0, max - 1) * cost.length
  return {
    ...cost,
    length: max * cost.length,
    known: min * cost.known,
    lengthMax: max === 0 ? 0 : others + cost.lengthMax,
    knownMax: min === 0 ? 0 : (min - 1) * cost.known + cost.knownMax,
    cells: max === 0 ? 0 : others + cost.cells,
  }
}

/** The token that every text begins with. */
type Opened = Pick<ExplainedPart, 'reused' | 'restored' | 'prefilled'>

type Some = Pick<ExplainedPart, 'kind' | 'path' | 'timesMax'> & Partial<ExplainedPart>

const noTokens = { reused: 0, restored: 0, prefilled: 0, forced: 0, drawnMax: 0, healed: 0, breaks: 0 }

export class Tally {
  readonly #parts: ExplainedPart[] = []
  readonly #notes: ExplainNote[] = []
  #isOpen = false

  /** What is left out is nothing. */
  add({ kind, path, timesMax, ...others }: Some): void {
    this.#parts.push({ kind, path, text: '', timesMax, ...noTokens, ...others })
    if (kind === 'open') this.#isOpen = true
  }

  note(code: ExplainNote['code'], path: string, message: string): void {
    this.#notes.push({ code, path, message })
  }

  /** `before`: tokens it goes on from; `opening`: what they are of them where it begins a text. */
  explained(before: number, opening: Opened | null, cost: Cost, contextTokens: number): Explanation {
    const sum = { reused: 0, restored: 0, prefilled: 0, forced: 0, drawnMax: 0, ...opening }
    for (const part of this.#parts) {
      const { timesMax } = part
      for (const name of ['reused', 'restored', 'prefilled', 'forced', 'drawnMax'] as const) {
        sum[name] += part[name] * timesMax
      }
    }
    const transcriptMax = before + cost.lengthMax
    const isShort = transcriptMax <= contextTokens
    return {
      parts: this.#withBreaks(),
      before: opening === null ? before : 0,
      tokens: sum,
      transcriptMin: before + cost.knownMax,
      transcriptMax,
      cellsMax: before + cost.cells,
      sequencesMax: cost.sequences,
      fits: isShort ? 'yes' : before + cost.knownMax < contextTokens ? 'maybe' : 'no',
      isOpen: this.#isOpen,
      notes: this.#notes,
    }
  }

  /** Whether an input stands before more fixed text than behind, in what is known before the first hole. */
  #withBreaks(): ExplainedPart[] {
    const end = this.#parts.findIndex(({ kind }) => kind === 'hole' || kind === 'open')
    const known = end < 0 ? this.#parts : this.#parts.slice(0, end)
    let behind = 0
    let fixedBehind = 0
    const fixed = known.reduce((all, part) => all + (part.kind === 'input' ? 0 : sizeOf(part)), 0)
    const parts = [...this.#parts]
    for (let index = known.length - 1; index >= 0; index -= 1) {
      const part = known[index]!
      behind += sizeOf(part)
      if (part.kind !== 'input') {
        fixedBehind += sizeOf(part)
        continue
      }
      parts[index] = { ...part, breaks: behind }
      if (fixedBehind * 2 <= fixed) continue
      this.note(
        'INPUT_EARLY',
        part.path,
        `The input ${part.path} stands before ${fixedBehind} of ${fixed} tokens of text that never change; each new ` +
          `${part.path} computes them again. Put it behind them to keep them cached.`,
      )
    }
    return parts
  }
}

function sizeOf({ reused, restored, prefilled }: ExplainedPart): number {
  return reused + restored + prefilled
}
