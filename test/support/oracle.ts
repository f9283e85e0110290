// A stand-in for the native context whose cells are hashes of all they saw, so that cached = uncached is exact and
// needs no model. Decides nothing about scheduling: it does what a step says and refuses what llama.cpp would refuse.
//
// A cell's state hashes its token, its position, the step's adapters and the states of all cells its sequence held when
// it was decoded.
// Logits are a hash of the last state. `bugs` plants mistakes on purpose, for the tests of the tests.

import { UsageError } from '../../lib/base/errors.js'
import type {
  Chunk,
  ContextCapabilities,
  Generation,
  GenerationResult,
  GenerationStop,
  NativeContext,
  NearTie,
  StepFailure,
  StepPlan,
  StepResult,
  TokenLogprobs,
} from '../../lib/native/addon.js'
import { OracleCells } from './oracle-cells.js'
import { drawToken, logprobOf, saltOf, topLogprobs } from './oracle-draw.js'
import type { OracleOptions } from './oracle-options.js'

export type { OracleBugs, OracleOptions } from './oracle-options.js'

interface Running {
  readonly generation: Generation
  readonly tokens: number[]
  readonly logprobs: TokenLogprobs[]
  readonly nearTies: NearTie[]
  readonly window: number[]
  /** Which row its sequence last grew by: generations at one place hold the same cells. */
  place: number
  state: number
  stop: GenerationStop | null
  endToken: number | null
  failure: StepFailure | null
}

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
  stepCount = 0
  rowsDecoded = 0

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
      sequences: options.sequences ?? 256,
      batch: options.batch ?? 512,
      flashAttention: true,
      cacheBytes: 0,
      workBytes: {},
    }
    this.#cells = new OracleCells(this.capabilities, options)
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
      stepMicros: rows * 10 + 1,
      opsRefused,
      opMicros: plan.ops.map(({ kind }) =>
        /park|restore/.test(kind) ? (this.#options.stateMicros ?? 1) : 1,
      ),
      parkedBytes,
      generations: [] as GenerationResult[],
      targets: [] as ((Float64Array | null)[] | null)[],
      targetFailures: [] as (StepFailure | null)[],
      message: '',
      code: '',
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
      result.targetFailures.push(done.failure)
      result.targets.push(done.targets)
    }
    const running = plan.generations.map((generation) => this.#start(plan.chunks, generation, states))
    const status = await this.#runAhead(running, plan.decodesMax, result)
    result.generations = running.map((one) => ({
      tokens: Int32Array.from(one.tokens),
      stop: one.stop ?? 'paused',
      endToken: one.endToken,
      logprobs: one.logprobs,
      nearTies: one.nearTies,
      failure: one.failure,
    }))
    const perCall = this.placesUntil * (this.#options.placeMicros ?? 0)
    result.decodeMicros = result.rowsDecoded * 10 + result.decodeCalls * perCall
    return { ...result, status, stepMicros: result.decodeMicros + 1 }
  }

  #decodeChunk(chunk: Chunk) {
    const wanted = chunk.targets
    const targets: (Float64Array | null)[] | null = wanted ? [] : null
    let failure: StepFailure | null = null
    let state = 0
    let rows = 0
    for (const [offset, token] of chunk.tokens.entries()) {
      const position = chunk.position + offset
      const row = this.#cells.add(chunk.sequences, position, token, this.#salt)
      if (typeof row !== 'number') return { ...row, rows, state, targets, failure }
      state = row
      rows++
      const ids = wanted?.[offset] ?? []
      const wrong = ids.length === 0 ? null : (this.#options.failTargets?.(chunk, offset) ?? null)
      failure ??= wrong
      targets?.push(wrong === null ? Float64Array.from(ids, (id) => logprobOf(state, id)) : null)
    }
    return { status: 'ok' as const, message: '', rows, state, targets, failure }
  }

  #start(chunks: readonly Chunk[], generation: Generation, states: readonly number[]): Running {
    const chunk = chunks[generation.chunk]!
    if (!chunk.output) throw new Error(`generation refers to chunk ${generation.chunk}, which has no output`)
    if (!chunk.sequences.includes(generation.sequence)) {
      const until = chunk.position + chunk.tokens.length
      this.#cells.copy(chunk.sequences[0]!, generation.sequence, until)
    }
    return {
      generation,
      tokens: [],
      logprobs: [],
      nearTies: [],
      window: [...generation.draw.penaltyWindow],
      place: generation.chunk,
      state: states[Math.max(0, generation.chunk - (this.#options.bugs?.drawsFromOtherRow ? 1 : 0))]!,
      stop: null,
      endToken: null,
      failure: null,
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
      const rows = this.#rowsOf(running)
      if (rows.length > this.capabilities.batch) return 'ok'
      if (rows.length > this.#cells.free) return 'ok'
      await this.#options.betweenDecodes?.()
      if (this.#isAborted) {
        if (!this.capabilities.canTruncate)
          for (const one of running) this.#cells.truncate(one.generation.sequence, 0)
        return 'aborted'
      }
      if (this.#isInterrupted) return 'ok'
      for (const [place, row] of rows.entries()) {
        const first = row[0]!
        const sequences = row.map((one) => one.generation.sequence)
        const position = this.#cells.countOf(sequences[0]!)
        const decoded = this.#cells.add(sequences, position, first.tokens.at(-1)!, this.#salt)
        if (typeof decoded !== 'number') throw new Error(decoded.message)
        for (const one of row) {
          one.place = place
          one.state = decoded
        }
      }
      result.rowsDecoded += rows.length
      result.decodeCalls++
    }
    return 'ok'
  }

  /** Who stands at one place and drew one token shares a row, where memory lets sequences part again. */
  #rowsOf(running: readonly Running[]): readonly (readonly Running[])[] {
    const rows: Running[][] = []
    const isAnywhere = this.#options.bugs?.mergesAcrossPlaces
    for (const one of running) {
      const token = one.tokens.at(-1)
      const row = rows.find(
        ([first]) => (isAnywhere || first!.place === one.place) && first!.tokens.at(-1) === token,
      )
      if (row !== undefined && this.capabilities.canForkPartially) row.push(one)
      else rows.push([one])
    }
    return rows
  }

  #draw(one: Running): void {
    const { matcher, draw, forbidden, tokensMax } = one.generation
    const drawIndex = draw.drawIndex + one.tokens.length
    one.failure = this.#options.failDraw?.(one.generation, one.tokens.length) ?? null
    if (one.failure !== null) {
      one.stop = 'failed'
      return
    }
    const mask = matcher.mask()
    for (const path of forbidden) {
      if (path.length !== one.tokens.length + 1) continue
      if (!one.tokens.every((token, index) => token === path[index])) continue
      const last = path[path.length - 1]!
      mask[last >> 5]! &= ~(1 << (last & 31))
    }
    const { penaltyLastN } = draw
    const window = penaltyLastN === 0 ? [] : one.window.slice(-penaltyLastN)
    const drawn = drawToken(one.state, mask, draw, drawIndex, window)
    if (drawn === null) {
      one.stop = 'dead-end'
      return
    }
    const { token, gap } = drawn
    if (gap < 0.25) one.nearTies.push({ index: one.tokens.length, gap })
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
    else if (matcher.forced().length > 0) one.stop = 'forced'
    else if (one.tokens.length >= tokensMax) one.stop = 'limit'
  }
}
