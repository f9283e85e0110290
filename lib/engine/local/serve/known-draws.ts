// What the engine drew, kept for who would draw the same: after the same tokens, with the same adapters, under the same
// constraint, settings and seed. That fixes a draw but for rounding, so drawing again would only compute a token a
// second time, or come to another one at a near tie. It does not matter how many tokens were asked for at once, so that
// a stream, which asks for a few at a time, tells what a run drew. Decides when two draws are the same; never keeps
// what depended on anything else.

import { refuseAborted } from '../../../async/signal.js'
import { assert } from '../../../base/assert.js'
import { tokenKind } from '../../../base/token-kind.js'
import type { TokenLogprobs } from '../../../native/addon.js'
import type { TokenDigest } from '../tokens/token-digest.js'
import { generateKey, type MatcherStart, scoreKey, unusedWhenGreedy } from './draw-key.js'
import type {
  GenerateRequest,
  GenerateResult,
  ScoreRequest,
  ScoreResult,
  TokenEngine,
  Usage,
} from './token-engine.js'

/** Who answers for a hole's draws and scores. `digest`: of the request's tokens. */
export interface Draws {
  generate(request: GenerateRequest, start: MatcherStart, digest: TokenDigest): Promise<GenerateResult>
  score(request: ScoreRequest, digest: TokenDigest): Promise<ScoreResult>
}

/** Everything is drawn anew. */
export function freshDraws(engine: TokenEngine): Draws {
  return { generate: (request) => engine.generate(request), score: (request) => engine.score(request) }
}

/** What was drawn from one place on, until the engine stopped or as many tokens were there as were asked for. */
interface Drawn {
  readonly kind: 'generate'
  readonly result: GenerateResult
  /** How many of the best tokens are known beside each. */
  readonly logprobs: number
}

type Answer = Drawn | { readonly kind: 'score'; readonly result: ScoreResult }

/** Numbers kept at most unless the caller says: tokens and log-probabilities, of 8 bytes each: 2 MB. */
const answersMaxDefault = 1 << 18
/** What an object of two numbers costs. */
const objectOwn = 5
/** What an answer counts for beside its numbers; so there are at most 16,384 of them. */
const numbersOwn = 16

export class KnownDraws implements Draws {
  readonly #engine: TokenEngine
  readonly #numbersMax: number
  readonly #kept = new Map<string, Answer>()
  #numbers = 0

  /** `numbersMax`: how many numbers are kept at most; the least recently used answers go first. 0: none is kept. */
  constructor(engine: TokenEngine, numbersMax = answersMaxDefault) {
    this.#engine = engine
    this.#numbersMax = numbersMax
  }

  /**
   * As the engine's `generate`, but with stop 'limit' there may be fewer tokens than asked for; the matcher ends behind
   * them. The penalties look at the end of the request's tokens. `digest`: of these.
   */
  async generate(
    request: GenerateRequest,
    start: MatcherStart,
    digest: TokenDigest,
  ): Promise<GenerateResult> {
    // Shifted cells remember what is gone, which no token tells.
    if (request.lineage?.isShifted) return this.#engine.generate(request)
    const key = generateKey(request, start, digest)
    const known = this.#find(key)
    const { logprobs } = request.draw
    if (known?.kind !== 'generate') {
      const result = await this.#engine.generate(request)
      this.#keep(key, { kind: 'generate', result: { ...result, usage: nothingDecoded(0) }, logprobs })
      return result
    }
    refuseAborted(request.signal)
    const count = drawsIn(known.result.kinds)
    const lacksLogprobs = logprobs > known.logprobs && count > 0
    const asked = lacksLogprobs ? 1 : request.tokensMax
    const first = asked < count ? this.#split(key, known, request, start, digest, asked) : known
    if (!lacksLogprobs) return repeat(request, first.result, logprobs)
    const result = await this.#look(request, first.result)
    this.#keep(key, { kind: 'generate', result: { ...result, usage: nothingDecoded(0) }, logprobs })
    return result
  }

