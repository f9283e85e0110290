// What the engine answered to requests, kept for requests that are the same in every respect: the same tokens,
// constraint, settings and seed. Their draws are fixed by that, so drawing again would only compute the same tokens a
// second time. Decides when two requests are the same; never keeps an answer that depended on anything else.
import { createHash } from 'node:crypto'
import type {
  Engine,
  GenerateRequest,
  GenerateResult,
  ScoreRequest,
  ScoreResult,
  Usage,
} from '../engine/engine.js'
import { refuseAborted } from './signal.js'
import type { TokenDigest } from './token-digest.js'

/** Where a matcher stands, but for what the request's own tokens tell. */
export interface MatcherPlace {
  /** Of the constraint: equal for equal constraints only. */
  readonly fingerprint: string
  readonly prefix: Uint8Array
  readonly suffix: Uint8Array | null
  /** The request's tokens from here on are what the matcher has accepted. */
  readonly from: number
}

type Answer =
  | { readonly kind: 'generate'; readonly result: GenerateResult }
  | { readonly kind: 'score'; readonly result: ScoreResult }

/** Numbers kept at most unless the caller says: tokens and log-probabilities, of 8 bytes each: 2 MB. */
const answersMaxDefault = 1 << 18
/** What an object of two numbers costs. */
const objectOwn = 5
const nothing = new Uint8Array(0)
/** What an answer counts for beside its numbers; so there are at most 16,384 of them. */
const numbersOwn = 16

export class Answers {
  readonly #engine: Engine
  readonly #numbersMax: number
  readonly #kept = new Map<string, Answer>()
  #numbers = 0

  /** `numbersMax`: how many numbers are kept at most; the least recently used answers go first. 0: none is kept. */
  constructor(engine: Engine, numbersMax = answersMaxDefault) {
    this.#engine = engine
    this.#numbersMax = numbersMax
  }

  /** As the engine's `generate`; the matcher ends where the engine would have left it. `digest`: of its tokens. */
  async generate(
    request: GenerateRequest,
    place: MatcherPlace,
    digest: TokenDigest,
  ): Promise<GenerateResult> {
    // Shifted cells remember what is gone, which no token tells.
    if (request.lineage != null) return this.#engine.generate(request)
    const key = generateKey(request, place, digest)
    const known = this.#find(key)
    if (known?.kind === 'generate') return repeat(request, known.result)
    const result = await this.#engine.generate(request)
    this.#keep(key, { kind: 'generate', result: { ...result, usage: nothingDecoded(0) } })
    return result
  }

  /** As the engine's `score`. */
  async score(request: ScoreRequest, digest: TokenDigest): Promise<ScoreResult> {
    if (request.lineage != null) return this.#engine.score(request)
    const key = scoreKey(request, digest)
    const known = this.#find(key)
    if (known?.kind === 'score') {
      refuseAborted(request.signal)
      return { logprobs: known.result.logprobs, scored: 0, usage: nothingDecoded(request.tokens.length) }
    }
    const result = await this.#engine.score(request)
    this.#keep(key, { kind: 'score', result: { ...result, usage: nothingDecoded(0) } })
    return result
  }

  #find(key: string): Answer | undefined {
    const answer = this.#kept.get(key)
    if (answer !== undefined) {
      this.#kept.delete(key)
      this.#kept.set(key, answer)
    }
    return answer
  }

  #keep(key: string, answer: Answer): void {
    // Two requests may have asked at the same time.
    this.#drop(key)
    this.#kept.set(key, answer)
    this.#numbers += numbersOf(answer)
    for (const oldest of this.#kept.keys()) {
      if (this.#numbers <= this.#numbersMax) break
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    const answer = this.#kept.get(key)
    if (answer === undefined) return
    this.#kept.delete(key)
    this.#numbers -= numbersOf(answer)
  }
}

function repeat(request: GenerateRequest, result: GenerateResult): GenerateResult {
  refuseAborted(request.signal)
  for (const token of result.tokens) request.matcher.accept(token)
  if (result.tokens.length > 0) request.onTokens?.(result.tokens)
  // The last drawn token waits undecoded, as it did the first time.
  const held = request.tokens.length + Math.max(0, result.tokens.length - 1)
  return { ...result, usage: nothingDecoded(held) }
}

function nothingDecoded(heldUntil: number): Usage {
  return { reused: 0, restored: 0, decoded: [], redecoded: 0, redrawn: 0, heldUntil, decodeCalls: [] }
}

function numbersOf({ kind, result }: Answer): number {
  if (kind === 'score') return result.logprobs.reduce((sum, one) => sum + one.length, numbersOwn)
  const alternatives = result.logprobs.reduce((sum, { top }) => sum + 1 + top.length, result.nearTies.length)
  return result.tokens.length + objectOwn * alternatives + numbersOwn
}

/** The most probable token is the same whatever these are. */
const unusedWhenGreedy = { topK: 0, topP: 1, minP: 0, seed: 0, drawIndex: 0 } as const

function generateKey(request: GenerateRequest, place: MatcherPlace, list: TokenDigest): string {
  const { tokens, draw, tokensMax, forbidden } = request
  const { penaltyWindow, bias, ...numbers } = draw.temperature === 0 ? { ...draw, ...unusedWhenGreedy } : draw
  const { fingerprint, prefix, suffix, from } = place
  const { digest, rest } = list.of(tokens)
  return keyOf(
    ['generate', numbers, biasKey(bias), tokensMax, fingerprint, suffix === null, from],
    [digest ?? nothing, rest, penaltyWindow, prefix, suffix ?? nothing, ...forbidden],
  )
}

/** A run has one for all its requests, and it may name every token. */
const biasKeys = new WeakMap<ReadonlyMap<number, number>, string>()

function biasKey(bias: ReadonlyMap<number, number>): string {
  let key = biasKeys.get(bias)
  if (key === undefined) {
    key = keyOf([[...bias]], [])
    biasKeys.set(bias, key)
  }
  return key
}

function scoreKey({ tokens, continuations }: ScoreRequest, list: TokenDigest): string {
  const { digest, rest } = list.of(tokens)
  return keyOf(['score'], [digest ?? nothing, rest, ...continuations])
}

/** JSON has no infinities. */
function spellNumber(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

/** A digest of everything: equal keys mean equal requests. */
function keyOf(values: readonly unknown[], lists: readonly (Int32Array | Uint8Array)[]): string {
  const hash = createHash('sha256')
  // Lengths first, so that no two ways of cutting the same bytes into lists look alike.
  const lengths = lists.map((list) => list.byteLength)
  hash.update(JSON.stringify([values, lengths], spellNumber))
  for (const list of lists) hash.update(list)
  return hash.digest('base64')
}
