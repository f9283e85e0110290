// A stand-in for the native context whose cells are hashes of all they saw, so that cached = uncached is exact and
// needs no model. Decides nothing about scheduling: it does what a step says and refuses what llama.cpp would refuse.
//
// A cell's state hashes its token, its position and the states of all cells its sequence held when it was decoded.
// Logits are a hash of the last state. `bugs` plants mistakes on purpose, for the tests of the tests.

import { UsageError } from '../../lib/base/errors.js'
import type {
  Chunk,
  ContextCapabilities,
  Generation,
  GenerationResult,
  GenerationStop,
  KvOp,
  NativeContext,
  StepPlan,
  StepResult,
  TokenLogprobs,
} from '../../lib/native/addon.js'
import { drawToken, logprobOf, mix, topLogprobs } from './oracle-draw.js'
import type { OracleOptions } from './oracle-options.js'

export type { OracleBugs, OracleOptions } from './oracle-options.js'

interface Cell {
  readonly position: number
  readonly token: number
  readonly state: number
  readonly sequences: Set<number>
}

interface Running {
  readonly generation: Generation
  readonly tokens: number[]
  readonly logprobs: TokenLogprobs[]
  readonly window: number[]
  state: number
  stop: GenerationStop | null
  endToken: number | null
}

export class OracleContext implements NativeContext {
  readonly capabilities: ContextCapabilities
  readonly #options: OracleOptions
  readonly #cellsReal: number
  readonly #sequences: Cell[][]
  readonly #forked = new Set<number>()
  readonly #blobs = new Map<number, Cell[]>()
  #cellsUsed = 0
  #isBusy = false
  #isDisposed = false
  #isInterrupted = false
  #isAborted = false
  stepCount = 0
  rowsDecoded = 0

  constructor(options: OracleOptions = {}) {
    const memory = options.memory ?? 'full'
    const isSliceable = memory === 'full' || memory === 'window'
    this.#options = options
    this.capabilities = {
      memory,
      canTruncate: isSliceable,
      canShift: isSliceable,
      canForkPartially: isSliceable,
      canPark: options.canPark ?? isSliceable,
      cells: options.cells ?? 4096,
      sequences: options.sequences ?? 256,
      batch: options.batch ?? 512,
      flashAttention: true,
    }
    this.#cellsReal = options.cellsReal ?? this.capabilities.cells
    this.#sequences = Array.from({ length: this.capabilities.sequences }, () => [])
  }

  get cellsUsed(): number {
    return this.#cellsUsed
  }

  get blobCount(): number {
    return this.#blobs.size
  }

  /** Tokens a sequence holds, by position. */
  tokensOf(sequence: number): number[] {
    return this.#sequences[sequence]!.map((cell) => cell.token)
  }

  positions(sequence: number): { first: number; last: number } | null {
    this.#refuseBusy()
    const held = this.#sequences[sequence]!
    return held.length === 0 ? null : { first: 0, last: held.length - 1 }
  }

  interrupt(): void {
    this.#isInterrupted = true
  }

  abort(): void {
    this.#isAborted = true
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true
  }

