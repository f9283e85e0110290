// A stand-in for the native context whose cells are hashes of all they saw, so that cached = uncached is exact and
// needs no model. It does what a step says and refuses what llama.cpp would refuse.
//
// A cell's state hashes its token, its position, the step's adapters and the states of all cells its sequence held when
// it was decoded.
// Logits are a hash of the last state. `bugs` plants mistakes on purpose, for the tests of the tests.

import { UsageError } from '../../lib/base/errors.js'
import type {
  Chunk,
  ContextCapabilities,
  DecodeTally,
  Generation,
  GenerationResult,
  NativeContext,
  StepFailure,
  StepPlan,
  StepResult,
  TokenLogprob,
} from '../../lib/native/addon.js'
import { OracleCells } from './oracle-cells.js'
import { bestTokens, logprobOf, saltOf } from './oracle-draw.js'
import { OracleGeneration, type OracleGuess, type OracleRow, rowsOf } from './oracle-generation.js'
import type { OracleOptions } from './oracle-options.js'

export type { OracleBugs, OracleOptions } from './oracle-options.js'

export class OracleContext implements NativeContext {
  readonly capabilities: ContextCapabilities
  readonly #options: OracleOptions
  readonly #cells: OracleCells
  #isBusy = false
  #isDisposed = false
  #isInterrupted = false
  #isAborted = false
  /** Of the adapters of the running step. */
  #salt = 0
  /** Logits kept under an id: the state they are a hash of, and how many tokens come before. */
  readonly #kept = new Map<number, { readonly state: number; readonly count: number }>()
  /** The next number of a row. */
  #place = 0
  stepCount = 0
  rowsDecoded = 0
  /** Rows whose token was not drawn then. */
  guessesLost = 0

  constructor(options: OracleOptions = {}) {
    const memory = options.memory ?? 'full'
    const isSliceable = memory === 'full'
    this.#options = options
    this.capabilities = {
      memory,
      canTruncate: isSliceable,
      canShift: isSliceable,
      canForkPartially: isSliceable,
      canPark: options.canPark ?? isSliceable,
      cells: options.cells ?? 4096,
      cellsEach: options.cells ?? 4096,
      sequences: options.sequences ?? 256,
      batch: options.batch ?? 512,
      flashAttention: true,
      cacheBytes: 0,
      workBytes: {},
    }
    this.#cells = new OracleCells(this.capabilities, options)
  }

