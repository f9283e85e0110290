// An engine whose model says what a test tells it to say, and whose cache is a set of prefixes. It judges the walk,
// so it must be plain. Every request is kept for the tests to look at.
import { AbortError, CapacityError, UsageError } from '../../lib/base/errors.js'
import type {
  TokenEngine as Engine,
  GenerateRequest,
  GenerateResult,
  ScoreRequest,
  ScoreResult,
  ShiftRequest,
  Usage,
} from '../../lib/engine/local/serve/token-engine.js'
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import type { Observation } from '../../lib/engine/observed.js'
import { noStats } from '../../lib/engine/stats.js'
import { Lineage } from '../../lib/kv/lineage.js'
import type { GenerationStop, TokenLogprobs } from '../../lib/native/addon.js'
import { fakeVocabulary } from './fake-vocabulary.js'

/** What the model wants to say after a text; '' means it wants to end. */
export type Speak = (text: string) => string

export interface FakeOptions {
  readonly contextTokens?: number
  readonly addsBos?: boolean
  readonly chatTemplate?: string
  /** Awaited before every request is worked on. */
  readonly before?: () => Promise<void>
}

type Stop = Exclude<GenerationStop, 'paused' | 'failed'>

/** Of a usage. */
const nothing = { restored: 0, redecoded: 0, redrawn: 0, guessed: 0, confirmed: 0 }

export class FakeEngine implements Engine {
  readonly capabilities
  readonly vocabulary: Vocabulary
  readonly chatTemplate: string | null
  readonly generates: GenerateRequest[] = []
  readonly scores: ScoreRequest[] = []
  decoded = 0
  /** Token sequences whose cells exist, each with all its beginnings. */
  readonly #cells = new Cells()
  #calls = 0
  /** What each token says, one character a byte. */
  readonly #texts: readonly string[]
  readonly #speak: Speak
  readonly #options: FakeOptions
  #isClosed = false