  async step(plan: StepPlan): Promise<StepResult> {
    this.#refuseBusy()
    if (this.#isDisposed) throw new UsageError('CLOSED', 'The context was disposed; it takes no more steps.')
    this.#isBusy = true
    this.#isInterrupted = false
    this.#isAborted = false
    try {
      await this.#options.betweenDecodes?.()
      const result = await this.#run(plan)
      this.stepCount++
      this.rowsDecoded += result.rowsDecoded
      this.#options.onStep?.(plan, result)
      return result
    } finally {
      this.#isBusy = false
    }
  }

  #refuseBusy(): void {
    if (this.#isBusy) throw new UsageError('BUSY', 'A step is running; wait for it before the next call.')
  }

  async #run(plan: StepPlan): Promise<StepResult> {
    const opsRefused: number[] = []
    const parkedBytes: number[] = []
    const refuses = this.#options.refusesOp
    for (const [index, op] of plan.ops.entries()) {
      if (op.kind === 'park') parkedBytes.push(0)
      if (refuses?.(op) || !this.#apply(op, parkedBytes)) opsRefused.push(index)
    }
    const rows = plan.chunks.reduce((sum, chunk) => sum + chunk.tokens.length, 0)
    const result = {
      status: 'ok' as StepResult['status'],
      rowsDecoded: 0,
      decodeCalls: rows > 0 ? 1 : 0,
      decodeMicros: rows * 10,
      stepMicros: rows * 10 + 1,
      opsRefused,
      parkedBytes,
      generations: [] as GenerationResult[],
      targets: [] as (Float64Array[] | null)[],
      message: '',
    }
    if (opsRefused.length > 0 && rows > 0)
      return { ...result, status: 'failed', message: 'an op was refused' }
    if (rows > this.capabilities.batch) throw new Error(`${rows} rows, ${this.capabilities.batch} fit`)
    if (this.#options.failStep === this.stepCount) return { ...result, status: 'failed', message: 'planted' }
    if (this.#isAborted) return { ...result, status: 'aborted' }
    const states: number[] = []
    for (const chunk of plan.chunks) {
      const done = this.#decodeChunk(chunk)
      result.rowsDecoded += done.rows
      if (done.status !== 'ok') return { ...result, status: done.status, message: done.message }
      states.push(done.state)
      result.targets.push(done.targets)
    }
    const running = plan.generations.map((generation) => this.#start(plan.chunks, generation, states))
    const status = await this.#runAhead(running, plan.decodesMax, result)
    result.generations = running.map((one) => ({
      tokens: Int32Array.from(one.tokens),
      stop: one.stop ?? 'paused',
      endToken: one.endToken,
      logprobs: one.logprobs,
    }))
    return { ...result, status }
  }

  #decodeChunk(chunk: Chunk) {
    const wanted = chunk.targets
    const targets: Float64Array[] | null = wanted ? [] : null
    let state = 0
    let rows = 0
    for (const [offset, token] of chunk.tokens.entries()) {
      const position = chunk.position + offset
      const row = this.#decodeRow(chunk.sequences, position, token)
      if (typeof row !== 'number') return { ...row, rows, state, targets }
      state = row
      rows++
      const ids = wanted?.[offset] ?? []
      targets?.push(Float64Array.from(ids, (id) => logprobOf(state, id)))
    }
    return { status: 'ok' as const, message: '', rows, state, targets }
  }

  /** State of the new cell, or why there is none. */
  #decodeRow(sequences: readonly number[], position: number, token: number) {
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
    if (this.#cellsUsed >= this.#cellsReal) return { status: 'no-room' as const, message: '' }
    const isShifted = this.#options.bugs?.positionAfterFork && this.#forked.has(sequences[0]!)
    let state = mix(token, position + (isShifted ? 8 : 7))
    for (const seen of first) state = mix(state, seen.state)
    const cell: Cell = { position, token, state, sequences: new Set(sequences) }
    for (const sequence of sequences) this.#sequences[sequence]!.push(cell)
    this.#cellsUsed++
    return state
  }

  #start(chunks: readonly Chunk[], generation: Generation, states: readonly number[]): Running {
    const chunk = chunks[generation.chunk]!
    if (!chunk.output) throw new Error(`generation refers to chunk ${generation.chunk}, which has no output`)
    if (!chunk.sequences.includes(generation.sequence)) {
      const until = chunk.position + chunk.tokens.length
      this.#copy(chunk.sequences[0]!, generation.sequence, until)
    }
    return {
      generation,
      tokens: [],
      logprobs: [],
      window: [...generation.draw.penaltyWindow],
      state: states[Math.max(0, generation.chunk - (this.#options.bugs?.drawsFromOtherRow ? 1 : 0))]!,
      stop: null,
      endToken: null,
    }
  }

  async #runAhead(
    running: Running[],
    decodesMax: number,
    result: { rowsDecoded: number; decodeCalls: number },
  ): Promise<'ok' | 'aborted'> {
    for (let decodes = 1; running.length > 0; decodes++) {
      for (const one of running) this.#draw(one)
      if (decodes >= decodesMax || this.#isInterrupted) return 'ok'
      if (running.some((one) => one.stop !== null)) return 'ok'
      if (this.#cellsUsed + running.length > this.#cellsReal) return 'ok'
      await this.#options.betweenDecodes?.()
      if (this.#isAborted) {
        if (!this.capabilities.canTruncate)
          for (const one of running) this.#truncate(one.generation.sequence, 0)
        return 'aborted'
      }
      if (this.#isInterrupted) return 'ok'
      for (const one of running) {
        const { sequence } = one.generation
        const row = this.#decodeRow([sequence], this.#sequences[sequence]!.length, one.tokens.at(-1)!)
        if (typeof row !== 'number') throw new Error(row.message)
        one.state = row
      }
      result.rowsDecoded += running.length
      result.decodeCalls++
    }
    return 'ok'
  }

  #draw(one: Running): void {
    const { matcher, draw, forbidden, tokensMax } = one.generation
    const drawIndex = draw.drawIndex + one.tokens.length
    const mask = matcher.mask()
    for (const path of forbidden) {
      if (path.length !== one.tokens.length + 1) continue
      if (!one.tokens.every((token, index) => token === path[index])) continue
      const last = path[path.length - 1]!
      mask[last >> 5]! &= ~(1 << (last & 31))
    }
    const token = drawToken(one.state, mask, draw, drawIndex, one.window)
    if (token === null) {
      one.stop = 'dead-end'
      return
    }
    if (this.#options.isEog?.(token)) {
      one.stop = 'eog'
      one.endToken = token
      return
    }
    if (!matcher.accept(token)) throw new Error(`the matcher's mask allowed ${token}, accept refused it`)
    one.tokens.push(token)
    one.window.push(token)
    if (draw.logprobs > 0) one.logprobs.push(topLogprobs(one.state, token, draw.logprobs, mask.length * 32))
    if (matcher.isEnded()) one.stop = 'ended'
    else if (one.tokens.length >= tokensMax) one.stop = 'limit'
    else if (matcher.forced().length > 0) one.stop = 'forced'
  }

  #apply(op: KvOp, parkedBytes: number[]): boolean {
    const bugs = this.#options.bugs
    switch (op.kind) {
      case 'copy':
        if (!this.capabilities.canForkPartially && this.#sequences[op.from]!.length !== op.until) return false
        this.#copy(op.from, op.to, op.until + (bugs?.forkRange ?? 0))
        return true
      case 'truncate': {
        if (op.from > 0 && !this.capabilities.canTruncate && op.from < this.#sequences[op.sequence]!.length)
          return false
        this.#truncate(op.sequence, op.from === 0 ? 0 : op.from + (bugs?.truncateRange ?? 0))
        return true
      }
      case 'shift':
        return this.#shift(op.sequence, op.from, op.until)
      case 'park': {
        const held = this.#sequences[op.sequence]!.slice(op.from, op.until)
        if (held.length !== op.until - op.from)
          throw new Error(`park of [${op.from}, ${op.until}) finds less`)
        this.#blobs.set(op.blob, held)
        parkedBytes[parkedBytes.length - 1] = held.length * 16
        return true
      }
      case 'restore':
        return this.#restore(op.sequence, op.blob)
      case 'drop-blob':
        return this.#blobs.delete(op.blob)
    }
  }

  #copy(from: number, to: number, until: number): void {
    const target = this.#sequences[to]!
    for (const cell of this.#sequences[from]!.slice(0, until)) {
      const held = target[cell.position]
      if (held !== undefined) throw new Error(`sequence ${to} holds cells already`)
      target[cell.position] = cell
      cell.sequences.add(to)
    }
    this.#forked.add(to)
  }

  #truncate(sequence: number, from: number): void {
    const dropped = this.#sequences[sequence]!.splice(from)
    if (from === 0) this.#forked.delete(sequence)
    for (const cell of dropped) {
      cell.sequences.delete(sequence)
      if (this.#options.bugs?.freesShared) {
        for (const other of cell.sequences) this.#sequences[other]!.splice(cell.position)
        cell.sequences.clear()
      }
      if (cell.sequences.size === 0) this.#cellsUsed--
    }
  }

  /** Moved cells keep their states: they remember what was dropped. Shared ones become cells of their own. */
  #shift(sequence: number, from: number, until: number): boolean {
    const held = this.#sequences[sequence]!
    if (!this.capabilities.canShift || from >= until || until > held.length) return false
    const moved = held.slice(until).map((cell) => ({
      ...cell,
      position: cell.position - (until - from),
      sequences: new Set([sequence]),
    }))
    const shared = held.slice(until).filter((cell) => cell.sequences.size > 1).length
    if (this.#cellsUsed + shared > this.#cellsReal) return false
    this.#truncate(sequence, from)
    held.push(...moved)
    this.#cellsUsed += moved.length
    return true
  }

  #restore(sequence: number, blob: number): boolean {
    const parked = this.#blobs.get(blob)
    const held = this.#sequences[sequence]!
    if (parked === undefined || this.#cellsUsed + parked.length > this.#cellsReal) return false
    if (parked[0]!.position !== held.length) return false
    for (const { position, token, state } of parked) {
      const isBlank = this.#options.bugs?.restoreBlank
      held.push({
        position,
        token,
        state: isBlank ? mix(token, position) : state,
        sequences: new Set([sequence]),
      })
      this.#cellsUsed++
    }
    return true
  }
}
