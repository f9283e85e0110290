// The oracle's memory: which cells each sequence holds, and what operations do to them. Refuses what llama.cpp would
// refuse; decides nothing about steps or draws.
import type { ContextCapabilities, KvOp } from '../../lib/native/addon.js'
import { firstState, mix } from './oracle-draw.js'
import type { OracleOptions } from './oracle-options.js'
import { OraclePlaces } from './oracle-places.js'

interface Cell {
  readonly position: number
  readonly token: number
  readonly state: number
  /** A second hash of the tokens up to here. */
  readonly path: number
  readonly sequences: Set<number>
  readonly place: number
}

export class OracleCells {
  readonly #capabilities: ContextCapabilities
  readonly #options: OracleOptions
  readonly #sequences: Cell[][]
  readonly #forked = new Set<number>()
  readonly #blobs = new Map<number, Cell[]>()
  readonly #places = new OraclePlaces()
  /** Every row ever decoded, by two hashes of all it saw. */
  readonly #paths = new Set<number>()
  /** Cells that really exist. */
  count: number
  #used = 0

  constructor(capabilities: ContextCapabilities, options: OracleOptions) {
    this.#capabilities = capabilities
    this.#options = options
    this.count = options.cellsReal ?? capabilities.cells
    this.#sequences = Array.from({ length: capabilities.sequences }, () => [])
  }

  get used(): number {
    return this.#used
  }

  get free(): number {
    return this.count - this.#used
  }

  get placesUntil(): number {
    return this.#places.until
  }

  get rowsUnique(): number {
    return this.#paths.size
  }

  get blobCount(): number {
    return this.#blobs.size
  }

  countOf(sequence: number): number {
    return this.#sequences[sequence]!.length
  }

