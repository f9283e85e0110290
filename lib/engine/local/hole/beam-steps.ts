// One step of one beam: the ways it may go on, and how probable they are. The model's own end is one of them, and what
// a step only looked at counts as given up. Owns every matcher of a search.
import { assert } from '../../../base/assert.js'
import type { NativeMatcher, TokenLogprobs } from '../../../native/addon.js'
import type { SamplingOptions } from '../../../prompt/options.js'
import type { SearchRequest } from '../../options.js'
import type { MatcherStart } from '../serve/draw-key.js'
import type { GenerateResult } from '../serve/token-engine.js'
import type { SessionContext } from '../session-context.js'
import { editTokens, origin, type TokenList } from '../text/tokens.js'
import { forcedTokens } from '../tokens/boundary.js'
import { drawOptions, logprobsWanted } from './draw-options.js'
import { closedAfter, restOf } from './drawn.js'
import type { TokenBudget } from './token-budget.js'
import type { Told } from './told.js'

export interface Beam {
  readonly list: TokenList
  readonly matcher: NativeMatcher
  readonly budget: TokenBudget
  /** Tokens up to the last drawn one, the model's own end included: what must not come again once it is rejected. */
  readonly path: Int32Array
  /** ln p of the hole's tokens and its end under the model, before masks. */
  readonly logprob: number
  /** What was seen of the hole's tokens. */
  readonly told: Told
  /** 'ended': nothing more may come. 'said': the model said that it is done. null: it may go on. */
  readonly end: 'ended' | 'said' | null
}

/** A token that may come next. */
interface Next {
  readonly token: number
  readonly logprob: number
}

/** How a beam may go on; most ways are only compared, so that a beam is made of those that are taken alone. */
export interface Way {
  /** As of the beam it makes. */
  readonly logprob: number
  make(): Beam
}

/** More of the best tokens are looked at than beams are kept: the constraint forbids some of them. */
const lookedAt = 4

/** Tokens that are scored one by one where a constraint allows few and the model finds others more probable. */
const missedMax = 128

export class BeamSteps {
  /** Ways that lead nowhere: nobody goes there again. */
  readonly closed: Int32Array[] = []
  readonly #context: SessionContext
  readonly #request: SearchRequest
  readonly #start: MatcherStart
  readonly #made: NativeMatcher[] = []
  /** Best tokens the caller wants to know of each. */
  readonly #wanted: number

  constructor(context: SessionContext, request: SearchRequest, start: MatcherStart) {
    this.#context = context
    this.#request = request
    this.#start = start
    this.#wanted = logprobsWanted(request)
  }

  /** Disposes the matcher with the others. */
  own(matcher: NativeMatcher): NativeMatcher {
    this.#made.push(matcher)
    return matcher
  }

