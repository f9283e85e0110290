// What things cost on this machine, as measured while working: a llama_decode by its number of rows, what an idle cell
// adds to it, parking, restoring and moving a token. Decides estimates only; the priors are ratios, not times, and
// yield to the first measurement.
import type { KvOp } from '../base/kv-op.js'
import type { DecodeTally } from '../native/addon.js'
import { CellSlopes } from './cell-slopes.js'
import { type Line, Slope } from './slope.js'

/** Places that calls attended. */
export interface Attended {
  readonly places: number
  /** Cells of one of the texts they were for. */
  readonly own: number
}

/** A call as they were of late. */
interface Call {
  readonly rows: number
  readonly micros: number
}

/** Weight of the newest measurement. */
const freshness = 0.2
/** Priors: one idle cell slows a decode by this share of it; a park or restore costs so many rows, and each token. */
const idleSharePrior = 1 / 12_000
const operationRowsPrior = 1 / 10
const parkRowsPrior = 1 / 200
const restoreRowsPrior = 1 / 1000

export class Costs {
  /** What calls took, by size. */
  readonly #calls = new Map<number, Call>()
  /** What a cell adds to a call, by its size. */
  readonly #slopes = new Map<number, CellSlopes>()
  readonly #parks = new Slope()
  readonly #restores = new Slope()
  #repackMicros: number | null = null

  /** `attended`: null where that is not known closely. */
  measureDecodes(decodes: readonly DecodeTally[], attended: Attended | null): void {
    for (const tally of decodes) {
      const rows = tally.rows / tally.calls
      const micros = tally.micros / tally.calls
      const size = sizeOf(rows)
      const before = this.#calls.get(size) ?? null
      this.#calls.set(size, {
        rows: average(before?.rows ?? null, rows),
        micros: average(before?.micros ?? null, micros),
      })
      if (attended === null) continue
      const slopes = this.#slopes.get(size) ?? new CellSlopes()
      this.#slopes.set(size, slopes)
      slopes.measure(attended.places - attended.own, attended.own, micros)
    }
  }

  /** `restored`: how many tokens each restore among the operations brought back, in their order. */
  measureOps(ops: readonly KvOp[], micros: readonly number[], restored: readonly number[]): void {
    let restores = 0
    const repacked = { tokens: 0, micros: 0 }
    for (const [index, op] of ops.entries()) {
      const spent = micros[index] ?? 0
      if (op.kind === 'park') this.#parks.measure(op.until - op.from, spent)
      else if (op.kind === 'restore') this.#restores.measure(restored[restores++]!, spent)
      else if (op.kind === 'repack') {
        repacked.tokens += op.until - op.from
        repacked.micros += spent
      }
    }
    if (repacked.tokens > 0)
      this.#repackMicros = average(this.#repackMicros, repacked.micros / repacked.tokens)
  }

  /** Micros of one llama_decode over so many rows; null before anything was measured. */
  callMicros(rows: number): number | null {
    let below: Call | null = null
    let above: Call | null = null
    for (const call of this.#calls.values()) {
      if (call.rows <= rows && (below === null || call.rows > below.rows)) below = call
      if (call.rows > rows && (above === null || call.rows < above.rows)) above = call
    }
    if (below === null) {
      // Somewhere between as dear as that one and in proportion to its rows.
      return above === null ? null : above.micros * Math.sqrt(rows / above.rows)
    }
    if (above === null) return (below.micros * rows) / below.rows
    // A call costs something, and each of its rows something more: a straight line between what was measured.
    const share = (rows - below.rows) / (above.rows - below.rows)
    return below.micros + share * (above.micros - below.micros)
  }

  /** Micros to decode so many tokens in calls of at most `batch` rows. */
  prefillMicros(tokens: number, batch: number): number | null {
    const full = Math.floor(tokens / batch)
    const rest = tokens - full * batch
    const whole = full > 0 ? this.callMicros(batch) : 0
    const part = rest > 0 ? this.callMicros(rest) : 0
    return whole === null || part === null ? null : full * whole + part
  }

  /** Whether what a park costs is more than a guess. */
  get knowsParks(): boolean {
    return this.#parks.line(0) !== null
  }

  /** Micros to park a node, and for each of its tokens. */
  get park(): Line {
    return this.#lineOf(this.#parks, parkRowsPrior)
  }

  /** Micros to bring a node back, and for each of its tokens. */
  get restore(): Line {
    return this.#lineOf(this.#restores, restoreRowsPrior)
  }

  /** Micros to move a token to another place: it is read and written, as by a park and a restore. */
  get repackMicros(): number {
    return this.#repackMicros ?? this.park.each + this.restore.each
  }

  /** Micros of one row among many. */
  rowMicros(batch: number): number {
    return (this.callMicros(batch) ?? batch) / batch
  }

  /** The first park tells what parks cost, so it is of something long; 1 once that is known. */
  firstParkTokensMin(batch: number): number {
    return this.knowsParks ? 1 : Math.ceil(batch / 8)
  }

  /** As `parkTokensMin`; where nothing was parked yet, only what is worth it wherever parking is worth anything. */
  parkTokensMinSure(batch: number): number {
    return Math.max(this.firstParkTokensMin(batch), this.parkTokensMin(batch))
  }

  /** Tokens from which on a node is parked and restored for less than decoding them beside other rows. */
  parkTokensMin(batch: number): number {
    // A request that is restored misses a step.
    const fixed = this.park.fixed + this.restore.fixed + (this.callMicros(1) ?? 1)
    const saved = this.rowMicros(batch) - this.park.each - this.restore.each
    return saved > 0 ? Math.max(1, Math.ceil(fixed / saved)) : Infinity
  }

  #lineOf(measured: Slope, rowsPrior: number): Line {
    const call = this.callMicros(1) ?? 1
    const each = call * rowsPrior
    return measured.line(each) ?? { fixed: call * operationRowsPrior, each }
  }

  /** Micros one idle cell adds to one llama_decode over so many rows. */
  idleCellMicros(rows: number): number {
    const prior = (this.callMicros(rows) ?? 1) * idleSharePrior
    return this.#slopes.get(sizeOf(rows))?.idleMicros(prior) ?? prior
  }

  /** Micros one idle cell adds to all calls that decode so many tokens, `batch` at most in each. */
  idleCellPrefillMicros(tokens: number, batch: number): number {
    const rest = tokens % batch
    const whole = Math.floor(tokens / batch)
    return (whole > 0 ? whole * this.idleCellMicros(batch) : 0) + (rest > 0 ? this.idleCellMicros(rest) : 0)
  }
}

/** Calls of like sizes, by powers of two, are taken together. */
function sizeOf(rows: number): number {
  return Math.round(Math.log2(Math.max(1, rows)))
}

function average(before: number | null, now: number): number {
  return before === null ? now : before + freshness * (now - before)
}