  /** Keeps the first `draws` ones and the others apart: who asks for the first will ask for the others next. */
  #split(
    key: string,
    { result, logprobs }: Drawn,
    request: GenerateRequest,
    start: MatcherStart,
    digest: TokenDigest,
    draws: number,
  ): Drawn {
    const { tokens, kinds, nearTies } = result
    const count = endOfDraws(kinds, draws)
    const first: Drawn = {
      kind: 'generate',
      logprobs,
      result: {
        ...result,
        // A copy, so that what is kept of the whole is its rest alone.
        tokens: tokens.slice(0, count),
        kinds: kinds.slice(0, count),
        stop: 'limit',
        endToken: null,
        logprobs: result.logprobs.slice(0, draws),
        nearTies: nearTies.filter(({ index }) => index < count),
      },
    }
    const others: GenerateResult = {
      ...result,
      tokens: tokens.subarray(count),
      kinds: kinds.subarray(count),
      logprobs: result.logprobs.slice(draws),
      nearTies: nearTies
        .filter(({ index }) => index >= count)
        .map(({ index, gap }) => ({ index: index - count, gap })),
    }
    const next = behind(request, first.result.tokens, draws)
    const restKey = generateKey(next, start, digest.cut(request.tokens.length))
    this.#keep(key, first)
    this.#keep(restKey, { kind: 'generate', result: others, logprobs })
    return first
  }

  /** Computes the log-probabilities around the one token of a result, which is drawn again whatever rounding says. */
  async #look(request: GenerateRequest, known: GenerateResult): Promise<GenerateResult> {
    const token = known.tokens[0]!
    const { dry: _, ...settings } = request.draw
    const draw = { ...settings, ...plainDraw, bias: new Map([[token, overwhelming]]) }
    const result = await this.#engine.generate({ ...request, draw, tokensMax: 1, forbidden: [] })
    assert(result.tokens[0] === token, 'a token with such a bias is drawn')
    return { ...known, logprobs: result.logprobs, usage: result.usage }
  }

  /** As the engine's `score`. */
  async score(request: ScoreRequest, digest: TokenDigest): Promise<ScoreResult> {
    if (request.lineage?.isShifted) return this.#engine.score(request)
    const key = scoreKey(request, digest)
    const known = this.#find(key)
    if (known?.kind === 'score') {
      refuseAborted(request.signal)
      return { ...known.result, scored: 0, usage: nothingDecoded(request.tokens.length) }
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

/** The request for what comes after these tokens, drawn by it. */
function behind(request: GenerateRequest, drawn: Int32Array, draws: number): GenerateRequest {
  const tokens = new Int32Array(request.tokens.length + drawn.length)
  tokens.set(request.tokens)
  tokens.set(drawn, request.tokens.length)
  const forbidden = request.forbidden
    .filter((path) => path.length > drawn.length && drawn.every((token, index) => path[index] === token))
    .map((path) => path.subarray(drawn.length))
  const drawIndex = request.draw.drawIndex + draws
  return { ...request, tokens, forbidden, draw: { ...request.draw, drawIndex } }
}

function drawsIn(kinds: Uint8Array): number {
  return kinds.reduce((count, kind) => count + (kind === tokenKind.forced ? 0 : 1), 0)
}

/** Where the first `draws` draws end, with what was forced behind the last of them. */
function endOfDraws(kinds: Uint8Array, draws: number): number {
  let count = 0
  for (let left = draws; count < kinds.length; count += 1) {
    if (kinds[count] === tokenKind.forced) continue
    if (left === 0) break
    left -= 1
  }
  return count
}

function repeat(request: GenerateRequest, result: GenerateResult, logprobs: number): GenerateResult {
  for (const token of result.tokens) request.matcher.accept(token)
  if (result.tokens.length > 0) request.onTokens?.(result.tokens, result.kinds)
  const held = request.tokens.length + decodedBy(result)
  const count = Math.max(logprobs, request.draw.looked ?? 0)
  const told = count === 0 ? [] : result.logprobs
  const fewer = told.map((one) => (one === null ? null : fewerOf(one, count)))
  return { ...result, logprobs: fewer, usage: nothingDecoded(held) }
}

function fewerOf(told: TokenLogprobs, count: number): TokenLogprobs {
  return { ...told, top: told.top.slice(0, count), mayCome: told.mayCome.slice(0, count) }
}

/** How many of its tokens were decoded: not the last one drawn, nor what came without a draw behind it at the end. */
function decodedBy({ kinds, stop }: GenerateResult): number {
  const last = kinds.lastIndexOf(tokenKind.drawn)
  const isDrawnAfter = (stop === 'eog' || stop === 'dead-end') && last < kinds.length - 1
  return isDrawnAfter ? kinds.length : Math.max(0, last)
}

function nothingDecoded(heldUntil: number): Usage {
  const nothing = { reused: 0, restored: 0, redecoded: 0, redrawn: 0, guessed: 0, confirmed: 0 }
  return { ...nothing, decoded: [], heldUntil, decodeCalls: [] }
}

function numbersOf({ kind, result }: Answer): number {
  if (kind === 'score') {
    const best = result.best.flat().reduce((sum, one) => sum + objectOwn * one.length, numbersOwn)
    return result.logprobs.reduce((sum, one) => sum + one.length, best)
  }
  const alternatives = result.logprobs.reduce(
    (sum, one) => sum + 1 + (one === null ? 0 : one.top.length),
    result.nearTies.length,
  )
  return result.tokens.length + objectOwn * alternatives + numbersOwn
}

/** The most probable token and no more. */
const plainDraw = {
  ...unusedWhenGreedy,
  temperature: 0,
  repeatPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  penaltyWindow: new Int32Array(0),
  penaltyLastN: 0,
} as const
/** More than all logits differ by. */
const overwhelming = 1e30
