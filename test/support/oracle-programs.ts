// Random programs over an engine on the oracle: extend, sample, fork, truncate, score, pin and abort, many requests at
// once, on caches of every size and kind. Each result is compared with a lone fresh run; what differs is returned as a
// sentence. The same seed gives the same program.
import { AbortError, EspalierError } from '../../lib/base/errors.js'
import type { Pin } from '../../lib/engine/engine.js'
import { KvEngine } from '../../lib/engine/local/serve/kv-engine.js'
import type { GenerateResult, Usage } from '../../lib/engine/local/serve/token-engine.js'
import type { Generation, KvOp, MemoryKind, NativeMatcher } from '../../lib/native/addon.js'
import { Chance } from './chance.js'
import { Mischief } from './mischief.js'
import { OracleContext, type OracleOptions } from './oracle.js'
import { generateAlone, type Lone, scoreAlone } from './oracle-reference.js'
import { choiceMatcher, eos, fixedMatcher, freeMatcher, oracleVocabulary } from './oracle-vocabulary.js'
import { randomDraw } from './random-draw.js'

export { Chance }

export interface ProgramOutcome {
  /** What went wrong; null: everything equals the lone runs. */
  readonly mismatch: string | null
  readonly rowsDecoded: number
  /** Drawn tokens that a neighbour's row was decoded for. */
  readonly shared: number
  readonly requests: number
  readonly parked: number
  /** Steps that moved cells. */
  readonly repacked: number
  readonly refused: number
  /** Requests that were made to fail, and did. */
  readonly failures: number
  /** Tokens that were decoded before they were drawn. */
  readonly confirmed: number
}

const adapterScales = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, -0.5],
] as const

const matcherKinds: readonly ((chance: Chance) => () => NativeMatcher)[] = [
  () => freeMatcher,
  (chance) => {
    const count = chance.in(1, 12)
    return () => fixedMatcher(count)
  },
  () => () => choiceMatcher(['alpha', 'alps', 'beta', 'b']),
]
/** In the place of the last, where forced bytes become tokens: stretches of them before and behind choices. */
const forcingMatcher = () =>
  choiceMatcher([
    'hand in hand with alphabets',
    'hand in hand with alps',
    'hand in glove, behind a beta',
    'beach',
  ])

class Program {
  readonly #chance: Chance
  readonly #engine: KvEngine
  readonly #context: OracleContext
  readonly #transcripts: Int32Array[] = []
  readonly #tokensMax: number
  /** How many requests draw the same at once. */
  readonly #twins: number
  readonly #usages: Usage[] = []
  readonly #mischief: Mischief
  /** Which adapters each request has; of its own, so that programs without any stay what they are. */
  readonly #adapted: Chance | null
  readonly #runsForced: boolean
  /** In half of the programs likely and unlikely tokens are decoded before they are drawn. */
  readonly #guessing: Chance | null
  readonly #truths: Int32Array[] = []
  #pin: Pin | null = null
  #scored = 0
  #requests = 0
  #shared = 0
  /** A step that was aborted dropped rows: nobody knows which tokens these were. */
  #isDropping = false
  #parked = 0
  #repacked = 0
  #refused = 0
  #failures = 0
  #confirmed = 0
  #mismatch: string | null = null