  dispose(): void {
    for (const matcher of this.#made) matcher.dispose()
  }

  /** The best ways the beam goes on; [] where there is none, and nobody will come here again. */
  async grow(beam: Beam, signal: AbortSignal): Promise<Way[]> {
    const ways = await this.#ways(beam, signal)
    if (ways.length === 0 && beam.path.length > this.#start.from) this.closed.push(beam.path)
    return ways.sort((a, b) => b.logprob - a.logprob).slice(0, this.#request.width)
  }

  async #ways(beam: Beam, signal: AbortSignal): Promise<Way[]> {
    const first = await this.#look(beam, null, signal)
    const end = first.result.endToken
    // The model's own end, drawn first, hides what else there is.
    const { result, probe, bias, banned } = end === null ? first : await this.#look(beam, end, signal)
    const found = result.logprobs[0] ?? undefined
    // The engine has nothing to draw where only one way is left, and that costs nothing.
    if (found === undefined && result.stop === 'forced') {
      return [{ logprob: beam.logprob, make: () => this.#forced(beam, probe) }]
    }
    const next = found === undefined ? [] : nextIn(result, found)
    const missed = this.#missed(beam, next)
    if (end !== null && !next.some(({ token }) => token === end)) missed.push(end)
    next.push(...(await this.#scored(beam, missed, signal)))
    const ways: Way[] = []
    for (const { token, logprob } of next) {
      const added = bias.get(token) ?? 0
      if (added === Number.NEGATIVE_INFINITY || banned.has(token)) continue
      const sum = beam.logprob + logprob + added
      if (this.#context.vocabulary.isEog(token)) {
        if (beam.matcher.canEnd()) ways.push({ logprob: sum, make: () => ended(beam, token, sum) })
        continue
      }
      if (!beam.matcher.allows(token)) continue
      const told = { allowed: 0, top: [], mayCome: [], ...found, logprob }
      ways.push({ logprob: sum, make: () => this.#advanced(beam, token, told, sum) })
    }
    return ways
  }

  /** What the model would draw next, and the most probable tokens beside it; `but`: not this one. */
  async #look(beam: Beam, but: number | null, signal: AbortSignal) {
    const { vocabulary, draws, books } = this.#context
    const { sampling, seed, closed } = this.#request
    const probe = this.own(beam.matcher.fork())
    const own = { run: biasesOf(sampling.run), hole: biasesOf(sampling.hole) }
    const settings = { sampling: own, seed, vocabulary }
    const draw = drawOptions(settings, beam.list.tokens, 0)
    const forbidden = closedAfter(closed, beam.list.tokens)
    for (const path of this.closed) {
      const rest = restOf(path, beam.list.tokens)
      if (rest !== null) forbidden.push(rest)
    }
    const request = {
      tokens: beam.list.tokens,
      lineage: beam.list.lineage,
      matcher: probe,
      draw: {
        ...draw,
        bias: but === null ? draw.bias : new Map(draw.bias).set(but, Number.NEGATIVE_INFINITY),
        logprobs: Math.max(this.#request.width * lookedAt, this.#wanted),
      },
      tokensMax: 1,
      forbidden,
      signal,
      onTokens: null,
    }
    const result = await draws.generate(request, this.#start, beam.list.digest)
    const { length } = beam.list.tokens
    const tried = editTokens(beam.list, length, result.tokens, origin.sampled)
    books.record(tried, result.usage, length)
    books.reject(tried, length)
    books.countUncached(length)
    const banned = new Set(forbidden.filter(({ length }) => length === 1).map(([token]) => token!))
    return { result, probe, bias: draw.bias, banned }
  }

  /** What the constraint allows and is not among the best; nothing where enough of these are allowed. */
  #missed(beam: Beam, next: readonly Next[]): number[] {
    const allowed = next.filter(({ token }) => beam.matcher.allows(token))
    if (allowed.length >= this.#request.width) return []
    const among = new Set(next.map(({ token }) => token))
    const tokens = tokensIn(beam.matcher.mask()).filter((token) => !among.has(token))
    return tokens.length <= missedMax ? tokens : []
  }

  /** ln p of tokens that no draw told. */
  async #scored(beam: Beam, next: readonly number[], signal: AbortSignal): Promise<Next[]> {
    if (next.length === 0) return []
    const { draws, books } = this.#context
    const { tokens, lineage, digest, origins } = beam.list
    const continuations = next.map((token) => Int32Array.of(token))
    const result = await draws.score({ tokens, continuations, signal, lineage }, digest)
    books.record({ tokens, origins }, result.usage, tokens.length)
    books.recordScored(result.scored)
    return next.map((token, index) => ({ token, logprob: result.logprobs[index]![0]! }))
  }

  #forced(beam: Beam, matcher: NativeMatcher): Beam {
    const { vocabulary } = this.#context
    const forced = matcher.forced()
    const { added } = forcedTokens(vocabulary, beam.list.tokens, forced)
    const tokens = added.length > 0 ? added : vocabulary.tokenize(forced)
    for (const token of tokens) assert(matcher.accept(token), 'a matcher accepts what it calls forced')
    const list = editTokens(beam.list, beam.list.tokens.length, tokens, origin.forced)
    const budget = beam.budget.forced(tokens)
    const told = [...beam.told, ...Array.from(tokens, () => null)]
    return { ...beam, matcher, list, budget, told, end: endOf(matcher) }
  }

  #advanced(beam: Beam, token: number, seen: TokenLogprobs, logprob: number): Beam {
    const matcher = this.own(beam.matcher.fork())
    assert(matcher.accept(token), 'a matcher accepts what it allows')
    const tokens = Int32Array.of(token)
    const list = editTokens(beam.list, beam.list.tokens.length, tokens, origin.sampled)
    const told = { ...seen, top: seen.top.slice(0, this.#wanted) }
    return {
      list,
      matcher,
      budget: beam.budget.drawn(tokens),
      path: list.tokens,
      logprob,
      told: this.#wanted === 0 ? [] : [...beam.told, told],
      end: endOf(matcher),
    }
  }
}

/** Of all that is said about draws, a search keeps to the biases and bans. */
function biasesOf({ bias = {}, biasText = {} }: SamplingOptions): SamplingOptions {
  return { bias, biasText }
}

function endOf(matcher: NativeMatcher): Beam['end'] {
  return matcher.isEnded() ? 'ended' : null
}

function ended(beam: Beam, end: number, logprob: number): Beam {
  const path = Int32Array.of(...beam.list.tokens, end)
  return { ...beam, path, logprob, end: 'said' }
}

function tokensIn(mask: Uint32Array): number[] {
  const tokens: number[] = []
  mask.forEach((bits, word) => {
    for (let left = bits; left !== 0; left &= left - 1) tokens.push(word * 32 + 31 - Math.clz32(left & -left))
  })
  return tokens
}

/** The drawn token and the best of the others, each once. */
function nextIn({ tokens }: GenerateResult, found: TokenLogprobs): Next[] {
  const others = found.top.filter(({ token }) => token !== tokens[0])
  return tokens.length === 0 ? others : [{ token: tokens[0]!, logprob: found.logprob }, ...others]
}