  constructor(speak: Speak, options: FakeOptions = {}) {
    this.#speak = speak
    this.#options = options
    this.vocabulary = fakeVocabulary({ addsBos: options.addsBos ?? false })
    this.#texts = Array.from({ length: this.vocabulary.size }, (_, token) =>
      Buffer.from(this.vocabulary.tokenBytes(token)).toString('latin1'),
    )
    this.chatTemplate = options.chatTemplate ?? null
    this.capabilities = {
      contextTokens: options.contextTokens ?? 4096,
      sequences: 256,
      memory: 'full',
      canShift: true,
      canRollBack: true,
    } as const
  }

  stats = noStats
  ended = (): void => undefined

  observe(): Observation {
    return { settle: () => undefined, dispose: () => undefined }
  }

  async generate(request: GenerateRequest): Promise<GenerateResult> {
    await this.#enter(request.signal, request.tokens.length)
    this.generates.push(request)
    const reused = this.#match(request.tokens, request.tokens.length - 1)
    const known = this.#match(request.tokens, request.tokens.length) === request.tokens.length
    const tokens: number[] = []
    const logprobs: TokenLogprobs[] = []
    let stop: Stop | null = request.matcher.forced().length > 0 ? 'forced' : null
    let endToken: number | null = null
    let calls = stop === null ? 1 : 0
    while (stop === null) {
      const drawn = this.#draw(request, tokens)
      if (drawn === null) stop = 'dead-end'
      else if (this.vocabulary.isEog(drawn)) {
        endToken = drawn
        stop = 'eog'
      } else {
        request.matcher.accept(drawn)
        tokens.push(drawn)
        if (request.draw.logprobs > 0)
          logprobs.push({ logprob: -1, allowed: 0, top: [{ token: drawn, logprob: -1 }], mayCome: [1] })
        request.onTokens?.(Int32Array.of(drawn), new Uint8Array(1))
        if (request.matcher.isEnded()) stop = 'ended'
        else if (request.matcher.forced().length > 0) stop = 'forced'
        else if (tokens.length >= request.tokensMax) stop = 'limit'
        else calls += 1
      }
    }
    const until = calls === 0 ? reused : request.tokens.length + calls - 1
    const all = Int32Array.from([...request.tokens, ...tokens])
    this.#cells.add(all, until)
    this.decoded += Math.max(0, until - reused)
    const usage: Usage = {
      reused: calls === 0 ? this.#match(request.tokens, request.tokens.length) : reused,
      ...nothing,
      decoded: until > reused ? [{ from: reused, until }] : [],
      redecoded: known && calls > 0 ? 1 : 0,
      heldUntil: until,
      decodeCalls: this.#number(calls),
    }
    const kinds = new Uint8Array(tokens.length)
    return { tokens: Int32Array.from(tokens), kinds, stop, endToken, logprobs, nearTies: [], usage }
  }

  /** Numbers for so many calls. */
  #number(calls: number): { from: number; until: number }[] {
    this.#calls += calls
    return calls === 0 ? [] : [{ from: this.#calls - calls, until: this.#calls }]
  }

  async score(request: ScoreRequest): Promise<ScoreResult> {
    await this.#enter(request.signal, request.tokens.length)
    this.scores.push(request)
    const reused = this.#match(request.tokens, request.tokens.length - 1)
    this.#cells.add(request.tokens, request.tokens.length)
    let scored = 0
    const logprobs = request.continuations.map((continuation) =>
      Float64Array.from(continuation, (_token, index) => {
        const all = Int32Array.of(...request.tokens, ...continuation.subarray(0, index + 1))
        if (index < continuation.length - 1) scored += this.#cells.add(all, all.length)
        const before = this.#text(all.subarray(0, -1))
        const said = this.#text(all).slice(before.length)
        return this.#speak(before).startsWith(said) ? -0.1 : -4
      }),
    )
    this.decoded += request.tokens.length - reused + scored
    const decoded = [{ from: reused, until: request.tokens.length }]
    const decodeCalls = this.#number(1)
    const heldUntil = request.tokens.length
    return {
      logprobs,
      best: request.continuations.map((one) =>
        request.best ? Array.from(one, (token) => [{ token, logprob: -1 }]) : [],
      ),
      scored,
      usage: { ...nothing, reused, decoded, heldUntil, decodeCalls },
    }
  }

  async look(tokens: Int32Array, signal: AbortSignal | null) {
    const continuations = Array.from({ length: this.vocabulary.size }, (_, token) => Int32Array.of(token))
    const { logprobs, usage } = await this.score({ tokens, continuations, signal })
    return { logprobs: Float64Array.from(logprobs, (one) => one[0]!), usage }
  }

  computedWith(scales: readonly number[]): Lineage | null {
    if (scales.length > 0) throw new Error('a fake engine has no adapters')
    return null
  }

  found(tokens: Int32Array) {
    return { reused: this.#match(tokens, tokens.length), restored: 0 }
  }

  async prefill(tokens: Int32Array, signal: AbortSignal | null): Promise<Usage> {
    await this.#enter(signal, tokens.length)
    const reused = this.#match(tokens, tokens.length)
    this.#cells.add(tokens, tokens.length)
    this.decoded += tokens.length - reused
    const decoded = reused < tokens.length ? [{ from: reused, until: tokens.length }] : []
    const decodeCalls = this.#number(decoded.length)
    return { ...nothing, reused, decoded, heldUntil: tokens.length, decodeCalls }
  }

  async pin(tokens: Int32Array, signal: AbortSignal | null) {
    return { pin: { dispose: () => undefined }, usage: await this.prefill(tokens, signal) }
  }

  /** Loses the cells: what goes on from the shorter tokens computes them again. */
  async shift(request: ShiftRequest): Promise<Lineage> {
    await this.#enter(request.signal, request.tokens.length)
    return new Lineage(1, request.from, request.lineage)
  }

  async dispose(): Promise<void> {
    this.#isClosed = true
  }

  async #enter(signal: AbortSignal | null, length: number): Promise<void> {
    await this.#options.before?.()
    if (this.#isClosed) throw new UsageError('CLOSED', 'The engine is closed.')
    if (signal?.aborted === true) throw new AbortError(signal.reason)
    if (length === 0) throw new UsageError('TOKENS_EMPTY', 'A request needs a token.')
    if (length > this.capabilities.contextTokens)
      throw new CapacityError('PROMPT_TOO_LONG', 'Too many tokens.')
  }

  #match(tokens: Int32Array, most: number): number {
    return this.#cells.match(tokens, most)
  }

  /** The longest allowed token the model wants to say; else, by the seed, any allowed one. */
  #draw(request: GenerateRequest, drawn: readonly number[]): number | null {
    const { matcher, forbidden, draw } = request
    const banned = new Set<number>()
    for (const path of forbidden) {
      if (path.length === drawn.length + 1 && drawn.every((token, index) => path[index] === token)) {
        banned.add(path[path.length - 1]!)
      }
    }
    const text = this.#text(Int32Array.from([...request.tokens, ...drawn]))
    const wish = this.#speak(text)
    let best: { readonly token: number; readonly rank: number } | null = null
    for (let token = 0; token < this.vocabulary.size; token += 1) {
      if (banned.has(token) || (draw.bias.get(token) ?? 0) === -Infinity || !matcher.allows(token)) continue
      const said = this.vocabulary.isEog(token) ? '' : this.#text(Int32Array.of(token))
      const bias = draw.bias.get(token) ?? 0
      const isWish = draw.temperature === 0 && (said === '' ? wish === '' : wish.startsWith(said))
      // A wish was found, and noise is less than any.
      if (!isWish && best !== null && best.rank >= 1 + bias) continue
      const liking = isWish ? 1 + said.length : noise(draw.seed, draw.drawIndex + drawn.length, token)
      const rank = liking + bias
      if (best === null || rank > best.rank) best = { token, rank }
    }
    return best === null ? null : best.token
  }

  #text(tokens: Int32Array): string {
    let text = ''
    for (const token of tokens) text += this.#texts[token]
    return text
  }
}

type Cell = Map<number, Cell>

/** A tree of tokens: a cell is there with all before it. */
class Cells {
  readonly #root: Cell = new Map()

  /** Of the first `most` tokens, how many have cells, from the first one on. */
  match(tokens: Int32Array, most: number): number {
    let at = this.#root
    for (let length = 0; length < most; length += 1) {
      const next = at.get(tokens[length]!)
      if (next === undefined) return length
      at = next
    }
    return most
  }

  /** Makes those of the first `until` tokens that are missing; returns how many. */
  add(tokens: Int32Array, until: number): number {
    let [at, made] = [this.#root, 0]
    for (let index = 0; index < until; index += 1) {
      const token = tokens[index]!
      let next = at.get(token)
      if (next === undefined) {
        next = new Map()
        at.set(token, next)
        made += 1
      }
      at = next
    }
    return made
  }
}

/** In [0, 1), from the seed, the number of the draw and the token only. */
function noise(seed: number, draw: number, token: number): number {
  let hash = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0
  for (const word of [draw, token]) {
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x85ebca77)
    hash ^= hash >>> 13
  }
  return (hash >>> 0) / 2 ** 32
}