  /** How many tokens there are to tell the best of. */
  get #tokens(): number {
    return this.#options.vocabulary?.size ?? this.#options.vocabularySize ?? 64
  }

  /** From now on so many cells exist; those in use stay. */
  set cellsReal(count: number) {
    this.#cells.count = count
  }

  get cellsUsed(): number {
    return this.#cells.used
  }

  /** Different rows decoded: tokens of the trie of all that was ever asked for. */
  get rowsUnique(): number {
    return this.#cells.rowsUnique
  }

  /** Places a decode attends: up to the highest one in use. */
  get placesUntil(): number {
    return this.#cells.placesUntil
  }

  get blobCount(): number {
    return this.#cells.blobCount
  }

  positions(sequence: number): { first: number; last: number } | null {
    this.#refuseBusy()
    const held = this.#cells.countOf(sequence)
    return held === 0 ? null : { first: 0, last: held - 1 }
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
    const refusal = this.#options.refusesPlan?.(plan) ?? null
    if (refusal !== null) throw refusal
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
      if (refuses?.(op) || !this.#cells.apply(op, parkedBytes)) opsRefused.push(index)
    }
    if (!this.#options.bugs?.keepsAdapters || this.#salt === 0) this.#salt = saltOf(plan.adapters)
    const rows = plan.chunks.reduce((sum, chunk) => sum + chunk.tokens.length, 0)
    const result = {
      status: 'ok' as StepResult['status'],
      rowsDecoded: 0,
      decodeCalls: rows > 0 ? 1 : 0,
      decodeMicros: rows * 10,
      decodes: [] as DecodeTally[],
      stepMicros: rows * 10 + 1,
      drafted: 0,
      draftMicros: 0,
      opsRefused,
      opMicros: plan.ops.map(({ kind }) =>
        /park|restore/.test(kind) ? (this.#options.stateMicros ?? 1) : 1,
      ),
      parkedBytes,
      logitsKept: [] as number[],
      generations: [] as GenerationResult[],
      targets: [] as ((Float64Array | null)[] | null)[],
      targetBest: [] as (TokenLogprob[][] | null)[],
      targetFailures: [] as (StepFailure | null)[],
      message: '',
      code: '',
    }
    if (opsRefused.length > 0 && rows + plan.generations.length > 0)
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
      const { keepLogits: id, targets, position, tokens } = chunk
      if (id !== undefined && targets !== undefined && targets.at(-1)!.length > 0) {
        this.#kept.set(id, { state: done.state, count: position + tokens.length })
        result.logitsKept.push(id)
      }
      result.targetFailures.push(done.failure)
      result.targets.push(done.targets)
      result.targetBest.push(done.best)
    }
    const running = plan.generations.map((generation) => this.#start(plan.chunks, generation, states))
    const status = await this.#runAhead(running, plan, rows, result)
    result.generations = running.map((one) => one.result)
    const perCall = this.placesUntil * (this.#options.placeMicros ?? 0)
    result.decodeMicros = result.rowsDecoded * 10 + result.decodeCalls * perCall
    const { rowsDecoded, decodeCalls, decodeMicros } = result
    const decodes = decodeCalls > 0 ? [{ rows: rowsDecoded, calls: decodeCalls, micros: decodeMicros }] : []
    return { ...result, status, decodes, stepMicros: decodeMicros + 1 }
  }

  #decodeChunk(chunk: Chunk) {
    const wanted = chunk.targets
    const targets: (Float64Array | null)[] | null = wanted ? [] : null
    const count = chunk.best ?? 0
    const best: TokenLogprob[][] | null = wanted && count > 0 ? [] : null
    let failure: StepFailure | null = null
    let state = 0
    let rows = 0
    for (const [offset, token] of chunk.tokens.entries()) {
      const position = chunk.position + offset
      const row = this.#cells.add(chunk.sequences, position, token, this.#salt)
      if (typeof row !== 'number') return { ...row, rows, state, targets, best, failure }
      state = row
      rows++
      const ids = wanted?.[offset] ?? []
      const wrong = ids.length === 0 ? null : (this.#options.failTargets?.(chunk, offset) ?? null)
      failure ??= wrong
      best?.push(ids.length === 0 ? [] : bestTokens(state, count, this.#tokens))
      targets?.push(wrong === null ? Float64Array.from(ids, (id) => logprobOf(state, id)) : null)
    }
    return { status: 'ok' as const, message: '', rows, state, targets, best, failure }
  }

  #start(chunks: readonly Chunk[], generation: Generation, states: readonly number[]): OracleGeneration {
    if (generation.chunk === null) return this.#startKept(generation)
    const chunk = chunks[generation.chunk]!
    if (!chunk.output) throw new Error(`generation refers to chunk ${generation.chunk}, which has no output`)
    if (!chunk.sequences.includes(generation.sequence)) {
      const until = chunk.position + chunk.tokens.length
      this.#cells.copy(chunk.sequences[0]!, generation.sequence, until)
    }
    const state = states[Math.max(0, generation.chunk - (this.#options.bugs?.drawsFromOtherRow ? 1 : 0))]!
    const before = this.#cells.tokensOf(generation.sequence)
    const at = { place: generation.chunk, state }
    const one = new OracleGeneration(generation, at, before, this.capabilities.cells, this.#options)
    one.start()
    return one
  }

  #startKept(generation: Generation): OracleGeneration {
    const before = this.#cells.tokensOf(generation.sequence)
    const kept = this.#kept.get(generation.logits!)
    if (kept?.count !== before.length)
      throw new Error(
        `logits ${generation.logits} were kept after ${kept?.count} tokens, not ${before.length}`,
      )
    const last = this.#options.bugs?.drawsFromOtherLogits ? [...this.#kept.values()].at(-1)! : kept
    const at = { place: -1 - generation.logits!, state: last.state }
    const one = new OracleGeneration(generation, at, before, this.capabilities.cells, this.#options)
    one.start()
    if (one.isDrawing) one.draw()
    return one
  }

  /** Before a draw from a row: its logits stay if the plan says so, once for all who draw from it. */
  #keep(one: OracleGeneration, kept: Map<number, number>): void {
    const { keepLogits: id } = one.generation
    if (id === undefined || one.kept !== null) return
    const shared = kept.get(one.place)
    one.kept = { logits: shared ?? id, after: one.tokens.length }
    if (shared !== undefined) return
    kept.set(one.place, id)
    this.#kept.delete(id)
    this.#kept.set(id, { state: one.state, count: this.#cells.countOf(one.generation.sequence) })
  }

  async #runAhead(
    running: readonly OracleGeneration[],
    plan: StepPlan,
    rowsBefore: number,
    result: { rowsDecoded: number; decodeCalls: number },
  ): Promise<'ok' | 'aborted'> {
    this.#place = plan.chunks.length
    let left = plan.cellsMax ?? Number.POSITIVE_INFINITY
    const decode = (rows: readonly OracleRow[], more: number): void => {
      for (const row of rows) this.#decodeRow(row)
      left -= rows.length
      this.#place += rows.length
      result.rowsDecoded += rows.length
      const drawing = running.filter((one) => one.isDrawing)
      const outputs = new Set(drawing.map((one) => one.place)).size
      if (rows.length + more > 0) this.#options.onDecode?.(rows.length + more, outputs)
    }
    // What needs no logits goes into the call of the chunks, but for whoever is over: something may follow, or nothing.
    const open = running.filter((one) => one.stop === null)
    if (rowsBefore > 0)
      decode(this.#rowsOf(open, Math.min(this.capabilities.batch - rowsBefore, left)), rowsBefore)
    let guesses: readonly OracleGuess[] = []
    for (let decodes = Math.min(1, rowsBefore); running.length > 0; decodes++) {
      const kept = new Map<number, number>()
      for (const one of running) {
        while (one.isDrawing) {
          if (one.place >= 0) this.#keep(one, kept)
          one.draw()
          one.takeGuesses()
        }
      }
      left += this.#settleGuesses(running, guesses)
      if (decodes >= plan.decodesMax || this.#isInterrupted) return 'ok'
      if (running.some((one) => one.stop !== null)) return 'ok'
      const rows = this.#rowsOf(running, Math.min(this.capabilities.batch, left))
      if (running.some((one) => !rows.some(({ members }) => members.includes(one)))) return 'ok'
      await this.#options.betweenDecodes?.()
      if (this.#isAborted) {
        if (!this.capabilities.canTruncate)
          for (const one of running) this.#cells.truncate(one.generation.sequence, 0)
        return 'aborted'
      }
      if (this.#isInterrupted) return 'ok'
      decode(rows, 0)
      guesses = this.#guess(running, rows, left)
      left -= guesses.length
      result.rowsDecoded += guesses.length
      result.decodeCalls++
    }
    return 'ok'
  }

  /** Rows behind those of this call, for who has drawn all of its own: who stands at one place guesses alike. */
  #guess(running: readonly OracleGeneration[], rows: readonly OracleRow[], left: number): OracleGuess[] {
    const { guess } = this.#options
    if (guess === undefined || !this.capabilities.canForkPartially) return []
    const guesses: OracleGuess[] = []
    const standing = running.filter((one) => one.isDrawing)
    for (const owner of standing) {
      let { place } = owner
      const members = standing.filter((one) => one.place === place)
      if (members[0] !== owner) continue
      const sequences = members.map((one) => one.generation.sequence)
      for (const token of guess(owner.generation, owner.tokens)) {
        // That row is there, and belongs to others.
        if (rows.some((row) => row.after === place && row.token === token)) break
        if (guesses.length >= left || this.#cells.free === 0) break
        const state = this.#cells.add(sequences, this.#cells.countOf(sequences[0]!), token, this.#salt, true)
        if (typeof state !== 'number') throw new Error(state.message)
        place = this.#place++
        const row = { token, state, place, owner, stands: false }
        for (const one of members) one.guesses.push(row)
        guesses.push(row)
      }
    }
    return guesses
  }

  /** Rows of what was not drawn go; returns how many. */
  #settleGuesses(running: readonly OracleGeneration[], guesses: readonly OracleGuess[]): number {
    for (const { generation, guesses: left } of running) {
      const { sequence } = generation
      if (left.length > 0) this.#cells.truncate(sequence, this.#cells.countOf(sequence) - left.length)
      left.length = 0
      if (guesses.length > 0) this.#cells.note(sequence)
    }
    for (const { owner, stands } of guesses) {
      owner.guessed++
      if (stands) owner.confirmed++
    }
    const lost = guesses.filter(({ stands }) => !stands).length
    this.guessesLost += lost
    return lost
  }

  /** Who stands at one place and goes on with one token shares a row, where memory lets sequences part again. */
  #rowsOf(running: readonly OracleGeneration[], most: number): OracleRow[] {
    const isAnywhere = this.#options.bugs?.mergesAcrossPlaces
    const shares = (row: OracleRow, after: number): boolean =>
      this.capabilities.canForkPartially && (isAnywhere === true || row.after === after)
    return rowsOf(running, Math.min(most, this.#cells.free), this.#place, shares)
  }

  #decodeRow({ token, place, members }: OracleRow): void {
    const sequences = members.map((one) => one.generation.sequence)
    const state = this.#cells.add(sequences, this.#cells.countOf(sequences[0]!), token, this.#salt)
    if (typeof state !== 'number') throw new Error(state.message)
    for (const one of members) {
      one.place = place
      one.state = state
      one.decoded++
    }
  }
}