  tokensOf(sequence: number): Int32Array {
    return Int32Array.from(this.#sequences[sequence]!, ({ token }) => token)
  }

  /** State of the new cell, or why there is none. */
  add(sequences: readonly number[], position: number, token: number, salt: number, isGuess = false) {
    const first = this.#sequences[sequences[0]!]!
    for (const sequence of sequences) {
      const held = this.#sequences[sequence]!
      if (held.length !== position) {
        const message = `sequence ${sequence} holds ${held.length} cells, the row is for position ${position}`
        return { status: 'failed' as const, message }
      }
      if (held[position - 1] !== first[position - 1] || held[0] !== first[0]) {
        return { status: 'failed' as const, message: `sequences ${sequences} do not share their cells` }
      }
    }
    if (this.free <= 0) return { status: 'no-room' as const, message: '' }
    const isShifted = this.#options.bugs?.positionAfterFork && this.#forked.has(sequences[0]!)
    let state = firstState(token, position + (isShifted ? 8 : 7), salt)
    for (const seen of first) state = mix(state, seen.state)
    const path = mix(first[position - 1]?.path ?? 1, token)
    if (!isGuess) this.#paths.add(keyOf({ state, path }))
    const cell = this.#put({ position, token, state, path, sequences: new Set(sequences) })
    for (const sequence of sequences) this.#sequences[sequence]!.push(cell)
    return state
  }

  /** All rows of the sequence were decoded for good. */
  note(sequence: number): void {
    for (const cell of this.#sequences[sequence]!) this.#paths.add(keyOf(cell))
  }

  #put(cell: Omit<Cell, 'place'>): Cell {
    this.#used++
    return { ...cell, place: this.#places.take() }
  }

  #free(cell: Cell): void {
    this.#used--
    this.#places.free(cell.place)
  }

  apply(op: KvOp, parkedBytes: number[]): boolean {
    const bugs = this.#options.bugs
    switch (op.kind) {
      case 'copy':
        if (!this.#capabilities.canForkPartially && this.#sequences[op.from]!.length !== op.until)
          return false
        this.copy(op.from, op.to, op.until + (bugs?.forkRange ?? 0))
        return true
      case 'truncate': {
        if (op.from > 0 && !this.#capabilities.canTruncate && op.from < this.#sequences[op.sequence]!.length)
          return false
        this.truncate(op.sequence, op.from === 0 ? 0 : op.from + (bugs?.truncateRange ?? 0))
        return true
      }
      case 'shift':
        return this.#shift(op.sequence, op.from, op.until)
      case 'park': {
        const held = this.#sequences[op.sequence]!.slice(op.from, op.until)
        if (held.length !== op.until - op.from)
          throw new Error(`park of [${op.from}, ${op.until}) finds less`)
        this.#blobs.set(op.blob, held)
        parkedBytes[parkedBytes.length - 1] = held.length * (this.#options.bytesPerToken ?? 16)
        return true
      }
      case 'restore':
        return this.#restore(op.sequence, op.blob)
      case 'drop-blob':
        return this.#blobs.delete(op.blob)
      case 'repack':
        return this.#repack(op)
    }
  }

  copy(from: number, to: number, until: number): void {
    const target = this.#sequences[to]!
    for (const cell of this.#sequences[from]!.slice(0, until)) {
      const held = target[cell.position]
      if (held !== undefined) throw new Error(`sequence ${to} holds cells already`)
      target[cell.position] = cell
      cell.sequences.add(to)
    }
    this.#forked.add(to)
  }

  truncate(sequence: number, from: number): void {
    const dropped = this.#sequences[sequence]!.splice(from)
    if (from === 0) this.#forked.delete(sequence)
    for (const cell of dropped) {
      cell.sequences.delete(sequence)
      if (this.#options.bugs?.freesShared) {
        for (const other of cell.sequences) this.#sequences[other]!.splice(cell.position)
        cell.sequences.clear()
      }
      if (cell.sequences.size === 0) this.#free(cell)
    }
  }

  /** Moved cells keep their states: they remember what was dropped. Shared ones become cells of their own. */
  #shift(sequence: number, from: number, until: number): boolean {
    const held = this.#sequences[sequence]!
    if (!this.#capabilities.canShift || from >= until || until > held.length) return false
    const moved = held.slice(until).map((cell) => ({
      ...cell,
      position: cell.position - (until - from),
      sequences: new Set([sequence]),
    }))
    const shared = held.slice(until).filter((cell) => cell.sequences.size > 1).length
    if (shared > this.free) return false
    this.truncate(sequence, from)
    held.push(...moved.map((cell) => this.#put(cell)))
    return true
  }

  #restore(sequence: number, blob: number): boolean {
    const parked = this.#blobs.get(blob)
    const held = this.#sequences[sequence]!
    if (parked === undefined || parked.length > this.free) return false
    if (parked[0]!.position !== held.length) return false
    for (const { position, token, state, path } of parked) {
      const isBlank = this.#options.bugs?.restoreBlank
      const cell = { position, token, state: isBlank ? mix(token, position) : state, path }
      held.push(this.#put({ ...cell, sequences: new Set([sequence]) }))
    }
    return true
  }

  #repack({ sequences, from, until }: Extract<KvOp, { kind: 'repack' }>): boolean {
    if (!this.#capabilities.canPark) return false
    const moved = this.#sequences[sequences[0]!]!.slice(from, until)
    if (moved.length !== until - from) throw new Error(`repack of [${from}, ${until}) finds less`)
    const named = [...sequences].sort().join()
    for (const cell of moved) {
      const holders = [...cell.sequences].sort().join()
      if (holders !== named) throw new Error(`repack names ${named}, the cells are held by ${holders}`)
    }
    for (const cell of moved) this.#free(cell)
    const isMixed = this.#options.bugs?.repackMixes === true
    for (const [index, cell] of moved.entries()) {
      const { state } = moved[isMixed ? moved.length - 1 - index : index]!
      const placed = this.#put({ ...cell, state })
      for (const sequence of sequences) this.#sequences[sequence]![cell.position] = placed
    }
    return true
  }
}

function keyOf({ state, path }: Pick<Cell, 'state' | 'path'>): number {
  return state * 2 ** 21 + (path >>> 11)
}
