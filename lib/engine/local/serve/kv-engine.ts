// The engine over one native context: checks what a caller passes and turns it into works for the step loop. Decides
// nothing about cells or order; never calls the context itself but to dispose it. What it holds is bounded: the tree by
// the context's cells and the host memory, the books of lost tokens by their own bound, requests by `queueMax`
// or by those who make them; nothing grows with the number of runs that have ended. Nothing global holds an engine, so
// one that nobody holds is collected.
import { CapabilityError, UsageError } from '../../../base/errors.js'
import { shown } from '../../../base/seen.js'
import { AdapterSet } from '../../../kv/adapter-set.js'
import { KvCache } from '../../../kv/cache.js'
import { hostBytesDefault } from '../../../kv/host-memory.js'
import { checkIntegrity } from '../../../kv/integrity.js'
import { forgetCollected, Lineage } from '../../../kv/lineage.js'
import type { NativeContext } from '../../../native/addon.js'
import { Costs } from '../../../schedule/costs.js'
import type { Work } from '../../../schedule/work.js'
import type { Found, Pin } from '../../engine.js'
import type { EngineObserver, Observation } from '../../observed.js'
import type { EngineStats } from '../../stats.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import {
  checkCount,
  checkDraws,
  checkedDraw,
  checkedLineage,
  checkedPath,
  checkFits,
  checkTokens,
} from './checked-request.js'
import { Observing } from './observing.js'
import { occupancyOf, statsOf } from './occupancy.js'
import { collectScores, planScore } from './score-plan.js'
import { StepLoop } from './step-loop.js'
import { tokenCapabilities } from './token-capabilities.js'
import type {
  GenerateRequest,
  GenerateResult,
  ScoreRequest,
  ScoreResult,
  ShiftRequest,
  TokenCapabilities,
  TokenEngine,
  Usage,
} from './token-engine.js'
import type { Totals } from './totals.js'
import { usageOf } from './usage.js'

export interface KvEngineOptions {
  readonly context: NativeContext
  readonly vocabulary: Vocabulary
  /** How many adapters the model has; default 0. */
  readonly adapters?: number
  /** Requests that may be open at once; default: any number. */
  readonly queueMax?: number
  /** Host memory for parked states and logits, in bytes; 0: none; default four times the cache's own, at most 1 GiB. */
  readonly hostBytesMax?: number
  /** Longest time a listener waits for tokens that are there, in ms; default 30. */
  readonly latencyMs?: number
  /** Whether likely tokens are decoded before they are drawn, see StepOptions; default true. */
  readonly guesses?: boolean
  /** Checks all books after every step; default false. */
  readonly checksIntegrity?: boolean
}

/** Sets of adapters whose cells are found again although nobody holds a transcript of them. */
const setsKept = 64

export class KvEngine implements TokenEngine {
  readonly capabilities: TokenCapabilities
  readonly vocabulary: Vocabulary
  readonly #context: NativeContext
  readonly #cache: KvCache
  readonly #costs = new Costs()
  readonly #loop: StepLoop
  readonly #observing: Observing
  readonly #adapters: number
  /** By scales, the least recently asked for first. */
  readonly #sets = new Map<string, Lineage>()
  #lineages = 0
  /** Every token there is. */
  #all: Int32Array | null = null