  constructor(seed: number, options: OracleOptions) {
    const chance = new Chance(seed)
    const memory: MemoryKind = options.memory ?? chance.pick(['full', 'full', 'full', 'recurrent'])
    const cells = options.cells ?? chance.pick([96, 160, 400, 2000])
    this.#chance = chance
    this.#mischief = new Mischief(seed)
    this.#adapted = seed % 3 === 1 ? new Chance(seed + 77) : null
    this.#runsForced = seed % 5 < 3
    this.#guessing = seed % 7 < 4 ? new Chance(seed + 55) : null
    this.#tokensMax = cells / 2 - 40
    this.#twins = 1 + (seed % 2) * (1 + (seed % 3))
    const isStaggered = chance.is(50)
    const isRefusing = chance.is(20)
    const refusable: readonly KvOp['kind'][] = ['park', 'restore', 'repack']
    this.#context = new OracleContext({
      cells,
      sequences: chance.pick([3, 5, 16, 256]),
      batch: chance.pick([1, 7, 32, 512]),
      ...this.#mischief.options,
      ...options,
      // In half of the programs idle places cost enough to park cells and move others down.
      placeMicros: seed % 4 < 2 ? 10 : 0,
      memory,
      isEog: (token) => token === eos,
      vocabulary: oracleVocabulary,
      onStep: ({ ops }, { status, rowsDecoded }) => {
        if (ops.some(({ kind }) => kind === 'repack')) this.#repacked++
        if (status === 'aborted' && rowsDecoded > 0) this.#isDropping = true
      },
      refusesOp: (op) => isRefusing && refusable.includes(op.kind) && chance.is(10),
      ...(this.#guessing !== null && { guess: (one, drawn) => this.#guess(one, drawn) }),
      betweenDecodes: async () => {
        if (isStaggered && chance.is(40)) await new Promise((resolve) => setImmediate(resolve))
      },
    })
    this.#engine = new KvEngine({
      context: this.#context,
      vocabulary: oracleVocabulary,
      adapters: 2,
      hostBytesMax: chance.pick([0, 2000, 1 << 20]),
      checksIntegrity: true,
    })
  }

  async run(): Promise<ProgramOutcome> {
    const chance = this.#chance
    for (let round = chance.in(2, 6); round > 0 && this.#mismatch === null; round--) {
      const width = chance.pick([1, 2, 4, 9])
      await Promise.all(Array.from({ length: width }, () => this.#act()))
      if (chance.is(20)) {
        this.#pin?.dispose()
        this.#pin = null
      }
    }
    this.#pin?.dispose()
    await this.#engine.settled()
    this.#audit()
    await this.#engine.dispose()
    return {
      mismatch: this.#mismatch,
      rowsDecoded: this.#context.rowsDecoded,
      shared: this.#shared,
      requests: this.#requests,
      parked: this.#parked,
      repacked: this.#repacked,
      refused: this.#refused,
      failures: this.#failures,
      confirmed: this.#confirmed,
    }
  }

  async #act(): Promise<void> {
    const chance = this.#chance
    this.#requests++
    this.#parked += this.#engine.occupancy.parkedCount
    const kind = chance.below(10)
    try {
      if (kind < 6) await this.#generate()
      else if (kind < 8) await this.#score()
      else if (kind < 9)
        this.#usages.push(await this.#engine.prefill(this.#transcript(), null, this.#set().lineage))
      else await this.#repin()
    } catch (error) {
      if (error instanceof AbortError) return
      const isShort = error instanceof EspalierError && /^(CELLS|SEQUENCES)_FULL$/.test(error.code)
      // Several pins may be on their way at once.
      if (isShort && (this.#pin !== null || kind === 9)) {
        this.#refused++
        return
      }
      const told = error instanceof Error ? ((error.cause as Error | undefined)?.stack ?? error.stack) : error
      this.#mismatch ??= `request failed: ${told}`
    }
  }

  /** A new beginning, an old transcript, a part of one, or one with something added. */
  #transcript(): Int32Array {
    const chance = this.#chance
    const fresh = (count: number) =>
      Int32Array.from({ length: count }, () => chance.below(chance.is(70) ? 3 : 250))
    const old =
      this.#transcripts.length > 0 && chance.is(85) ? chance.pick(this.#transcripts) : fresh(chance.in(1, 40))
    const kept = chance.is(40) ? old.slice(0, chance.in(1, old.length + 1)) : old
    const added = chance.is(60) ? Int32Array.of(...kept, ...fresh(chance.in(1, 20))) : kept
    const tokens = added.slice(0, this.#tokensMax)
    this.#transcripts.push(tokens)
    return tokens
  }

  /** What a request is going to draw, as far as that is known, with a wrong token in between now and then. */
  #guess({ guessFrom }: Generation, drawn: readonly number[]): readonly number[] {
    const chance = this.#guessing!
    if (guessFrom === undefined || chance.is(30)) return []
    const before = [...guessFrom[0]!, ...drawn]
    const truths = this.#truths.filter((truth) => before.every((token, index) => truth[index] === token))
    const truth = truths.length === 0 ? [] : chance.pick(truths)
    const guesses = [...truth.slice(before.length, before.length + chance.in(1, 6))]
    return guesses.map((token) => (chance.is(15) ? chance.below(3) : token))
  }

  #set() {
    const scales = this.#adapted?.pick(adapterScales) ?? [0, 0]
    return { scales, lineage: this.#engine.computedWith(scales) }
  }

  async #generate(): Promise<void> {
    const chance = this.#chance
    const tokens = this.#transcript()
    const kind = chance.pick(matcherKinds)
    const runsForced = this.#runsForced
    const matcher = runsForced && kind === matcherKinds.at(-1) ? forcingMatcher : kind(chance)
    const forbidden: Int32Array[] = []
    const limits = { tokensMax: chance.in(1, 15), forbidden, runsForced }
    const request = { tokens, draw: randomDraw(this.#chance), ...limits, ...this.#set() }
    if (chance.is(30)) {
      const alone = await generateAlone({ ...request, matcher: matcher() })
      if (alone.tokens.length > 0) request.forbidden.push(Int32Array.from(alone.tokens))
    }
    const alone = await generateAlone({ ...request, matcher: matcher() })
    this.#truths.push(Int32Array.of(...tokens, ...alone.tokens, 1))
    const listens = chance.is(50)
    const isAborted = chance.is(12)
    const one = async (signal: AbortSignal | null): Promise<void> => {
      const heard: number[] = []
      const kinds: number[] = []
      const onTokens = listens
        ? (some: Int32Array, ofSome: Uint8Array) => {
            heard.push(...some)
            kinds.push(...ofSome)
          }
        : null
      const result = await this.#engine.generate({ ...request, matcher: matcher(), signal, onTokens })
      this.#judge(tokens, result, alone)
      if (listens) this.#compare('listener', [heard, kinds], [alone.tokens, alone.kinds])
    }
    const twins = Array.from({ length: this.#twins - 1 }, () => one(null))
    const { signal } = new AbortController()
    const victim = this.#mischief.victim(matcher(), alone)
    const failing =
      victim && this.#engine.generate({ ...request, matcher: victim.matcher, signal, onTokens: null })
    const judged =
      failing &&
      this.#expectFailure(failing, victim.isHit, victim.code, (result) => this.#judge(tokens, result, alone))
    const settled = await Promise.allSettled([one(isAborted ? this.#abortSoon() : null), ...twins, judged])
    for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason
    this.#transcripts.push(Int32Array.of(...tokens, ...alone.tokens).slice(0, this.#tokensMax))
  }

  /** Who is planted to fail does so by its own code, and else gives what it should. */
  async #expectFailure<T>(
    running: Promise<T>,
    isHit: boolean | null,
    code: string,
    judge: (result: T) => void,
  ): Promise<void> {
    try {
      const result = await running
      if (isHit === true) this.#mismatch ??= `a request planted to fail with ${code} came back`
      judge(result)
    } catch (error) {
      if (!(error instanceof EspalierError) || error.code !== code) throw error
      if (isHit === false) this.#mismatch ??= `a request failed with ${code} before it should`
      this.#failures++
    }
  }

  #judge(tokens: Int32Array, result: GenerateResult, alone: Lone): void {
    this.#usages.push(result.usage)
    const got = {
      tokens: [...result.tokens],
      kinds: [...result.kinds],
      stop: result.stop,
      endToken: result.endToken,
      logprobs: result.logprobs,
      nearTies: result.nearTies,
    }
    this.#compare(`generate after ${tokens.length} tokens`, got, alone)
    const { reused, restored, decoded, heldUntil } = result.usage
    const own = decoded.reduce((sum, { from, until }) => sum + until - from, 0)
    if (reused + restored + own < tokens.length) this.#mismatch ??= 'the usage explains too few tokens'
    this.#shared += Math.max(0, heldUntil - reused - restored - own)
  }

  async #score(): Promise<void> {
    const chance = this.#chance
    const tokens = this.#transcript()
    const continuations = Array.from({ length: chance.in(1, 5) }, () =>
      Int32Array.from({ length: chance.in(1, 5) }, () => chance.below(3)),
    )
    const cursed = this.#mischief.cursed(continuations)
    if (cursed !== null) {
      const { lineage } = this.#set()
      const failing = this.#engine.score({ tokens, continuations: cursed, signal: null, lineage })
      await Promise.all([
        this.#expectFailure(failing, true, 'LOGITS_NOT_FINITE', () => undefined),
        this.#expectScores(tokens, continuations),
      ])
    } else await this.#expectScores(tokens, continuations)
  }

  async #expectScores(tokens: Int32Array, continuations: readonly Int32Array[]): Promise<void> {
    const { scales, lineage } = this.#set()
    const result = await this.#engine.score({ tokens, continuations, signal: null, lineage })
    this.#usages.push(result.usage)
    this.#scored += result.scored
    for (const [index, continuation] of continuations.entries()) {
      this.#compare('score', [...result.logprobs[index]!], await scoreAlone(tokens, continuation, scales))
    }
  }

  async #repin(): Promise<void> {
    if (this.#pin !== null) return
    const tokens = this.#transcript()
    const { lineage } = this.#set()
    const { pin, usage } = await this.#engine.pin(tokens.slice(0, this.#tokensMax / 2), null, lineage)
    this.#usages.push(usage)
    if (this.#pin === null) this.#pin = pin
    else pin.dispose()
  }

  #abortSoon(): AbortSignal {
    const controller = new AbortController()
    const turns = this.#chance.below(6)
    void (async () => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
      controller.abort(new Error('enough'))
    })()
    return controller.signal
  }

  #compare(what: string, got: unknown, expected: unknown): void {
    const [a, b] = [JSON.stringify(got), JSON.stringify(expected)]
    if (a !== b) this.#mismatch ??= `${what}: got ${a}, a lone run gives ${b}`
  }

  #audit(): void {
    if (this.#mismatch !== null) return
    const { occupancy, totals } = this.#engine
    const decoded = this.#usages.reduce(
      (sum, { decoded, guessed, confirmed }) =>
        sum + decoded.reduce((rows, { from, until }) => rows + until - from, guessed - confirmed),
      this.#scored + totals.rowsUnclaimed,
    )
    this.#compare('rows of all requests against rows seen', decoded, this.#context.rowsDecoded)
    const { guessesLost } = this.#context
    const again = this.#context.rowsDecoded - guessesLost - this.#context.rowsUnique
    this.#confirmed = this.#usages.reduce((sum, { confirmed }) => sum + confirmed, 0)
    if (!this.#isDropping) this.#compare('rows decoded before', totals.rowsAgain, again)
    else if (totals.rowsAgain > again)
      this.#mismatch ??= `${totals.rowsAgain} rows counted again, ${again} were`
    this.#compare('cells', occupancy.cellsLive, this.#context.cellsUsed)
    const { placesUntil } = this.#context
    if (placesUntil > occupancy.placesUntil)
      this.#mismatch ??= `cells lie up to ${placesUntil}, on the books up to ${occupancy.placesUntil}`
    this.#compare(
      'locks, reserved cells, working leases, open requests',
      [0, 0, 0, 0],
      [occupancy.cellsLocked, occupancy.cellsReserved, occupancy.leasesWorking, occupancy.requestsOpen],
    )
    this.#compare('parked states', occupancy.parkedCount, this.#context.blobCount)
  }
}

export async function runProgram(seed: number, options: OracleOptions = {}): Promise<ProgramOutcome> {
  return new Program(seed, options).run()
}