  constructor(options: KvEngineOptions) {
    const native = options.context.capabilities
    const hostBytesMax = options.hostBytesMax ?? hostBytesDefault(native.cacheBytes)
    this.#context = options.context
    this.vocabulary = options.vocabulary
    this.#adapters = options.adapters ?? 0
    this.capabilities = tokenCapabilities(native)
    this.#cache = new KvCache({
      cells: native.cells,
      sequences: native.sequences,
      canForkPartially: native.canForkPartially,
      canTruncate: native.canTruncate,
      canPark: native.canPark,
      hostBytesMax,
      bytesPerRow: options.vocabulary.size * Float32Array.BYTES_PER_ELEMENT,
    })
    this.#observing = new Observing(this.#cache)
    this.#loop = new StepLoop({
      observing: this.#observing,
      context: options.context,
      cache: this.#cache,
      costs: this.#costs,
      queueMax: options.queueMax ?? Number.POSITIVE_INFINITY,
      latencyMicros: (options.latencyMs ?? 30) * 1000,
      guesses: options.guesses ?? true,
      checksIntegrity: options.checksIntegrity ?? false,
    })
  }

  computedWith(scales: readonly number[]): Lineage | null {
    if (scales.length !== this.#adapters || !scales.every(Number.isFinite)) {
      throw new UsageError(
        'ARGUMENT_INVALID',
        `The scales are ${shown(scales)}; expected a finite number for each of ${this.#adapters} adapters.`,
      )
    }
    if (scales.every((scale) => scale === 0)) return null
    const key = scales.join()
    let lineage = this.#sets.get(key)
    if (lineage === undefined) {
      const number = ++this.#lineages
      lineage = new Lineage(number, 0, null, new AdapterSet(number, Object.freeze([...scales])))
      forgetCollected(lineage, this.#loop)
    } else this.#sets.delete(key)
    this.#sets.set(key, lineage)
    // The cells of a set nobody holds any more go once it is collected.
    for (const oldest of this.#sets.keys()) if (this.#sets.size > setsKept) this.#sets.delete(oldest)
    return lineage
  }

  found(tokens: Int32Array, lineage: Lineage | null): Found {
    const { length: count } = tokens
    const { length, parked } = this.#cache.tree.match(tokens, { count, limit: count, lineage })
    return { reused: length, restored: Math.max(0, (parked?.length ?? 0) - length) }
  }

  async generate(request: GenerateRequest): Promise<GenerateResult> {
    checkTokens(request.tokens, this)
    checkCount('tokensMax', request.tokensMax)
    checkDraws(request.tokens.length, request.tokensMax, this.capabilities)
    const { matcher, tokensMax, onTokens, runsForced = false } = request
    const forbidden = Array.from(request.forbidden, checkedPath)
    const draw = checkedDraw(request.draw)
    const generation = { matcher, draw, tokensMax, forbidden, runsForced, onTokens }
    const lineage = checkedLineage(request.lineage)
    const spec = { tokens: request.tokens, generation, targets: null, lineage }
    const work = await this.#loop.run(spec, request.signal)
    return {
      tokens: work.drawn,
      kinds: work.drawnKinds,
      stop: work.stop ?? 'limit',
      endToken: work.endToken,
      logprobs: work.logprobs,
      nearTies: work.nearTies,
      usage: usageOf([work]),
    }
  }

  async score(request: ScoreRequest): Promise<ScoreResult> {
    checkTokens(request.tokens, this)
    for (const continuation of request.continuations) {
      if (continuation.length === 0) {
        throw new UsageError('CONTINUATION_EMPTY', 'A continuation has 0 tokens, expected 1 or more.')
      }
      checkTokens(continuation, this)
      checkFits(request.tokens.length + continuation.length - 1, this.capabilities)
    }
    const lineage = checkedLineage(request.lineage)
    const plan = planScore(request, this.#context.capabilities)
    const works: Work[] = []
    this.#loop.requireRoom()
    for (const stage of plan.stages) {
      // One failing path leaves no other running behind the caller's back.
      const settled = await Promise.allSettled(
        stage.map((spec) => this.#loop.part({ ...spec, lineage }, request.signal)),
      )
      for (const one of settled) if (one.status === 'fulfilled') works.push(one.value)
      const failed = settled.find((one) => one.status === 'rejected')
      if (failed === undefined) continue
      for (const work of works) this.#loop.disown(work)
      throw failed.reason
    }
    return collectScores(request, plan, works)
  }

  async look(
    tokens: Int32Array,
    signal: AbortSignal | null,
    lineage: Lineage | null = null,
  ): Promise<{ logprobs: Float64Array; usage: Usage }> {
    checkTokens(tokens, this)
    checkedLineage(lineage)
    this.#all ??= Int32Array.from({ length: this.vocabulary.size }, (_, token) => token)
    const last = tokens.length - 1
    const targets = new Map([[last, this.#all]])
    const spec = { tokens, generation: null, targets, keepsLogits: true, lineage }
    const work = await this.#loop.run(spec, signal)
    return { logprobs: work.scores.get(last)!, usage: usageOf([work]) }
  }

  async prefill(
    tokens: Int32Array,
    signal: AbortSignal | null,
    lineage: Lineage | null = null,
  ): Promise<Usage> {
    checkTokens(tokens, this)
    checkedLineage(lineage)
    return usageOf([await this.#loop.run({ tokens, generation: null, targets: null, lineage }, signal)])
  }

  async pin(
    tokens: Int32Array,
    signal: AbortSignal | null,
    lineage: Lineage | null = null,
  ): Promise<{ pin: Pin; usage: Usage }> {
    checkTokens(tokens, this)
    checkedLineage(lineage)
    const spec = { tokens, generation: null, targets: null, isPinned: true, lineage }
    const work = await this.#loop.run(spec, signal)
    const usage = usageOf([work])
    let node = work.pinned
    const pin: Pin = {
      dispose: () => {
        if (node !== null) this.#loop.unpin(node)
        node = null
      },
    }
    return { pin, usage }
  }

  async shift(request: ShiftRequest): Promise<Lineage> {
    const { tokens, from, until, signal } = request
    checkTokens(tokens, this)
    if (!this.capabilities.canShift) {
      throw new CapabilityError(
        'NO_SHIFT',
        `The memory (${this.capabilities.memory}) can't drop tokens from within; expected a full one without streams.`,
      )
    }
    const isRange = [from, until].every(Number.isSafeInteger) && from >= 1 && from < until
    if (!isRange || until > tokens.length) {
      throw new UsageError(
        'RANGE_INVALID',
        `The range is [${shown(from)}, ${shown(until)}), expected integers with 1 <= from < until <= ${tokens.length}.`,
      )
    }
    const into = new Lineage(++this.#lineages, from, checkedLineage(request.lineage))
    forgetCollected(into, this.#loop)
    const shift = { from, until, into }
    await this.#loop.run({ tokens, generation: null, targets: null, lineage: request.lineage, shift }, signal)
    return into
  }

  ended(tokens: Int32Array, lineage: Lineage | null): void {
    this.#loop.ended(tokens, lineage)
  }

  stats(): EngineStats {
    return statsOf(this.totals, this.occupancy)
  }

  observe(observer: EngineObserver): Observation {
    return this.#observing.observe(observer)
  }

  async dispose(): Promise<void> {
    await this.#loop.close()
    await this.#context.dispose()
    this.#cache.host.close()
  }

  /** What the engine did so far, all requests together. */
  get totals(): Readonly<Totals> {
    return this.#loop.totals
  }

  /** Costs measured so far. */
  get costs(): Costs {
    return this.#costs
  }

  /** State of the cache, for tests and benchmarks. */
  get occupancy() {
    return occupancyOf(this.#cache, this.#loop.openCount)
  }

  /** Resolves when every request is settled and every cell operation has reached the device. */
  async settled(): Promise<void> {
    await this.#loop.settled()
  }

  /** Throws InternalError where the books do not agree. Between steps only. */
  checkIntegrity(): void {
    checkIntegrity(this.#cache)
  }
}
